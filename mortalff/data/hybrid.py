"""Hybrid images: two images, cut along a mask of large blobs; alike in short-range correlations alone.

Source: G. Hinton, "The Forward-Forward Algorithm: Some Preliminary Investigations", arXiv 2212.13345 (2022),
section 3.2.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.errors import InputError, message

BLURS = 6
"""Blurs of a mask: the paper says only that it is blurred repeatedly; six is what others have used."""


def hybrid_masks(uniforms: Tensor, blurs: int = BLURS) -> Tensor:
    """Masks with large regions of ones and of zeros: random bits, blurred often, cut at one half.

    One blur is the filter [1/4, 1/2, 1/4] along rows and then along columns. Beyond the border the pixels at the border
    are repeated, so that a mask is one as often there as in the middle (zeros there would pull it down). After ``n``
    blurs the smoothed bits at a distance of d pixels along an axis correlate by binomial(4n, 2n + d) / binomial(4n, 2n)
    away from the border, before the cut.

    A mask depends on its own uniforms alone. Up to 13 blurs are exact in float64 (sums of multiples of 16⁻ⁿ), so that
    masks are the same on every device and beside any others.

    Args:
        uniforms: (..., height, width), numbers of [0, 1); a bit is one where its number is below 1/2.
        blurs: how often to blur.

    Returns:
        (..., height, width), bool.

    Raises:
        InputError: ``uniforms`` has fewer than two axes, or ``blurs`` is negative.
    """
    if uniforms.ndim < 2:
        rule = "a mask has a height and a width"
        shape = tuple(uniforms.shape)
        raise InputError(message("uniforms", shape, rule, "give a tensor (..., height, width)"))
    if blurs < 0:
        raise InputError(message("blurs", blurs, "it is a count", "give 0 or more"))
    smooth = (uniforms < 0.5).to(torch.float64)
    height, width = smooth.shape[-2:]
    along_columns = _blur_matrix(height, blurs, smooth.device)
    along_rows = _blur_matrix(width, blurs, smooth.device)
    return along_columns @ smooth @ along_rows.T > 0.5


def mask_operations(blurs: int = BLURS) -> int:
    """Digital operations that each pixel of a mask takes.

    Its bit is drawn (1), each blur adds both neighbours along each axis (4), and it is cut (1). Doubling the pixel
    itself is wiring, and the filters' scale of 16⁻ⁿ goes into the cut.
    """
    return 1 + 4 * blurs + 1


def hybrid(images: Tensor, partners: Tensor, masks: Tensor) -> Tensor:
    """Each image where its mask is one, and its partner where it is zero.

    Args:
        images: (..., n_features), n_features = height · width · planes, channels last.
        partners: the same shape, or one that broadcasts with it.
        masks: (..., height, width), bool; leading axes broadcast too. All planes of a pixel share its mask.

    Returns:
        The mixtures, in the images' type; leading axes are the broadcast ones.

    Raises:
        InputError: the images do not have a whole number of planes of the masks' size.
    """
    n_features, n_pixels = images.shape[-1], masks.shape[-2] * masks.shape[-1]
    if n_features % n_pixels != 0:
        rule = f"masks of {tuple(masks.shape[-2:])} are for a multiple of {n_pixels} features"
        right = "make masks of the images' height and width"
        raise InputError(message("images", f"{n_features} features", rule, right))
    cut = masks.flatten(-2).repeat_interleave(n_features // n_pixels, dim=-1)
    return torch.where(cut, images, partners)


def _blur_matrix(length: int, blurs: int, device: torch.device) -> Tensor:
    """What so many blurs do to an axis, (length, length)."""
    once = 0.5 * torch.eye(length, dtype=torch.float64)
    place = torch.arange(length)
    for neighbour in (place - 1, place + 1):
        once[place, neighbour.clamp(0, length - 1)] += 0.25
    repeated: Tensor = torch.linalg.matrix_power(once, blurs)
    return repeated.to(device)
