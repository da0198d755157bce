"""A layer over several arrays: the same sums, with converters, ranges and noise of every array's own."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mortalff.cards import Tiling
from mortalff.errors import CardError
from mortalff.hardware.crossbar import Crossbar
from mortalff.hardware.tiles import blocks
from mortalff.physics.converter import convert
from mortalff.seeds import Seeds
from tests.strategies.reads import BATCH, CARD, N_IN, N_OUT, W, X, read, read_path, uniform
from tests.strategies.statistics import SIGNIFICANCE, p_chi2, p_uncorrelated

Y = X @ W.T
FINE = {"adc_bits": 16, "output_bound": 8.0}  # steps of 1/4096
DIGITAL = {"rows_max": 3, "columns_max": 2}
ANALOG = {**DIGITAL, "partial_sums": "analog"}


def test_lines_are_shared_out_evenly() -> None:
    laid = blocks(Tiling(rows_max=512), 10, 785)
    assert [b.n_in for b in laid] == [393, 392]
    assert {b.n_out for b in laid} == {10}
    laid = blocks(Tiling(rows_max=3, columns_max=2), 5, 7)
    assert [(b.lines_in.start, b.n_in) for b in laid[::3]] == [(0, 3), (3, 2), (5, 2)]
    assert [(b.lines_out.start, b.n_out) for b in laid[:3]] == [(0, 2), (2, 2), (4, 1)]
    back = blocks(Tiling(rows_max=3, columns_max=2), 7, 5, transposed=True)
    assert {b.n_out for b in back} <= {2, 3}
    assert {b.n_in for b in back} <= {1, 2}
    (one,) = blocks(Tiling(rows_max=7, columns_max=5), 5, 7)
    assert (one.n_in, one.n_out, len(one.arrays)) == (7, 5, 1)
    (column,) = blocks(Tiling(rows_max=4, partial_sums="analog"), 5, 7)
    assert [a.stop - a.start for a in column.arrays] == [4, 3]


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 9])
@pytest.mark.parametrize("columns", [1, 2, 5])
def test_sums_are_those_of_one_array(rows: int, columns: int) -> None:
    size = {"rows_max": rows, "columns_max": columns}
    analog = read(tiling={**size, "partial_sums": "analog"})
    torch.testing.assert_close(analog[0], Y, rtol=1e-5, atol=1e-6)
    digital = read(tiling=size, **FINE)
    assert float((digital[0] - Y).abs().max()) <= 7 * 0.5 * 8.0 / (2**15 - 1) + 1e-5
    path = read_path(N_IN, N_OUT, tiling={**size, "partial_sums": "analog"}, transposed=True)
    d = uniform(2, BATCH, N_OUT)
    back = path.read(d[None], W[None].transpose(1, 2)).y[0]
    torch.testing.assert_close(back, d @ W, rtol=1e-5, atol=1e-6)


def test_one_array_that_holds_all_is_no_tiling() -> None:
    noisy = {"output_noise_std": 0.1, "dac_bits": 5, "input_bound": 1.0, **FINE}
    assert torch.equal(read(tiling={"rows_max": 7, "columns_max": 5}, **noisy), read(**noisy))


def test_each_array_converts_its_own_sums() -> None:
    got = read(tiling={"rows_max": 4}, adc_bits=4, output_bound=2.0)[0]
    parts = [convert(X[:, a] @ W[:, a].T, 4, 2.0) for a in (slice(0, 4), slice(4, 7))]
    torch.testing.assert_close(got, parts[0] + parts[1], rtol=1e-5, atol=1e-6)
    assert not torch.allclose(got, convert(Y, 4, 2.0), atol=1e-3)
    merged = {"rows_max": 4, "partial_sums": "analog"}
    got = read(tiling=merged, adc_bits=4, output_bound=2.0)[0]
    torch.testing.assert_close(got, convert(Y, 4, 2.0), rtol=1e-5, atol=1e-6)


def test_each_array_ranges_its_own_inputs() -> None:
    x = X.clone()
    x[:, :4] *= 100.0
    got = read(
        x, tiling={"rows_max": 4}, dac_bits=4, input_bound=1.0, input_ranging="abs_max", **FINE
    )
    lines = []
    for a in (slice(0, 4), slice(4, 7)):
        scale = x[:, a].abs().amax(1, keepdim=True)
        lines.append(scale * convert(x[:, a] / scale, 4, 1.0))
    wanted = torch.cat(lines, 1) @ W.T
    step = 8.0 / (2**15 - 1)
    assert float((got[0] - wanted).abs().max()) < 101 * step


def test_noise_of_every_converter() -> None:
    chips = 2000
    for size, number in ((DIGITAL, 3), (ANALOG, 1)):
        wide = {"adc_bits": 16, "output_bound": 30.0} if number > 1 else {}
        e = read(chips=chips, tiling=size, output_noise_std=0.2, **wide) - Y
        assert p_chi2(e, 0.2 * number**0.5) > SIGNIFICANCE / 4
        assert p_uncorrelated(e[:, :, 0], e[:, :, 1]) > SIGNIFICANCE / 4
        assert p_uncorrelated(e[:, :, 0], e[:, :, 2]) > SIGNIFICANCE / 4


def test_what_is_counted() -> None:
    wires = {"dac_bits": 5, "input_bound": 1.0, **FINE}
    counts = read_path(tiling=DIGITAL, **wires).read(X[None], W[None]).counts
    assert counts == {
        "array_read": BATCH * 9,
        "cell_read": BATCH * N_IN * N_OUT * 2,
        "dac_conversion": BATCH * N_IN * 3,
        "adc_conversion": BATCH * N_OUT * 3,
        "digital_op": BATCH * N_OUT * 2,
    }
    counts = read_path(tiling=ANALOG, **wires).read(X[None], W[None]).counts
    assert counts == {
        "array_read": BATCH * 9,
        "cell_read": BATCH * N_IN * N_OUT * 2,
        "dac_conversion": BATCH * N_IN * 3,
        "adc_conversion": BATCH * N_OUT,
    }


def test_each_array_is_pulsed_on_lines_of_its_own() -> None:
    """Three arrays down seven input lines, and three across five outputs."""
    whole, tiled = (
        Crossbar(card, N_OUT, N_IN, (0, 1), Seeds(0), torch.device("cpu"))
        for card in (CARD, CARD.replace(**{f"tiling.{key}": size for key, size in ANALOG.items()}))
    )
    x, d = uniform(3, BATCH, N_IN), uniform(4, BATCH, N_OUT)
    for chips in (whole, tiled):
        chips.pulse(x, d, 0.01)
    assert tiled.counts["outer_product"].tolist() == [9 * BATCH] * 2
    assert tiled.counts["voltage_to_pulse"].tolist() == [3 * BATCH * (N_IN + N_OUT)] * 2
    np.testing.assert_allclose(tiled.counts["line_pulse"], 3 * whole.counts["line_pulse"])
    assert tiled.counts["device_pulse"].tolist() == whole.counts["device_pulse"].tolist()
    assert torch.equal(tiled.probe().read_weights(), whole.probe().read_weights())


def test_each_array_is_read_again_by_itself() -> None:
    """Only arrays whose outputs clip: here the first, whose weights are large."""
    weights = torch.cat((torch.ones(N_OUT, 4), 0.1 * torch.ones(N_OUT, 3)), 1)
    path = read_path(
        tiling={"rows_max": 4}, output_ranging="iterative", adc_bits=16, output_bound=1.0
    )
    out = path.read(torch.ones(1, 1, N_IN), weights[None])
    assert out.counts["array_read"] == 2 + 2  # four is halved twice
    torch.testing.assert_close(out.y, torch.full((1, 1, N_OUT), 4.3), rtol=1e-3, atol=1e-3)


def test_chips_do_not_know_of_each_other() -> None:
    settings = {"output_noise_std": 0.3, "output_bound": 0.5, "adc_bits": 6, "adc_offset_std": 0.1}
    settings |= {"output_ranging": "iterative", "dac_gain_std": 0.1}
    together = read(chips=5, tiling=DIGITAL, **settings)
    assert torch.equal(together[:2], read(chips=2, tiling=DIGITAL, **settings))


def test_sums_that_nothing_converts_are_not_added_digitally() -> None:
    with pytest.raises(CardError, match=r"tiling.partial_sums: got 'digital'.*adc_bits"):
        read_path(tiling=DIGITAL)


def test_arrays_have_converters_of_their_own() -> None:
    x = torch.zeros(1, N_IN)
    e = read(x, chips=2000, tiling={"columns_max": 2}, adc_offset_std=1.0)[:, 0]
    assert p_uncorrelated(e[:, 0], e[:, 2]) > SIGNIFICANCE / 2
    both = read(x, chips=2000, tiling={"rows_max": 4}, adc_offset_std=0.1, **FINE)
    assert p_chi2(both, 0.1 * 2**0.5) > SIGNIFICANCE / 2
