"""Iterative output ranging: halve the input until nothing clips, and count the repeated reads."""

from __future__ import annotations

from math import ceil, log2

import numpy as np
import pytest
import torch

from mortalff.physics.converter import convert
from tests.strategies.reads import N_IN, N_OUT, W, X, programmed
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
    for vector, read in zip(x, y, strict=True):
        times = 0
        while float((convert(vector / 2**times, 6, 1.0) @ weights.T).max()) > 1.0:
            times += 1
        wanted = 2**times * (convert(vector / 2**times, 6, 1.0) @ weights.T)
        torch.testing.assert_close(read, wanted, rtol=1e-5, atol=1e-6)


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
