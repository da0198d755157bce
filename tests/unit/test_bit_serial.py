"""Bit-serial inputs: slices that add up to the input, each read, converted and counted by itself."""

from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from mortalff.errors import CardError
from mortalff.hardware.input_slices import slice_number, slices
from mortalff.physics.converter import convert
from tests.strategies.reads import BATCH, N_IN, N_OUT, W, X, read, read_path, read_settings
from tests.strategies.statistics import SIGNIFICANCE, p_chi2

FINE = {"adc_bits": 16, "output_bound": 8.0}
STEP = 8.0 / (2**15 - 1)


def test_slices_by_hand() -> None:
    """Five bits: a sign and 15 levels. 11 is 1011, of which two bits are 11 and 10."""
    x = torch.tensor([11.0, -6.0, 15.0, 0.0]) / 15.0
    (low, share_low), (high, share_high) = slices(x, 5, 2, 1.0)
    torch.testing.assert_close(low * 3.0, torch.tensor([3.0, -2.0, 3.0, 0.0]))
    torch.testing.assert_close(high * 3.0, torch.tensor([2.0, -1.0, 3.0, 0.0]))
    assert (share_low, share_high) == pytest.approx((3 / 15, 12 / 15))


@pytest.mark.parametrize(("bits", "width", "number"), [(1, 1, 1), (2, 1, 1), (8, 1, 7), (8, 4, 2)])
def test_number_of_slices(bits: int, width: int, number: int) -> None:
    assert slice_number(bits, width) == number


@pytest.mark.parametrize("bits", range(2, 10))
def test_slices_add_up_to_the_input(bits: int) -> None:
    lines = convert(X, bits, 0.8)
    for width in range(1, bits):
        parts = list(slices(lines, bits, width, 0.8))
        assert len(parts) == slice_number(bits, width)
        total = sum((share * volts for volts, share in parts), torch.zeros_like(X))
        torch.testing.assert_close(total, lines, rtol=1e-5, atol=1e-6)
        for volts, _ in parts:
            assert len((volts.abs() * (2**width - 1) / 0.8).round().unique()) <= 2**width
            assert float(volts.abs().max()) <= 0.8 * (1 + 1e-6)


@pytest.mark.parametrize("width", [1, 2, 3, 6])
def test_nothing_else_changes(width: int) -> None:
    """But for the ADC, whose half step every slice adds by its share; the shares add up to below 2."""
    wires = {"dac_bits": 7, "input_bound": 1.0, **FINE}
    sliced = read(input_slice_bits=width, **wires)[0]
    assert float((sliced - convert(X, 7, 1.0) @ W.T).abs().max()) <= STEP + 1e-5
    if width == 6:
        assert torch.equal(sliced, read(**wires)[0])


def test_noise_of_every_slice() -> None:
    wires = {"dac_bits": 3, "input_bound": 1.0, "adc_bits": 16, "output_bound": 20.0}
    e = (
        read(chips=3000, output_noise_std=0.3, input_slice_bits=1, **wires)
        - convert(X, 3, 1.0) @ W.T
    )
    # Two slices, of a third and two thirds.
    assert p_chi2(e, 0.3 * (1 / 9 + 4 / 9) ** 0.5) > SIGNIFICANCE


def test_what_is_counted() -> None:
    path = read_path(dac_bits=7, input_bound=1.0, input_slice_bits=2, **FINE)
    assert path.read(X[None], W[None]).counts == {
        "array_read": BATCH * 3,
        "cell_read": BATCH * N_IN * N_OUT * 2 * 3,
        "dac_conversion": BATCH * N_IN * 3,
        "adc_conversion": BATCH * N_OUT * 3,
        "digital_op": BATCH * N_OUT * 2,
    }


def test_ranging() -> None:
    wires = {"dac_bits": 7, "input_bound": 1.0, "input_slice_bits": 1, **FINE}
    got = read(30.0 * X, input_ranging="abs_max", **wires)[0]
    scale = 30.0 * X.abs().amax(1, keepdim=True)
    wanted = scale * (convert(30.0 * X / scale, 7, 1.0) @ W.T)
    assert float((got - wanted).abs().max()) <= 30.0 * STEP + 1e-4


def test_halving_does_not_help_slices() -> None:
    settings = {"dac_bits": 4, "input_bound": 1.0, "output_bound": 1.0}
    with pytest.raises(ValidationError, match=r"output_ranging.*calibrated"):
        read_settings(input_slice_bits=1, output_ranging="iterative", **settings)
    read_settings(input_slice_bits=3, output_ranging="iterative", **settings)


def test_what_cannot_be_sliced_is_refused() -> None:
    with pytest.raises(ValidationError, match="input_slice_bits"):
        read_settings(input_slice_bits=2)
    with pytest.raises(ValidationError, match="at most 3"):
        read_settings(dac_bits=4, input_bound=1.0, input_slice_bits=4)
    with pytest.raises(CardError, match=r"input_slice_bits.*adc_bits"):
        read_path(dac_bits=4, input_bound=1.0, input_slice_bits=1)
