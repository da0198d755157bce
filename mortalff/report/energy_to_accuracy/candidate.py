"""A learner as trained on an architecture, and what it took to come to a test error: energy and time, with bands."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mortalff.energy.architectures.draws import band_about
from mortalff.energy.library import Price
from mortalff.errors import InputError, message
from mortalff.report.energy_to_accuracy.courses import Course
from mortalff.report.energy_to_accuracy.price_list import Array, PriceList
from mortalff.report.energy_to_accuracy.trained_plans import TrainedPlan
from mortalff.report.groups import Group


@dataclass(frozen=True)
class Candidate:
    """Trainings of one setup on one architecture.

    Attributes:
        group: the trainings.
        trained: the architecture, and what they were.
        readout: by which the error was measured.
        courses: of each chip.
        prices: of actions.
        epoch_s: time of an epoch, in s; None where nothing is timed.
        not_timed: what that leaves out, each with why.
    """

    group: Group
    trained: TrainedPlan
    readout: str
    courses: tuple[Course, ...]
    prices: PriceList
    epoch_s: Price | None
    not_timed: Mapping[str, str]

    @property
    def name(self) -> str:
        """As in ``FF on ff_analog``."""
        return f"{self.group.learner} on {self.trained.architecture}"

    @cached_property
    def last_error(self) -> float:
        """Mean over chips of the error after the last epoch."""
        return float(np.mean([one.errors[max(one.errors)] for one in self.courses]))

    @property
    def task(self) -> str:
        """The network and the images it was trained with."""
        net, data, images = self.trained.plan.net, self.group.setup.data, self.trained.examples
        return f"{data}, {images} images, {net}"

    def to_target(self, target: float, *, lasting: bool = True) -> EnergyToTarget:
        """What coming to a test error took.

        Args:
            target: the error.
            lasting: it had to be so at the end of each later epoch; else the first evaluation that showed it counts.
        """
        epochs = tuple(one.epochs_to(target, lasting=lasting) for one in self.courses)
        return EnergyToTarget(self, target, epochs)


@dataclass(frozen=True)
class EnergyToTarget:
    """What one candidate took to come to a test error.

    Attributes:
        candidate: which.
        target: the error.
        epochs: of each chip, the epochs it had done at the evaluation that brought it; None where none did.
    """

    candidate: Candidate
    target: float
    epochs: tuple[float | None, ...]

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
        each = [self.candidate.prices.samples(counts) for counts in self._counts]
        mean: Array = np.stack(each).mean(axis=0)
        return mean

    @cached_property
    def chips_j(self) -> tuple[float, ...]:
        """Energy of each chip at best values, in J.

        Raises:
            InputError: as :attr:`samples`.
        """
        return tuple(self.candidate.prices.value(counts) for counts in self._counts)

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
        if self.candidate.epoch_s is None or not self.everywhere:
            return None
        return self.candidate.epoch_s * (
            sum(epoch or 0 for epoch in self.epochs) / len(self.epochs)
        )

    def comparable(self, other: EnergyToTarget) -> bool:
        """Whether both got there on all chips, and no more is left out of one energy than of the other."""
        there = self.everywhere and other.everywhere
        return there and set(self.candidate.prices.unpriced) == set(other.candidate.prices.unpriced)

    def over(self, other: EnergyToTarget) -> Price:
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
            raise InputError(message(f"{self.candidate.name}, error", self.target, rule, right))
        pairs = zip(self.candidate.courses, self.epochs, strict=True)
        return [one.counts[epoch] for one, epoch in pairs if epoch is not None]
