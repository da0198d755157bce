"""Reference experiments: what was published, what study makes it again, and what counts as made again.

They are data: :mod:`mortalff.studies.experiments_file` reads them, :mod:`mortalff.studies.reproduce` judges results by
them. Everything is a test error or a difference of two, in per cent.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, JsonValue, model_validator

from mortalff.errors import RuleError
from mortalff.studies.parts import Part
from mortalff.studies.spec import BlockName, Name

Size = Literal["small", "paper"]
_ROUNDING = 1e-9  # of percentages: 2.33 is within 0.25 of 2.08


class Rows(Part):
    """Which rows of a study's table: final test errors of one setting, one a chip and seed."""

    block: BlockName = Field(description="a block of the study")
    readout: str = Field(
        default="softmax",
        pattern="^[a-z_]+$",
        description="read-out of the learner; better: of softmax and energy the one with the lower mean error",
    )
    learner: str | None = Field(default=None, description="a learner, where the block has several")
    hardware: str | None = Field(
        default=None, description="a card, or aihwkit:PRESET, where the block has several"
    )
    settings: dict[str, JsonValue] = Field(
        default_factory=dict, description="settings, where the block has one learner several times"
    )


class Published(Part):
    """What somebody else found."""

    value: float = Field(description="in per cent")
    source: str = Field(min_length=1, description="paper and setting")


class Target(Part):
    """What counts as made again: ``value`` give or take ``within``, or bounds."""

    value: float | None = Field(default=None, description="what is expected, in per cent")
    within: float | None = Field(default=None, gt=0, description="how far off it may be, in points")
    at_least: float | None = Field(default=None, description="lower bound, in per cent")
    at_most: float | None = Field(default=None, description="upper bound, in per cent")

    @model_validator(mode="after")
    def _one_kind(self) -> Target:
        said = self.model_dump(exclude_none=True)
        if set(said) not in (
            {"value", "within"},
            {"at_least"},
            {"at_most"},
            {"at_least", "at_most"},
        ):
            rule = "a target is a value and how far off one may be, or bounds"
            raise RuleError("", said, rule, "write value and within, or at_least, at_most or both")
        low, high = self.bounds
        if low > high:
            rule = f"the upper bound is {high:g}"
            raise RuleError("at_least", low, rule, "write a lower number")
        return self

    @property
    def bounds(self) -> tuple[float, float]:
        """What is met lies from the first to the second, in per cent."""
        if self.value is not None and self.within is not None:
            return self.value - self.within, self.value + self.within
        low = -math.inf if self.at_least is None else self.at_least
        return low, math.inf if self.at_most is None else self.at_most

    def met(self, percent: float) -> bool:
        """Whether a number meets it."""
        low, high = self.bounds
        return low - _ROUNDING <= percent <= high + _ROUNDING

    def __str__(self) -> str:
        """As tables show it."""
        if self.value is not None:
            return f"{self.value:g} ± {self.within:g}"
        if self.at_least is not None and self.at_most is not None:
            return f"{self.at_least:g} to {self.at_most:g}"
        return f"≥ {self.at_least:g}" if self.at_most is None else f"≤ {self.at_most:g}"


class Result(Part):
    """One number of an experiment: the mean of rows, or how much lower other rows' mean is."""

    name: str = Field(min_length=1, max_length=80, description="what the number is")
    rows: Rows = Field(description="the rows whose mean it is")
    minus: Rows | None = Field(
        default=None, description="rows taken away from it, chip by chip and seed by seed"
    )
    published: Published | None = Field(default=None, description="what was published")
    target: Target | None = Field(
        default=None, description="what counts as made again; nothing where that is not known"
    )


class Experiment(Part):
    """A study, and the numbers that it should give."""

    name: Name = Field(description="the experiment's name, the same at both sizes")
    title: str = Field(min_length=1, description="what is tried, in a line")
    size: Size = Field(description="small: minutes on one core; paper: the paper's own")
    study: str = Field(description="a study that comes with mortalff, or a path from this file")
    minutes: float = Field(gt=0, description="expected time on one core")
    results: Annotated[tuple[Result, ...], Field(min_length=1)] = Field(description="its numbers")


class Experiments(Part):
    """A file of experiments."""

    experiments: Annotated[tuple[Experiment, ...], Field(min_length=1)] = Field(
        description="experiments"
    )

    @model_validator(mode="after")
    def _no_name_twice(self) -> Experiments:
        seen: set[tuple[str, str]] = set()
        for index, experiment in enumerate(self.experiments):
            if (experiment.name, experiment.size) in seen:
                rule = f"another {experiment.size} experiment has this name"
                key = f"experiments.{index}.name"
                raise RuleError(key, experiment.name, rule, "give it its own")
            seen.add((experiment.name, experiment.size))
        return self
