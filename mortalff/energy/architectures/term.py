"""One line of a bill: how often an action happens, and what it costs as a product of uncertain factors."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mortalff.energy.library import Price


@dataclass(frozen=True)
class Factor:
    """An uncertain number.

    Attributes:
        key: what it is an estimate of. Factors of one key are uncertain together, whatever they price: where one is a
            third of the way up its band, all are.
        price: its band.
        source: where it is from.
    """

    key: str
    price: Price
    source: str


@dataclass(frozen=True)
class Term:
    """An action: so many times, each worth the product of its factors, in J.

    Attributes:
        action: a name in :data:`mortalff.actions.ACTIONS`.
        count: how often.
        factors: what one costs; expected numbers of pulses are factors too.
    """

    action: str
    count: float
    factors: tuple[Factor, ...]

    @property
    def price(self) -> Price:
        """All of it, with the widest band."""
        bounds = ("low", "value", "high")
        return Price(
            *(
                self.count * math.prod(getattr(factor.price, bound) for factor in self.factors)
                for bound in bounds
            )
        )
