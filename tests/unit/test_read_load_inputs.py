"""What inputs make of the loads of reads: voltages as converters, slices and curves make them, or durations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import torch

from tests.strategies.read_loads import (
    BATCH,
    CHIPS,
    N_IN,
    N_OUT,
    X,
    loads,
    made,
)


def test_one_line_driven_is_charged_alone() -> None:
    found = loads(made(), torch.eye(N_IN)[3:4])
    assert found["cell_wire"].tolist() == [2.0 * N_OUT] * CHIPS
    assert found["line_end"].tolist() == [2.0] * CHIPS
    assert found["cell_read"].tolist() == [2.0 * N_OUT * N_IN] * CHIPS


def test_inputs_are_what_the_lines_are_driven_with() -> None:
    """Ranged to full scale: a vector's size does not matter; as coarse as its converter; read again where it clips."""
    ranged = {"periphery.input_ranging": "abs_max", "periphery.input_bound": 1.0}
    small, large = (loads(made(ranged), size * X)["cell_wire"] for size in (0.01, 7.0))
    largest = X.abs().amax(1, keepdim=True)
    due = 2 * N_OUT * float((X / largest).double().square().sum())
    np.testing.assert_allclose(small, due, rtol=1e-5)
    np.testing.assert_allclose(large, due, rtol=1e-5)
    signs = loads(made({**ranged, "periphery.dac_bits": 2}), X)["cell_wire"]
    due = 2 * N_OUT * float((X / largest).round().abs().sum())
    np.testing.assert_allclose(signs, due, rtol=1e-5)
    again = {"periphery.output_ranging": "iterative", "periphery.output_bound": 1e-3}
    clipping = made({**ranged, **again, "periphery.adc_bits": 9})
    first = clipping.counts
    clipping.forward(X)
    since = clipping.counts - first
    reads = since["array_read"] / BATCH
    assert (reads > 2).all()
    quarters = sum(0.25**n for n in range(int(reads[0])))  # inputs halved each time
    np.testing.assert_allclose(since["cell_wire"][0], quarters * small[0], rtol=1e-5)
    assert since["cell_read_metered"].tolist() == since["cell_read"].tolist()


def test_only_vectors_that_clip_are_read_again() -> None:
    """One large vector of five, which is halved once more: the others are charged once."""
    clips = {
        "periphery.input_ranging": "none",
        "periphery.output_ranging": "iterative",
        "periphery.output_bound": 1.0,
        "periphery.adc_bits": 9,
        "periphery.output_noise_std": 0.0,
    }
    x = torch.zeros(BATCH, N_IN)
    x[:, 0] = 0.01
    x[2] = 1.0
    chips = made(clips)
    before = chips.counts
    chips.forward(x)
    since = chips.counts - before
    again = since["array_read"] - BATCH
    assert (again >= 1).all()
    squares = x.double().square().sum(1)
    for chip in range(CHIPS):
        halved = sum(0.25**n for n in range(1, int(again[chip]) + 1))
        due = 2 * N_OUT * float(squares.sum() + halved * squares[2])
        assert since["cell_wire"][chip] == pytest.approx(due, rel=1e-5)


def test_an_input_by_its_duration_takes_its_size_and_charges_the_line_in_full() -> None:
    x = X.clone()
    x[:, ::3] = 0.0
    volts, times = (
        made({"conductance.inputs": how, "periphery.input_bound": 2.0, "periphery.dac_bits": 16})
        for how in ("amplitude", "duration")
    )
    assert torch.equal(volts.forward(x), times.forward(x))
    one, other = loads(volts, x), loads(times, x)
    lit = float((x != 0).sum())
    np.testing.assert_allclose(other["cell_wire"], 2 * N_OUT * lit, rtol=1e-6)
    np.testing.assert_allclose(other["line_end"], 2 * lit, rtol=1e-6)
    by_hand = x.double().abs().sum() / 2 / (x.double().square().sum() / 4)  # over the bound
    ratio = other["cell_conduction"] / one["cell_conduction"]
    np.testing.assert_allclose(
        ratio, float(by_hand), rtol=0.05
    )  # lines differ in what they conduct


def test_each_slice_of_bits_is_a_read() -> None:
    bits = {
        "periphery.dac_bits": 4,
        "periphery.input_bound": 1.0,
        "periphery.input_slice_bits": 1,
        "periphery.adc_bits": 16,
        "periphery.output_bound": 50.0,
    }
    found = loads(made(bits))
    levels = (X * 7).round().abs().to(torch.int64)
    ones = sum(int((levels >> s & 1).sum()) for s in range(3))
    assert found["cell_wire"].tolist() == [2.0 * N_OUT * ones] * CHIPS
    assert found["array_read_metered"].tolist() == [3.0 * BATCH] * CHIPS


def test_a_bent_curve_conducts_less_below_full_scale() -> None:
    """i = g (v + κ v³)/(1 + κ), and power v·i."""
    straight, bent = loads(made()), loads(made({"periphery.iv_cubic": 1.0}))
    line = X.double().square()
    share = float((0.5 * (line + line.square())).sum() / line.sum())
    np.testing.assert_allclose(
        bent["cell_conduction"], share * straight["cell_conduction"], rtol=0.1
    )
    assert bent["cell_wire"].tolist() == straight["cell_wire"].tolist()


@pytest.mark.parametrize(
    "changes", [{}, {"tiling.columns_max": 4}, {"periphery.weight_mapping": "offset"}]
)
def test_durations_take_their_size_and_charge_lines_in_full(changes: Mapping[str, object]) -> None:
    chips = made({"conductance.inputs": "duration", **changes})
    x = torch.where(X.abs() < 0.3, 0.0, X)
    found, device = loads(chips, x), chips.card.device
    assert device is not None
    low, high = float(device.w_min), float(device.w_max)
    above = chips.probe().read_weights().double() - low
    fixed = 1 if "periphery.weight_mapping" in changes else N_OUT
    of_lines = (above.clamp_min(0.0).sum(1) - low * fixed) / (high - low)
    due = of_lines @ x.double().abs().sum(0)
    np.testing.assert_allclose(found["cell_conduction"], due, rtol=1e-5)
    lit = float(x.ne(0.0).sum())
    cells = N_OUT + 1 if "periphery.weight_mapping" in changes else 2 * N_OUT
    assert found["cell_wire"].tolist() == [lit * cells] * CHIPS
