"""Judging results by what was published: pure functions of a study's table.

Rows are found by block, learner, hardware, settings and metric, never by a run's name, so results of an earlier
mortalff, whose runs have other names, are judged too.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from mortalff.errors import SpecError, message
from mortalff.studies.experiments import Experiment, Result, Rows

Verdict = Literal["met", "missed", "no target", "no results"]
_METRIC = "test_error_"


class Unit(NamedTuple):
    """What is counted as one: a chip of a seed."""

    seed: int
    chip: int


@dataclass(frozen=True)
class Sample:
    """Numbers in per cent, each of one chip and seed.

    Attributes:
        percent: the numbers.
        readouts: the read-outs they are of, in the order of the experiment's rows.
    """

    percent: Mapping[Unit, float]
    readouts: tuple[str, ...]

    @property
    def n(self) -> int:
        """How many numbers, all taken for independent."""
        return len(self.percent)

    @property
    def mean(self) -> float:
        """Their mean."""
        return statistics.fmean(self.percent.values())

    @property
    def sd(self) -> float | None:
        """Sample standard deviation; None for a single number."""
        return statistics.stdev(self.percent.values()) if self.n > 1 else None

    @property
    def units(self) -> str:
        """What n counts, such as ``3 seeds × 2 chips``."""
        seeds = len({unit.seed for unit in self.percent})
        chips = len({unit.chip for unit in self.percent})
        if self.n != seeds * chips:
            return "chips of seeds"
        return " × ".join(_counted(seeds, "seed") + (_counted(chips, "chip") if chips > 1 else []))


@dataclass(frozen=True)
class Judged:
    """A number of an experiment beside what was published.

    Attributes:
        experiment: the experiment.
        result: which of its numbers.
        found: ours; None where there are no results.
        why: why there are none; empty where there are.
    """

    experiment: Experiment
    result: Result
    found: Sample | None
    why: str = ""

    @property
    def verdict(self) -> Verdict:
        """Whether the mean meets the target."""
        if self.found is None:
            return "no results"
        if self.result.target is None:
            return "no target"
        return "met" if self.result.target.met(self.found.mean) else "missed"


def judge(experiment: Experiment, table: pa.Table | None, why: str = "") -> list[Judged]:
    """Each number of an experiment, by the results of its study.

    Args:
        experiment: the experiment.
        table: the study's results, as :meth:`mortalff.studies.store.Store.table` gives them; None where it was not run.
        why: why it was not, or why results may be missing.

    Raises:
        SpecError: the rows that a number asks for are of several settings.
    """
    if table is not None:  # once, as there are many times more rows of all else
        table = table.filter(
            (pc.field("kind") == "train") & pc.starts_with(pc.field("metric"), _METRIC)
        )
    return [_judged(experiment, result, table, why) for result in experiment.results]


def commits(table: pa.Table) -> list[str]:
    """The versions of mortalff that results were made by, with the commit where there was one."""
    made = table.select(["version", "git_commit"]).group_by(["version", "git_commit"]).aggregate([])
    rows = made.to_pylist()
    return sorted(
        row["version"] + (f" ({row['git_commit']})" if row["git_commit"] else "") for row in rows
    )


def _judged(experiment: Experiment, result: Result, table: pa.Table | None, why: str) -> Judged:
    found = None if table is None else _sample(table, result.rows, experiment)
    if table is not None and found is not None and result.minus is not None:
        found = _difference(found, _sample(table, result.minus, experiment))
    if found is None:
        missing = "not run yet" if table is None else "some of its runs are still to be made"
        return Judged(experiment, result, None, why or missing)
    return Judged(experiment, result, found)


def _sample(table: pa.Table, rows: Rows, experiment: Experiment) -> Sample | None:
    """The numbers that rows stand for; None where there are none."""
    readouts = ("softmax", "energy") if rows.readout == "better" else (rows.readout,)
    samples = []
    for readout in readouts:
        percent = _percent(table, rows, readout, experiment)
        if percent:
            samples.append(Sample(percent, (readout,)))
    return min(samples, key=lambda sample: sample.mean, default=None)


def _percent(
    table: pa.Table, rows: Rows, readout: str, experiment: Experiment
) -> dict[Unit, float]:
    wanted = (pc.field("block") == rows.block) & (pc.field("metric") == _METRIC + readout)
    for name in ("learner", "hardware"):
        if getattr(rows, name) is not None:
            wanted &= pc.field(name) == getattr(rows, name)
    percent: dict[Unit, float] = {}
    columns = ["seed", "chip_id", "settings", "value"]
    for row in table.filter(wanted).select(columns).to_pylist():
        told = json.loads(row["settings"])
        if any(key not in told or told[key] != value for key, value in rows.settings.items()):
            continue
        unit = Unit(row["seed"], row["chip_id"])
        if unit in percent:
            where = f"experiment {experiment.name!r}, block"
            rule = f"seed {unit.seed}, chip {unit.chip} has results of several settings there"
            right = "say which: add learner, hardware or settings to the rows"
            raise SpecError(message(where, rows.block, rule, right))
        percent[unit] = 100.0 * row["value"]
    return percent


def _difference(first: Sample, second: Sample | None) -> Sample | None:
    """The first less the second, by chip and seed, as far as both have them."""
    if second is None:
        return None
    both = [unit for unit in first.percent if unit in second.percent]
    percent = {unit: first.percent[unit] - second.percent[unit] for unit in both}
    return Sample(percent, first.readouts + second.readouts) if both else None


def _counted(number: int, word: str) -> list[str]:
    return [f"{number} {word}" + ("" if number == 1 else "s")]
