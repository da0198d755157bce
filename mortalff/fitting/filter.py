"""What a law expects of each reading, given those before it: a filter over the hidden weight.

A device's weight w is hidden; a reading is y = w + σ_w ξ, with write noise and the instrument's noise in σ_w. As the
noise of one reading is in two successive differences, with opposite signs, differences alone would take it for noise
of the pulses. The filter keeps mean m and variance P of w instead:

    after a pulse:   m, P ← moments of clip(w + f(w) + q(w) ξ) with w ~ N(m, P)
    after a reading: e = y − m, S = P + σ_w²,  m ← m + P e / S,  P ← P σ_w² / S

so that the log-likelihood is −½ Σ (ln 2πS + e²/S). For affine steps with additive noise away from the bounds this
is Kalman's filter and exact. Elsewhere the moments come from three-point Gauss and Hermite quadrature over w
(assumed-density filtering; Särkkä, "Bayesian Filtering and Smoothing", Cambridge 2013, ch. 6). Near a bound a
reading's density is that of a clipped normal variable with reading noise, exactly: part of it stands at the bounds,
and the rest is

    N(y; m, P + σ_w²) (Φ((b_max − μ)/σ) − Φ((b_min − μ)/σ)),  μ = m + P e / S,  σ² = P σ_w² / S.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtr

from mortalff.fitting.readings import Array, Readings
from mortalff.fitting.response import Response

_NODE = np.sqrt(3.0)
_REACH = 6.0  # standard deviations beyond which a bound is not felt
_TINY = 1e-300
_LOG_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True)
class Trace:
    """What the filter saw, for judging a fit; each (pulses, n) but for the first axis of the filter's lanes dropped.

    Attributes:
        before: mean of the hidden weight before each pulse.
        step: signed change expected of each pulse.
        clipped: probability that the pulse ended at a bound.
    """

    before: Array
    step: Array
    clipped: Array


@dataclass(frozen=True)
class Innovations:
    """How readings differ from what was expected.

    Attributes:
        error: reading less expectation, (pulses, lanes, n); 0 where nothing was read.
        variance: expected square of that, the same shape; 1 where nothing was read.
        density: log-density of each reading, (pulses, lanes, n); 0 where nothing was read.
        distance: squared distance of readings near a bound from where they were likeliest, in units of the spread
            there, of the first lane, (pulses, n).
        at_bounds: how many readings were of a weight at the lower, and at the upper bound, of the first lane, (2, n).
        trace: of the first lane.
    """

    error: Array
    variance: Array
    density: Array
    distance: Array
    at_bounds: Array
    trace: Trace

    @property
    def log_likelihood(self) -> Array:
        """Of all readings of a device after its first, (lanes, n)."""
        total: Array = self.density.sum(0)
        return total


def innovations(response: Response, read_variance: Array, readings: Readings) -> Innovations:
    """Run the filter.

    Args:
        response: the law with parameters for each lane and device, arrays (lanes, n).
        read_variance: σ_w², (lanes, 1).
        readings: of n devices.
    """
    lower, upper = response.lower, response.upper
    shape = lower.shape
    pulses = len(readings.direction)
    error, variance = np.zeros((pulses, *shape)), np.ones((pulses, *shape))
    trace = Trace(*(np.zeros((pulses, shape[1])) for _ in range(3)))
    density, distance = np.zeros((pulses, *shape)), np.ones((pulses, shape[1]))
    at_bounds = np.zeros((2, shape[1]))
    m = np.broadcast_to(readings.weight[0], shape).copy()
    P = np.broadcast_to(read_variance, shape).copy()
    read = readings.read
    for t in range(pulses):
        points = np.stack([np.zeros(shape), _NODE * np.sqrt(P), -_NODE * np.sqrt(P)]) + m
        np.clip(points, lower, upper, out=points)
        step, noise = response.pulse(readings.direction[t], points)
        ends = points + step
        trace.before[t] = m[0]
        m = (4.0 * ends[0] + ends[1] + ends[2]) / 6.0
        spread = np.square(ends - m) + np.square(noise)
        P = np.maximum((4.0 * spread[0] + spread[1] + spread[2]) / 6.0, 1e-24)
        near = _near(m, P, lower, upper)
        free = m, P
        if near:
            m, P, trace.clipped[t] = clipped(m, P, lower, upper)
        trace.step[t] = m[0] - trace.before[t]
        seen = read[t]
        if not seen.any():
            continue
        y = np.where(seen, readings.weight[t + 1], m)
        S, e = P + read_variance, y - m
        error[t], variance[t] = e, np.where(seen, S, 1.0)
        if near:
            found, m_read, P_read, shares, distance[t] = _read_near(
                free, lower, upper, y, read_variance
            )
            at_bounds += np.where(seen, shares, 0.0)
        else:
            found = log_normal(e, S)
            m_read, P_read = m + P / S * e, P * read_variance / S
        density[t] = np.where(seen, found, 0.0)
        m, P = np.where(seen, m_read, m), np.where(seen, P_read, P)
    return Innovations(error, variance, density, distance, at_bounds, trace)


def _near(m: Array, P: Array, lower: Array, upper: Array) -> bool:
    """Whether any device's bound is felt."""
    reach = _REACH * np.sqrt(P)
    return bool((m - reach < lower).any() or (m + reach > upper).any())


