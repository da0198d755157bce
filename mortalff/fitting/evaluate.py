"""The likelihood of each device's readings, with its gradient and Fisher information."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mortalff.fitting.filter import Trace, innovations
from mortalff.fitting.law_model import NOISES, LawModel
from mortalff.fitting.readings import Array, Readings

_NUDGE = 1e-6  # of a parameter's scale: differences are exact to about as much
_NEAR = 1e-3  # chance of ending at a bound
_MEMORY = 2.5e7  # numbers held at once


@dataclass(frozen=True)
class Evaluation:
    """Of n devices with p parameters each and q + 2 shared ones.

    Attributes:
        log_likelihood: (n,).
        score: gradient, own parameters first, (n, p + q + 2).
        information: expected information of Gaussian innovations, (n, p + q + 2, p + q + 2).
    """

    log_likelihood: Array
    score: Array
    information: Array

    def of(self, chosen: npt.NDArray[np.intp]) -> Evaluation:
        """That of some devices."""
        return Evaluation(self.log_likelihood[chosen], self.score[chosen], self.information[chosen])


@dataclass(frozen=True)
class Residuals:
    """Standardised innovations of a fit and what belongs to each, (pulses, n); see the filter's trace."""

    z: Array
    variance: Array
    trace: Trace


def evaluate(
    model: LawModel, readings: Readings, device: Array, shared: Array, scales: Array
) -> Evaluation:
    """Likelihood and derivatives.

    Args:
        model: the law.
        readings: of n devices.
        device: (p, n).
        shared: ln s, ln σ_w and the law's own, (q + 2,).
        scales: of all p + q + 2 parameters.
    """
    p, n = device.shape
    lanes = 1 + p + len(shared)
    size = max(1, int(_MEMORY / (2 * lanes * len(readings.direction))))
    parts = [
        _evaluate(model, readings.of(part), device[:, part], shared, scales)
        for part in np.array_split(np.arange(n), -(-n // size))
    ]
    return Evaluation(
        np.concatenate([part.log_likelihood for part in parts]),
        np.concatenate([part.score for part in parts]),
        np.concatenate([part.information for part in parts]),
    )


def likelihoods(model: LawModel, readings: Readings, device: Array, shared: Array) -> Array:
    """Log-likelihood of n devices for several sets of their parameters, (lanes, n), from (p, lanes, n)."""
    cycle_std, read_variance = _noises(np.repeat(shared[:, None], device.shape[1], 1), readings)
    own = np.repeat(shared[NOISES:, None, None], device.shape[1], 1)
    return innovations(
        model.response(device, own, cycle_std), read_variance, readings
    ).log_likelihood


def residuals(model: LawModel, readings: Readings, device: Array, shared: Array) -> Residuals:
    """What a fit leaves unexplained."""
    lane = device[:, None, :]
    own = shared[NOISES:, None, None]
    cycle_std, read_variance = _noises(shared[:, None], readings)
    seen = innovations(model.response(lane, own, cycle_std), read_variance, readings)
    return Residuals(
        seen.error[:, 0] / np.sqrt(seen.variance[:, 0]), seen.variance[:, 0], seen.trace
    )


def _noises(shared: Array, readings: Readings) -> tuple[Array, Array]:
    """S and σ_w², the instrument's resolution included, each (lanes, 1)."""
    floor = readings.resolution**2 / 12.0
    return np.exp(shared[0])[:, None], np.exp(2.0 * shared[1])[:, None] + floor


def _evaluate(
    model: LawModel, readings: Readings, device: Array, shared: Array, scales: Array
) -> Evaluation:
    p = len(device)
    total = p + len(shared)
    nudges = _NUDGE * scales
    lanes = np.repeat(device[:, None, :], 1 + total, axis=1)
    common = np.repeat(shared[:, None], 1 + total, axis=1)
    for k in range(p):
        lanes[k, 1 + k] += nudges[k]
    for k in range(p, total):
        common[k - p, 1 + k] += nudges[k]
    cycle_std, read_variance = _noises(common, readings)
    response = model.response(lanes, common[NOISES:, :, None], cycle_std)
    seen = innovations(response, read_variance, readings)
    e, S = seen.error[:, 0], seen.variance[:, 0]
    root = np.sqrt(S)
    step = nudges[:, None]
    # Both in units of the innovation's spread: d e/√S, and d ln S.
    de = (seen.error[:, 1:] - e[:, None]) / step / root[:, None]
    dS = (seen.variance[:, 1:] - S[:, None]) / step / S[:, None]
    slope = (seen.density[:, 1:] - seen.density[:, :1]) / step
    score = slope.sum(0).T
    # Near a bound readings are not normal: their own scores' squares stand for the information there.
    near = seen.trace.clipped > _NEAR
    slope = np.where(near[:, None], slope, 0.0) / np.sqrt(np.maximum(seen.distance, 1.0))[:, None]
    de, dS = np.where(near[:, None], 0.0, de), np.where(near[:, None], 0.0, dS)
    information = _squares(de) + 0.5 * _squares(dS) + _squares(slope)
    # A reading at a bound tells where that is to within the noise of reading.
    for bound, count in zip((response.lower, response.upper), seen.at_bounds, strict=True):
        shift = ((bound[1:] - bound[0]) / step).T
        told = count / read_variance[0, 0]
        information += told[:, None, None] * shift[:, :, None] * shift[:, None, :]
    return Evaluation(seen.log_likelihood[0], score, information)


def _squares(values: Array) -> Array:
    """Sum over pulses of outer products, (n, k, k) from (pulses, k, n)."""
    by_device = np.moveaxis(values, 2, 0)
    squares: Array = by_device.transpose(0, 2, 1) @ by_device
    return squares
