"""What a study file may say.

A study names blocks, each a product of hardware, learners, conditions and seeds, and transfers, which
teach one chip's function to another. What a block leaves out, the study gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeGuard

from pydantic import BeforeValidator, Field, JsonValue, model_validator

from mortalff.errors import RuleError
from mortalff.networks.sizes import Hidden
from mortalff.studies.parts import (
    DataChoice,
    HardwareChoice,
    Layers,
    LearnerChoice,
    Part,
    named,
)

Activities = Literal["digital", "analog"]
Condition = dict[str, JsonValue]
_EVALUATIONS = "test errors and counts are kept after each of so many equal parts of an epoch"
_HIDDEN = "widths of the hidden layers, or {channels, field, stride} of local fields"


def _numbers(value: object) -> object:
    """A count of chips as their numbers, from 0."""
    return tuple(range(value)) if _is_count(value) else _tuples(value)


def _pairs(value: object) -> object:
    """A count of pairs as pairs."""
    if _is_count(value):
        return numbered_pairs(value)
    return _tuples(value)


def _is_count(value: object) -> TypeGuard[int]:
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    if value < 1:
        raise RuleError("", value, "there is at least one chip", "give 1 or more")
    return True


def _tuples(value: object) -> object:
    """Lists as tuples, which strict validation wants of what has passed through here."""
    return tuple(_tuples(entry) for entry in value) if isinstance(value, list) else value


Chip = Annotated[int, Field(ge=0)]
Chips = Annotated[tuple[Chip, ...], BeforeValidator(_numbers), Field(min_length=1)]
Pairs = Annotated[tuple[tuple[Chip, Chip], ...], BeforeValidator(_pairs), Field(min_length=1)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Seeds = Annotated[tuple[Seed, ...], Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=80)]
BlockName = Annotated[str, Field(pattern=r"^[^\s,](?:[^\n\r]*[^\s])?$", max_length=80)]


Hardware = Annotated[
    tuple[Annotated[HardwareChoice, named("card")], ...],
    Field(min_length=1, description="names of cards, or {aihwkit: PRESET}"),
]
Conditions = Annotated[
    tuple[Condition, ...],
    Field(min_length=1, description="changes of the card, dotted key: value; {} for none"),
]


class Shared(Part):
    """What a block or a transfer may say in place of the study."""

    name: BlockName = Field(description="name of the block, in tables and figures")
    data: DataChoice | None = Field(default=None, description="data set")
    hidden: Layers | None = Field(default=None, description=_HIDDEN)
    epochs: int | None = Field(default=None, ge=1, description="times through the training images")
    seeds: Seeds | None = Field(default=None, description="root seeds")
    activities: Activities | None = Field(default=None, description="digital or analog")

    @model_validator(mode="after")
    def _once(self) -> Shared:
        _distinct("seeds", self.seeds)
        return self


class Block(Shared):
    """Training runs: every hardware with every learner, condition and seed."""

    hardware: Hardware
    learners: tuple[Annotated[LearnerChoice, named("name")], ...] = Field(
        min_length=1, description="learners, each a name or {name: ..., settings: {...}}"
    )
    conditions: Conditions = ({},)
    chips: Chips | None = Field(default=None, description="how many chips, or their numbers")
    evaluations_per_epoch: int | None = Field(default=None, ge=1, description=_EVALUATIONS)

    @model_validator(mode="after")
    def _no_chip_twice(self) -> Block:
        _distinct("chips", self.chips)
        return self


class TransferBlock(Shared):
    """Transfers: on every hardware, under every condition and seed, each method in turn."""

    hardware: Hardware
    conditions: Conditions = ({},)
    learner: Annotated[LearnerChoice, named("name")] = Field(
        description="what teacher and student learn with"
    )
    methods: tuple[str, ...] = Field(
        min_length=1, description="ways of transfer, such as copy, distil, relearn"
    )
    transfer_images: int | None = Field(
        default=None, ge=1, description="images the student is taught with; all if left out"
    )
    transfer_epochs: int | None = Field(
        default=None, ge=1, description="the student's epochs; the teacher's if left out"
    )
    chips: Pairs | None = Field(
        default=None, description="how many pairs of chips, or pairs [teacher, student]"
    )

    @model_validator(mode="after")
    def _pairs_differ(self) -> TransferBlock:
        _distinct("methods", self.methods)
        roles = zip(*(self.chips or ()), strict=True)
        for role, chips in enumerate(roles):
            for index, chip in enumerate(chips):
                if chip in chips[:index]:
                    rule = "in one transfer a chip teaches once and learns once"
                    right = "put the pair into a transfer of its own"
                    raise RuleError(f"chips.{index}.{role}", chip, rule, right)
        for index, (teacher, student) in enumerate(self.chips or ()):
            if teacher == student:
                rule = "a chip cannot teach itself"
                raise RuleError(f"chips.{index}", [teacher, student], rule, "name another student")
        return self


class Study(Part):
    """A study file."""

    study: Name = Field(description="the study's name: letters, digits, and . _ - after the first")
    title: str = Field(default="", description="what the report is headed with")
    data: DataChoice = Field(description="data set")
    hidden: Layers = Field(description=_HIDDEN)
    epochs: int = Field(ge=1, description="times through the training images")
    evaluations_per_epoch: int = Field(default=1, ge=1, description=_EVALUATIONS)
    chips: Chips = Field(default=(0,), description="how many chips, or their numbers")
    seeds: Seeds = Field(default=(0,), description="root seeds")
    activities: Activities = Field(default="digital", description="digital or analog")
    blocks: tuple[Block, ...] = Field(default=(), description="training runs")
    transfers: tuple[TransferBlock, ...] = Field(default=(), description="transfers")

    @model_validator(mode="after")
    def _something_to_do(self) -> Study:
        _distinct("seeds", self.seeds)
        _distinct("chips", self.chips)
        if not self.blocks and not self.transfers:
            rule = "a study holds at least one block or transfer"
            raise RuleError("blocks", [], rule, "write blocks: with a list below it")
        if not self.blocks and self.evaluations_per_epoch > 1:
            rule = "transfers are evaluated at their end, and there is nothing else"
            got = self.evaluations_per_epoch
            raise RuleError("evaluations_per_epoch", got, rule, "leave it out")
        seen: set[str] = set()
        for key, parts in (("blocks", self.blocks), ("transfers", self.transfers)):
            for index, part in enumerate(parts):
                if part.name in seen:
                    rule = "another block or transfer has this name"
                    raise RuleError(f"{key}.{index}.name", part.name, rule, "give it its own")
                seen.add(part.name)
        return self


def numbered_pairs(count: int) -> tuple[tuple[int, int], ...]:
    """Pairs of teacher and student: teachers on even chips, students on the odd ones that follow.

    So a pair is the same, however many there are.
    """
    return tuple((2 * index, 2 * index + 1) for index in range(count))


@dataclass(frozen=True)
class Common:
    """What every block and transfer does with."""

    data: DataChoice
    hidden: Hidden
    epochs: int
    seeds: tuple[int, ...]
    activities: Activities


def common(study: Study, block: Shared) -> Common:
    """The block's own choices, and the study's where it has none."""
    return Common(
        block.data or study.data,
        block.hidden or study.hidden,
        block.epochs or study.epochs,
        block.seeds or study.seeds,
        block.activities or study.activities,
    )


def _distinct(key: str, values: Sequence[object] | None) -> None:
    for index, value in enumerate(values or ()):
        if value in (values or ())[:index]:
            raise RuleError(f"{key}.{index}", value, "it is listed twice", "list each one once")
