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

from mortalff.fitting.filter_kernels import follow, place_points
from mortalff.fitting.readings import Array, Readings
from mortalff.fitting.response import Response


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
    bounds = np.ascontiguousarray(np.broadcast_to(np.stack([lower, upper]), (2, *shape)))
    R = np.ascontiguousarray(read_variance[:, 0])
    read, reading = readings.read, np.ascontiguousarray(readings.weight[1:])
    points, spread = np.empty((3, *shape)), np.empty((3, *shape))
    for t in range(pulses):
        place_points(m, P, bounds, points)
        trace.before[t] = m[0]
        step, spread[...] = response.pulse(readings.direction[t], points)
        points += step
        follow(
            points, spread, bounds, R, read[t], reading[t], m, P,
            error[t], variance[t], density[t], distance[t], at_bounds, trace.step[t], trace.clipped[t],
        )  # fmt: skip
    return Innovations(error, variance, density, distance, at_bounds, trace)
