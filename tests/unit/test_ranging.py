"""Iterative output ranging: halve the input until nothing clips, and count the repeated reads."""

from __future__ import annotations

from math import ceil, log2

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from mortalff.physics.converter import convert
from tests.strategies.reads import (
    N_IN,
    N_OUT,
    W,
    X,
    programmed,
    read,
    read_path,
    read_settings,
)
from tests.strategies.statistics import SIGNIFICANCE, p_chi2, p_uncorrelated

ITERATIVE = {"output_ranging": "iterative"}
Y = X @ W.T


def halvings(bound: float) -> np.ndarray:
    """How often each vector's input must be halved until no output is beyond the bound."""
    largest = Y.abs().amax(1).double().numpy()
    return np.array([max(0, ceil(log2(v / bound))) for v in largest])


@pytest.mark.parametrize("bound", [0.5, 0.1, 0.02])
def test_outputs_are_read_again_until_none_clips(bound: float) -> None:
    chips = programmed(2, output_bound=bound, **ITERATIVE)
    before = chips.counts
    torch.testing.assert_close(chips.forward(X), Y.expand(2, -1, -1), rtol=1e-5, atol=1e-6)
    reads = (1 + halvings(bound)).sum()
    since = chips.counts - before
    assert since["array_read"].tolist() == [reads, reads]
    assert since["cell_read"].tolist() == [reads * 2 * N_IN * N_OUT] * 2
    assert not since["adc_conversion"].any()
    assert len(set(halvings(bound))) > 1  # vectors differ in how often they are read


def test_repeated_reads_convert_again() -> None:
    settings = {"output_bound": 0.1, "adc_bits": 12, "input_bound": 1.0, "dac_bits": 16}
    chips = programmed(output_bound=0.1, **ITERATIVE)
    chips.forward(X)
    converting = programmed(**settings, **ITERATIVE)
    converting.forward(X)
    reads = float(chips.counts["array_read"][0])
    assert converting.counts["array_read"][0] == reads > 4
    assert converting.counts["dac_conversion"][0] == reads * N_IN
    assert converting.counts["adc_conversion"][0] == reads * N_OUT


def test_each_vector_and_chip_has_a_range_of_its_own() -> None:
    """A vector that does not clip reads to the same bits as it does without ranging."""
    noisy = {"output_bound": 0.6, "output_noise_std": 0.2, "input_noise_std": 0.05}
    plain = programmed(200, **noisy).forward(X)
    ranged = programmed(200, **noisy, **ITERATIVE)
    y = ranged.forward(X)
    clips = (plain.abs() >= 0.6).any(2)
    assert 0.05 < float(clips.float().mean()) < 0.95
    assert torch.equal(y[~clips], plain[~clips])
    assert bool((y[clips] != plain[clips]).any(1).all())
    # Chips count their own reads; most need one more, some several.
    reads = ranged.counts["array_read"]
    assert (reads >= 4 + clips.sum(1).numpy()).all()
    assert len(np.unique(reads)) > 2


def test_a_later_read_does_not_depend_on_who_repeated_before() -> None:
    alone, beside = (
        programmed(n, output_bound=0.3, output_noise_std=0.1, **ITERATIVE) for n in (1, 2)
    )
    x = torch.stack([0.01 * X, 5.0 * X])
    alone.forward(x[:1])
    beside.forward(x)
    assert beside.counts["array_read"][1] > beside.counts["array_read"][0]
    assert torch.equal(alone.forward(X)[0], beside.forward(X)[0])


def test_noise_grows_as_inputs_shrink() -> None:
    """Two halvings undone multiply output noise by four."""
    x = torch.ones(1, N_IN)
    weights = torch.full((N_OUT, N_IN), 0.5)  # 3.5 for 1: two halvings for a bound of 1
    settings = {"output_bound": 1.0, "output_noise_std": 0.002, **ITERATIVE}
    chips = programmed(1000, weights, **settings)
    error = chips.forward(x) - 3.5
    assert (chips.counts["array_read"] == 3.0).all()
    assert p_chi2(error, 0.008) > SIGNIFICANCE


def test_repeated_reads_have_noise_of_their_own() -> None:
    """Not the first read's, which the same chips show where no bound makes them repeat it."""
    weights, x = torch.full((N_OUT, N_IN), 0.5), torch.ones(1, N_IN)
    for noise in ("output_noise_std", "input_noise_std"):
        settings = {noise: 0.002}
        first = programmed(2000, weights, **settings).forward(x) - 3.5
        chips = programmed(2000, weights, output_bound=1.0, **settings, **ITERATIVE)
        last = chips.forward(x) - 3.5
        assert (chips.counts["array_read"] == 3.0).all()
        assert p_uncorrelated(first, last) > SIGNIFICANCE / 2, noise