def _read_near(
    free: tuple[Array, Array], lower: Array, upper: Array, y: Array, R: Array
) -> tuple[Array, Array, Array, Array, Array]:
    """Log-density of a reading near a bound, and mean and variance of the hidden weight given it.

    Then, of the first lane, how likely the weight stands at either bound, (2, n), and the distance. ``free`` holds
    mean and variance as they would be without bounds.
    """
    m, P = free
    std, S = np.sqrt(P), P + R
    mu, sigma = m + P / S * (y - m), np.sqrt(P * R / S)
    a, b = (lower - mu) / sigma, (upper - mu) / sigma
    inside = np.maximum(ndtr(b) - ndtr(a), _TINY)
    logs = np.stack(
        [
            log_ndtr((lower - m) / std) + log_normal(y - lower, R),
            log_ndtr((m - upper) / std) + log_normal(y - upper, R),
            np.log(inside) + log_normal(y - m, S),
        ]
    )
    top = logs.max(0)
    shares = np.exp(logs - top)
    total = shares.sum(0)
    shares /= total
    density_a, density_b = _density(a), _density(b)
    held = np.maximum(inside, 1e-100)
    shift = (density_a - density_b) / held
    curve = (np.clip(a, -40, 40) * density_a - np.clip(b, -40, 40) * density_b) / held
    middle = np.clip(mu + sigma * shift, lower, upper)
    within = np.square(sigma) * np.clip(1.0 + curve - shift * shift, 1e-6, 1.0)
    mean = shares[0] * lower + shares[1] * upper + shares[2] * middle
    variance = (
        shares[0] * np.square(lower - mean)
        + shares[1] * np.square(upper - mean)
        + shares[2] * (np.square(middle - mean) + within)
    )
    far = np.stack([np.square(y - lower) / R, np.square(y - upper) / R, np.square(y - m) / S])
    return top + np.log(total), mean, variance, shares[:2, 0], (shares * far).sum(0)[0]


def clipped(m: Array, P: Array, lower: Array, upper: Array) -> tuple[Array, Array, Array]:
    """Mean and variance of a normal variable clipped to bounds, and how likely the first lane's is clipped."""
    std = np.sqrt(P)
    a, b = np.clip((lower - m) / std, -30.0, 30.0), np.clip((upper - m) / std, -30.0, 30.0)
    below, above = ndtr(a), ndtr(-b)
    density_a, density_b = _density(a), _density(b)
    shift = density_a - density_b + a * below + b * above
    second = 1.0 - below - above + a * density_a - b * density_b + a * a * below + b * b * above
    chance: Array = (below + above)[0]
    mean = np.clip(m + std * shift, lower, upper)
    return mean, P * np.maximum(second - shift * shift, 1e-12), chance


def log_normal(e: Array, S: Array) -> Array:
    """Log-density of a normal variable of variance S at a distance e from its mean."""
    density: Array = -0.5 * (np.log(S) + e * e / S + _LOG_2PI)
    return density


def _density(z: Array) -> Array:
    density: Array = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    return density
