"""Images moved by whole numbers of pixels, each by its own.

With up to two pixels each way there are 25 shifts, with which Hinton 2022 (section 3.3) trains for 500 epochs.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from mortalff.errors import InputError, message


def shift_images(
    images: Tensor, dy: Tensor, dx: Tensor, image_shape: tuple[int, int, int]
) -> Tensor:
    """Images moved down by ``dy`` and right by ``dx`` pixels; zeros come in, and what leaves is lost.

    A label written into pixels would move with them: write it afterwards.

    Args:
        images: (..., n_features), pixels in rows from the top, planes last.
        dy: pixels down, (...), int64; negative is up. Leading axes of all three broadcast.
        dx: pixels to the right, the same.
        image_shape: height, width and planes.

    Returns:
        (..., n_features), a new tensor of the images' type.

    Raises:
        InputError: images have another number of features than their shape, or shifts are not whole numbers.
    """
    height, width, planes = image_shape
    if images.shape[-1] != math.prod(image_shape):
        rule = f"images of shape {image_shape} have {math.prod(image_shape)}"
        right = "give the shape of these images"
        raise InputError(message("images", f"{images.shape[-1]} features", rule, right))
    for name, shift in (("dy", dy), ("dx", dx)):
        if shift.dtype != torch.int64:
            rule = "images are moved by whole numbers of pixels"
            raise InputError(message(name, shift.dtype, rule, "give int64"))
    rows, from_height = _origins(dy, height)
    columns, from_width = _origins(dx, width)
    origin = rows.unsqueeze(-1) * width + columns.unsqueeze(-2)
    inside = from_height.unsqueeze(-1) & from_width.unsqueeze(-2)
    lead = np.broadcast_shapes(images.shape[:-1], origin.shape[:-2])
    pixels = images.reshape(*images.shape[:-1], height * width, planes).expand(*lead, -1, -1)
    index = origin.flatten(-2).unsqueeze(-1).expand(*lead, -1, planes)
    moved = pixels.gather(-2, index)
    return torch.where(inside.flatten(-2).unsqueeze(-1), moved, 0.0).flatten(-2)


def _origins(shift: Tensor, length: int) -> tuple[Tensor, Tensor]:
    """Where each of ``length`` places of a moved axis comes from, (..., length), and whether that is in the image."""
    origin = torch.arange(length, device=shift.device) - shift.unsqueeze(-1)
    return origin.clamp(0, length - 1), (origin >= 0) & (origin < length)