def test_inputs_are_converted_after_halving() -> None:
    weights = torch.full((N_OUT, N_IN), 0.5)
    settings = {"dac_bits": 6, "input_bound": 1.0, "output_bound": 1.0, **ITERATIVE}
    x = X.abs()
    y = programmed(1, weights, **settings).forward(x)[0]
    for vector, got in zip(x, y, strict=True):
        times = 0
        while float((convert(vector / 2**times, 6, 1.0) @ weights.T).max()) > 1.0:
            times += 1
        wanted = 2**times * (convert(vector / 2**times, 6, 1.0) @ weights.T)
        torch.testing.assert_close(got, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("dac_bits", "most"), [(None, 10), (12, 9), (9, 6), (7, 4), (5, 2), (3, 0), (1, 0)]
)
def test_it_gives_up(dac_bits: int | None, most: int) -> None:
    """aihwkit's limits: a reduction beyond 1000, or beyond a quarter of the DAC's levels.

    Else a DAC is left without levels for its inputs, and reads noise, or nothing.
    """
    x = torch.ones(1, N_IN)
    chips = programmed(
        1, W.abs(), dac_bits=dac_bits, input_bound=1.0, output_bound=1e-6, **ITERATIVE
    )
    y = chips.forward(x)
    assert chips.counts["array_read"][0] == 1 + most
    torch.testing.assert_close(y, torch.full((1, 1, N_OUT), 1e-6 * 2.0**most))


def test_an_output_that_rounds_to_full_scale_is_good() -> None:
    """Half a step above it, as anywhere, an output is as near to its level as it can be."""
    weights = torch.full((N_OUT, N_IN), 0.1)
    for output, reads in ((1.0, 1), (1.0 + 0.49 / 31, 1), (1.0 + 0.51 / 31, 2)):
        chips = programmed(1, weights, adc_bits=6, output_bound=1.0, **ITERATIVE)
        y = chips.forward(torch.full((1, N_IN), output / 0.7))
        assert chips.counts["array_read"][0] == reads
        assert float((y - output).abs().max()) <= 0.5 / 31 * reads + 1e-5


def test_both_rangings_together() -> None:
    settings = {"input_ranging": "abs_max", "output_bound": 0.3, "input_bound": 1.0, **ITERATIVE}
    x = 40.0 * X
    torch.testing.assert_close(programmed(**settings).forward(x)[0], x @ W.T, rtol=1e-5, atol=1e-5)


def test_without_a_bound_nothing_is_repeated() -> None:
    chips = programmed(**ITERATIVE)
    chips.forward(1e6 * X)
    assert chips.counts["array_read"][0] == len(X)


def test_a_constant_range() -> None:
    path = {"input_ranging": "constant", "dac_bits": 6, "input_bound": 1.0}
    y = read(4.0 * X, input_range=2.5, **path)[0]
    torch.testing.assert_close(
        y, 2.5 * (convert(4.0 * X / 2.5, 6, 1.0) @ W.T), rtol=1e-5, atol=1e-5
    )


def test_a_limit_to_ranging_by_the_largest_input() -> None:
    """Larger inputs clip; smaller ones are ranged as ever."""
    x = X * torch.tensor([0.1, 1.0, 5.0, 50.0])[:, None]
    path = {"input_ranging": "abs_max", "dac_bits": 6, "input_bound": 1.0}
    scale = x.abs().amax(1, keepdim=True).clamp_max(2.0)
    wanted = scale * (convert(x / scale, 6, 1.0) @ W.T)
    torch.testing.assert_close(read(x, input_range=2.0, **path)[0], wanted, rtol=1e-5, atol=1e-5)


def test_a_running_average() -> None:
    """From vector to vector and from batch to batch, each chip its own, shared inputs or not."""
    settings = {"input_ranging": "average_abs_max", "input_range_decay": 0.25}
    path = read_path(chips=2, dac_bits=6, input_bound=1.0, **settings)
    weights = W.expand(2, -1, -1).contiguous()
    known = [None, None]
    for inputs in (X[None], torch.stack([3.0 * X, 0.5 * X]), 2.0 * X[None]):
        got = path.read(inputs, weights).y
        for chip in range(2):
            for row, vector in enumerate(inputs[min(chip, len(inputs) - 1)]):
                largest, before = float(vector.abs().max()), known[chip]
                now = largest if before is None else 0.75 * before + 0.25 * largest
                known[chip] = now
                wanted = now * (convert(vector / now, 6, 1.0) @ W.T)
                off = (got[chip, row] - wanted).abs() > 1e-4
                assert int(off.sum()) == 0


def test_calibrated_inputs() -> None:
    """Ranged by abs_max until enough vectors have passed, and by the largest of them ever after."""
    settings = {"dac_bits": 6, "input_bound": 1.0, "calibration_vectors": 6}
    path = read_path(input_ranging="calibrated", **settings)
    weights, by_vector = W[None], read_path(input_ranging="abs_max", **settings)
    for scale in (1.0, 3.0):
        seen = scale * X[None]
        assert torch.equal(path.read(seen, weights).y, by_vector.read(seen, weights).y)
    widest = 3.0 * float(X.abs().max())
    for scale in (0.5, 20.0):
        wanted = widest * (convert(scale * X / widest, 6, 1.0) @ W.T)
        got = path.read(scale * X[None], weights).y[0]
        torch.testing.assert_close(got, wanted, rtol=1e-5, atol=1e-5)


