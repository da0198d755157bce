"""Converters: levels, rounding, clipping."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mortalff.physics.converter import convert

bits_and_bounds = st.tuples(st.integers(2, 9), st.sampled_from([0.5, 1.0, 3.0, 20.0]))
shares = st.lists(st.floats(-2.0, 2.0, width=32), min_size=1, max_size=20)


def step(bits: int, bound: float) -> float:
    return 2.0 * bound / (2**bits - 2)


@given(converter=bits_and_bounds, values=shares)
def test_inside_the_range_the_error_is_at_most_half_a_step(
    converter: tuple[int, float], values: list[float]
) -> None:
    bits, bound = converter
    x = torch.tensor(values).clamp(-1.0, 1.0) * bound
    error = (convert(x, bits, bound) - x).abs().max()
    assert float(error) <= 0.5 * step(bits, bound) * (1 + 1e-5) + 1e-6 * bound


@given(converter=bits_and_bounds, values=shares)
def test_monotone_and_odd(converter: tuple[int, float], values: list[float]) -> None:
    bits, bound = converter
    x = torch.tensor(sorted(values)) * bound
    y = convert(x, bits, bound)
    assert bool((y.diff() >= 0).all())
    assert torch.equal(convert(-x, bits, bound), -y)
    assert torch.equal(convert(y, bits, bound), y)  # what is on a level stays there


@given(bits=st.integers(1, 9), bound=st.sampled_from([0.5, 1.0, 20.0]), values=shares)
def test_outputs_are_within_full_scale(bits: int, bound: float, values: list[float]) -> None:
    assert float(convert(torch.tensor(values) * bound, bits, bound).abs().max()) <= bound


@pytest.mark.parametrize("bits", range(2, 10))
def test_levels(bits: int) -> None:
    """2^b - 1 of them, evenly spaced from -bound to bound, zero among them."""
    y = convert(torch.linspace(-4.0, 4.0, 40_001), bits, 3.0).unique()
    assert len(y) == 2**bits - 1
    assert y[0] == -3.0
    assert y[-1] == 3.0
    assert bool((y == 0).any())
    torch.testing.assert_close(
        y.diff(), torch.full((2**bits - 2,), step(bits, 3.0)), rtol=1e-4, atol=0.0
    )


def test_by_hand() -> None:
    # Three bits of full scale 3: steps of one.
    x = torch.tensor([-9.0, -2.6, -0.4, 0.0, 0.4, 0.6, 1.4, 2.6, 9.0])
    assert convert(x, 3, 3.0).tolist() == [-3.0, -3.0, 0.0, 0.0, 0.0, 1.0, 1.0, 3.0, 3.0]


def test_one_bit_is_the_sign() -> None:
    x = torch.tensor([-9.0, -0.1, 0.0, 1e-6, 2.0])
    assert convert(x, 1, 3.0).tolist() == [-3.0, -3.0, 0.0, 3.0, 3.0]


def _kept(x: Tensor, bits: int | None, bound: float | None) -> Tensor:
    before = x.clone()
    y = convert(x, bits, bound)
    assert torch.equal(x, before)
    return y


def test_no_converter() -> None:
    x = torch.tensor([-5.0, 0.123, 5.0])
    assert torch.equal(_kept(x, None, None), x)
    assert _kept(x, None, 2.0).tolist() == pytest.approx([-2.0, 0.123, 2.0])
    _kept(x, 4, 2.0)
