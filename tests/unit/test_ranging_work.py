"""The digital work of finding, and undoing, the range of each vector; outputs scaled back."""

from __future__ import annotations

import pytest
import torch

from tests.strategies.reads import BATCH, N_IN, N_OUT, W, X, read_path

CONVERTED = {"dac_bits": 7, "input_bound": 1.0, "adc_bits": 16, "output_bound": 8.0}
ABS_MAX = {"input_ranging": "abs_max"}
TILES = {"rows_max": 3, "columns_max": 2}  # three arrays down, three across


def work(**settings: object) -> dict[str, float]:
    """Digital work of reading a batch."""
    counts = read_path(**settings).read(X[None], W[None]).counts
    return {name: counts[name] for name in ("digital_op", "digital_mac") if name in counts}


def test_inputs_are_compared_and_scaled_and_outputs_scaled_back() -> None:
    expected = {"digital_op": BATCH * N_IN, "digital_mac": BATCH * (N_IN + N_OUT)}
    assert work(**CONVERTED, **ABS_MAX) == expected
    back = read_path(N_IN, N_OUT, transposed=True, **CONVERTED, **ABS_MAX)
    counts = back.read(torch.ones(1, 3, N_OUT), W.T[None]).counts
    assert counts["digital_op"] == 3 * N_OUT
    assert counts["digital_mac"] == 3 * (N_OUT + N_IN)


def test_a_running_average_takes_two_more() -> None:
    macs = BATCH * (N_IN + 2 + N_OUT)
    average = work(**CONVERTED, input_ranging="average_abs_max")
    assert average == {"digital_op": BATCH * N_IN, "digital_mac": macs}


@pytest.mark.parametrize(
    "ranging",
    [
        {"input_ranging": "none"},
        {"input_ranging": "constant", "input_range": 2.0},
        {"input_ranging": "calibrated"},
    ],
)
def test_ranges_that_are_known_take_nothing(ranging: dict[str, object]) -> None:
    assert work(**CONVERTED, **ranging) == {}


def test_only_numbers_are_ranged_by_digital_work() -> None:
    """Voltages that stay so are scaled back by no number, and those driven with are looked at by none."""
    adc = {key: CONVERTED[key] for key in ("adc_bits", "output_bound")}
    assert work(**adc, **ABS_MAX) == {}
    dac = {key: CONVERTED[key] for key in ("dac_bits", "input_bound")}
    assert work(**dac, **ABS_MAX) == {"digital_op": BATCH * N_IN, "digital_mac": BATCH * N_IN}


def test_arrays_side_by_side_share_their_inputs_range() -> None:
    """Each row of arrays has a range of its own; as numbers its sums are scaled back before they are added."""
    apart = work(tiling=TILES, **CONVERTED, **ABS_MAX)
    macs = BATCH * (N_IN + 3 * N_OUT)
    assert apart == {"digital_op": BATCH * (N_IN + 2 * N_OUT), "digital_mac": macs}
    joined = work(tiling={**TILES, "partial_sums": "analog"}, **CONVERTED, **ABS_MAX)
    assert joined == work(**CONVERTED, **ABS_MAX)


@pytest.mark.parametrize("tiling", [{}, TILES])
def test_what_is_read_again_is_scaled_again(tiling: dict[str, object]) -> None:
    """Its largest input is known by then, and outputs that clipped are not scaled back."""
    clipping = {**CONVERTED, **ABS_MAX, "output_bound": 0.2, "tiling": tiling}
    once = read_path(**clipping).read(X[None], W[None]).counts
    again = read_path(**clipping, output_ranging="iterative").read(X[None], W[None]).counts
    assert again["digital_op"] == once["digital_op"]
    driven = again["dac_conversion"] - once["dac_conversion"]
    assert again["digital_mac"] - once["digital_mac"] == driven > 0
