"""A number on a card: its value, unit, range and source, checked against the schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic.fields import FieldInfo

from mortalff.errors import RuleError

_PREFIXES: Mapping[str, float] = MappingProxyType(
    {
        "k": 1e3,
        "m": 1e-3,
        "u": 1e-6,
        "\u00b5": 1e-6,  # the micro sign
        "\u03bc": 1e-6,  # the Greek letter
        "n": 1e-9,
        "p": 1e-12,
        "f": 1e-15,
        "a": 1e-18,
    }
)
_PREFIXED_UNITS = frozenset({"J", "Ohm", "s", "S", "V"})
_OTHER_UNITS: Mapping[tuple[str, str], float] = MappingProxyType(
    {("s", "min"): 60.0, ("s", "h"): 3600.0, ("1", "%"): 1e-2}
)

SPREAD = (1e-6, 3.0)
"""Usual range of a spread given as a share: thirty per cent is 0.3, and 30 is an error of units."""


def in_unit(value: float, written: str, expected: str) -> float | None:
    """A value written in one unit, converted to another; None where the two do not convert."""
    worth = _OTHER_UNITS.get((expected, written))
    if worth is None and expected in _PREFIXED_UNITS and written[1:] == expected:
        worth = _PREFIXES.get(written[:1])
    return None if worth is None else value * worth


def check_unit(value: float, written: str, expected: str, meaning: str) -> None:
    """Raise :class:`RuleError` unless a number is written in the expected unit."""
    if written == expected:
        return
    right = f'write unit = "{expected}"'
    if (converted := in_unit(value, written, expected)) is not None:
        right = f'write value = {converted:.6g}, unit = "{expected}"'
    raise RuleError("unit", written, f"{meaning} must be in {expected!r}", right)


class Strict(BaseModel):
    """Base of everything on a card: frozen, no unknown keys, no text where a number belongs."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Quantity(Strict):
    """A sourced number. ``low`` and ``high`` bound it where it is uncertain."""

    value: float = Field(description="the number, in the unit")
    unit: str = Field(description='the SI unit, "1" for a ratio, "weight" for normalised weight')
    source: str = Field(min_length=3, description="where the number is from")
    low: float | None = Field(default=None, description="lower bound of an uncertain number")
    high: float | None = Field(default=None, description="upper bound of an uncertain number")

    @model_validator(mode="after")
    def _ordered(self) -> Quantity:
        check_band(self.value, self.low, self.high)
        return self

    def __float__(self) -> float:
        """The value in the unit of the schema."""
        return self.value


def check_band(value: float, low: float | None, high: float | None) -> None:
    """Raise :class:`RuleError` unless low <= value <= high, a bound of None being the value."""
    low = value if low is None else low
    high = value if high is None else high
    if not low <= value <= high:
        raise RuleError(
            "value",
            value,
            "low <= value <= high must hold",
            f"the band here is {low:g} to {high:g}",
        )


@dataclass(frozen=True)
class Expectation:
    """What the schema expects of one quantity: unit, meaning and allowed range.

    Attributes:
        unit: the unit it must be written in. meaning: what the number is.
        ge: least allowed value. gt: bound to stay above. le: greatest allowed value.
        usual: range outside which a value other than zero is taken for an error of units.
    """

    unit: str
    meaning: str
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    usual: tuple[float, float] | None = None

    def check(self, quantity: Quantity) -> None:
        """Raise :class:`RuleError` where the quantity has another unit or lies out of range."""
        check_unit(quantity.value, quantity.unit, self.unit, self.meaning)
        for key in ("value", "low", "high"):
            value: float | None = getattr(quantity, key)
            if value is not None and (rule := self._broken_bound(value)) is not None:
                raise RuleError(key, value, f"{self.meaning} {rule}", self._right())

    def _broken_bound(self, value: float) -> str | None:
        if self.ge is not None and value < self.ge:
            return f"must be at least {self.ge:g}"
        if self.gt is not None and value <= self.gt:
            return f"must be above {self.gt:g}"
        if self.le is not None and value > self.le:
            return f"must be at most {self.le:g}"
        if self.usual is not None and value != 0 and not self.usual[0] <= value <= self.usual[1]:
            return "lies outside anything built"
        return None

    def _right(self) -> str:
        if self.usual is not None:
            return f"the usual range is {self.usual[0]:g} to {self.usual[1]:g}, in {self.unit!r}"
        return f"write a number in that range, in {self.unit!r}"


def quantity(
    unit: str,
    meaning: str,
    *,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    usual: tuple[float, float] | None = None,
    default: float | None = None,
    default_source: str = "the effect is absent unless a card states it",
    optional: bool = False,
) -> Any:  # as pydantic.Field, for which it stands
    """A card field holding a :class:`Quantity`.

    Args:
        unit: the SI unit it must be written in, "1" for a plain ratio, "weight" for normalised
            weight.
        meaning: what the number is; shown by ``mortalff cards show``.
        ge: least allowed value.
        gt: bound to stay above.
        le: greatest allowed value.
        usual: range outside which a value is taken for an error of units; zero is let through.
        default: the value where a card does not say; without it the field is required.
        default_source: the source of that value.
        optional: the field may be absent, and is then None.

    Returns:
        What pydantic's ``Field`` returns.
    """
    expectation = Expectation(unit, meaning, ge=ge, gt=gt, le=le, usual=usual)
    extra: dict[str, Any] = {"expectation": expectation}
    if optional:
        return Field(default=None, description=meaning, json_schema_extra=extra)
    if default is None:
        return Field(description=meaning, json_schema_extra=extra)
    assumed = Quantity(value=default, unit=unit, source=f"schema default: {default_source}")
    return Field(default=assumed, description=meaning, json_schema_extra=extra)


def expectation_of(field: FieldInfo) -> Expectation | None:
    """What the schema expects of a field, where that field is a quantity."""
    extra = field.json_schema_extra
    found = extra.get("expectation") if isinstance(extra, dict) else None
    return found if isinstance(found, Expectation) else None


class Section(Strict):
    """A table of a card: every quantity in it has its unit and lies in its range."""

    @field_validator("*", mode="after")
    @classmethod
    def _check_quantity(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, Quantity) and info.field_name is not None:
            expectation = expectation_of(cls.model_fields[info.field_name])
            if expectation is not None:
                expectation.check(value)
        return value
