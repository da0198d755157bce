"""Transfers grouped by method, pair by pair."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mortalff.report.groups import Group, group_trials
from mortalff.report.intervals import Interval, bootstrap_interval
from mortalff.report.names import method_name
from mortalff.report.trials import Measured, Study, Trial


@dataclass(frozen=True)
class Method:
    """Transfers of one method with one setup.

    Attributes:
        group: the transfers.
        label: the method, and what else sets the group apart, in words.
        short: the method alone, in words.
    """

    group: Group
    label: str
    short: str

    @property
    def trials(self) -> tuple[Trial, ...]:
        """One for each pair of chips and seed."""
        return self.group.trials

    @property
    def privileged(self) -> bool:
        """Whether it reads or writes weights."""
        return self.group.setup.privileged

    @property
    def pairs(self) -> int:
        """How many pairs of chips there are."""
        return len({(trial.teacher, *trial.made) for trial in self.trials})

    def pairs_of(self, *metrics: str) -> list[tuple[float, ...]]:
        """For each trial that has all of the metrics, their values."""
        found = []
        for trial in self.trials:
            values = [trial.final(metric) for metric in metrics]
            known = [v.value for v in values if v is not None and math.isfinite(v.value)]
            if len(known) == len(metrics):
                found.append(tuple(known))
        return found

    def interval(self, metric: str) -> Interval | None:
        """Mean over pairs of chips, and its interval."""
        by_pair: dict[tuple[int, ...], list[float]] = {}
        for trial in self.trials:
            measured = trial.final(metric)
            if measured is not None:
                teacher = -1 if trial.teacher is None else trial.teacher
                by_pair.setdefault((teacher, *trial.made), []).append(measured.value)
        return bootstrap_interval([by_pair[pair] for pair in sorted(by_pair)])

    def band(self, metric: str) -> Measured | None:
        """Mean over transfers of a value and its band."""
        return self.group.band(metric)


def methods_of(study: Study) -> tuple[Method, ...]:
    """The study's transfers by method: those that use inputs and outputs alone first."""
    groups = group_trials(study.of_kind("transfer"))
    several = len({group.label for group in groups}) > 1
    methods = []
    for group in groups:
        short = method_name(group.setup.method)
        label = f"{short} · {group.label}" if several else short
        methods.append(Method(group, label, short))
    return tuple(sorted(methods, key=lambda m: (m.privileged, m.group.setup)))
