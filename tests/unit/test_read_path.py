"""The read path: ideal where nothing is set, and each setting changes what it should and no more."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mortalff.physics.converter import convert
from tests.strategies.reads import BATCH, N_IN, N_OUT, W, X, programmed, uniform
from tests.strategies.statistics import (
    SIGNIFICANCE,
    array,
    p_chi2,
    p_mean,
    p_standard_normal,
    p_uncorrelated,
)


def errors(x: Tensor, chips: int = 500, weights: Tensor = W, **settings: object) -> Tensor:
    """How far each read is from the ideal one, (chips, batch, n_out)."""
    return programmed(chips, weights, **settings).forward(x) - x @ weights.T


def test_ideal() -> None:
    torch.testing.assert_close(programmed().forward(X)[0], X @ W.T, rtol=1e-6, atol=1e-6)
    back = uniform(2, BATCH, N_OUT)
    read = programmed().probe().forward_transposed(back)
    torch.testing.assert_close(read[0], back @ W, rtol=1e-6, atol=1e-6)


def test_ideal_of_a_real_size() -> None:
    w, x = 0.2 * uniform(0, 100, 784), uniform(1, 50, 784)
    y = programmed(2, w).forward(x)
    wanted = (x.double() @ w.double().T).float()
    for chip in range(2):
        torch.testing.assert_close(y[chip], wanted, rtol=1e-5, atol=1e-5)


def test_each_chip_reads_its_own_inputs() -> None:
    x = torch.stack([X, -X, 2.0 * X])
    torch.testing.assert_close(programmed(3).forward(x), x @ W.T, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("bits", range(1, 10))
def test_dac(bits: int) -> None:
    """Inputs are converted, and nothing else."""
    y = programmed(dac_bits=bits, input_bound=0.8).forward(X)[0]
    torch.testing.assert_close(y, convert(X, bits, 0.8) @ W.T, rtol=1e-5, atol=1e-6)
    assert not torch.allclose(y, X @ W.T, atol=1e-3)


@pytest.mark.parametrize("bits", range(1, 10))
def test_adc(bits: int) -> None:
    """Outputs are converted, and nothing else."""
    y = programmed(adc_bits=bits, output_bound=0.7).forward(X)[0]
    wanted = convert(X @ W.T, bits, 0.7)
    # A sum half way between two levels may be rounded either way.
    step = 1.4 / max(2**bits - 2, 1)
    off = (y - wanted).abs() > 1e-5
    assert int(off.sum()) <= 1
    assert float((y - wanted).abs().max()) <= step * 1.001
    assert float(y.abs().max()) == pytest.approx(0.7)


def test_clipping() -> None:
    y = programmed(input_bound=0.3).forward(X)[0]
    torch.testing.assert_close(y, X.clamp(-0.3, 0.3) @ W.T, rtol=1e-6, atol=1e-6)
    y = programmed(output_bound=0.3).forward(X)[0]
    torch.testing.assert_close(y, (X @ W.T).clamp(-0.3, 0.3), rtol=1e-6, atol=1e-6)
    assert bool(((X @ W.T).abs() > 0.3).any())


def test_output_noise() -> None:
    """The same on every output, whatever is read: chi-square test of the variance."""
    e = errors(X, output_noise_std=0.06)
    assert p_chi2(e, 0.06) > SIGNIFICANCE / 4
    assert p_standard_normal(e / 0.06) > SIGNIFICANCE / 4
    assert p_uncorrelated(e[:, :, 1:], e[:, :, :-1]) > SIGNIFICANCE / 4
    zero = errors(torch.zeros(BATCH, N_IN), output_noise_std=0.06)
    assert p_chi2(zero, 0.06) > SIGNIFICANCE / 4


def test_input_noise() -> None:
    """Noise of each line goes through the array: variance σ² |w|², shared by a vector's outputs."""
    e = errors(X, chips=2000, input_noise_std=0.05)
    for o in range(N_OUT):
        assert p_chi2(e[:, :, o], 0.05 * float(W[o].norm())) > SIGNIFICANCE / (2 * N_OUT)
    covariance = 0.05**2 * float(W[0] @ W[1])
    assert p_mean(array(e[:, :, 0]) * array(e[:, :, 1]), covariance) > SIGNIFICANCE / 2


