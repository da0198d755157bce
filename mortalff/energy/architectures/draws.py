"""Uncertain constants drawn at random, the same ones for everything that is compared.

Half of a constant's draws lie below its value and half above, so that the value is the median; each half is uniform in
the logarithm between value and bound, or in the number itself where the lower bound is 0. No draw leaves the band.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from mortalff.energy.architectures.term import Term
from mortalff.energy.array_forms import whole
from mortalff.energy.library import Price

Array = npt.NDArray[np.float64]

QUANTILES = (0.05, 0.95)
"""The band that is shown: nine draws in ten lie in it."""


class Draws:
    """Draws of all uncertain numbers, by key.

    Args:
        seed: fixes them; the numbers of one key depend on no other key.
        samples: how many there are of each.

    Raises:
        InputError: fewer than two samples, or a seed that is no whole number from 0.
    """

    def __init__(self, seed: int = 0, samples: int = 2000) -> None:
        self.seed = whole("seed", seed, 0)
        self.samples = whole("samples", samples, 2)
        self._known: dict[str, Array] = {}

    def uniform(self, key: str) -> Array:
        """Numbers from 0 to 1 that say how far up its band each draw of a key is, shape (samples,)."""
        if key not in self._known:
            digest = hashlib.sha256(f"{self.seed}/{key}".encode()).digest()
            generator = np.random.default_rng(int.from_bytes(digest[:16], "big"))
            self._known[key] = generator.random(self.samples)
        return self._known[key]

    def of(self, key: str, price: Price) -> Array:
        """Draws of a number, shape (samples,)."""
        return quantile(price, self.uniform(key))

    def energy(self, terms: Iterable[Term]) -> Array:
        """Draws of what terms come to, in J, shape (samples,)."""
        spent = np.zeros(self.samples)
        for term in terms:
            product = np.full(self.samples, term.count)
            for factor in term.factors:
                product *= self.of(factor.key, factor.price)
            spent += product
        return spent


def quantile(price: Price, share: npt.ArrayLike) -> Array:
    """The number below which a share of draws lies: low at 0, value at a half, high at 1."""
    at = np.asarray(share, dtype=np.float64)
    below, above = np.minimum(2.0 * at, 1.0), np.maximum(2.0 * at - 1.0, 0.0)
    if price.value == 0.0:
        return above * price.high
    up = np.power(price.high / price.value, above)
    if price.low == 0.0:
        return price.value * below * up
    return price.low * np.power(price.value / price.low, below) * up


def mean(price: Price) -> float:
    """The mean of all draws there could be."""
    return 0.5 * (_mean_between(price.low, price.value) + _mean_between(price.value, price.high))


def band(draws: Array) -> Price:
    """Median and the two quantiles of :data:`QUANTILES`."""
    low, high = np.quantile(draws, QUANTILES)
    return Price(float(low), float(np.median(draws)), float(high))


def band_about(value: float, draws: Array) -> Price:
    """A value, and the band of draws about it, which is widened where it does not hold the value."""
    drawn = band(draws)
    return Price(min(drawn.low, value), value, max(drawn.high, value))


def _mean_between(low: float, high: float) -> float:
    """The mean of a number that is uniform in the logarithm between two, or uniform from 0."""
    if low == 0.0 or math.isclose(low, high, rel_tol=1e-9):
        return 0.5 * (low + high)
    return (high - low) / math.log(high / low)
