"""From a fitted population to the numbers on a card, with intervals by resampling devices.

A resample draws n devices with replacement. Its φ comes from one step of Newton's method out of the fit of all
devices, its μ and τ from the devices' parabolas (:func:`mortalff.fitting.hierarchy.population`), so that nothing is
fitted anew. Intervals are percentiles, widened for few devices as in Hesterberg, "What Teachers Should Know about
the Bootstrap", arXiv 1411.5279: a plain one is too narrow by about √((n−1)/n), and by the normal quantile where
Student's belongs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from mortalff.fitting.hierarchy import Hierarchy, population
from mortalff.fitting.law_model import ASYMMETRY, LOWER, NOISES, STEP, UPPER, Population
from mortalff.fitting.reached import Bound, censored_normal, outermost
from mortalff.fitting.readings import Array

LEVEL = 0.95
RESAMPLES = 400
UNTOLD = 0.2
"""Where fewer devices than this share came to a bound, its number has no interval."""

_CHUNK = 100


@dataclass(frozen=True)
class Estimate:
    """A number with its interval; the interval is none where the readings do not bound it."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class CardNumbers:
    """What goes on a card.

    Attributes:
        numbers: estimates by dotted key, as ``device.dw_min``.
        settings: of ``[law]`` what is no number.
        population: the distribution of the devices.
        log_normal: whether the gain's spread is log-normal.
        reached: share of devices whose upper, and whose lower bound the readings told.
        resamples: how many resamples the intervals are of. seed: of the resampling.
    """

    numbers: Mapping[str, Estimate]
    settings: Mapping[str, object]
    population: Population
    log_normal: bool
    reached: tuple[float, float]
    resamples: int
    seed: int


def card_numbers(
    fitted: Hierarchy,
    bounds: tuple[Bound, Bound],
    seed: int,
    resamples: int = RESAMPLES,
) -> CardNumbers:
    """The numbers of a fit.

    Args:
        fitted: the law and its devices.
        bounds: what is known of the upper and of the lower bounds.
        seed: of the resampling.
        resamples: how many.
    """
    model = fitted.model
    log_normal = _gain_is_log_normal(fitted)
    n = fitted.device.shape[1]
    ones = np.ones((1, n))
    plain = Population(fitted.mean[:, None], fitted.std[:, None], fitted.shared[NOISES:, None])
    centre = _censored(plain, bounds, ones)
    values = _numbers(fitted, centre, fitted.shared[:NOISES], ones, log_normal)
    rng = np.random.default_rng(seed)
    chunks: list[dict[str, Array]] = []
    for first in range(0, resamples, _CHUNK):
        size = min(_CHUNK, resamples - first)
        weights = rng.multinomial(n, np.full(n, 1.0 / n), size=size).astype(np.float64)
        drawn, noises = _resampled(fitted, weights)
        drawn = _censored(drawn, bounds, weights)
        chunks.append(_numbers(fitted, drawn, noises, weights, log_normal))
    tail = 2.0 * stats.norm.cdf(math.sqrt(n / (n - 1)) * stats.t.ppf((1.0 - LEVEL) / 2.0, n - 1))
    numbers = {}
    for key, value in values.items():
        spread = np.concatenate([chunk[key] for chunk in chunks])
        low, high = np.quantile(spread, [tail / 2.0, 1.0 - tail / 2.0])
        at = float(value.reshape(-1)[0])
        numbers[key] = Estimate(at, min(float(low), at), max(float(high), at))
    for key, bound in (("w_max", bounds[0]), ("w_min", bounds[1])):
        if bound.share < UNTOLD:
            for dotted in (f"device.{key}", f"variability.{key}_dtod"):
                numbers[dotted] = Estimate(numbers[dotted].value, None, None)
    found = Population(centre.mean[:, 0], centre.std[:, 0], centre.shared[:, 0])
    return CardNumbers(
        numbers=numbers,
        settings=model.settings(found),
        population=found,
        log_normal=log_normal,
        reached=(bounds[0].share, bounds[1].share),
        resamples=resamples,
        seed=seed,
    )


def _censored(drawn: Population, bounds: tuple[Bound, Bound], weights: Array) -> Population:
    """A population with the bounds of devices that did not come to theirs taken as censored."""
    mean, std = drawn.mean.copy(), drawn.std.copy()
    for bound in bounds:
        if bound.shapes:
            continue  # the law's shared numbers hold for the bounds that they were fitted with
        if bound.censored:
            mean[bound.parameter], std[bound.parameter] = censored_normal(bound, weights)
        elif not bound.told:
            mean[bound.parameter], std[bound.parameter] = outermost(bound)
    return Population(mean, std, drawn.shared)


