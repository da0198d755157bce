"""What it took to reach an accuracy: energy and time up to the epoch that brought it, with bands."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mortalff.cards import Card
from mortalff.energy.architectures import (
    Architecture,
    Draws,
    Task,
    built_in_architectures,
    latency,
    work_for,
)
from mortalff.energy.architectures.draws import band_about
from mortalff.energy.library import Library, Price, built_in_library
from mortalff.errors import InputError, message
from mortalff.report.groups import READOUTS, Group, group_trials
from mortalff.report.reach.courses import Course, course, outdated
from mortalff.report.reach.offers import NoOffer, Offer, offers_for
from mortalff.report.reach.tariff import Array, Tariff, tariff
from mortalff.report.trials import Study
from mortalff.studies.measure import COUNT_SO_FAR

Key = tuple[str, str]
"""Hardware, and learner on architecture: ``("ecram", "FF on ff_analog")``."""

TARGETS = (0.1, 0.05, 0.03)
"""Test errors that energies are given for, unless one asks for others."""


@dataclass(frozen=True)
class Way:
    """Trainings of one setup on one architecture.

    Attributes:
        group: the trainings.
        offer: the architecture.
        readout: by which the error was measured.
        courses: of each chip.
        prices: of actions.
        epoch_s: time of an epoch, in s; None where nothing is timed.
        not_timed: what that leaves out, each with why.
    """

    group: Group
    offer: Offer
    readout: str
    courses: tuple[Course, ...]
    prices: Tariff
    epoch_s: Price | None
    not_timed: Mapping[str, str]

    @property
    def name(self) -> str:
        """As in ``FF on ff_analog``."""
        return f"{self.group.learner} on {self.offer.architecture}"

    @cached_property
    def last_error(self) -> float:
        """Mean over chips of the error after the last epoch."""
        return float(np.mean([one.errors[max(one.errors)] for one in self.courses]))

    @property
    def task(self) -> str:
        """The network and the images it was trained with."""
        net, data, images = self.offer.plan.net, self.group.setup.data, self.offer.examples
        return f"{data}, {images} images, {net}"

    def reach(self, target: float, *, lasting: bool = True) -> Reach:
        """What reaching a test error took.

        Args:
            target: the error.
            lasting: it had to stay so to the end of training; else the first epoch that showed it counts.
        """
        epochs = tuple(one.epoch(target, lasting=lasting) for one in self.courses)
        return Reach(self, target, epochs)


@dataclass(frozen=True)
class Reach:
    """What it took one way to reach a test error.

    Attributes:
        way: how.
        target: the error.
        epochs: of each chip, the epoch that brought it; None where none did.
    """

    way: Way
    target: float
    epochs: tuple[int | None, ...]

    @property
    def reached(self) -> int:
        """How many chips got there."""
        return sum(epoch is not None for epoch in self.epochs)

    @property
    def everywhere(self) -> bool:
        """Whether all chips did. Only then is there an energy: a mean over those that did would flatter."""
        return self.reached == len(self.epochs)

    @cached_property
    def samples(self) -> Array:
        """Draws of the energy, mean over chips, in J, shape (samples,).

        Raises:
            InputError: not all chips got there.
        """
        each = [self.way.prices.samples(counts) for counts in self._counts]
        mean: Array = np.stack(each).mean(axis=0)
        return mean

    @cached_property
    def chips_j(self) -> tuple[float, ...]:
        """Energy of each chip at best values, in J.

        Raises:
            InputError: as :attr:`samples`.
        """
        return tuple(self.way.prices.value(counts) for counts in self._counts)

    @property
    def energy_j(self) -> Price:
        """Mean over chips at best values, and the band of the draws about it.

        Raises:
            InputError: as :attr:`samples`.
        """
        return band_about(math.fsum(self.chips_j) / len(self.chips_j), self.samples)

    @property
    def seconds(self) -> Price | None:
        """Time, mean over chips; None where nothing is timed, or not all chips got there."""
        if self.way.epoch_s is None or not self.everywhere:
            return None
        return self.way.epoch_s * (sum(epoch or 0 for epoch in self.epochs) / len(self.epochs))

    def comparable(self, other: Reach) -> bool:
        """Whether both got there on all chips, and no more is left out of one energy than of the other."""
        there = self.everywhere and other.everywhere
        return there and set(self.way.prices.unpriced) == set(other.way.prices.unpriced)

    def over(self, other: Reach) -> Price:
        """Energy over that of another; constants that both share cancel as far as they do.

        Raises:
            InputError: not all chips of both got there.
        """
        value = self.energy_j.value / other.energy_j.value
        return band_about(value, self.samples / other.samples)

    @property
    def _counts(self) -> list[Mapping[str, float]]:
        if not self.everywhere:
            rule = f"{self.reached} of {len(self.epochs)} chips reached it"
            right = "ask for an error that all of them reached"
            raise InputError(message(f"{self.way.name}, error", self.target, rule, right))
        pairs = zip(self.way.courses, self.epochs, strict=True)
        return [one.counts[epoch] for one, epoch in pairs if epoch is not None]


@dataclass(frozen=True)
class Reaches:
    """All ways of a study, and what it took them.

    Attributes:
        ways: each setup on each architecture.
        targets: test errors, greatest first.
        left_out: label of a group that cannot be priced → why.
        samples: draws of the constants.
        lasting: whether an error had to stay as small to the end of training.
    """

    ways: tuple[Way, ...]
    targets: tuple[float, ...]
    left_out: Mapping[str, str]
    samples: int
    lasting: bool = True

    @property
    def any(self) -> bool:
        """Whether one of the errors was reached by all chips of one way."""
        return any(
            self.reach(way, target).everywhere for way in self.ways for target in self.targets
        )

    def reach(self, way: Way, target: float) -> Reach:
        """What reaching a test error took one way, in the sense asked for."""
        return way.reach(target, lasting=self.lasting)

    @cached_property
    def rivals(self) -> dict[Key, tuple[Way, ...]]:
        """Ways that differ in settings alone; where there is more than one task, it stands beside the hardware."""
        tasks = {way.task for way in self.ways}
        found: dict[Key, list[Way]] = {}
        for way in self.ways:
            place = way.group.hardware if len(tasks) == 1 else f"{way.group.hardware}, {way.task}"
            found.setdefault((place, way.name), []).append(way)
        return {key: tuple(ways) for key, ways in found.items()}

    def settings(self, way: Way) -> str:
        """What tells a way from its rivals in settings, in words, rates first; empty where it has none."""
        rivals = next(ways for ways in self.rivals.values() if way in ways)
        shared = set.intersection(*({*rival.group.extras} for rival in rivals))
        words = [word for word in way.group.extras if word not in shared]
        return ", ".join(sorted(words, key=lambda word: not word.startswith("lr ")))

    def best(self, target: float) -> dict[Key, Reach]:
        """What it took with the best of the settings tried.

        That is the least energy among those that all chips reached the error with; where there are none, the settings
        with which most chips did, and of these the least error at the end.
        """
        return self._best[target] if target in self._best else self._chosen(target)

    @cached_property
    def _best(self) -> dict[float, dict[Key, Reach]]:
        return {target: self._chosen(target) for target in self.targets}

    def _chosen(self, target: float) -> dict[Key, Reach]:
        return {
            key: min((self.reach(way, target) for way in ways), key=_preference)
            for key, ways in self.rivals.items()
        }


def reaches(
    study: Study,
    targets: Sequence[float] = TARGETS,
    *,
    architectures: Iterable[Architecture] | None = None,
    library: Library | None = None,
    cards: Mapping[str, Card] | None = None,
    lasting: bool = True,
    seed: int = 0,
    samples: int = 2000,
) -> Reaches:
    """What reaching accuracies took the chips of a study.

    The energy is that of all actions counted up to the end of the epoch that brought so small a test error, priced on
    architectures that do them. Tests are not in it. Floors, which train no array, are left out.

    Args:
        study: with counts by epoch.
        targets: test errors, as shares.
        architectures: to price on; by default the built-in ones.
        library: constants; by default the built-in ones.
        cards: users' cards by name, which stand in place of mortalff's, whether or not they are those that ran.
        lasting: an error has to stay as small to the end of training; else the first epoch that showed it counts. A
            noisy curve crosses a line early by chance.
        seed: of the draws.
        samples: how many draws.

    Raises:
        InputError: a target is not a share.
    """
    for target in targets:
        if not 0.0 <= target < 1.0:
            rule = "an error is a share of the test images"
            raise InputError(message("target", target, rule, "such as 0.05 for 5 %"))
    offered = built_in_architectures().values() if architectures is None else [*architectures]
    known = built_in_library() if library is None else library
    draws = Draws(seed, samples)
    ways: list[Way] = []
    left_out: dict[str, str] = {}
    for group in group_trials(study.of_kind("train")):
        if group.is_floor:
            continue
        if not all(trial.components_by_epoch(COUNT_SO_FAR) for trial in group.trials):
            left_out[group.label] = "its store has no counts by epoch"
            continue
        found = offers_for(group.setup, offered, cards)
        if isinstance(found, NoOffer):
            left_out[group.label] = found.reason
            continue
        for offer in found:
            way = _way(group, offer, draws, known)
            if isinstance(way, Way):
                ways.append(way)
            else:
                left_out[f"{group.label} on {offer.architecture}"] = way.reason
    order = tuple(sorted(targets, reverse=True))
    return Reaches(tuple(ways), order, left_out, samples, lasting)


def _way(group: Group, offer: Offer, draws: Draws, library: Library) -> Way | NoOffer:
    for readout in READOUTS:
        courses = [course(trial, readout, offer) for trial in group.trials]
        known = [one for one in courses if one is not None]
        if not known or len(known) < len(courses):
            continue
        if offer.counted and any(outdated(one, offer) for one in known):
            return NoOffer(
                "an earlier mortalff counted less memory than is counted now: run it again"
            )
        actions = {a for one in known for counts in one.counts.values() for a in counts}
        prices = tariff(offer.plan, sorted(actions), draws, library)
        if prices is None:
            return NoOffer("nothing that it does has a price there")
        epoch = work_for("epoch", offer.plan, Task(offer.batch, offer.examples))
        time = latency(offer.plan, epoch)
        return Way(group, offer, readout, tuple(known), prices, time.seconds, time.not_timed)
    return NoOffer("its store has no errors by epoch")


def _preference(reach: Reach) -> tuple[float, float, float]:
    if reach.everywhere:
        return 0.0, reach.energy_j.value, 0.0
    return 1.0, -float(reach.reached), reach.way.last_error
