"""Hybrid images: masks of large blobs, and what is cut along them."""

from __future__ import annotations

import math

import pytest
import torch
from scipy import ndimage, special

from mortalff.data.hybrid import hybrid, hybrid_masks
from mortalff.errors import InputError


def draw(*shape: int, seed: int = 3) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def test_masks_are_blurred_bits_cut_at_one_half() -> None:
    uniforms = draw(4, 9, 7)
    smooth = (uniforms < 0.5).double().numpy()
    for _ in range(6):
        for axis in (1, 2):
            smooth = ndimage.convolve1d(smooth, [0.25, 0.5, 0.25], axis=axis, mode="nearest")
    assert torch.equal(hybrid_masks(uniforms), torch.from_numpy(smooth > 0.5))
    assert torch.equal(hybrid_masks(uniforms, 0), uniforms < 0.5)


def test_half_of_a_mask_is_ones_at_the_border_too() -> None:
    masks = hybrid_masks(draw(4000, 28, 28)).float()
    # The share of one mask spreads by about .11, of one pixel by .5.
    assert abs(float(masks.mean()) - 0.5) < 5 * 0.11 / math.sqrt(4000)
    assert float((masks.mean(0) - 0.5).abs().max()) < 5 * 0.5 / math.sqrt(4000)


@pytest.mark.parametrize("blurs", [2, 6])
def test_blobs_are_as_large_as_the_filter_makes_them(blurs: int) -> None:
    # n blurs along an axis are a binomial filter of 2n + 1 taps, whose own correlation is binomial of 4n + 1; cutting a
    # sum of many bits, nearly Gaussian, turns a correlation ρ into 2/π asin ρ.
    signs = 2.0 * hybrid_masks(draw(500, 64, 64), blurs)[:, 12:-12, 12:-12].double() - 1.0
    for distance in range(1, 9):
        rho = special.binom(4 * blurs, 2 * blurs + distance) / special.binom(4 * blurs, 2 * blurs)
        found = float((signs[..., distance:] * signs[..., :-distance]).mean())
        assert found == pytest.approx(2 / math.pi * math.asin(rho), abs=0.02)


def test_a_mask_depends_on_its_own_numbers_alone() -> None:
    uniforms = draw(2, 5, 12, 10)
    masks = hybrid_masks(uniforms)
    assert masks.shape == uniforms.shape
    assert torch.equal(masks[1, 3], hybrid_masks(uniforms[1, 3]))
    changed = uniforms.clone()
    changed[1, 3] = 1.0 - changed[1, 3]
    other = hybrid_masks(changed)
    assert not torch.equal(other[1, 3], masks[1, 3])
    other[1, 3] = masks[1, 3]
    assert torch.equal(other, masks)


def test_a_hybrid_is_one_image_or_the_other_in_all_planes() -> None:
    images, partners = draw(6, 5 * 4 * 3, seed=1), draw(2, 6, 5 * 4 * 3, seed=2)
    masks = hybrid_masks(draw(2, 6, 5, 4))
    mixed = hybrid(images, partners, masks).reshape(2, 6, 5, 4, 3)
    first = images.reshape(6, 5, 4, 3).expand(2, -1, -1, -1, -1)
    assert torch.equal(mixed[masks], first[masks])
    assert torch.equal(mixed[~masks], partners.reshape(2, 6, 5, 4, 3)[~masks])


def test_what_cannot_be_cut_is_an_error() -> None:
    with pytest.raises(InputError, match="images: got '10 features'; masks of \\(3, 3\\)"):
        hybrid(draw(2, 10), draw(2, 10), hybrid_masks(draw(2, 3, 3)))
    with pytest.raises(InputError, match=r"uniforms: got \(9,\)"):
        hybrid_masks(draw(9))
    with pytest.raises(InputError, match="blurs: got -1"):
        hybrid_masks(draw(3, 3), -1)
