"""The likelihood that fits go by, against exact ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mortalff.fitting.affine_models import ConstantStep, SoftBounds
from mortalff.fitting.evaluate import evaluate, residuals
from mortalff.fitting.filter import innovations
from mortalff.fitting.readings import Readings
from tests.strategies.pulse_files import cycles, devices, made, responses

STEP, S, READ = 0.02, 0.4, 0.03


def test_likelihood_of_a_random_walk_is_that_of_its_covariance() -> None:
    """Far from the bounds, with a gap in the readings: all readings after the first are one normal vector."""
    rng = np.random.default_rng(2)
    pulses = 12
    direction = np.ones((pulses, 1), dtype=np.int8)
    weight = np.cumsum(STEP * (1 + S * rng.standard_normal((pulses + 1, 1))), axis=0)
    weight += READ * rng.standard_normal(weight.shape)
    weight[5:7] = np.nan
    readings = Readings(("a",), weight, direction, 0.0)
    device = np.array([STEP, 0.0, 100.0, -100.0])[:, None]
    law = ConstantStep().response(device[:, None], np.zeros((0, 1, 1)), np.array([[S]]))
    found = innovations(law, np.array([[READ**2]]), readings).log_likelihood[0, 0]
    seen = [t for t in range(1, pulses + 1) if not np.isnan(weight[t, 0])]
    change = weight[seen, 0] - weight[0, 0]
    # Hidden steps add up, the first reading's noise is in all changes, each reading's own in one.
    steps = (STEP * S) ** 2 * np.minimum.outer(seen, seen)
    covariance = steps + READ**2 * (1.0 + np.eye(len(seen)))
    due = stats.multivariate_normal.logpdf(change, STEP * np.array(seen), covariance)
    assert found == pytest.approx(due, rel=1e-9)


@pytest.mark.parametrize("free", [0.55, 0.6, 0.65])
def test_likelihood_of_a_reading_at_a_bound_is_that_of_a_clipped_variable(free: float) -> None:
    """By numerical integration over the hidden weight after one pulse."""
    upper, sigma, read = 0.6, 0.05, 0.02
    start = free - sigma / S
    device = np.array([sigma / S, 0.0, upper, -1.0])[:, None]
    law = ConstantStep().response(device[:, None], np.zeros((0, 1, 1)), np.array([[S]]))
    hidden = np.linspace(-1.0, upper, 40_001)
    for y in (0.5, 0.58, 0.6, 0.63):
        weight = np.array([[start], [y]])
        readings = Readings(("a",), weight, np.ones((1, 1), dtype=np.int8), 0.0)
        found = innovations(law, np.array([[read**2]]), readings).log_likelihood[0, 0]
        spread = np.hypot(sigma, read)
        inside = stats.norm.pdf(hidden, free, spread) * stats.norm.pdf(y, hidden, read)
        total = np.trapezoid(inside, hidden)
        total += stats.norm.sf(upper, free, spread) * stats.norm.pdf(y, upper, read)
        assert found == pytest.approx(np.log(total), abs=1e-6), y


def test_score_is_the_slope_of_the_likelihood() -> None:
    """Central differences of a hundred times the step, of each device and parameter."""
    rng = np.random.default_rng(4)
    n = 5
    truth = devices(rng, n)
    readings = responses(SoftBounds(), truth, [], cycles(n, 20, 1), rng, read_std=0.01)
    shared, scales = np.log([0.3, 0.01]), np.array([0.02, 0.02, 0.3, 0.3, 0.7, 0.7])
    device = truth * 1.05
    found = evaluate(SoftBounds(), readings, device, shared, scales)
    for k in range(6):
        ends = []
        for sign in (1.0, -1.0):
            moved, common = device.copy(), shared.copy()
            if k < 4:
                moved[k] += sign * 1e-4 * scales[k]
            else:
                common[k - 4] += sign * 1e-4 * scales[k]
            ends.append(evaluate(SoftBounds(), readings, moved, common, scales).log_likelihood)
        slope = (ends[0] - ends[1]) / (2e-4 * scales[k])
        np.testing.assert_allclose(found.score[:, k], slope, rtol=2e-3, atol=1.0)


def test_innovations_at_the_truth_are_standard_normal() -> None:
    """Kolmogorov and Smirnov, and the correlation of neighbours; a wrong split of the noise fails both."""
    rng = np.random.default_rng(6)
    truth = devices(rng, 20)
    direction = cycles(20, 40, 2)
    readings = responses(SoftBounds(), truth, [], direction, rng, cycle_std=0.5, read_std=0.02)
    z = residuals(SoftBounds(), readings, truth, np.log([0.5, 0.02])).z
    assert stats.kstest(z.ravel(), "norm").pvalue > 1e-4
    assert abs(float(np.mean(z[1:] * z[:-1]))) < 4.0 / z.size**0.5
    wrong = residuals(SoftBounds(), readings, truth, np.log([2.5, 1e-4])).z
    assert float(np.mean(wrong[1:] * wrong[:-1])) < -0.2


def test_a_device_alone_is_as_beside_others() -> None:
    rng = np.random.default_rng(8)
    weight = np.cumsum(0.01 * rng.standard_normal((21, 3)), axis=0)
    readings = made(weight, cycles(3, 10, 1))
    device = devices(rng, 3)
    shared, scales = np.log([0.3, 0.01]), np.ones(6)
    together = evaluate(SoftBounds(), readings, device, shared, scales)
    alone = evaluate(SoftBounds(), readings.of([1]), device[:, [1]], shared, scales)
    np.testing.assert_allclose(alone.log_likelihood[0], together.log_likelihood[1], rtol=1e-9)
