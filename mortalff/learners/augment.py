"""Shifted images: each time an image is seen it stands a few pixels elsewhere."""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.data.shifts import shift_images
from mortalff.learners.image_shape import image_shape
from mortalff.seeds import Seeds
from mortalff.streams import Stream


class Shifts:
    """Moves each image of a batch by up to a number of pixels each way, all chips alike.

    Args:
        most: pixels, 0 for none.
        n_in: pixels of an image.
        seeds: where randomness comes from.
        device: torch device.

    Raises:
        InputError: the images are not square.
    """

    def __init__(self, most: int, n_in: int, seeds: Seeds, device: torch.device) -> None:
        self._most = most
        self._shape = image_shape(n_in) if most else (1, 1, 1)
        self._draws = Stream(seeds, "augmentation", (0,), device)

    @property
    def calls(self) -> int:
        """Batches shifted so far; set it to resume."""
        return self._draws.calls

    @calls.setter
    def calls(self, calls: int) -> None:
        self._draws.calls = calls

    def __call__(self, images: Tensor) -> Tensor:
        """Images (batch, n_in), each moved by its own whole numbers of pixels, zeros coming in."""
        if not self._most:
            return images
        uniform = self._draws.uniform(2, images.shape[0])[0]
        # A uniform that rounds to 1 would be one pixel too far.
        moves = (uniform * (2 * self._most + 1)).to(torch.int64).clamp_max(2 * self._most)
        dy, dx = moves - self._most
        return shift_images(images, dy, dx, self._shape)
