"""One step of the filter, compiled: a pulse and a reading, device by device (:mod:`mortalff.fitting.filter`).

Arrays are double precision. All lanes of a device are treated alike, near its bounds or not, so that differences
between them are derivatives.
"""

from __future__ import annotations

import math

from numba import njit

_NODE = math.sqrt(3.0)
_REACH = 6.0  # standard deviations beyond which a bound is not felt
_TINY = 1e-300
_LOG_2PI = math.log(2.0 * math.pi)
_FAR = -30.0  # below which the series of the normal distribution's tail is exact to 2e-10


@njit(cache=True, error_model="numpy")
def place_points(m, P, bounds, points):  # type: ignore[no-untyped-def]
    """Fill ``points`` (3, lanes, n) with weights by which moments are taken, of normal ones with mean m, variance P."""
    lanes, n = m.shape
    for lane in range(lanes):
        for j in range(n):
            low, high = bounds[0, lane, j], bounds[1, lane, j]
            reach = _NODE * math.sqrt(P[lane, j])
            for k, at in enumerate((0.0, reach, -reach)):
                points[k, lane, j] = min(max(m[lane, j] + at, low), high)


@njit(cache=True, error_model="numpy")
def follow(  # type: ignore[no-untyped-def]
    ends, noise, bounds, R, read, reading, m, P,
    error, variance, density, distance, at_bounds, step, clipped,
):  # fmt: skip
    """Take mean and variance of hidden weights, (lanes, n), through a pulse and a reading of it, in place.

    Takes:
        ends: where the pulse takes each of :func:`place_points`, (3, lanes, n).
        noise: standard deviations of that.
        bounds: (2, lanes, n).
        R: variance of reading, (lanes,).
        read: which devices were read, (n,).
        reading: what was read, (n,).
        m, P: mean and variance.
        error, variance, density: of the reading, (lanes, n), written where there is one.
        distance, at_bounds: of the first lane, (n,) and (2, n); the former written, the latter added to, near bounds.
        step: change of the first lane's mean, (n,).
        clipped: how likely its weight ended at a bound, (n,).
    """
    lanes, n = m.shape
    for j in range(n):
        before, near = m[0, j], False
        for lane in range(lanes):
            a, b, c = ends[0, lane, j], ends[1, lane, j], ends[2, lane, j]
            mean = (4.0 * a + b + c) / 6.0
            square = 4.0 * ((a - mean) ** 2 + noise[0, lane, j] ** 2)
            square += (
                (b - mean) ** 2 + noise[1, lane, j] ** 2 + (c - mean) ** 2 + noise[2, lane, j] ** 2
            )
            m[lane, j], P[lane, j] = mean, max(square / 6.0, 1e-24)
            reach = _REACH * math.sqrt(P[lane, j])
            near |= mean - reach < bounds[0, lane, j] or mean + reach > bounds[1, lane, j]
        for lane in range(lanes):
            free, wide = m[lane, j], P[lane, j]
            low, high = bounds[0, lane, j], bounds[1, lane, j]
            if near:
                mean, square, chance = clip(free, wide, low, high)
                m[lane, j], P[lane, j] = mean, square
                if lane == 0:
                    clipped[j] = chance
            if lane == 0:
                step[j] = m[0, j] - before
            if not read[j]:
                continue
            y, S = reading[j], P[lane, j] + R[lane]
            error[lane, j], variance[lane, j] = y - m[lane, j], S
            if near:
                found, mean, square, lower, upper, far = read_near(
                    free, wide, low, high, y, R[lane]
                )
                density[lane, j], m[lane, j], P[lane, j] = found, mean, square
                if lane == 0:
                    distance[j] = far
                    at_bounds[0, j] += lower
                    at_bounds[1, j] += upper
            else:
                density[lane, j] = _log_normal(y - free, S)
                m[lane, j], P[lane, j] = free + wide / S * (y - free), wide * R[lane] / S


