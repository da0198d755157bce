"""The course of a chip's training: its error, and what had been counted, at the end of each epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from mortalff.energy.architectures import Task, work_for
from mortalff.energy.architectures.transfers import transfers
from mortalff.report.energy_to_accuracy.trained_plans import TrainedPlan
from mortalff.report.trials import Trial
from mortalff.studies.measure import COUNT_SO_FAR

_OF_VALUES = ("line_pulse", "device_pulse", "device_reset")
"""Actions whose number depends on what was learned, so that no closed form has it."""


@dataclass(frozen=True)
class Course:
    """One chip's training.

    Attributes:
        errors: epoch → share of test images taken for a wrong class.
        counts: epoch → action → how often it had happened; epoch 0 is before training.
    """

    errors: Mapping[int, float]
    counts: Mapping[int, Mapping[str, float]]

    def epoch(self, target: float, *, lasting: bool) -> int | None:
        """The epoch that brought the error to at most ``target``; None where none did.

        Args:
            target: the error.
            lasting: the first epoch from which on it stayed there to the end of training; else the first at all.
        """
        found = None
        for epoch in sorted(self.errors):
            if self.errors[epoch] > target:
                found = None if lasting else found
            elif found is None:
                found = epoch
        return found


def course(trial: Trial, readout: str, trained: TrainedPlan) -> Course | None:
    """A trial's course on an architecture.

    Where that does something else than was simulated, its actions are those of closed forms for as many updates;
    pulses, and what was done before training, are the trial's own. Where one array teaches another, lines at rest in
    reads of a single line are taken off, as they are where closed forms are priced.

    Returns:
        None where the store has no error by epoch.
    """
    errors = dict(trial.curve(f"error_{readout}"))
    if not errors:
        return None
    counts: dict[int, dict[str, float]] = {epoch: {} for epoch in (0, *errors)}
    for action in trial.components_by_epoch(COUNT_SO_FAR):
        for epoch, count in trial.curve(COUNT_SO_FAR, action):
            counts.setdefault(epoch, {})[action] = count
    if not trained.counted:
        counts = _by_closed_forms(counts, trained)
    updates = math.ceil(trained.examples / trained.batch)
    for epoch, so_far in counts.items():
        for action, resting in transfers(trained.plan, epoch * updates).at_rest.items():
            so_far[action] = so_far.get(action, 0.0) - resting
    return Course(errors, counts)


def outdated(found: Course, trained: TrainedPlan) -> bool:
    """Whether less was counted than is today: by an earlier mortalff, which left something out.

    Memory tells, for what is stored depends on no values.
    """
    form = work_for("epoch", trained.plan, Task(trained.batch, trained.examples)).driven
    last = max(found.errors)
    counted = found.counts[last].get("memory_byte", 0.0)
    due = found.counts[0].get("memory_byte", 0.0) + last * form.get("memory_byte", 0.0)
    return counted < due * (1.0 - 1e-9)


def _by_closed_forms(
    counts: Mapping[int, Mapping[str, float]], trained: TrainedPlan
) -> dict[int, dict[str, float]]:
    form = work_for("epoch", trained.plan, Task(trained.batch, trained.examples)).counts
    before = counts.get(0, {})
    told = {}
    for epoch, so_far in counts.items():
        told[epoch] = {**before}
        for action, count in form.items():
            told[epoch][action] = told[epoch].get(action, 0.0) + epoch * count
        told[epoch] |= {action: so_far[action] for action in _OF_VALUES if action in so_far}
    return told
