"""Bounds of devices that did not all come to theirs.

A hard bound is told by the pulses that end at it. Of a device without such pulses it is known only that the bound
lies beyond all weights that it had. Where some devices came to their bounds, mean and spread of all are those of a
normal distribution of which the others are censored (Tobin, Econometrica 26:24, 1958), by expectation and
maximisation. Where a law's steps vanish at the bounds, the steps tell where they are, and none of this is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

from mortalff.fitting.evaluate import Residuals
from mortalff.fitting.hierarchy import Hierarchy
from mortalff.fitting.law_model import LOWER, UPPER
from mortalff.fitting.readings import Array, Readings

_PULSES = 10
_LEAST = 3
_TURNS = 300


@dataclass(frozen=True)
class Bound:
    """Of one bound, upper or lower.

    Attributes:
        parameter: which. sign: +1 for the upper, −1 for the lower.
        reached: which devices' readings tell theirs, (n,).
        place: the bound where told, else the outermost weight seen, (n,).
        variance: with which the place is known, (n,).
        shapes: whether the law's steps depend on where the bound is.
    """

    parameter: int
    sign: int
    reached: npt.NDArray[np.bool_]
    place: Array
    variance: Array
    shapes: bool

    @property
    def share(self) -> float:
        """Share of devices that tell theirs."""
        return float(self.reached.mean())

    @property
    def told(self) -> bool:
        """Whether enough devices tell theirs to say something of all."""
        return int(self.reached.sum()) >= _LEAST

    @property
    def censored(self) -> bool:
        """Whether some devices, but not all, tell theirs."""
        return self.told and not self.reached.all()


def bounds_of(fitted: Hierarchy, left: Residuals, readings: Readings) -> tuple[Bound, Bound]:
    """The upper and the lower bounds of all devices."""
    p = len(fitted.device)
    own = fitted.evaluation.information[:, :p, :p] + np.diag(fitted.std**-2.0)
    variance = np.diagonal(np.linalg.inv(own), axis1=1, axis2=2)
    found = []
    for parameter, sign in ((UPPER, 1), (LOWER, -1)):
        known = variance[:, parameter]
        place = fitted.device[parameter]
        if fitted.model.soft:
            told = known < 0.5 * fitted.std[parameter] ** 2
        else:
            ended = (left.trace.clipped > 0.5) & (readings.direction == sign)
            told = ended.sum(0) >= _PULSES
            seen = (sign * np.where(readings.direction != 0, left.trace.before, np.nan)).copy()
            place = np.where(told, place, sign * np.nanmax(seen, axis=0))
        found.append(Bound(parameter, sign, told, place, known, fitted.model.shaped))
    return found[0], found[1]


def outermost(bound: Bound) -> tuple[float, float]:
    """Mean and spread of the outermost weights seen: all that is known of a bound that no device came to."""
    return float(bound.place.mean()), float(bound.place.std(ddof=1))


def censored_normal(bound: Bound, weights: Array) -> tuple[Array, Array]:
    """Mean and spread of a bound, (resamples,), with how often each device counts, (resamples, n)."""
    place = bound.sign * bound.place
    total = weights.sum(1)
    mu = weights @ place / total
    tau = np.sqrt(np.maximum(weights @ np.square(place) / total - mu * mu, 1e-12))
    told = bound.reached
    for _ in range(_TURNS):
        m, s = mu[:, None], tau[:, None]
        shrunk = s * s / (s * s + bound.variance)
        # A told place with its error, or a normal variable beyond the outermost weight.
        alpha = (place - m) / s
        hazard = np.exp(-0.5 * alpha**2 - log_ndtr(-alpha)) / np.sqrt(2.0 * np.pi)
        mean = np.where(told, m + shrunk * (place - m), m + s * hazard)
        inside = np.clip(1.0 + alpha * hazard - hazard * hazard, 1e-6, 1.0)
        spread = s * s * np.where(told, 1.0 - shrunk, inside)
        mu = np.einsum("bn,bn->b", weights, mean) / total
        second = np.einsum("bn,bn->b", weights, np.square(mean - mu[:, None]) + spread)
        tau = np.sqrt(np.maximum(second / (total - 1.0), 1e-12))
    return bound.sign * mu, tau
