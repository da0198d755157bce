"""The course of a chip's training: its error, and what had been counted, at each evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mortalff.actions import METERED, OF_VALUES, READ_LOADS, READS
from mortalff.energy.architectures import Task, work_for
from mortalff.energy.architectures.reads import loaded_reads
from mortalff.energy.architectures.transfers import transfers
from mortalff.energy.read_prices import billed
from mortalff.report.energy_to_accuracy.trained_plans import TrainedPlan
from mortalff.report.trials import Trial
from mortalff.studies.measure import COUNT_SO_FAR


@dataclass(frozen=True)
class Course:
    """One chip's training.

    Attributes:
        errors: epochs done → share of test images taken for a wrong class.
        counts: epochs done → action → how often it had happened; 0 is before training.
    """

    errors: Mapping[float, float]
    counts: Mapping[float, Mapping[str, float]]

    def epochs_to(self, target: float, *, lasting: bool) -> float | None:
        """Epochs done at the evaluation that brought the error to at most ``target``; None where none did.

        Args:
            target: the error.
            lasting: the first evaluation from which on it was there at the end of each epoch; else the first at all.
                Evaluations within epochs do not have to last, so that more of them ask no more.
        """
        found = None
        for epoch in sorted(self.errors):
            if self.errors[epoch] <= target:
                found = epoch if found is None else found
            elif lasting and float(epoch).is_integer():
                found = None
        return found


def course(trial: Trial, readout: str, trained: TrainedPlan) -> Course | None:
    """A trial's course on an architecture.

    Where that does something else than was simulated, its actions are those of closed forms for as many updates;
    pulses and the loads of reads, and what was done before training, are the trial's own. Where loads were not counted
    and one array teaches another, lines at rest in reads of a single line are taken off, as they are where closed forms
    are priced. Memory is of the architecture's widths.

    Returns:
        None where the store has no error by epoch.
    """
    errors = dict(trial.curve(f"error_{readout}"))
    if not errors:
        return None
    counts: dict[float, dict[str, float]] = {epoch: {} for epoch in (0, *errors)}
    for action in trial.components_by_epoch(COUNT_SO_FAR):
        for epoch, count in trial.curve(COUNT_SO_FAR, action):
            counts.setdefault(epoch, {})[action] = count
    if not trained.counted:
        counts = _by_closed_forms(counts, trained)
    task, reads = Task(trained.batch, trained.examples), loaded_reads(trained.plan)
    spared = [work_for(each, trained.plan, task).spared_bytes for each in ("epoch", "update")]
    told = {}
    for epoch, so_far in counts.items():
        updates = trained.updates_of(epoch)
        whole, part = divmod(updates, trained.updates)
        resting = transfers(trained.plan, updates).at_rest
        flat = [read for read in resting if read not in reads or not so_far.get(METERED[read])]
        less = {read: resting[read] for read in flat}
        less["memory_byte"] = whole * spared[0] + part * spared[1]
        kept = {action: count - less.get(action, 0.0) for action, count in so_far.items()}
        told[epoch] = billed(kept, reads)
    return Course(errors, told)


def outdated(found: Course, trained: TrainedPlan) -> bool:
    """Whether less was counted than is today: by an earlier mortalff, which left something out.

    Memory tells, for what is stored depends on no values; and reads at a flat price where loads are counted today.
    """
    flat = [
        read for read in loaded_reads(trained.plan) if found.counts[max(found.errors)].get(read)
    ]
    if flat:
        return True
    form = work_for("epoch", trained.plan, Task(trained.batch, trained.examples)).stored.driven
    last = max(found.errors)
    counted = found.counts[last].get("memory_byte", 0.0)
    due = found.counts[0].get("memory_byte", 0.0) + last * form.get("memory_byte", 0.0)
    return counted < due * (1.0 - 1e-9)


def _by_closed_forms(
    counts: Mapping[float, Mapping[str, float]], trained: TrainedPlan
) -> dict[float, dict[str, float]]:
    """Whole epochs, whose last update may have fewer examples, and updates of the one begun."""
    task = Task(trained.batch, trained.examples)
    epoch, update = (work_for(each, trained.plan, task).counts for each in ("epoch", "update"))
    told: dict[float, dict[str, float]] = {}
    for done, so_far in counts.items():
        whole, part = divmod(trained.updates_of(done), trained.updates)
        told[done] = dict(counts.get(0, {}))
        for action in {**epoch, **update}:
            count = whole * epoch.get(action, 0.0) + part * update.get(action, 0.0)
            told[done][action] = told[done].get(action, 0.0) + count
        told[done] |= {action: so_far[action] for action in OF_VALUES if action in so_far}
        told[done] |= loads_of_all(told[done], so_far)
    return told


def loads_of_all(told: Mapping[str, float], so_far: Mapping[str, float]) -> dict[str, float]:
    """The loads that a run metered, for as many cells as closed forms read, and all of these as metered.

    Args:
        told: what closed forms count.
        so_far: what the run did.

    Returns:
        Loads and metered reads; nothing where the run metered none.
    """
    metered = so_far.get("cell_read_metered", 0.0)
    if not metered:
        return {}
    share = told.get("cell_read", 0.0) / metered
    loads = {load: share * so_far.get(load, 0.0) for load in READ_LOADS}
    return loads | {METERED[read]: told.get(read, 0.0) for read in READS}
