"""Means over chips and their bootstrap intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from mortalff.report.intervals import LEVEL, bootstrap_interval, expanded_level


def single(values: np.ndarray) -> list[list[float]]:
    """One value a chip."""
    return [[float(value)] for value in values]


def test_the_mean_is_over_chips_however_many_seeds_each_has() -> None:
    interval = bootstrap_interval([[1.0, 2.0, 3.0], [10.0]])
    assert interval is not None
    assert interval.mean == 6.0
    assert interval.n == 2


@pytest.mark.parametrize("n", [8, 30])
def test_with_one_seed_a_chip_it_is_the_percentile_interval_of_scipy(n: int) -> None:
    values = np.random.default_rng(4).lognormal(size=n)
    interval = bootstrap_interval(single(values))
    expected = stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=200_000,
        confidence_level=expanded_level(n), rng=np.random.default_rng(5),
    ).confidence_interval  # fmt: skip
    assert interval is not None
    assert interval.low is not None
    assert interval.high is not None
    width = expected.high - expected.low
    assert interval.low == pytest.approx(expected.low, abs=0.06 * width)
    assert interval.high == pytest.approx(expected.high, abs=0.06 * width)


def test_seeds_are_drawn_within_the_chips_drawn() -> None:
    rng = np.random.default_rng(0)
    clusters = [list(rng.normal(chip, 2.0, size=2 + chip % 2)) for chip in range(10)]
    means = []
    for _ in range(20_000):
        drawn = [clusters[chip] for chip in rng.integers(10, size=10)]
        means.append(np.mean([np.mean(rng.choice(seeds, len(seeds))) for seeds in drawn]))
    tail = (1.0 - expanded_level(10)) / 2.0
    low, high = np.quantile(means, [tail, 1.0 - tail])
    interval = bootstrap_interval(clusters)
    assert interval is not None
    assert interval.low == pytest.approx(low, abs=0.06 * (high - low))
    assert interval.high == pytest.approx(high, abs=0.06 * (high - low))


def test_of_four_chips_it_is_their_range() -> None:
    interval = bootstrap_interval([[0.05], [0.04], [0.09], [0.06]])
    assert interval is not None
    assert (interval.low, interval.high) == (0.04, 0.09)


def test_it_covers_the_true_mean_of_few_chips_better_than_a_plain_one() -> None:
    rng, n, trials = np.random.default_rng(7), 6, 200
    samples = rng.normal(size=(trials, n))
    plain = expanded = 0
    for values in samples:
        interval = bootstrap_interval(single(values))
        assert interval is not None
        assert interval.low is not None
        assert interval.high is not None
        expanded += interval.low <= 0.0 <= interval.high
        means = values[rng.integers(n, size=(2000, n))].mean(1)
        low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        plain += low <= 0.0 <= high
    assert expanded / trials > 0.89
    assert (expanded - plain) / trials > 0.04


def test_the_level_falls_to_the_nominal_one_as_chips_grow_many() -> None:
    levels = [expanded_level(n) for n in (5, 10, 100, 10_000)]
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] == pytest.approx(LEVEL, abs=1e-4)
    # By hand: t(.975, 4) = 2.7764, times sqrt(5/4) = 3.1041.
    assert levels[0] == pytest.approx(1 - 2 * stats.norm.cdf(-3.1041), abs=1e-6)


def test_one_chip_has_no_interval() -> None:
    interval = bootstrap_interval([[0.1, 0.3]])
    assert interval is not None
    assert interval.mean == pytest.approx(0.2)
    assert (interval.low, interval.high) == (None, None)


def test_what_is_not_finite_is_left_out() -> None:
    interval = bootstrap_interval([[math.nan], [1.0], [3.0, math.inf]])
    assert interval is not None
    assert interval.mean == 2.0
    assert interval.n == 2


def test_of_nothing_there_is_none() -> None:
    assert bootstrap_interval([]) is None
    assert bootstrap_interval([[], [math.nan]]) is None


def test_the_same_values_give_the_same_interval() -> None:
    clusters = single(np.random.default_rng(1).normal(size=12))
    assert bootstrap_interval(clusters) == bootstrap_interval(clusters)
