"""A number on a card: its value, unit, range and source, checked against what the schema expects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo

from mortalff.errors import message

SCALES: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "J": MappingProxyType({"mJ": 1e-3, "uJ": 1e-6, "nJ": 1e-9, "pJ": 1e-12, "fJ": 1e-15}),
        "s": MappingProxyType({"ms": 1e-3, "us": 1e-6, "ns": 1e-9, "h": 3600.0}),
        "S": MappingProxyType({"mS": 1e-3, "uS": 1e-6, "nS": 1e-9}),
        "V": MappingProxyType({"mV": 1e-3}),
        "1": MappingProxyType({"%": 1e-2}),
    }
)
"""Units people write in place of the SI unit, and what one of each is worth."""


class Quantity(BaseModel):
    """A sourced number. ``low`` and ``high`` bound it where it is uncertain."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    value: float
    unit: str
    source: str = Field(min_length=3)
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Quantity:
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        if not low <= self.value <= high:
            raise ValueError(
                f"low <= value <= high must hold, but got {low:g}, {self.value:g}, {high:g}"
            )
        return self

    def __float__(self) -> float:
        """The value in the unit of the schema."""
        return self.value


@dataclass(frozen=True)
class Expectation:
    """What the schema expects of one quantity: unit, meaning and allowed range."""

    unit: str
    meaning: str
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    usual: tuple[float, float] | None = None

    def broken_rule(self, quantity: Quantity) -> str | None:
        """The rule that a quantity breaks and what would be right, or None."""
        if quantity.unit != self.unit:
            worth = SCALES.get(self.unit, {}).get(quantity.unit)
            right = f"the unit must be {self.unit!r}"
            if worth is not None:
                converted = quantity.value * worth
                right += f"; write value = {converted:.6g}, unit = {self.unit!r}"
            return message("unit", quantity.unit, f"this is {self.meaning}", right)
        for value in (quantity.value, quantity.low, quantity.high):
            if value is not None and (rule := self._range_rule(value)) is not None:
                return rule
        return None

    def _range_rule(self, value: float) -> str | None:
        if self.ge is not None and value < self.ge:
            rule = f"{self.meaning} must be at least {self.ge:g}"
        elif self.gt is not None and value <= self.gt:
            rule = f"{self.meaning} must be above {self.gt:g}"
        elif self.le is not None and value > self.le:
            rule = f"{self.meaning} must be at most {self.le:g}"
        elif self.usual is not None and value != 0 and not self.usual[0] <= value <= self.usual[1]:
            rule = f"{self.meaning} lies outside anything built"
        else:
            return None
        low, high = self.usual or (self.ge if self.ge is not None else self.gt, self.le)
        usual = " to ".join("?" if bound is None else f"{bound:g}" for bound in (low, high))
        return message("value", value, rule, f"the usual range is {usual} {self.unit}")


def quantity(
    unit: str,
    meaning: str,
    *,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    usual: tuple[float, float] | None = None,
    default: float | None = None,
) -> Any:  # noqa: ANN401  (a pydantic field specifier, as pydantic.Field is)
    """A card field holding a :class:`Quantity`.

    Args:
        unit: the SI unit it must be written in, "1" for a plain ratio, "weight" for normalised weight units.
        meaning: what the number is; shown by ``mortalff cards show``.
        ge: least allowed value. gt: bound to stay above. le: greatest allowed value.
        usual: range outside which a value is taken for an error of units; zero is always let through.
        default: the value where a card does not say; without it the field is required.
    """
    expectation = Expectation(unit, meaning, ge=ge, gt=gt, le=le, usual=usual)
    extra: dict[str, Any] = {"expectation": expectation}
    if default is None:
        return Field(description=meaning, json_schema_extra=extra)
    assumed = Quantity(value=default, unit=unit, source="schema default: effect absent or usual")
    return Field(default=assumed, description=meaning, json_schema_extra=extra)


def expectation_of(field: FieldInfo) -> Expectation | None:
    """What the schema expects of a field, where that field is a quantity."""
    extra = field.json_schema_extra
    found = extra.get("expectation") if isinstance(extra, dict) else None
    return found if isinstance(found, Expectation) else None


class Section(BaseModel):
    """A table of a card: frozen, no unknown keys, every quantity in its unit and range."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="after")
    def _check_quantities(self) -> Section:
        for name, field in type(self).model_fields.items():
            expectation = expectation_of(field)
            value = getattr(self, name)
            if expectation is None or not isinstance(value, Quantity):
                continue
            rule = expectation.broken_rule(value)
            if rule is not None:
                raise ValueError(f"{name}: {rule}")
        return self
