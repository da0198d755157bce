"""Products of a row of chips: right, and for each chip the same bits whatever chips are beside it."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from mortalff.array_math import apply_weights, outer_sum

# From a product of single numbers to one that only a BLAS makes fast; odd widths put most chips'
# matrices where no tensor of their own would begin, thin ones go another way through a BLAS.
SIZES = [
    *itertools.product((1, 2, 7), (1, 2, 5, 8, 33), (1, 3, 17, 50, 65)),
    *itertools.product((1, 2, 17, 64), (1, 2, 8, 33), (128, 785)),
    (64, 5, 785),
    (200, 8, 785),
    (100, 51, 77),
    (3, 500, 785),
    (200, 500, 5),
]


def _random(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("shared", [True, False])
def test_products_are_right(shared: bool) -> None:
    for batch, n_out, n_in in SIZES:
        x = _random(0, 1 if shared else 3, batch, n_in)
        w, d = _random(1, 3, n_out, n_in), _random(2, 3, batch, n_out)
        d[:, ::3] = 0.0  # samples that ask for nothing
        size = f"{batch} samples, {n_out}x{n_in}"
        wanted = torch.einsum("cbi,coi->cbo", x.double().expand(3, -1, -1), w.double())
        got = apply_weights(x, w)
        assert got.shape == (3, batch, n_out), size
        torch.testing.assert_close(got.double(), wanted, rtol=1e-4, atol=1e-4, msg=size)
        wanted = torch.einsum("cbi,cbo->coi", x.double().expand(3, -1, -1), d.double())
        got = outer_sum(d, x)
        assert got.shape == (3, n_out, n_in), size
        torch.testing.assert_close(got.double(), wanted, rtol=1e-4, atol=1e-4, msg=size)


def test_a_product_that_all_share_is_made_once() -> None:
    assert outer_sum(_random(0, 1, 4, 3), _random(1, 1, 4, 5)).shape == (1, 3, 5)
    assert outer_sum(_random(0, 1, 100, 30), _random(1, 1, 100, 50)).shape == (1, 30, 50)


@pytest.mark.parametrize("shared", [True, False])
def test_a_chip_alone_gets_the_same_bits(shared: bool) -> None:
    chips = 6
    for batch, n_out, n_in in SIZES:
        x = _random(0, 1 if shared else chips, batch, n_in)
        w, d = _random(1, chips, n_out, n_in), _random(2, chips, batch, n_out)
        d[3, ::2] = 0.0  # this chip asks for less than the others
        together = apply_weights(x, w), apply_weights(d, w.transpose(1, 2)), outer_sum(d, x)
        for chip in range(chips):
            own = slice(chip, chip + 1)
            rows = x if shared else x[own].clone()
            alone = (
                apply_weights(rows, w[own].clone()),
                apply_weights(d[own].clone(), w[own].clone().transpose(1, 2)),
                outer_sum(d[own].clone(), rows),
            )
            for one, many in zip(alone, together, strict=True):
                assert torch.equal(one[0], many[chip]), f"{batch} samples, {n_out}x{n_in}"
