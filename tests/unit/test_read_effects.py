"""Fixed errors, curves and mappings of the read path: each changes what it should, and no more."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mortalff.physics.conduction import cubic_drive
from mortalff.physics.converter import convert
from tests.strategies.reads import BATCH, N_IN, N_OUT, W, X, read, read_path, uniform
from tests.strategies.statistics import (
    SIGNIFICANCE,
    p_chi2,
    p_mean,
    p_uncorrelated,
    p_variance,
)

Y = X @ W.T
CHIPS = 2000
OFFSET = {"weight_mapping": "offset"}
EFFECTS: dict[str, dict[str, object]] = {
    "dac offset": {"dac_offset_std": 0.05},
    "dac gain": {"dac_gain_std": 0.05},
    "dac inl": {"dac_inl_std": 0.05},
    "adc offset": {"adc_offset_std": 0.05},
    "adc gain": {"adc_gain_std": 0.05},
    "adc inl": {"adc_inl_std": 0.05, "output_bound": 4.0},
    "output curve": {"output_nonlinearity": 0.3, "output_nonlinearity_dtod": 0.3},
    "cubic": {"iv_cubic": 0.3},
    "cubic spread": {"iv_cubic": 0.3, "iv_cubic_dtod": 0.3},
    "offset mapping": {**OFFSET, "reference_dtod": 0.05},
    "device noise": {"weight_noise_std": 0.05},
    "device noise share": {"weight_noise_share": 0.3},
    "input noise": {"input_noise_std": 0.05},
    "tiles": {},
}


@pytest.mark.parametrize("name", EFFECTS)
def test_output_noise_stays_as_it_was(name: str) -> None:
    """An effect switched on draws at places of its own."""
    tiling = {"columns_max": N_OUT} if name == "tiles" else None
    settings = EFFECTS[name]
    with_it = read(chips=3, tiling=tiling, output_noise_std=0.1, **settings)
    without_noise = read(chips=3, tiling=tiling, **settings)
    alone = read(chips=3, output_noise_std=0.1) - Y
    torch.testing.assert_close(with_it - without_noise, alone, rtol=1e-4, atol=1e-6)
    if name != "tiles":
        assert not torch.allclose(without_noise, Y.expand(3, -1, -1), atol=1e-3)


@pytest.mark.parametrize("name", [name for name in EFFECTS if "noise" not in name])
def test_fixed_errors_are_fixed_and_each_chips_own(name: str) -> None:
    path = read_path(chips=3, **EFFECTS[name])
    weights = W.expand(3, -1, -1).contiguous()
    first, again = (path.read(X[None], weights).y for _ in range(2))
    assert torch.equal(first, again)
    fewer = read(chips=2, **EFFECTS[name])
    assert torch.equal(fewer, first[:2])
    if name not in ("cubic", "tiles"):
        assert not torch.allclose(first[0], first[1], atol=1e-4)


def test_dac_offset() -> None:
    """Each line is off by its own, whatever the input: variance σ² |w|², one for all vectors."""
    e = read(chips=CHIPS, dac_offset_std=0.05) - Y
    torch.testing.assert_close(e, e[:, :1].expand_as(e), rtol=1e-4, atol=1e-6)
    for o in range(N_OUT):
        assert p_chi2(e[:, 0, o], 0.05 * float(W[o].norm())) > SIGNIFICANCE / N_OUT


def test_dac_gain() -> None:
    """Each line's converted input is off in proportion."""
    e = read(chips=CHIPS, dac_gain_std=0.05, dac_bits=4, input_bound=1.0) - convert(X, 4, 1.0) @ W.T
    for o in range(N_OUT):
        std = 0.05 * float((W[o] * convert(X[0], 4, 1.0)).norm())
        assert p_chi2(e[:, 0, o], std) > SIGNIFICANCE / N_OUT
    assert not read(torch.zeros(1, N_IN), dac_gain_std=0.05).any()


def test_adc_offset_and_gain() -> None:
    e = read(chips=CHIPS, adc_offset_std=0.05) - Y
    torch.testing.assert_close(e, e[:, :1].expand_as(e), rtol=1e-4, atol=1e-6)
    assert p_chi2(e[:, 0], 0.05) > SIGNIFICANCE / 3
    ratio = read(chips=CHIPS, adc_gain_std=0.05) / Y - 1.0
    torch.testing.assert_close(ratio, ratio[:, :1].expand_as(ratio), rtol=1e-2, atol=1e-5)
    assert p_chi2(ratio[:, 0], 0.05) > SIGNIFICANCE / 3
    assert p_uncorrelated(ratio[:, 0, 0], ratio[:, 0, 1]) > SIGNIFICANCE / 3