@njit(cache=True, error_model="numpy")
def clip(m, P, low, high):  # type: ignore[no-untyped-def]
    """Mean and variance of a normal variable clipped to bounds, and how likely it is clipped."""
    std = math.sqrt(P)
    a, b = min(max((low - m) / std, -30.0), 30.0), min(max((high - m) / std, -30.0), 30.0)
    below, above = _normal(a), _normal(-b)
    at_a, at_b = _density(a), _density(b)
    shift = at_a - at_b + a * below + b * above
    second = 1.0 - below - above + a * at_a - b * at_b + a * a * below + b * b * above
    mean = min(max(m + std * shift, low), high)
    return mean, P * max(second - shift * shift, 1e-12), below + above


@njit(cache=True, error_model="numpy")
def read_near(m, P, low, high, y, R):  # type: ignore[no-untyped-def]
    """A reading near a bound, of a weight whose mean and variance without bounds are ``m`` and ``P``.

    Returns:
        Its log-density; mean and variance of the weight given it; how likely the weight stands at the lower, and at the
        upper bound; the squared distance from where the reading was likeliest, in units of the spread there.
    """
    std, S = math.sqrt(P), P + R
    mu, sigma = m + P / S * (y - m), math.sqrt(P * R / S)
    a, b = (low - mu) / sigma, (high - mu) / sigma
    inside = max(_normal(b) - _normal(a), _TINY)
    at_low = _log_normal_below((low - m) / std) + _log_normal(y - low, R)
    at_high = _log_normal_below((m - high) / std) + _log_normal(y - high, R)
    between = math.log(inside) + _log_normal(y - m, S)
    top = max(at_low, at_high, between)
    lower, upper, middle = math.exp(at_low - top), math.exp(at_high - top), math.exp(between - top)
    total = lower + upper + middle
    lower, upper, middle = lower / total, upper / total, middle / total
    at_a, at_b, held = _density(a), _density(b), max(inside, 1e-100)
    shift = (at_a - at_b) / held
    bend = (min(max(a, -40.0), 40.0) * at_a - min(max(b, -40.0), 40.0) * at_b) / held
    centre = min(max(mu + sigma * shift, low), high)
    within = sigma * sigma * min(max(1.0 + bend - shift * shift, 1e-6), 1.0)
    mean = lower * low + upper * high + middle * centre
    square = lower * (low - mean) ** 2 + upper * (high - mean) ** 2
    square += middle * ((centre - mean) ** 2 + within)
    far = (lower * (y - low) ** 2 + upper * (y - high) ** 2) / R + middle * (y - m) ** 2 / S
    return top + math.log(total), mean, square, lower, upper, far


@njit(forceinline=True, cache=True, error_model="numpy")
def _log_normal(e, S):  # type: ignore[no-untyped-def]
    """Log-density of a normal variable of variance S at a distance e from its mean."""
    return -0.5 * (math.log(S) + e * e / S + _LOG_2PI)


@njit(forceinline=True, cache=True, error_model="numpy")
def _density(z):  # type: ignore[no-untyped-def]
    return math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


@njit(forceinline=True, cache=True, error_model="numpy")
def _normal(z):  # type: ignore[no-untyped-def]
    """The standard normal distribution."""
    return 0.5 * math.erfc(-z * math.sqrt(0.5))


@njit(cache=True, error_model="numpy")
def _log_normal_below(z):  # type: ignore[no-untyped-def]
    """Its logarithm, by the tail's series (Abramowitz and Stegun, 26.2.12) where it would be 0."""
    if z > _FAR:
        return math.log(_normal(z))
    inverse = 1.0 / (z * z)
    series = 1.0 - inverse * (1.0 - 3.0 * inverse * (1.0 - 5.0 * inverse))
    return -0.5 * z * z - math.log(-z) - 0.5 * _LOG_2PI + math.log(series)