def test_weight_noise() -> None:
    """Noise of each device, fresh for every vector: variance σ² |x|², independent among outputs."""
    e = errors(X, chips=2000, weight_noise_std=0.02)
    for b in range(BATCH):
        assert p_chi2(e[:, b], 0.02 * float(X[b].norm())) > SIGNIFICANCE / (2 * BATCH)
    assert p_uncorrelated(e[:, :, 0], e[:, :, 1]) > SIGNIFICANCE / 2
    assert not errors(torch.zeros(BATCH, N_IN), weight_noise_std=0.02).any()
    # What drives the devices is what the converter lets through.
    clipped = X.clamp(-0.3, 0.3)
    e = errors(X, 2000, input_bound=0.3, weight_noise_std=0.02) + X @ W.T - clipped @ W.T
    assert p_chi2(e / clipped.norm(dim=1)[:, None], 0.02) > SIGNIFICANCE / 2


def test_noises_add_in_variance() -> None:
    e = errors(X, 2000, input_noise_std=0.05, output_noise_std=0.06, weight_noise_std=0.02)
    for b, o in np.ndindex(BATCH, N_OUT):
        # Noisy inputs drive the devices' noise too.
        power = float(X[b].square().sum()) + N_IN * 0.05**2
        variance = (0.05 * float(W[o].norm())) ** 2 + 0.06**2 + 0.02**2 * power
        assert p_chi2(e[:, b, o], variance**0.5) > SIGNIFICANCE / (BATCH * N_OUT)


@pytest.mark.parametrize("noise", ["input_noise_std", "output_noise_std", "weight_noise_std"])
def test_noise_is_fresh_at_every_read_vector_and_chip(noise: str) -> None:
    chips = programmed(2000, **{noise: 0.1})
    x = X[:1].repeat(2, 1)
    first, second = (chips.forward(x) - x @ W.T for _ in range(2))
    assert p_uncorrelated(first, second) > SIGNIFICANCE / 4
    assert p_uncorrelated(first[:, 0], first[:, 1]) > SIGNIFICANCE / 4
    assert p_uncorrelated(first[::2], first[1::2]) > SIGNIFICANCE / 4
    assert first.std() > 0.01


def test_transposed_reads_have_noise_of_their_own() -> None:
    chips = programmed(2000, output_noise_std=0.1)
    d = uniform(2, 1, N_OUT)
    back = chips.probe().forward_transposed(d) - d @ W
    assert p_chi2(back, 0.1) > SIGNIFICANCE / 2
    forward = chips.forward(X[:1]) - X[:1] @ W.T
    assert p_uncorrelated(back[:, :, :N_OUT], forward) > SIGNIFICANCE / 2


@given(power=st.integers(-40, 40))
def test_ranging_makes_reads_scale(power: int) -> None:
    """x 2^n reads as 2^n times what x reads: the same conversions, the same noise."""
    settings = {"dac_bits": 5, "input_bound": 1.0, "adc_bits": 6, "output_bound": 2.0}
    settings |= {"input_noise_std": 0.02, "output_noise_std": 0.1, "weight_noise_std": 0.02}
    scale = 2.0**power
    plain = programmed(2, input_ranging="abs_max", **settings).forward(X)
    scaled = programmed(2, input_ranging="abs_max", **settings).forward(scale * X)
    assert torch.equal(scaled, scale * plain)


def test_ranging_uses_the_whole_range_of_the_dac() -> None:
    x = X * torch.tensor([1.0, 1e-3, 30.0, 0.0])[:, None]
    scale = x.abs().amax(1, keepdim=True)
    y = programmed(dac_bits=4, input_bound=1.0, input_ranging="abs_max").forward(x)[0]
    lines = convert(x / scale.clamp_min(1e-30), 4, 1.0)
    torch.testing.assert_close(y, scale * (lines @ W.T), rtol=1e-5, atol=1e-7)


def test_ranging_scales_noise_with_the_inputs_down_to_none() -> None:
    x = X * torch.tensor([1.0, 1e-3, 30.0, 0.0])[:, None]
    e = errors(x, output_noise_std=0.1, input_ranging="abs_max", chips=2000)
    for b in range(3):
        std = 0.1 * float(x[b].abs().max())
        # Rounding of the product itself is far below.
        assert p_chi2(e[:, b], std) > SIGNIFICANCE / 3
    assert not e[:, 3].any()
