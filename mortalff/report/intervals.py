"""Means over chips and their bootstrap intervals.

Values from one chip are not independent of each other, so chips are resampled first and then values within each chip
(cluster bootstrap, Davison and Hinkley 1997, "Bootstrap Methods and their Application"). The percentile interval is
widened for few chips as in Hesterberg, "What Teachers Should Know about the Bootstrap", arXiv 1411.5279 (expanded
percentile interval): a plain one is too narrow by about √((n−1)/n), and by the normal quantile where Student's belongs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

LEVEL = 0.95
"""Confidence level of every interval in a report."""

RESAMPLES = 10_000
"""Bootstrap resamples behind every interval."""

_SEED = 20_150_401  # any fixed number: the same store gives the same report
_CHUNK = 500

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A mean and its interval.

    Attributes:
        mean: mean over clusters of each cluster's mean.
        low: lower end; None with fewer than two clusters.
        high: upper end; None with fewer than two clusters.
        n: number of clusters (chips, or pairs of chips).
    """

    mean: float
    low: float | None
    high: float | None
    n: int


def bootstrap_interval(clusters: Sequence[Sequence[float]]) -> Interval | None:
    """The mean over clusters with its 95 % bootstrap interval.

    Args:
        clusters: for each chip, its values; one, or one a training. Values that are not finite are left out.

    Returns:
        None where there is no value at all.
    """
    kept = [np.array([v for v in values if math.isfinite(v)], dtype=float) for values in clusters]
    kept = [values for values in kept if values.size]
    if not kept:
        return None
    mean = float(np.mean([values.mean() for values in kept]))
    if len(kept) < 2:
        return Interval(mean, None, None, len(kept))
    tail = (1.0 - expanded_level(len(kept))) / 2.0
    low, high = np.quantile(_resampled_means(kept), [tail, 1.0 - tail])
    return Interval(mean, float(low), float(high), len(kept))


def expanded_level(n: int) -> float:
    """The level a percentile interval of n values must be given to cover as often as LEVEL says.

    Args:
        n: number of values, at least 2.
    """
    quantile = float(stats.t.ppf(0.5 + LEVEL / 2.0, n - 1))
    return 1.0 - 2.0 * float(stats.norm.cdf(-math.sqrt(n / (n - 1)) * quantile))


def _resampled_means(clusters: list[Floats]) -> Floats:
    rng = np.random.default_rng(_SEED)
    n, sizes = len(clusters), np.array([values.size for values in clusters])
    table = np.full((n, int(sizes.max())), np.nan)
    for row, values in zip(table, clusters, strict=True):
        row[: values.size] = values
    means = []
    for start in range(0, RESAMPLES, _CHUNK):
        chips = rng.integers(n, size=(min(_CHUNK, RESAMPLES - start), n))
        if table.shape[1] == 1:
            means.append(table[chips, 0].mean(1))
            continue
        uniform = rng.random((*chips.shape, table.shape[1]))
        seeds = (uniform * sizes[chips][..., None]).astype(np.int64)
        drawn = table[chips[..., None], seeds]
        # A chip with fewer seeds than another is resampled to as many as it has.
        surplus = np.arange(table.shape[1]) >= sizes[chips][..., None]
        drawn[surplus] = np.nan
        means.append(np.nanmean(drawn, axis=2).mean(1))
    return np.concatenate(means)
