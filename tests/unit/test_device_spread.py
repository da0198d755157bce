"""Device-to-device variation: each constant's distribution against its closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mortalff.cards import Card
from tests.strategies.devices import devices_of, made_up
from tests.strategies.statistics import SIGNIFICANCE, array, p_mean, p_uncorrelated, p_variance

SIDE, CHIPS = 100, 4
COUNT = SIDE * SIDE * CHIPS


def constants(card: Card) -> dict[str, np.ndarray]:
    law = devices_of(card, SIDE, SIDE, CHIPS)
    devices = {"step_up": law.step_up, "step_down": law.step_down}
    devices |= {"bound_up": law.w_max, "bound_down": law.w_min}
    return {name: array(values) for name, values in devices.items()}


def p_folded(values: np.ndarray, mean: float, std: float) -> float:
    """KS p-value that values are |mean + std ξ|."""
    return float(stats.kstest(values, stats.foldnorm(abs(mean) / std, scale=std).cdf).pvalue)


@pytest.mark.parametrize(
    ("beta", "up", "down"), [(0.0, 1.0, 1.0), (0.3, 1.0, 0.7), (-0.3, 0.7, 1.0)]
)
@pytest.mark.parametrize("law", ["ConstantStep", "SoftBounds"])
def test_normal_spread(law: str, beta: float, up: float, down: float) -> None:
    """aihwkit's asymmetry slows the weaker direction, and leaves the stronger as it is."""
    device = {"up_down": beta, "w_max": 0.8, "w_min": -0.5, "dw_min": 0.002}
    variability = {"dw_min_dtod": 0.4, "up_down_dtod": 0.1, "w_max_dtod": 0.5, "w_min_dtod": 0.2}
    found = constants(made_up(law, device=device, variability=variability))
    step = 0.002 * np.hypot(0.4, 0.1)
    share = SIGNIFICANCE / 4
    assert p_folded(found["step_up"], 0.002 * up, step) > share
    assert p_folded(found["step_down"], 0.002 * down, step) > share
    assert p_folded(found["bound_up"], 0.8, 0.8 * 0.5) > share
    assert p_folded(-found["bound_down"], 0.5, 0.5 * 0.2) > share
    assert (found["bound_up"] > 0).all()
    assert (found["bound_down"] < 0).all()


def test_log_normal_spread() -> None:
    variability = {"dw_min_dtod": 0.7, "dw_min_dtod_log_normal": True, "up_down_dtod": 0.0}
    found = constants(made_up(variability=variability))
    logs = np.log(found["step_up"] / 0.001)
    assert stats.kstest(logs / 0.7, "norm").pvalue > SIGNIFICANCE
    np.testing.assert_array_equal(found["step_up"], found["step_down"])


def test_gain_is_common_to_both_directions() -> None:
    """corr(Δ⁺, Δ⁻) = (σ_g² - σ_r²)/(σ_g² + σ_r²), .998 for aihwkit's default device.

    Fisher's z, at the significance of the module.
    """
    for asymmetry in (0.01, 0.1):
        # A gain so narrow that no step is folded at zero.
        variability = {"dw_min_dtod": 0.2, "up_down_dtod": asymmetry}
        found = constants(made_up(variability=variability))
        squares = 0.2**2, asymmetry**2
        wanted = (squares[0] - squares[1]) / (squares[0] + squares[1])
        r = np.corrcoef(found["step_up"], found["step_down"])[0, 1]
        z = (np.arctanh(r) - np.arctanh(wanted)) * np.sqrt(COUNT - 3)
        assert abs(z) < stats.norm.isf(SIGNIFICANCE / 4)


def test_sum_and_difference_of_steps() -> None:
    """Half their sum is the gain, half their difference the asymmetry; the two are independent."""
    variability = {"dw_min_dtod": 0.1, "up_down_dtod": 0.05}
    found = constants(made_up(variability=variability))
    gain = (found["step_up"] + found["step_down"]) / 0.002
    asymmetry = (found["step_up"] - found["step_down"]) / 0.002
    share = SIGNIFICANCE / 5
    assert p_mean(gain, 1.0) > share
    assert p_variance(gain, 0.01) > share
    assert p_mean(asymmetry, 0.0) > share
    assert p_variance(asymmetry, 0.0025) > share
    assert p_uncorrelated(gain, asymmetry) > share


def test_bounds_and_steps_are_independent() -> None:
    found = constants(made_up())
    names = ("step_up", "bound_up", "bound_down")
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            assert p_uncorrelated(found[one], found[other]) > SIGNIFICANCE / 3


def test_slopes_of_linear_steps() -> None:
    """γ± = |γ + γ_dtod ξ|, independent up and down, whatever the device's own bound is."""
    card = made_up("LinearStep").replace(**{"law.gamma_up_dtod": 0.2, "law.gamma_down_dtod": 0.3})
    law = devices_of(card, SIDE, SIDE, CHIPS)
    up = array(-law.slope_up / law.step_up * 0.6)
    down = array(law.slope_down / law.step_down * 0.6)
    share = SIGNIFICANCE / 4
    assert p_folded(up, 0.3, 0.2) > share
    assert p_folded(down, 0.6, 0.3) > share
    assert p_uncorrelated(up, down) > share
    assert p_uncorrelated(up, law.w_max) > share


def test_references() -> None:
    card = made_up("SoftBoundsReference").replace(**{"law.reference_std": 0.2})
    law, plain = (
        devices_of(card, SIDE, SIDE, CHIPS),
        devices_of(made_up("SoftBounds"), *[SIDE] * 2, 4),
    )
    reference = array(plain.w_max - law.w_max)
    assert stats.kstest((reference - 0.05) / 0.2, "norm").pvalue > SIGNIFICANCE / 2
    np.testing.assert_allclose(reference, array(plain.w_min - law.w_min), atol=1e-6)


def test_chips_and_devices_differ() -> None:
    law = devices_of(made_up(), SIDE, SIDE, CHIPS)
    assert p_uncorrelated(law.step_up[0], law.step_up[1]) > SIGNIFICANCE / 3
    assert p_uncorrelated(law.step_up[:, 1:], law.step_up[:, :-1]) > SIGNIFICANCE / 3
    assert p_uncorrelated(law.step_up[:, :, 1:], law.step_up[:, :, :-1]) > SIGNIFICANCE / 3
    assert law.step_up.unique().numel() > 0.95 * COUNT
