"""Constants of components that a card states in place of the energy library's, or beside them.

A card keeps them as they are written and checks their form, units and usual ranges. Which names there are, only the
library knows (``mortalff.energy.library``): it checks them when it takes them in.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, TypeAlias, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from mortalff.cards.prices import Tag
from mortalff.cards.quantity import Expectation, Quantity
from mortalff.errors import RuleError, nearest

T = TypeVar("T")

QUANTITIES: Mapping[str, Expectation] = MappingProxyType(
    {
        "energy": Expectation("J", "an energy", ge=0, usual=(1e-19, 1e-6)),
        "power": Expectation("W", "a power", ge=0, usual=(1e-12, 1e3)),
        "area": Expectation("um2", "an area", ge=0, usual=(1e-4, 1e9)),
        "time": Expectation("s", "a duration", ge=0, usual=(1e-12, 1.0)),
        "capacitance": Expectation("F", "a capacitance", ge=0, usual=(1e-18, 1e-6)),
        "conductance": Expectation("S", "a conductance", ge=0, usual=(1e-12, 1e-1)),
        "voltage": Expectation("V", "a voltage", ge=0, usual=(1e-3, 20.0)),
    }
)
"""What a constant may be, by the last word of its name, with unit and usual range."""

WORD = re.compile(r"[a-z0-9_]+")
"""A part of a constant's name."""

WORD_RULE, WORD_RIGHT = "names are of small letters, digits and _", "as in adc.isaac.energy"
LAST_WORD_RULE = "a name ends in what is measured"
LEAF_RULE = "a constant is a number or a table"
LEAF_RIGHT = "write a number, or a table with value, unit, source"


def quantity_of(key: str) -> str | None:
    """The quantity that the last part of a name stands for: ``write_energy`` is an energy; None where there is none."""
    word = key.rsplit("_", 1)[-1]
    return word if word in QUANTITIES else None


class ComponentConstant(Quantity):
    """A sourced number of one component. What it does not say stays as the library has it."""

    what: str | None = Field(default=None, min_length=3, description="what one of it is")
    node_nm: float | None = Field(
        default=None, gt=0, le=1000, description="technology node, in nm; none: not of one node"
    )
    conditions: str = Field(default="", description="bits, rate, voltage, size it holds for")
    tag: Tag = Field(default="U", description="grade of the source: R, A, S, M, E or U")


def _word(name: str) -> str:
    if not WORD.fullmatch(name):
        raise RuleError("", name, WORD_RULE, WORD_RIGHT)
    return name


def _table(value: object) -> object:
    """Two levels of tables stand above a constant."""
    if not isinstance(value, Mapping):
        rule = "a constant's name has three parts, as in [components.adc.isaac] energy = ..."
        raise RuleError("", value, rule, "write [components.kind.name] and below it quantity = ...")
    return value


def _number_or_table(value: object) -> float | ComponentConstant:
    if isinstance(value, Quantity):
        value = value.model_dump()
    if isinstance(value, Mapping):
        return ComponentConstant.model_validate(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RuleError("", value, LEAF_RULE, LEAF_RIGHT)
    return float(value)


def _filled(tables: Mapping[str, T]) -> Mapping[str, T]:
    """Without tables that hold nothing: a section that says nothing is as good as none."""
    return {name: table for name, table in tables.items() if table}


def _in_range(part: Mapping[str, float | ComponentConstant]) -> object:
    """Units and ranges follow from the last word of a name."""
    for name, written in part.items():
        value = written.value if isinstance(written, Quantity) else written
        quantity = quantity_of(name)
        if quantity is None:
            raise RuleError(name, value, LAST_WORD_RULE, nearest(name, QUANTITIES))
        expected = QUANTITIES[quantity]
        bare = Quantity(value=value, unit=expected.unit, source="the card")
        try:
            expected.check(written if isinstance(written, Quantity) else bare)
        except RuleError as error:
            key = f"{name}.{error.key}"
            raise RuleError(key, error.value, error.rule, error.right) from None
    return part


_Word: TypeAlias = Annotated[str, AfterValidator(_word)]
_Leaf: TypeAlias = Annotated[float | ComponentConstant, BeforeValidator(_number_or_table)]
_Part: TypeAlias = Annotated[
    Mapping[_Word, _Leaf], BeforeValidator(_table), AfterValidator(_in_range)
]
_Kind: TypeAlias = Annotated[
    Mapping[_Word, _Part], BeforeValidator(_table), AfterValidator(_filled)
]
Components: TypeAlias = Annotated[
    Mapping[_Word, _Kind], BeforeValidator(_table), AfterValidator(_filled)
]
"""Constants by kind, part and quantity, as in ``[components.adc.isaac] energy = 2e-12``."""
