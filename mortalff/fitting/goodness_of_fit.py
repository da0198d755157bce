"""Whether a law fits at all: what its standardised innovations z would have to be like, and how far they are from it.

If the law held, z would be independent standard normals. With many readings every law of a real device fails that
for certain, so a check fails only where the departure is both significant (p below 0.001, shared out over what it
compares) and large enough to matter (the limits below). Pulses that likely ended at a bound are left out of what
needs z to be normal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import stats

from mortalff.fitting.evaluate import Residuals
from mortalff.fitting.readings import Array, Readings

SIGNIFICANCE = 1e-3
MEAN_LIMIT = 0.2
"""Mean of z, in its standard deviations, that matters; the step must be off by 5 % as well."""
STEP_LIMIT = 0.05
SPREAD_LIMIT = 1.6
"""Ratio of the spread of z², up or down, that matters."""
SERIAL_LIMIT = 0.1
SHAPE_LIMIT = 0.05
DEVICES_LIMIT = 0.1
BINS = 8
_REVERSED = 3  # pulses after a change of direction in which a memory of the way would show
_ROUNDING = 5.0
_LEAST = 50  # readings of which a bin must be made

Mask = npt.NDArray[np.bool_]
_Matters = Callable[[float, float], bool]
_Told = Callable[[str, float, float], str]


@dataclass(frozen=True)
class Check:
    """One property of the innovations.

    Attributes:
        name: what was checked.
        passed: whether it holds well enough.
        found: what was found, in words with numbers.
    """

    name: str
    passed: bool
    found: str


def checks(left: Residuals, readings: Readings) -> list[Check]:
    """All checks of a fit."""
    facts = _Facts(left, readings)
    return [
        facts.steps(),
        facts.devices_steps(),
        facts.spreads(),
        facts.memory(),
        facts.reversals(),
        facts.shape(),
        facts.devices(),
        facts.time(),
    ]


def bins(left: Residuals, readings: Readings) -> Iterator[tuple[str, Mask]]:
    """Readings by direction and weight: a name and which they are, (pulses, n); as many in each."""
    for sign, name in ((1, "up"), (-1, "down")):
        there = readings.read & (readings.direction == sign)
        if not there.any():
            continue
        edges = np.quantile(left.trace.before[there], np.linspace(0.0, 1.0, BINS + 1))
        for k, (low, high) in enumerate(pairwise(edges)):
            last = k == BINS - 1
            weight = left.trace.before
            inside = there & (weight >= low) & ((weight <= high) if last else (weight < high))
            if inside.sum() >= _LEAST:
                yield f"{name} pulses at weights from {low:.3g} to {high:.3g}", inside


class _Facts:
    def __init__(self, left: Residuals, readings: Readings) -> None:
        self._left, self._readings = left, readings
        self._z, self._read = left.z, readings.read
        # Where rounding is a good part of the noise, z is smaller than its law would have it.
        rough = left.variance < _ROUNDING * readings.resolution**2 / 12.0
        self._free = self._read & (left.trace.clipped < 0.01) & ~rough
        self._bins = list(bins(left, readings))

    def steps(self) -> Check:
        found = []
        for name, inside in self._bins:
            mean, error = _clustered(self._z, inside)
            off = self._off(inside)
            found.append((name, mean, _p(mean / error), off))
        return self._verdict(
            "mean step against weight",
            found,
            lambda mean, off: abs(mean) > MEAN_LIMIT and abs(off) > STEP_LIMIT,
            _off_words,
        )

    def devices_steps(self) -> Check:
        """Steps of single devices against weight, which may be off in opposite ways."""
        squares = count = cells = bias = 0.0
        worst: tuple[float, str] = (0.0, "")
        for name, inside in self._bins:
            sums = np.where(inside, self._z, 0.0).sum(0)
            counts = inside.sum(0)
            enough = counts >= 5
            squares += float((np.square(sums[enough]) / counts[enough]).sum())
            bias += float((np.square(sums[enough]) - counts[enough]).sum())
            count += float(np.square(counts[enough], dtype=np.float64).sum())
            cells += int(enough.sum())
            if enough.any():
                means = np.where(enough, sums / np.maximum(counts, 1), 0.0)
                i = int(np.argmax(np.abs(means) * np.sqrt(counts)))
                size = float(abs(means[i]) * counts[i] ** 0.5)
                text = (
                    f"device {self._readings.devices[i]}, {name}: z is {means[i]:+.2f} on average"
                )
                worst = max(worst, (size, text))
        rms = max(bias / max(count, 1.0), 0.0) ** 0.5
        p = float(stats.chi2.sf(squares, max(cells, 1)))
        passed = not (rms > 1.5 * MEAN_LIMIT and p < SIGNIFICANCE)
        told = f"z of single devices is off by {rms:.2f} (rms)"
        return Check(
            "each device's step against weight", passed, told + ("" if passed else f"; {worst[1]}")
        )

    def spreads(self) -> Check:
        found = []
        for name, inside in self._bins:
            inside = inside & self._free
            if inside.sum() < _LEAST:
                continue
            mean, error = _clustered(np.square(self._z), inside, 2.0**0.5)
            found.append((name, mean, _p((mean - 1.0) / error), mean))
        return self._verdict(
            "noise against weight",
            found,
            lambda mean, _: not 1.0 / SPREAD_LIMIT < mean < SPREAD_LIMIT,
            lambda name, mean, _: f"{name}: the noise is {mean**0.5:.2f} times the law's",
        )

    def memory(self) -> Check:
        pairs = self._free[1:] & self._free[:-1]
        product = (self._z[1:] * self._z[:-1])[pairs]
        r = float(product.mean() / np.square(self._z[self._free]).mean()) if product.size else 0.0
        p = _p(r * np.sqrt(max(product.size, 1)))
        passed = not (abs(r) > SERIAL_LIMIT and p < SIGNIFICANCE)
        return Check("memory", passed, f"successive changes are correlated by {r:+.2f}")

    def reversals(self) -> Check:
        found = []
        d = self._readings.direction
        turned = np.zeros_like(self._read)
        for lag in range(1, _REVERSED + 1):
            turned[lag:] |= d[lag:] * d[:-lag] < 0
        for sign, name in ((1, "up"), (-1, "down")):
            inside = turned & (d == sign) & self._read
            if inside.sum() >= _LEAST:
                mean, error = _clustered(self._z, inside)
                found.append((name, mean, _p(mean / error), self._off(inside)))
        return self._verdict(
            "first pulses after a change of direction",
            found,
            lambda mean, off: abs(mean) > MEAN_LIMIT and abs(off) > STEP_LIMIT,
            _off_words,
        )

    def shape(self) -> Check:
        z = self._z[self._free]
        if z.size < _LEAST:
            return Check("shape of the noise", True, "too few readings away from the bounds")
        z = (z - z.mean()) / z.std()
        test = stats.kstest(z, "norm")
        far = float(np.mean(np.abs(z) > 4.0))
        passed = not (test.statistic > SHAPE_LIMIT and test.pvalue < SIGNIFICANCE)
        return Check(
            "shape of the noise",
            passed,
            f"its distribution is {test.statistic:.3f} from a normal one (Kolmogorov and Smirnov);"
            f" {far:.2%} lie beyond 4 standard deviations",
        )

    def devices(self) -> Check:
        count = np.maximum(self._free.sum(0), 1)
        square = np.where(self._free, np.square(self._z), 0.0).sum(0) / count
        odd = np.flatnonzero(((square > 2.0) | (square < 0.5)) & (self._free.sum(0) >= 20))
        share = odd.size / square.size
        named = ", ".join(self._readings.devices[i] for i in odd[:5])
        more = "" if odd.size <= 5 else f" and {odd.size - 5} more"
        told = f"{odd.size} of {square.size} have a noise of their own"
        return Check(
            "single devices",
            share <= DEVICES_LIMIT,
            told + (f": {named}{more}" if odd.size else ""),
        )

    def time(self) -> Check:
        found = []
        pulses = np.maximum((self._readings.direction != 0).sum(0), 1)
        part = (np.arange(len(self._z))[:, None] * 3) // pulses
        for third, when in enumerate(("first", "second", "last")):
            for sign, name in ((1, "up"), (-1, "down")):
                inside = self._read & (part == third) & (self._readings.direction == sign)
                if inside.sum() >= _LEAST:
                    mean, error = _clustered(self._z, inside)
                    where = f"{when} third, {name} pulses"
                    found.append((where, mean, _p(mean / error), self._off(inside)))
        return self._verdict(
            "steadiness",
            found,
            lambda mean, off: abs(mean) > MEAN_LIMIT and abs(off) > STEP_LIMIT,
            _off_words,
        )

    def _off(self, inside: Mask) -> float:
        """By how much readings are off in some place, as a share of the steps there."""
        error = self._z * np.sqrt(self._left.variance)
        sign = self._readings.direction
        step = np.abs(self._left.trace.step[inside]).mean()
        return float((sign * error)[inside].mean() / max(float(step), 1e-12))

    @staticmethod
    def _verdict(
        name: str,
        found: Sequence[tuple[str, float, float, float]],
        matters: _Matters,
        told: _Told,
    ) -> Check:
        share = SIGNIFICANCE / max(len(found), 1)
        failed = [f for f in found if f[2] < share and matters(f[1], f[3])]
        if not found:
            return Check(name, True, "too few readings")
        shown = failed or [max(found, key=lambda f: abs(f[1]))]
        words = [told(f[0], f[1], f[3]) for f in sorted(shown, key=lambda f: f[2])[:4]]
        return Check(name, not failed, "; ".join(words))


def _off_words(name: str, mean: float, off: float) -> str:
    return f"{name}: changes are off by {off:+.0%} of a step, z is {mean:+.2f} on average"


def _clustered(values: Array, inside: Mask, spread: float = 1.0) -> tuple[float, float]:
    """Mean over readings, and its standard error, in which readings of one device may depend on each other.

    The error is at least that of independent values with the ``spread`` they have if the law holds.
    """
    sums, counts = np.where(inside, values, 0.0).sum(0), inside.sum(0)
    total = counts.sum()
    mean = float(sums.sum() / total)
    n = int((counts > 0).sum())
    between = float(np.square(sums - mean * counts).sum()) ** 0.5 / total
    between *= (n / max(n - 1, 1)) ** 0.5
    alone = max(float(values[inside].std()), spread) / total**0.5
    return mean, max(between, alone, 1e-12)


def _p(z: float) -> float:
    return float(2.0 * stats.norm.sf(abs(z)))
