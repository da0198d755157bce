"""A number with a band: what one of something costs, or measures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from mortalff.errors import InputError, message

Bound = Literal["low", "value", "high"]
BOUNDS: tuple[Bound, ...] = ("low", "value", "high")


@dataclass(frozen=True)
class Price:
    """A lower bound, the best value and an upper bound, all in one SI unit (areas in µm²).

    Sums and multiples take bounds with bounds: the band if all constants erred the same way at once, the widest.
    """

    low: float
    value: float
    high: float

    def __post_init__(self) -> None:
        """Raise InputError unless 0 <= low <= value <= high."""
        if not 0.0 <= self.low <= self.value <= self.high < math.inf:
            got = (self.low, self.value, self.high)
            rule = "0 <= low <= value <= high must hold"
            raise InputError(message("price", got, rule, "give finite bounds around the value"))

    def __add__(self, other: Price) -> Price:
        """Both together."""
        return Price(self.low + other.low, self.value + other.value, self.high + other.high)

    def __mul__(self, times: float) -> Price:
        """This many of it."""
        return Price(self.low * times, self.value * times, self.high * times)

    __rmul__ = __mul__


def total(prices: Iterable[Price]) -> Price:
    """All of them together."""
    return sum(prices, start=Price(0.0, 0.0, 0.0))


def by_bounds(model: Callable[[Bound], float]) -> Price:
    """A model evaluated with all its constants at their low, best and high values.

    Args:
        model: takes the name of a bound; it must not fall where its constants rise.
    """
    return Price(*(model(bound) for bound in BOUNDS))
