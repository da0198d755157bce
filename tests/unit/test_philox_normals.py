"""Normals and uniforms: the inverse distribution function's accuracy, and their statistics.

Each test states its chance of failing by bad luck; as draws repeat with their key, it is luck once.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.special import ndtri

from mortalff import philox
from tests.strategies.statistics import (
    SIGNIFICANCE,
    Array,
    p_mean,
    p_standard_normal,
    p_uncorrelated,
    p_variance,
    two_sided,
)

CPU = torch.device("cpu")
KEYS = np.array([0x9E3779B97F4A7C15, 2], np.uint64)
EDGES = [0, 1, 2, 0x3FFFFFFF, 0x40000000, 0x7FFFFFFE, 0x7FFFFFFF]


def exact(words: np.ndarray) -> Array:
    """The normal quantile of (word + 1/2) / 2^32, the word signed, without cancelling."""
    signed = words.astype(np.int64)
    signed = np.where(signed >= 2**31, signed - 2**32, signed)
    magnitude = np.where(signed >= 0, signed, -signed - 1)
    tail = (2.0**31 - magnitude - 0.5) / 2.0**32
    value = -ndtri(tail)
    return np.asarray(np.where(signed >= 0, value, -value), np.float64)


def draw(size: int, call: int = 0, key: int = 1) -> Array:
    """Normals in one row."""
    out = np.empty(size, np.float32)
    words = np.empty(4 * -(-size // 4), np.uint32)
    philox.normals_row(np.uint64(key), 0, call, 0, words, out)
    return out.astype(np.float64)


def test_inverse_distribution_function() -> None:
    # Evenly spaced words, and the tails, where single precision is hardest pressed.
    tails = np.unique(np.logspace(0, 31, 20_000, base=2.0).astype(np.int64)) - 1
    half = np.concatenate([np.arange(0, 2**31, 40_009), tails, 2**31 - 1 - tails])
    words = np.concatenate([half, 2**32 - 1 - half]).astype(np.uint32)
    by_torch = philox._normals_torch(torch.from_numpy(words.astype(np.int64))).double().numpy()
    by_loop = np.array([philox._normal(w) for w in words], np.float64)
    wanted = exact(words)
    for values in (by_torch, by_loop):
        error = np.abs(values - wanted)
        within = np.abs(wanted) < 5.0
        assert (error[within] < 2e-6).all()
        assert (error[within] <= 4e-7 * np.abs(wanted[within])).all()
        assert (error < 3e-3).all()  # Giles fitted his polynomial to 5.2 standard deviations
        np.testing.assert_array_equal(values[: half.size], -values[half.size :])


@pytest.mark.parametrize("word", [*EDGES, *(0xFFFFFFFF - w for w in EDGES)])
def test_the_ends_are_finite(word: int) -> None:
    value = float(philox._normal(np.uint32(word)))
    assert abs(value) < 6.4
    assert (value > 0) == (word < 2**31)
    uniform = float(philox._uniform(np.uint32(word)))
    assert 0.0 < uniform < 1.0
    assert uniform == ((word >> 9) + 0.5) / 2**23


def test_normals_are_normal() -> None:
    assert p_standard_normal(draw(2_000_000)) > SIGNIFICANCE


def test_moments() -> None:
    z = draw(4_000_000)
    for power, moment in ((1, 0), (2, 1), (3, 0), (4, 3), (6, 15)):
        assert p_mean(z**power, moment) > SIGNIFICANCE / 5, f"moment {power}"


@pytest.mark.parametrize("beyond", [3.0, 4.0, 4.5, 5.0])
def test_tails_are_as_frequent_as_they_should_be(beyond: float) -> None:
    up = down = 0
    size, calls = 4_000_000, 10
    for call in range(calls):
        z = draw(size, call)
        up, down = up + int((z > beyond).sum()), down + int((z < -beyond).sum())
    expected = stats.norm.sf(beyond)
    for count in (up, down):
        p = stats.binomtest(count, size * calls, expected).pvalue
        assert p > SIGNIFICANCE / 8, f"{count} for {expected * size * calls:.0f}"


def test_uniforms_are_uniform() -> None:
    u = philox.uniforms(KEYS, 0, 0, 1000, 1000, CPU).numpy().ravel().astype(np.float64)
    assert stats.kstest(u, "uniform").pvalue > SIGNIFICANCE / 2
    cells = np.bincount((u * 4096).astype(int), minlength=4096)
    assert stats.chisquare(cells).pvalue > SIGNIFICANCE / 2


def _neighbours() -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Numbers of neighbouring places, pair by pair."""
    rows, columns = 700, 1000
    here = philox.normals(KEYS, 7, 0, rows, columns, CPU)
    quarter = columns // 4
    return {
        "call": (here[0], philox.normals(KEYS, 8, 0, rows, columns, CPU)[0]),
        "sub": (here[0], philox.normals(KEYS, 7, 1, rows, columns, CPU)[0]),
        "key": (here[0], philox.normals(KEYS + np.uint64(1), 7, 0, rows, columns, CPU)[0]),
        "high key": (
            here[0],
            philox.normals(KEYS + np.uint64(1 << 32), 7, 0, rows, columns, CPU)[0],
        ),
        "chip": (here[0], here[1]),
        "row": (here[0, :-1], here[0, 1:]),
        "column": (here[0, :, :-1], here[0, :, 1:]),
        "word of a block": (here[0, :, :quarter], here[0, :, quarter : 2 * quarter]),
        "call and row": (here[0, 1:], philox.normals(KEYS, 8, 0, rows, columns, CPU)[0, :-1]),
    }


def test_neighbours_are_independent() -> None:
    cases = _neighbours()
    share = SIGNIFICANCE / (3 * len(cases))
    for name, (a, b) in cases.items():
        assert p_uncorrelated(a, b) > share, name
        assert p_uncorrelated(a.square(), b.square()) > share, name
        # Pairs fall evenly into 16 x 16 cells of equal probability.
        cells = [np.minimum((stats.norm.cdf(v.numpy()) * 16).astype(int), 15) for v in (a, b)]
        table = np.bincount((16 * cells[0] + cells[1]).ravel(), minlength=256)
        assert stats.chisquare(table).pvalue > share, name


def test_sums_over_many_keys_are_normal() -> None:
    """Ten thousand keys in a row, one number each: what a device is on as many chips."""
    keys = np.arange(10_000, dtype=np.uint64)
    z = philox.normals(keys, 0, 0, 2, 3, CPU).double()
    for row, column in itertools.product(range(2), range(3)):
        assert p_standard_normal(z[:, row, column]) > SIGNIFICANCE / 6
    totals = z.sum((1, 2))
    assert two_sided(float(totals.sum()) / np.sqrt(60_000)) > SIGNIFICANCE
    assert p_variance(totals, 6.0) > SIGNIFICANCE