def test_integral_nonlinearity_is_none_at_the_ends() -> None:
    """And ±std in the middle; gain and offset are what they were."""
    weights = torch.ones(N_OUT, 1)
    x = torch.tensor([[-2.0], [0.0], [2.0], [1.0], [9.0]])
    e = read(x, weights, CHIPS, adc_inl_std=0.01, output_bound=2.0) - x.clamp(-2, 2)
    assert float(e[:, [0, 2, 4]].abs().max()) < 1e-6
    assert p_chi2(e[:, 1], 0.02) > SIGNIFICANCE / 2
    wave = 0.75 * 0.5 * 1.5 * 3**0.5  # the cubic part, half way
    assert p_chi2(e[:, 3], 0.02 * (0.75**2 + wave**2) ** 0.5) > SIGNIFICANCE / 2
    lines = read(x.clamp(-1, 1), weights, 3, dac_inl_std=0.01, input_bound=1.0)
    assert float((lines - x.clamp(-1, 1))[:, [0, 2]].abs().max()) < 1e-6


def test_output_curve() -> None:
    got = read(output_nonlinearity=0.4, output_bound=3.0)[0]
    torch.testing.assert_close(got, Y / (1.0 + 0.4 / 3.0 * Y.abs()), rtol=1e-5, atol=1e-6)
    calibrated = read(output_nonlinearity=0.4, output_bound=3.0, output_slope_calibration=0.5)[0]
    torch.testing.assert_close(calibrated, got * 1.2**2, rtol=1e-5, atol=1e-6)
    # Its slope is one there: d/dy of f² y/(1 + n y) is f²/(1 + n y)².
    weights, x = torch.ones(1, 1), torch.tensor([[1.499], [1.501]])
    settings = {"output_nonlinearity": 0.4, "output_bound": 9.0, "output_slope_calibration": 1 / 6}
    low, high = read(x, weights, **settings)[0, :, 0].double()
    assert float(high - low) / 0.002 == pytest.approx(1.0, rel=2e-3)


def test_spread_of_output_curves() -> None:
    got = read(chips=CHIPS, output_nonlinearity=0.4, output_nonlinearity_dtod=0.2)
    strength = (Y / got - 1.0) / Y.abs()
    assert p_mean(strength[:, 0], 0.4) > SIGNIFICANCE / 2
    assert p_variance(strength[:, 0], 0.08**2) > SIGNIFICANCE / 2


def test_device_noise_grows_with_the_weight() -> None:
    """A share of each weight: variance s² Σ w² x²."""
    e = read(chips=CHIPS, weight_noise_share=0.2) - Y
    for o in range(N_OUT):
        assert p_chi2(e[:, 0, o], 0.2 * float((W[o] * X[0]).norm())) > SIGNIFICANCE / N_OUT
    both = read(chips=CHIPS, weight_noise_share=0.2, weight_noise_std=0.05) - Y
    power = (0.2 * W[0] * X[0]).square().sum() + (0.05 * X[0]).square().sum()
    assert p_chi2(both[:, 0, 0], float(power) ** 0.5) > SIGNIFICANCE / 2
    assert p_uncorrelated(e[:, 0, 0], e[:, 0, 1]) > SIGNIFICANCE / 2


@pytest.mark.parametrize("kappa", [0.1, 1.0])
def test_cubic_current(kappa: float) -> None:
    """Full scale stays full scale; below it less flows."""
    got = read(iv_cubic=kappa)[0]
    torch.testing.assert_close(got, (X + kappa * X**3) / (1 + kappa) @ W.T, rtol=1e-5, atol=1e-6)
    ones = torch.ones(1, N_IN)
    torch.testing.assert_close(read(ones, iv_cubic=kappa)[0], ones @ W.T, rtol=1e-5, atol=1e-6)


def test_cubic_current_of_devices_that_differ() -> None:
    ones = torch.ones(1, N_IN)
    same = read(ones, chips=3, iv_cubic=0.5, iv_cubic_dtod=0.3)
    torch.testing.assert_close(same, (ones @ W.T).expand(3, 1, -1), rtol=1e-5, atol=1e-6)
    # One device, one line at half scale: i = w (½ + κ/8)/(1 + κ).
    half, weights = torch.full((1, 1), 0.5), torch.ones(N_OUT, 1)
    share = read(half, weights, CHIPS, iv_cubic=0.5, iv_cubic_dtod=0.1)
    kappa = (0.5 - share) / (share - 0.125)
    assert p_mean(kappa, 0.5) > SIGNIFICANCE / 2
    assert p_variance(kappa, 0.05**2) > SIGNIFICANCE / 2
    # A transposed read meets the same devices.
    there = read_path(4, 3, iv_cubic=0.5, iv_cubic_dtod=0.3)
    back = read_path(3, 4, iv_cubic=0.5, iv_cubic_dtod=0.3, transposed=True)
    w = uniform(5, 1, 4, 3)
    for i, o in ((0, 0), (2, 1)):
        x, d = torch.zeros(1, 1, 3), torch.zeros(1, 1, 4)
        x[..., i] = d[..., o] = 0.5
        one, other = there.read(x, w).y[0, 0, o], back.read(d, w.transpose(1, 2)).y[0, 0, i]
        torch.testing.assert_close(one, other)


def test_device_noise_follows_the_current() -> None:
    e = read(chips=CHIPS, weight_noise_std=0.05, iv_cubic=1.0) - cubic_drive(X, 1.0) @ W.T
    assert p_chi2(e[:, 0], 0.05 * float(cubic_drive(X[0], 1.0).norm())) > SIGNIFICANCE


