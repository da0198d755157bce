"""What one of each action costs on an architecture, with its draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mortalff.energy.architectures import Draws, Plan, bill_of_counts
from mortalff.energy.library import Library

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PriceList:
    """Prices of actions.

    Attributes:
        values: action → J at best values.
        draws: action → J, shape (samples,).
        unpriced: actions without a price → why.
    """

    values: Mapping[str, float]
    draws: Mapping[str, Array]
    unpriced: Mapping[str, str]

    def value(self, counts: Mapping[str, float]) -> float:
        """What counts come to at best values, in J, those without a price left out."""
        return sum(self.values[action] * counts.get(action, 0.0) for action in self.values)

    def samples(self, counts: Mapping[str, float]) -> Array:
        """Draws of the same, shape (samples,)."""
        drawn = [self.draws[action] * counts.get(action, 0.0) for action in self.draws]
        whole: Array = np.stack(drawn).sum(axis=0)
        return whole


def price_list(
    plan: Plan, actions: Iterable[str], draws: Draws, library: Library
) -> PriceList | None:
    """Price one of each action, by constants that all who share the draws have in common.

    Returns:
        None where none of them costs anything.
    """
    bill = bill_of_counts(plan, dict.fromkeys(actions, 1.0), library)
    if not bill.total.value:
        return None
    return PriceList(
        {term.action: term.price.value for term in bill.terms},
        {term.action: draws.energy([term]) for term in bill.terms},
        bill.unpriced,
    )
