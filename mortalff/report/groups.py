"""Trials grouped by setup: what differs in chip and seed alone."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from mortalff.report.intervals import Interval, bootstrap_interval
from mortalff.report.names import hardware_name, is_floor, label_words, learner_name
from mortalff.report.trials import Measured, Setup, Trial

READOUTS = ("softmax", "energy")
"""The read-outs of a report, in the order in which they are shown."""

Chip = tuple[int, int]
"""Which chip: root seed and number."""


@dataclass(frozen=True)
class Group:
    """Trials that differ in chip and seed alone.

    Attributes:
        setup: what they share.
        trials: the trials.
        hardware: the hardware with its condition, in words.
        learner: the learner as people write it.
        extras: whatever else sets the group apart, in words.
    """

    setup: Setup
    trials: tuple[Trial, ...]
    hardware: str
    learner: str
    extras: tuple[str, ...]

    @property
    def label(self) -> str:
        """Hardware, learner and what else sets the group apart."""
        return " · ".join((self.hardware, self.learner, *self.extras))

    @property
    def detail(self) -> str:
        """The label without the hardware."""
        return " · ".join((self.learner, *self.extras))

    @property
    def context(self) -> str:
        """The label without the learner: what learners that are compared with each other share."""
        return " · ".join((self.hardware, *self.extras))

    @property
    def is_floor(self) -> bool:
        """Whether the arrays were left as fabricated and only a head learned: the floor of random features."""
        return is_floor(self.setup)

    @property
    def chips(self) -> int:
        """How many chips there are."""
        return len({trial.made for trial in self.trials})

    @property
    def seeds(self) -> int:
        """How many root seeds there are."""
        return len({trial.seed for trial in self.trials})

    def by_chip(self, metric: str) -> dict[Chip, list[float]]:
        """Chip → what was measured on it; chips without the metric are left out."""
        values: dict[Chip, list[float]] = {}
        for trial in self.trials:
            measured = trial.final(metric)
            if measured is not None and math.isfinite(measured.value):
                values.setdefault(trial.made, []).append(measured.value)
        return dict(sorted(values.items()))

    def chip_means(self, metric: str) -> dict[Chip, float]:
        """Chip → mean of what was measured on it."""
        return {chip: sum(v) / len(v) for chip, v in self.by_chip(metric).items()}

    def interval(self, metric: str) -> Interval | None:
        """Mean over chips and its interval."""
        return bootstrap_interval(list(self.by_chip(metric).values()))

    def band(self, metric: str, component: str = "") -> Measured | None:
        """Mean over trials of the value and of each end of its band."""
        return mean_band(trial.final(metric, component) for trial in self.trials)

    def components(self, metric: str) -> tuple[str, ...]:
        """Every component the metric was measured for in any trial, sorted."""
        return tuple(sorted({c for trial in self.trials for c in trial.components(metric)}))


def group_trials(trials: Iterable[Trial]) -> tuple[Group, ...]:
    """Group by setup; hardware with the least error first, FF before other learners."""
    by_setup: dict[Setup, list[Trial]] = {}
    for trial in trials:
        by_setup.setdefault(trial.setup, []).append(trial)
    setups = list(by_setup)
    groups = [
        Group(
            setup=setup,
            trials=tuple(members),
            hardware=hardware_name(setup),
            learner=learner_name(setup.learner),
            extras=label_words(setup, setups),
        )
        for setup, members in by_setup.items()
    ]
    best: dict[str, float] = {}
    for group in groups:
        best[group.hardware] = min(best.get(group.hardware, math.inf), _error(group))

    def place(group: Group) -> tuple[object, ...]:
        learner = group.setup.learner
        return best[group.hardware], group.hardware, learner != "ff", learner, group.setup

    return tuple(sorted(groups, key=place))


def mean_band(values: Iterable[Measured | None]) -> Measured | None:
    """Mean of the values and of each end of their bands; None of nothing."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    lows = [value.low for value in known if value.low is not None]
    highs = [value.high for value in known if value.high is not None]
    n = len(known)
    return Measured(
        math.fsum(value.value for value in known) / n,
        math.fsum(lows) / n if len(lows) == n else None,
        math.fsum(highs) / n if len(highs) == n else None,
    )


def _error(group: Group) -> float:
    """What groups are sorted by: mean test error of the first read-out there is."""
    for readout in READOUTS:
        means = group.chip_means(f"test_error_{readout}")
        if means:
            return sum(means.values()) / len(means)
    return math.inf
