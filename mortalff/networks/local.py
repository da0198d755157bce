"""Local receptive fields without weight sharing: each place of a grid has an array of its own (Hinton 2022, sec. 3.2).

Images and activities have shape (height, width, channels) and are stored in that order, channels fastest. A layer's
units are those of its places, row by row of the grid, one channel after another at each; so its activity is laid out
like an image, and the next layer's fields are cut from it in the same way. Goodness, normalisation and peers are those
of the layer as a whole, as they are for a dense one.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from mortalff.errors import InputError, message
from mortalff.hardware.blocks import BlockArrays
from mortalff.networks.arrays import ArrayMaker
from mortalff.networks.layer import Layer
from mortalff.networks.shapes import ImageShape


class LocalFields(BaseModel):
    """A layer of local receptive fields. Fields are square, and see every channel below.

    Hinton's for MNIST are (128, 10, 6), (220, 2, 1) and (512, 2, 1); for CIFAR-10 (3, 11, 1) with truncated edges in
    every layer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    channels: int = Field(ge=1, description="units at each place of the grid")
    field: int = Field(ge=1, description="side of a field, in pixels or places of the layer below")
    stride: int = Field(default=1, ge=1, description="from one field to the next")
    edges: Literal["inside", "truncated"] = Field(
        default="inside",
        description="inside: fields lie within the layer below, and reach its edges; truncated: fields lie around "
        "every stride-th place of it and lose what would be outside",
    )

    def __str__(self) -> str:
        """As tables show it: ``10x10/6x128`` has 128 channels of 10×10 fields, 6 apart."""
        truncated = " truncated" if self.edges == "truncated" else ""
        return f"{self.field}x{self.field}/{self.stride}x{self.channels}{truncated}"

    def shape(self, below: ImageShape) -> ImageShape:
        """Height and width of the grid, and channels.

        Args:
            below: shape of what the fields are cut from.

        Raises:
            InputError: the fields do not fit.
        """
        height, width, _ = below
        return len(self._starts("height", height)), len(self._starts("width", width)), self.channels

    def lines(self, below: ImageShape) -> tuple[Tensor, ...]:
        """What each place sees: numbers of values below, int64, in ascending order; places row by row.

        Raises:
            InputError: the fields do not fit.
        """
        height, width, planes = below
        numbers = torch.arange(height * width * planes).reshape(height, width, planes)
        return tuple(
            numbers[max(top, 0) : top + self.field, max(left, 0) : left + self.field].flatten()
            for top in self._starts("height", height)
            for left in self._starts("width", width)
        )

    def _starts(self, side: str, length: int) -> range:
        """Where fields begin along a side, below 0 where they are truncated there."""
        if self.edges == "truncated":
            before = (self.field - 1) // 2
            return range(-before, length - before, self.stride)
        room = length - self.field
        if room < 0:
            rule = f"the layer below has a {side} of {length}"
            right = f"give at most {length}, or edges 'truncated'"
            raise InputError(message("field", self.field, rule, right))
        if room % self.stride:
            rule = f"fields of {self.field} on a {side} of {length} would not reach its far edge"
            fitting = [s for s in range(1, room + 1) if room % s == 0]
            right = f"give one of {fitting}, or edges 'truncated'"
            raise InputError(message("stride", self.stride, rule, right))
        return range(0, room + 1, self.stride)


def local_layer(
    arrays: ArrayMaker, spec: LocalFields, below: ImageShape, name: str, *, first: bool = False
) -> tuple[Layer, ImageShape]:
    """A layer of local receptive fields on arrays side by side, with the stage behind them.

    Args:
        arrays: makes the arrays; place (r, c) of the grid has the one named ``name.r.c``, with a bias line.
        spec: the fields.
        below: shape of what they are cut from.
        name: the layer's name in the network.
        first: whether its inputs are the network's.

    Returns:
        The layer, and the shape of its activity. Truncated fields have the gain of whole ones, so that on devices,
        whose initial weights do not know how many lines there are, their outputs start smaller.

    Raises:
        InputError: the fields do not fit.
    """
    shape, n_in = spec.shape(below), math.prod(below)
    columns, bias = shape[1], torch.tensor([n_in])
    lines = [torch.cat((own, bias)) for own in spec.lines(below)]
    made = [
        arrays.array(
            spec.channels, len(own), f"{name}.{number // columns}.{number % columns}", first=first
        )
        for number, own in enumerate(lines)
    ]
    hardware = BlockArrays([array for array, _ in made], lines, n_in + 1)
    gain = min(gain for _, gain in made)
    return Layer(hardware, gain, stage=arrays.stage(hardware.n_out, name, gain)), shape
