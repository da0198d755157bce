"""One constant of the library: a number with its band, node, conditions, source and tag."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import Field, ValidationInfo, model_validator

from mortalff.cards.components import QUANTITIES, ComponentConstant
from mortalff.cards.prices import Tag
from mortalff.energy.library.price import Bound, Price

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


class Constant(ComponentConstant):
    """A sourced number. Where its source states no bound, one is assumed by :data:`ASSUMED_SPREAD`."""

    what: str = Field(min_length=3, description="what one of it is")
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
