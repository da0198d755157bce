"""What matters most: one uncertain number at a time at either end of its band."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mortalff.energy.architectures.term import Term


class Swing(NamedTuple):
    """What comes of one uncertain number.

    Attributes:
        key: of which number.
        low: what is asked for, with it at its lower bound and all others at their values.
        high: the same at its upper bound.
    """

    key: str
    low: float
    high: float

    @property
    def width(self) -> float:
        """How far apart the two are."""
        return abs(self.high - self.low)


def tornado(terms: Sequence[Term]) -> list[Swing]:
    """Energy, in J, with each uncertain number at its bounds, the widest swing first."""
    swings = [
        Swing(key, energy_with(terms, key, "low"), energy_with(terms, key, "high"))
        for key in _keys(terms)
    ]
    return _sorted(swings)


def ratio_tornado(terms: Sequence[Term], others: Sequence[Term]) -> list[Swing]:
    """The ratio of two energies with each uncertain number at its bounds in both, the widest swing first."""
    swings = [
        Swing(key, *(_ratio(terms, others, key, bound) for bound in ("low", "high")))
        for key in _keys([*terms, *others])
    ]
    return _sorted(swings)


def energy_with(terms: Iterable[Term], key: str, bound: str) -> float:
    """Energy, in J, with the number of one key at a bound and all others at their values."""
    return math.fsum(
        term.count
        * math.prod(
            getattr(factor.price, bound if factor.key == key else "value")
            for factor in term.factors
        )
        for term in terms
    )


def _ratio(terms: Sequence[Term], others: Sequence[Term], key: str, bound: str) -> float:
    return energy_with(terms, key, bound) / energy_with(others, key, bound)


def _keys(terms: Iterable[Term]) -> list[str]:
    return list(dict.fromkeys(factor.key for term in terms for factor in term.factors))


def _sorted(swings: Iterable[Swing]) -> list[Swing]:
    return sorted((s for s in swings if s.width > 0.0), key=lambda s: (-s.width, s.key))