def _resampled(fitted: Hierarchy, weights: Array) -> tuple[Population, Array]:
    """μ, τ and φ of resamples, and the noises' part of φ, (2, resamples)."""
    p = len(fitted.device)
    now = fitted.evaluation
    F, g = now.information, now.score
    own = F[:, :p, :p] + np.diag(fitted.std**-2.0)
    cross = F[:, :p, p:]
    solved = np.linalg.solve(own, cross)
    reduced = F[:, p:, p:] - np.einsum("nik,nil->nkl", cross, solved)
    pull = g[:, :p] - ((fitted.device - fitted.mean[:, None]) / fitted.std[:, None] ** 2).T
    score = g[:, p:] - np.einsum("nik,ni->nk", solved, pull)
    score = score - score.mean(0)  # at the maximum they sum to zero, but for what rounding leaves
    ridge = np.diag(1e-6 * np.diag(reduced.sum(0)) + 1e-3 / fitted.scales[p:] ** 2)
    information = np.einsum("bn,nkl->bkl", weights, reduced) + ridge
    moved = np.linalg.solve(information, np.einsum("bn,nk->bk", weights, score)[:, :, None])[
        :, :, 0
    ]
    moved = np.clip(moved, -2.0 * fitted.scales[p:], 2.0 * fitted.scales[p:])
    shared = (fitted.shared + moved).T
    device = fitted.device[:, :, None] - np.einsum("nik,bk->inb", solved, moved)
    mean, std = population(
        now, device, fitted.mean, fitted.std, 1e-4 * fitted.scales[:p], weights, turns=60
    )
    return Population(mean, std, shared[NOISES:]), shared[:NOISES]


def _numbers(
    fitted: Hierarchy, drawn: Population, noises: Array, weights: Array, log_normal: bool
) -> dict[str, Array]:
    mean, std = drawn.mean, drawn.std
    half = mean[ASYMMETRY]
    dw_min: Array = mean[STEP] + np.abs(half)
    gain_std: Array = std[STEP] / dw_min
    if log_normal:
        logs = np.log(np.maximum(fitted.device[STEP], 1e-12) + np.abs(fitted.mean[ASYMMETRY]))
        total = weights.sum(1)
        middle: Array = weights @ logs / total
        spread = np.einsum("bn,bn->b", weights, np.square(logs - middle[:, None])) / (total - 1.0)
        error = float(np.mean(_variance(fitted) / np.square(fitted.device[STEP])))
        dw_min = np.asarray(np.exp(middle), dtype=np.float64)
        gain_std = np.asarray(np.sqrt(np.maximum(spread - error, 1e-8)), dtype=np.float64)
    numbers = {
        "device.dw_min": dw_min,
        "device.w_max": np.abs(mean[UPPER]),
        "device.w_min": -np.abs(mean[LOWER]),
        "device.up_down": 2.0 * half / dw_min,
        "variability.dw_min_dtod": gain_std,
        "variability.dw_min_std": np.exp(noises[0]),
        "variability.up_down_dtod": std[ASYMMETRY] / dw_min,
        "variability.w_max_dtod": std[UPPER] / np.maximum(np.abs(mean[UPPER]), 1e-9),
        "variability.w_min_dtod": std[LOWER] / np.maximum(np.abs(mean[LOWER]), 1e-9),
        "variability.write_noise_std": np.exp(noises[1]) / dw_min,
    }
    law = fitted.model.numbers(drawn)
    numbers |= {f"law.{key}": value for key, value in law.items()}
    return {
        key: np.broadcast_to(np.asarray(value, dtype=np.float64), (len(weights),))
        for key, value in numbers.items()
    }


def _variance(fitted: Hierarchy) -> Array:
    """With what variance each device's u is known from its readings, (n,)."""
    p = len(fitted.device)
    own = fitted.evaluation.information[:, :p, :p] + np.diag(fitted.std**-2.0)
    return np.asarray(np.linalg.inv(own)[:, STEP, STEP], dtype=np.float64)


def _gain_is_log_normal(fitted: Hierarchy) -> bool:
    """Whether a log-normal gain makes the devices' steps likelier than a normal one, by at least 2 in the logarithm."""
    gain = np.maximum(fitted.device[STEP] + abs(float(fitted.mean[ASYMMETRY])), 1e-12)
    known = _variance(fitted)

    def normal(at: Array) -> float:
        return -float(stats.norm.logpdf(gain, at[0], np.sqrt(np.exp(at[1]) + known)).sum())

    def log_normal(at: Array) -> float:
        spread = np.sqrt(np.exp(at[1]) + known / gain**2)
        return -float((stats.norm.logpdf(np.log(gain), at[0], spread) - np.log(gain)).sum())

    logs = np.log(gain)
    starts = (
        (gain.mean(), 2 * np.log(gain.std() + 1e-12)),
        (logs.mean(), 2 * np.log(logs.std() + 1e-12)),
    )
    found = [
        optimize.minimize(cost, start, method="Nelder-Mead").fun
        for cost, start in ((normal, starts[0]), (log_normal, starts[1]))
    ]
    return bool(found[1] < found[0] - 2.0)
