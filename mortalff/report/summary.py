"""The tables of a report: training by hardware and learner, transfers by method, counted actions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mortalff.actions import ACTIONS
from mortalff.report.groups import READOUTS, Group
from mortalff.report.intervals import Interval
from mortalff.report.methods import Method
from mortalff.report.text import amount, joules_band, percent, percent_interval
from mortalff.report.trials import Measured

NONE = "—"
"""What a table shows where nothing was measured."""


@dataclass(frozen=True)
class TrainingRow:
    """One hardware with one learner, as text but for the numbers that tests and readers count with."""

    hardware: str
    learner: str
    needs: str
    privileged: bool
    reproducible: bool
    chips: int
    seeds: int
    errors: dict[str, str]
    chips_good: int | None
    chips_tested: int
    energy: str
    energy_update: str
    energy_training: str
    inference: str
    unpriced: tuple[str, ...]

    @property
    def yield_(self) -> str:
        """Share of chips under the stated error: ``83 % (5 of 6)``."""
        if self.chips_good is None:
            return NONE
        share = self.chips_good / self.chips_tested
        return f"{100 * share:.0f} % ({self.chips_good} of {self.chips_tested})"


@dataclass(frozen=True)
class TransferRow:
    """One method of transfer."""

    method: str
    needs: str
    privileged: bool
    pairs: int
    teacher_error: str
    student_error: str
    accuracy_kept: str
    agreement: str
    baseline: str
    energy: str


@dataclass(frozen=True)
class CountTable:
    """Actions of a whole training, mean over chips: a row an action, a column a group."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]


def training_rows(groups: Iterable[Group], yield_error: float) -> tuple[TrainingRow, ...]:
    """The summary of training.

    Args:
        groups: trials by setup.
        yield_error: greatest test error of a chip that counts as good.
    """
    rows = []
    for group in groups:
        setup = group.setup
        tested = [] if group.is_floor else main_errors(group)  # no training of chips, no yield
        rows.append(
            TrainingRow(
                hardware=group.hardware,
                learner=group.detail,
                needs=setup.needs.replace(",", ", "),
                privileged=setup.privileged,
                reproducible=setup.reproducible,
                chips=group.chips,
                seeds=group.seeds,
                errors={r: percent_interval(group.interval(f"test_error_{r}")) for r in READOUTS},
                chips_good=sum(e <= yield_error for e in tested) if tested else None,
                chips_tested=len(tested),
                energy=joules_band(group.band("energy_per_example_j")),
                energy_update=joules_band(group.band("energy_per_update_j")),
                energy_training=joules_band(group.band("energy_training_j")),
                inference=joules_band(_inference(group)),
                unpriced=group.components("unpriced"),
            )
        )
    return tuple(rows)


def transfer_rows(methods: Iterable[Method]) -> tuple[TransferRow, ...]:
    """The summary of transfers."""
    return tuple(
        TransferRow(
            method=method.label,
            needs=method.group.setup.needs.replace(",", ", "),
            privileged=method.privileged,
            pairs=method.pairs,
            teacher_error=percent_interval(method.interval("teacher_error")),
            student_error=percent_interval(method.interval("student_error")),
            accuracy_kept=percent_interval(method.interval("accuracy_kept")),
            agreement=percent_interval(method.interval("agreement")),
            baseline=_mean(method.interval("agreement_baseline")),
            energy=joules_band(method.band("energy_transfer_j")),
        )
        for method in methods
    )


def count_table(groups: Sequence[Group]) -> CountTable | None:
    """How often training did each action; None where nothing was counted."""
    counted = [group for group in groups if group.components("count")]
    if not counted:
        return None
    found = {action for group in counted for action in group.components("count")}
    rows = []
    for action in [*(a for a in ACTIONS if a in found), *sorted(found - {*ACTIONS})]:
        bands = [group.band("count", action) for group in counted]
        cells = tuple(NONE if band is None else amount(band.value) for band in bands)
        rows.append((action, ACTIONS.get(action, ""), cells))
    return CountTable(tuple(group.label for group in counted), tuple(rows))


def main_readout(group: Group) -> str | None:
    """The first read-out that a group's test error was measured with."""
    found = (r for r in READOUTS if group.by_chip(f"test_error_{r}"))
    return next(found, None)


def main_errors(group: Group) -> list[float]:
    """Test error of each chip, by the main read-out."""
    readout = main_readout(group)
    return [] if readout is None else list(group.chip_means(f"test_error_{readout}").values())


def _inference(group: Group) -> Measured | None:
    """The cost of classifying one image by the group's main read-out."""
    readout = main_readout(group)
    return None if readout is None else group.band(f"energy_inference_{readout}_j")


def _mean(interval: Interval | None) -> str:
    return NONE if interval is None else percent(interval.mean)