def test_offset_mapping_by_itself_changes_nothing() -> None:
    torch.testing.assert_close(read(**OFFSET)[0], Y, rtol=1e-5, atol=2e-6)
    fine = {"adc_bits": 16, "output_bound": 8.0, "reference_subtraction": "digital"}
    got = read(**OFFSET, **fine)[0]
    assert float((got - Y).abs().max()) <= 8.0 / (2**15 - 1) + 1e-5


def test_spread_of_the_reference_is_common_to_all_outputs() -> None:
    e = read(chips=CHIPS, reference_dtod=0.05, **OFFSET) - Y
    torch.testing.assert_close(e, e[..., :1].expand_as(e), rtol=1e-3, atol=1e-5)
    assert p_chi2(e[:, 0, 0], 0.05 * float(X[0].norm())) > SIGNIFICANCE


def test_noise_of_the_reference_is_common_to_all_outputs() -> None:
    e = read(chips=CHIPS, weight_noise_std=0.05, **OFFSET) - Y
    variance = (0.05 * float(X[0].norm())) ** 2
    assert p_chi2(e[:, 0], (2 * variance) ** 0.5) > 1e-12  # outputs of a chip are correlated
    assert p_chi2(e[:, 0, 0], (2 * variance) ** 0.5) > SIGNIFICANCE / 3
    product = e[:, 0, 0] * e[:, 0, 1]
    assert p_mean(product, variance) > SIGNIFICANCE / 3


def test_the_common_mode_takes_up_the_converter() -> None:
    """Subtracted after conversion, Σ x of it must fit the range; before, it does not."""
    x = torch.ones(1, N_IN)
    narrow = {"adc_bits": 8, "output_bound": 3.0, **OFFSET}
    after = read(x, reference_subtraction="digital", **narrow)[0]
    before = read(x, **narrow)[0]
    assert not after.any()  # seven and the weights clip at three, as does the reference's seven
    assert float((before - x @ W.T).abs().max()) <= 1.5 / 127 + 1e-5


def test_what_the_reference_costs() -> None:
    settings = {"dac_bits": 5, "input_bound": 1.0, "adc_bits": 16, "output_bound": 8.0, **OFFSET}
    analog = read_path(**settings).read(X[None], W[None]).counts
    assert analog == {
        "array_read": BATCH,
        "cell_read": BATCH * N_IN * (N_OUT + 1),
        "dac_conversion": BATCH * N_IN,
        "adc_conversion": BATCH * N_OUT,
    }
    digital = read_path(reference_subtraction="digital", **settings).read(X[None], W[None]).counts
    extra = {"adc_conversion": BATCH * (N_OUT + 1), "digital_op": BATCH * N_OUT}
    assert digital == {**analog, **extra}


def errors_of(transposed: bool) -> Tensor:
    """Offsets of the converters that a read ends in."""
    path = read_path(3, 3, 500, transposed=transposed, adc_offset_std=1.0)
    return path.read(torch.zeros(1, 1, 3), torch.zeros(500, 3, 3)).y


def test_transposed_reads_have_converters_of_their_own() -> None:
    assert p_uncorrelated(errors_of(False), errors_of(True)) > SIGNIFICANCE


@pytest.mark.parametrize("sliced", [False, True])
def test_all_at_once(sliced: bool) -> None:
    """Every effect together runs, repeats reads that clip, and chips stay apart."""
    settings: dict[str, object] = {}
    for effect in EFFECTS.values():
        settings |= effect
    settings |= {"dac_bits": 6, "adc_bits": 8, "input_bound": 1.0}
    settings |= {"output_bound": 0.7, "output_ranging": "iterative", "input_ranging": "abs_max"}
    if sliced:
        settings |= {"input_slice_bits": 2, "output_ranging": "calibrated"}
    settings |= {"output_noise_std": 0.05, "reference_subtraction": "digital"}
    settings |= {"reference_weight": 0.1}
    x = torch.stack([X, 3.0 * X, 0.1 * X])
    tiling = {"rows_max": 4, "columns_max": 3}
    three = read(x, chips=3, tiling=tiling, **settings)
    assert bool(three.isfinite().all())
    assert torch.equal(read(x[:2], chips=2, tiling=tiling, **settings), three[:2])
    assert float((three - x @ W.T).abs().mean()) < 3.0


def test_converters_of_both_sides_differ() -> None:
    """Offsets of inputs, seen through an identity, and of outputs."""
    x, weights = torch.zeros(1, N_IN), torch.eye(N_IN)
    inputs = read(x, weights, CHIPS, dac_offset_std=1.0)
    outputs = read(x, weights, CHIPS, adc_offset_std=1.0)
    assert p_uncorrelated(inputs, outputs) > SIGNIFICANCE / 2
    gains = read(x + 1.0, weights, CHIPS, adc_gain_std=1.0) - 1.0
    assert p_uncorrelated(gains, outputs) > SIGNIFICANCE / 2
