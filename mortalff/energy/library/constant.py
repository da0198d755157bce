"""One constant of the library: a number with its band, node, conditions, source and tag."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from pydantic import Field, ValidationInfo, model_validator

from mortalff.cards.quantity import Expectation, Quantity
from mortalff.energy.library.price import Bound, Price

Tag = Literal["R", "A", "S", "M", "E", "U"]

TAGS: Mapping[Tag, str] = MappingProxyType(
    {
        "R": "computed from the source's equations or data",
        "A": "read in the source",
        "S": "read in a second source that cites the first",
        "M": "from memory, not read again",
        "E": "derived by the argument in its source text",
        "U": "set by the user",
    }
)
"""The grades of a source; device cards use the same."""

ASSUMED_SPREAD: Mapping[Tag, float] = MappingProxyType(
    {"R": 1.2, "A": 1.2, "S": 1.5, "M": 2.0, "E": 2.0, "U": 1.0}
)
"""By what factor a bound is away from the value where its source states none: our assumption, by grade of the source.

Predictions from components come within 10 to 20 %, hence the 20 % of figures that were read in their source."""

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


def quantity_of(key: str) -> str | None:
    """The quantity that the last part of a name stands for: ``write_energy`` is an energy; None where there is none."""
    word = key.rsplit("_", 1)[-1]
    return word if word in QUANTITIES else None


class Constant(Quantity):
    """A sourced number. Where its source states no bound, one is assumed by :data:`ASSUMED_SPREAD`."""

    what: str = Field(min_length=3, description="what one of it is")
    node_nm: float | None = Field(
        default=None, gt=0, le=1000, description="technology node, in nm; none: not of one node"
    )
    conditions: str = Field(default="", description="bits, rate, voltage, size it holds for")
    tag: Tag = Field(description="grade of the source: R, A, S, M, E or U")

    @model_validator(mode="after")
    def _of_its_quantity(self, info: ValidationInfo) -> Constant:
        expectation = QUANTITIES.get(info.context) if isinstance(info.context, str) else None
        if expectation is not None:
            expectation.check(self)
        return self

    @property
    def band_is_stated(self) -> bool:
        """Whether both bounds are stated rather than assumed."""
        return self.low is not None and self.high is not None

    @property
    def price(self) -> Price:
        """The value with its band, stated or assumed."""
        spread = ASSUMED_SPREAD[self.tag]
        low = self.value / spread if self.low is None else self.low
        high = self.value * spread if self.high is None else self.high
        return Price(low, self.value, high)

    def at(self, bound: Bound) -> float:
        """One bound, or the value."""
        found: float = getattr(self.price, bound)
        return found
