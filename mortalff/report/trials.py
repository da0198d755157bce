"""What a study measured, as objects: a setup, and the trials (one chip, one seed) made with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Measured(NamedTuple):
    """A measured number with its band, if it has one, in the unit of its row."""

    value: float
    low: float | None = None
    high: float | None = None


class Setup(NamedTuple):
    """All that trials of one kind share, which is all but chip and seed.

    The fields are columns of the store; ``spec`` is the run's specification without chips and seed, canonical JSON.
    """

    hardware: str
    condition: str
    learner: str
    method: str
    needs: str
    privileged: bool
    reproducible: bool
    activities: str
    sizes: str
    data: str
    spec: str


@dataclass(frozen=True)
class Trial:
    """One chip with one seed in one run.

    Attributes:
        run_id: the run it is of.
        kind: ``train`` or ``transfer``.
        setup: what it was done with.
        chip: the chip's number among those of its seed; in a transfer the student's.
        teacher: the teacher's number in a transfer.
        seed: root seed of the run: chips, data order, noise.
        finals: (metric, component) → what was measured once; the component is "" where there is none.
        series: (metric, component) → values by epochs done, in their order.
    """

    run_id: str
    kind: str
    setup: Setup
    chip: int
    teacher: int | None
    seed: int
    finals: Mapping[tuple[str, str], Measured] = field(default_factory=dict)
    series: Mapping[tuple[str, str], tuple[tuple[float, float], ...]] = field(default_factory=dict)

    @property
    def made(self) -> tuple[int, int]:
        """Which chip it is: the seed is also that of fabrication, so chip 3 of another seed is another chip."""
        return self.seed, self.chip

    def final(self, metric: str, component: str = "") -> Measured | None:
        """What was measured once, or None."""
        return self.finals.get((metric, component))

    def components(self, metric: str) -> tuple[str, ...]:
        """The components that a metric was measured for."""
        return tuple(component for name, component in self.finals if name == metric and component)

    def components_by_epoch(self, metric: str) -> tuple[str, ...]:
        """The components that a metric was measured for by epoch."""
        return tuple(component for name, component in self.series if name == metric and component)

    def curve(self, metric: str, component: str = "") -> tuple[tuple[float, float], ...]:
        """(epoch, value) pairs; empty where the metric was not measured."""
        return self.series.get((metric, component), ())


@dataclass(frozen=True)
class Failure:
    """A run that failed, by the file that tells of it."""

    name: str
    text: str

    @property
    def last_line(self) -> str:
        """The last line that is not empty: of a traceback, the error."""
        lines = [line.strip() for line in self.text.splitlines() if line.strip()]
        return lines[-1] if lines else "(empty)"


@dataclass(frozen=True)
class Skipped:
    """A run that could not be done where the study ran, and why."""

    name: str
    block: str
    reason: str


@dataclass(frozen=True)
class Study:
    """The store of a study, read.

    Attributes:
        name: the study's name.
        title: what the study file wants the report headed with; may be empty.
        text: the study file as it was written.
        command: the command that ran it; empty where it was not run from the command line.
        trials: all there are, in a fixed order.
        failures: runs that failed.
        skipped: runs that could not be done.
        n_runs: how many runs are done.
        n_left: how many are neither done nor failed nor skipped.
        versions: versions of mortalff that made the data.
        commits: git commits that made the data.
        data: names of data sets with their checksums.
        date: day of the newest run, UTC, ISO 8601; empty where there is no run.
    """

    name: str
    title: str
    text: str
    command: str
    trials: tuple[Trial, ...]
    failures: tuple[Failure, ...]
    skipped: tuple[Skipped, ...]
    n_runs: int
    n_left: int
    versions: tuple[str, ...]
    commits: tuple[str, ...]
    data: tuple[tuple[str, str], ...]
    date: str

    def of_kind(self, kind: str) -> tuple[Trial, ...]:
        """The trials of one kind."""
        return tuple(trial for trial in self.trials if trial.kind == kind)
