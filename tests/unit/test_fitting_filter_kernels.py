"""The filter's compiled steps against numerical integration."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_ndtr
from scipy.stats import norm

from mortalff.fitting.filter_kernels import _log_normal_below, clip, read_near

LOW, HIGH = -0.6, 0.5
GRID = np.linspace(LOW, HIGH, 200_001)
CASES = [(0.0, 0.01), (0.45, 0.01), (-0.8, 0.04), (0.7, 0.0025), (0.1, 1.0)]


def shares(m: float, P: float) -> tuple[float, float, np.ndarray]:
    """How likely a normal variable is at either bound once clipped, and its density between."""
    of = norm(m, np.sqrt(P))
    return float(of.cdf(LOW)), float(of.sf(HIGH)), of.pdf(GRID)


def integral(values: np.ndarray) -> float:
    return float(np.trapezoid(values, GRID))


@pytest.mark.parametrize(("m", "P"), CASES)
def test_moments_of_a_clipped_variable(m: float, P: float) -> None:
    below, above, density = shares(m, P)
    mean = below * LOW + above * HIGH + integral(GRID * density)
    square = below * LOW**2 + above * HIGH**2 + integral(GRID**2 * density)
    found = clip(m, P, LOW, HIGH)
    assert found == pytest.approx((mean, square - mean**2, below + above), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("y", [-0.65, -0.3, 0.1, 0.52])
@pytest.mark.parametrize(("m", "P"), CASES)
def test_a_reading_near_a_bound(m: float, P: float, y: float) -> None:
    R = 0.0009
    below, above, density = shares(m, P)
    seen = norm(0.0, np.sqrt(R)).pdf
    at_low, at_high, between = (
        below * seen(y - LOW),
        above * seen(y - HIGH),
        density * seen(y - GRID),
    )
    total = at_low + at_high + integral(between)
    mean = (at_low * LOW + at_high * HIGH + integral(GRID * between)) / total
    square = (at_low * LOW**2 + at_high * HIGH**2 + integral(GRID**2 * between)) / total
    found, mid, spread, lower, upper, _ = read_near(m, P, LOW, HIGH, y, R)
    assert found == pytest.approx(np.log(total), abs=1e-5)
    assert (lower, upper) == pytest.approx((at_low / total, at_high / total), rel=1e-5, abs=1e-12)
    assert mid == pytest.approx(mean, abs=1e-6)
    assert spread == pytest.approx(square - mean**2, rel=1e-3, abs=1e-9)


@pytest.mark.parametrize("z", [8.0, 0.0, -5.0, -29.9, -30.1, -60.0, -1e4])
def test_the_tail_of_the_normal_distribution(z: float) -> None:
    assert _log_normal_below(z) == pytest.approx(float(log_ndtr(z)), rel=1e-12, abs=1e-15)