def test_calibrated_outputs() -> None:
    """The converter's full scale becomes the largest output that it has shown; then steps are finer."""
    settings = {"adc_bits": 8, "output_bound": 100.0, "calibration_vectors": 4}
    path = read_path(output_ranging="calibrated", chips=2, **settings)
    weights = torch.stack([W, 5.0 * W])
    first = path.read(X[None], weights).y
    torch.testing.assert_close(first[0], convert(Y, 8, 100.0), rtol=1e-5, atol=1e-6)
    then = path.read(X[None], weights).y
    for chip, scale in ((0, 1.0), (1, 5.0)):
        bound = float(first[chip].abs().max())
        assert 0.0 < bound < 20.0
        torch.testing.assert_close(then[chip], convert(scale * Y, 8, bound), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ["average_abs_max", "calibrated"])
def test_ranges_are_part_of_the_state(kind: str) -> None:
    settings = {"dac_bits": 6, "input_bound": 1.0, "adc_bits": 6, "output_bound": 9.0}
    settings |= {"input_ranging": kind, "calibration_vectors": 2, "output_ranging": "calibrated"}
    tiling = {"rows_max": 4}
    one, other = (read_path(tiling=tiling, **settings) for _ in range(2))
    one.read(X[None], W[None])
    other.load_state_dict(one.state_dict())
    for scale in (2.0, 0.3):
        x = scale * X[None]
        assert torch.equal(one.read(x, W[None]).y, other.read(x, W[None]).y)
    assert read_path(input_ranging="abs_max").state_dict() == {}


def test_ranges_that_lack_a_number_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"constant.*input_range"):
        read_settings(input_ranging="constant")
    with pytest.raises(ValidationError, match=r"input_range: got 2.0"):
        read_settings(input_range=2.0)
    with pytest.raises(ValidationError, match=r"calibrated.*output_bound"):
        read_settings(output_ranging="calibrated")


def test_a_large_array_reads_clipped_vectors_alone() -> None:
    """Their numbers are those of whole batches, but for how the product rounds."""
    n_out, n_in = 200, 250
    weights = torch.full((n_out, n_in), 0.01)
    x = torch.rand(100, n_in, generator=torch.Generator().manual_seed(3))
    x[::7] *= 4.0
    settings = {"output_bound": 2.0, "output_noise_std": 1e-3, **ITERATIVE}
    path = read_path(n_out, n_in, 2, **settings)
    out = path.read(x[None], weights.expand(2, -1, -1).contiguous())
    assert out.counts["array_read"].tolist() == [100 + 15 * 2] * 2
    e = out.y - x @ weights.T
    assert p_chi2(e[:, ::7], 4e-3) > SIGNIFICANCE / 2
    assert p_chi2(e[:, 1::7], 1e-3) > SIGNIFICANCE / 2
    alone = read_path(n_out, n_in, 1, **settings).read(x[None], weights[None])
    assert torch.equal(alone.y[0], out.y[0])


def test_a_crossbar_saves_its_ranges() -> None:
    settings = {"dac_bits": 6, "input_bound": 1.0, "input_ranging": "average_abs_max"}
    settings |= {"input_range_decay": 0.3}
    one, other = programmed(2, **settings), programmed(2, **settings)
    one.forward(X)
    one.probe().forward_transposed(Y)
    other.load_state_dict(one.state_dict())
    assert torch.equal(one.forward(0.2 * X), other.forward(0.2 * X))
    back = [chips.probe().forward_transposed(0.2 * Y) for chips in (one, other)]
    assert torch.equal(*back)


def test_slices_are_calibrated_together() -> None:
    """One range for all slices of a read, found from the first batch's."""
    settings = {"dac_bits": 4, "input_bound": 1.0, "adc_bits": 16, "output_bound": 50.0}
    settings |= {"input_slice_bits": 1, "output_ranging": "calibrated", "calibration_vectors": 4}
    path = read_path(**settings)
    first = path.read(X[None], W[None]).y
    then = path.read(X[None], W[None]).y
    wanted = (convert(X, 4, 1.0) @ W.T)[None]
    assert float((first - wanted).abs().max()) < 2 * 50.0 / 2**15
    assert float((then - wanted).abs().max()) < 2 * 4.0 / 2**15


def test_outputs_that_no_adc_converts_have_no_range_to_find() -> None:
    path = read_path(output_ranging="calibrated", output_bound=9.0, calibration_vectors=1)
    for scale in (0.5, 2.0):
        got = path.read(scale * X[None], W[None]).y[0]
        torch.testing.assert_close(got, scale * Y, rtol=1e-5, atol=1e-5)
