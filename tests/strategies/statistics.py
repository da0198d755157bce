"""Tests of means and spreads, as p-values to hold against a stated significance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats
from torch import Tensor

SIGNIFICANCE = 1e-6
"""Chance that a right program fails one test function; shared out where it compares many things.

Our own draws repeat with their seed, so such a test passes for ever or not at all. aihwkit's do not.
"""

TABLE = 32_768
"""Gaussians in aihwkit's table; however many it gives, they scatter as if there were no more."""

Array = npt.NDArray[np.float64]


def array(values: Tensor | npt.ArrayLike) -> Array:
    """Values as one axis of float64."""
    return np.asarray(values, dtype=np.float64).ravel()


def p_mean(values: Tensor | npt.ArrayLike, mean: float, std: float | None = None) -> float:
    """Two-sided p-value of a mean, given the spread of one value or taking the sample's."""
    sample = array(values)
    spread = float(sample.std(ddof=1)) if std is None else std
    return two_sided((sample.mean() - mean) / (spread / np.sqrt(sample.size)))


def p_variance(values: Tensor | npt.ArrayLike, variance: float) -> float:
    """Two-sided p-value of a variance; the scatter of its estimate is from the fourth moment."""
    sample = array(values)
    return two_sided((sample.var(ddof=1) - variance) / _variance_error(sample))


def p_chi2(values: Tensor | npt.ArrayLike, std: float) -> float:
    """Two-sided p-value of the spread of normal values about zero, by the chi-square law."""
    sample = array(values)
    total = float(np.square(sample / std).sum())
    return float(2 * min(stats.chi2.cdf(total, sample.size), stats.chi2.sf(total, sample.size)))


def p_same_mean(a: Tensor | npt.ArrayLike, b: Tensor | npt.ArrayLike) -> float:
    """Two-sided p-value that two samples have one mean (Welch)."""
    return float(stats.ttest_ind(array(a), array(b), equal_var=False).pvalue)


def p_same_variance(a: Tensor | npt.ArrayLike, b: Tensor | npt.ArrayLike) -> float:
    """Two-sided p-value that two samples have one variance, whatever their distribution."""
    one, two = array(a), array(b)
    error = np.hypot(_variance_error(one), _variance_error(two))
    return two_sided((one.var(ddof=1) - two.var(ddof=1)) / error)


def p_same(a: Tensor | npt.ArrayLike, b: Tensor | npt.ArrayLike) -> float:
    """Kolmogorov and Smirnov's p-value that two samples have one distribution."""
    return float(stats.ks_2samp(array(a), array(b)).pvalue)


def p_uncorrelated(a: Tensor | npt.ArrayLike, b: Tensor | npt.ArrayLike) -> float:
    """Two-sided p-value that two long samples are not correlated."""
    one, two = array(a), array(b)
    return two_sided(np.corrcoef(one, two)[0, 1] * np.sqrt(one.size))


def p_standard_normal(values: Tensor | npt.ArrayLike, table: int | None = None) -> float:
    """Smallest p-value, times three, that values are standard normal: mean, spread, distribution.

    Args:
        values: the sample.
        table: size of the table of Gaussians that they were drawn from, whose own scatter is then
            allowed for; the distribution is tested only without one.
    """
    sample = array(values)
    n = sample.size if table is None else 1.0 / (1.0 / sample.size + 1.0 / table)
    total = float(sample.var()) * n
    p_spread = 2.0 * min(stats.chi2.cdf(total, n - 1.0), stats.chi2.sf(total, n - 1.0))
    ps = [two_sided(sample.mean() * np.sqrt(n)), float(p_spread)]
    if table is None:
        ps.append(float(stats.kstest(sample, "norm").pvalue))
    return min(1.0, 3.0 * min(ps))


def symmetric_score(differences: Tensor | npt.ArrayLike, offset_std: float = 0.0) -> float:
    """How far the sum of independent differences that are symmetric about zero is from it.

    Differences of two like things are symmetric, however they are distributed. Divided by the root of its sum of
    squares, such a sum exceeds t with a probability below exp(−t²/2) (Hoeffding's bound), and so does a sum of such
    scores over the root of their number: see :func:`p_symmetric`.

    Args:
        differences: the differences.
        offset_std: standard deviation of an offset that they have in common.
    """
    sample = array(differences)
    scale = np.sqrt(np.square(sample).sum() + np.square(sample.size * offset_std))
    return float(sample.sum() / scale) if scale > 0.0 else 0.0


def p_symmetric(score: float) -> float:
    """Bound of the two-sided p-value of a :func:`symmetric_score`."""
    return float(min(1.0, 2.0 * np.exp(-0.5 * score**2)))


def two_sided(z: float) -> float:
    """Two-sided p-value of a standard normal number."""
    return float(2.0 * stats.norm.sf(abs(z)))


def _variance_error(sample: Array) -> float:
    centred = np.square(sample - sample.mean())
    return float(centred.std() / np.sqrt(sample.size))
