"""Energies to accuracies of a study: its trainings by setup, on the architectures that do what they did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mortalff.cards import Card
from mortalff.energy.architectures import (
    Architecture,
    Draws,
    Task,
    built_in_architectures,
    latency,
    work_for,
)
from mortalff.energy.library import Library, built_in_library
from mortalff.errors import InputError, message
from mortalff.report.energy_to_accuracy.candidate import Candidate
from mortalff.report.energy_to_accuracy.candidates import EnergyToAccuracy
from mortalff.report.energy_to_accuracy.courses import course, outdated
from mortalff.report.energy_to_accuracy.price_list import price_list
from mortalff.report.energy_to_accuracy.trained_plans import NotPriced, TrainedPlan, trained_plans
from mortalff.report.groups import READOUTS, Group, group_trials
from mortalff.report.trials import Study
from mortalff.studies.measure import COUNT_SO_FAR

TARGETS = (0.1, 0.05, 0.03)
"""Test errors that energies are given for, unless one asks for others."""


def energy_to_accuracy(
    study: Study,
    targets: Sequence[float] = TARGETS,
    *,
    architectures: Iterable[Architecture] | None = None,
    library: Library | None = None,
    cards: Mapping[str, Card] | None = None,
    lasting: bool = True,
    seed: int = 0,
    samples: int = 2000,
) -> EnergyToAccuracy:
    """Price what it took the chips of a study to come to accuracies.

    The energy is that of all actions counted up to the evaluation that brought so small a test error, priced on
    architectures that do them. Evaluations are at the end of each epoch, or of equal parts of it; tests are not in the
    energy. Floors, which train no array, are left out.

    Args:
        study: with counts by epoch.
        targets: test errors, as shares.
        architectures: to price on; by default the built-in ones.
        library: constants; by default the built-in ones.
        cards: users' cards by name, which stand in place of mortalff's, whether or not they are those that ran.
        lasting: an error has to be as small at the end of each later epoch; else the first evaluation that showed it
            counts. A noisy curve crosses a line early by chance.
        seed: of the draws.
        samples: how many draws.

    Raises:
        InputError: a target is not a share.
    """
    for target in targets:
        if not 0.0 <= target < 1.0:
            rule = "an error is a share of the test images"
            raise InputError(message("target", target, rule, "such as 0.05 for 5 %"))
    architectures = built_in_architectures().values() if architectures is None else [*architectures]
    known = built_in_library() if library is None else library
    draws = Draws(seed, samples)
    candidates: list[Candidate] = []
    left_out: dict[str, str] = {}
    for group in group_trials(study.of_kind("train")):
        if group.is_floor:
            continue
        if not all(trial.components_by_epoch(COUNT_SO_FAR) for trial in group.trials):
            left_out[group.label] = "its store has no counts by epoch"
            continue
        found = trained_plans(group.setup, architectures, cards)
        if isinstance(found, NotPriced):
            left_out[group.label] = found.reason
            continue
        for trained in found:
            candidate = _candidate(group, trained, draws, known)
            if isinstance(candidate, Candidate):
                candidates.append(candidate)
            else:
                left_out[f"{group.label} on {trained.architecture}"] = candidate.reason
    order = tuple(sorted(targets, reverse=True))
    return EnergyToAccuracy(tuple(candidates), order, left_out, samples, lasting)


def _candidate(
    group: Group, trained: TrainedPlan, draws: Draws, library: Library
) -> Candidate | NotPriced:
    for readout in READOUTS:
        courses = [course(trial, readout, trained) for trial in group.trials]
        known = [one for one in courses if one is not None]
        if not known or len(known) < len(courses):
            continue
        if trained.counted and any(outdated(one, trained) for one in known):
            return NotPriced(
                "an earlier mortalff counted less than is counted now (of memory, or of reads): run it again"
            )
        actions = {a for one in known for counts in one.counts.values() for a in counts}
        prices = price_list(trained.plan, sorted(actions), draws, library)
        if prices is None:
            return NotPriced("nothing that it does has a price there")
        epoch = work_for("epoch", trained.plan, Task(trained.batch, trained.examples))
        time = latency(trained.plan, epoch)
        return Candidate(
            group, trained, readout, tuple(known), prices, time.seconds, time.not_timed
        )
    return NotPriced("its store has no errors by epoch")
