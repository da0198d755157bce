"""The price of one action, with a band and the grade of its source."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from mortalff.actions import ACTIONS, METERED
from mortalff.cards.quantity import Section, check_band, check_unit
from mortalff.errors import RuleError, nearest

_LEAST_J, _MOST_J = 1e-19, 1e-6

Tag = Literal["R", "A", "S", "M", "E", "U"]
"""The grade of a source."""


class ActionEnergy(Section):
    """The price of one action, with a band."""

    value: float = Field(ge=0, description="price of one action, in J")
    low: float = Field(ge=0, description="lower bound of the price, in J")
    high: float = Field(ge=0, description="upper bound of the price, in J")
    unit: str = Field(description='"J"')
    source: str = Field(min_length=3, description="where the number is from")
    conditions: str = Field(default="", description="bits, node, voltage, time, array size")
    tag: Tag = Field(
        description="R: computed from the source; A: read there; S: second-hand; M: from memory;"
        " E: derived by the argument in the source; U: set by the user"
    )

    @model_validator(mode="after")
    def _plausible(self) -> ActionEnergy:
        check_unit(self.value, self.unit, "J", "the price of an action")
        for key, shown in (("value", self.value), ("low", self.low), ("high", self.high)):
            if shown > _MOST_J or 0 < shown < _LEAST_J:
                raise RuleError(
                    key,
                    shown,
                    "no single action costs that many joules",
                    f"the usual range is {_LEAST_J:g} to {_MOST_J:g} J; 1 pJ is 1e-12 J",
                )
        check_band(self.value, self.low, self.high)
        return self


def price_set_by_user(joules: float) -> dict[str, object]:
    """The fields of a price that is a bare number of joules."""
    return {
        "value": joules,
        "low": joules,
        "high": joules,
        "unit": "J",
        "source": "set by user",
        "tag": "U",
    }


def _known_action(name: str) -> str:
    known = [action for action in ACTIONS if action not in METERED.values()]
    if name not in known:
        rule = "there is no such action" if name not in ACTIONS else "it has no price of its own"
        raise RuleError("", name, rule, nearest(name, known))
    return name


ActionName = Annotated[str, AfterValidator(_known_action)]
"""A name in :data:`mortalff.actions.ACTIONS`."""
