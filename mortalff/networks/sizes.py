"""A network's layers, named from the input up before it is built: widths, and local receptive fields."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Literal, TypeAlias, TypeVar

from mortalff.errors import InputError, message
from mortalff.networks.arrays import ArrayMaker
from mortalff.networks.layer import Layer
from mortalff.networks.local import LocalFields, local_layer
from mortalff.networks.shapes import ImageShape

LayerSize: TypeAlias = int | LocalFields
"""The width of a dense layer, or the fields of a local one."""

Hidden: TypeAlias = tuple[LayerSize, ...]
"""Hidden layers from the input up."""

AnySize = TypeVar("AnySize", bound=LayerSize)


def stacked(arrays: ArrayMaker, image_shape: ImageShape, sizes: Sequence[LayerSize]) -> list[Layer]:
    """Layers each on the one below; their arrays are ``layer1``, ``layer2`` and so on.

    Args:
        arrays: makes the arrays.
        image_shape: height, width and planes of the network's input.
        sizes: the layers, the input left out.

    Raises:
        InputError: a local layer's fields do not fit what is below. A dense layer is below like an image of one place.
    """
    layers, below = [], image_shape
    for index, size in enumerate(sizes):
        name, first = f"layer{index + 1}", index == 0
        if isinstance(size, LocalFields):
            layer, below = local_layer(arrays, size, below, name, first=first)
        else:
            layer = arrays.layer(size, math.prod(below), name, first=first)
            below = (1, 1, size)
        layers.append(layer)
    return layers


def narrowest(hidden: Hidden) -> Hidden:
    """The same layers with one unit, or one channel, each: for a network that only shows what can be built."""
    return tuple(
        size.model_copy(update={"channels": 1}) if isinstance(size, LocalFields) else 1
        for size in hidden
    )


def as_text(sizes: Sequence[LayerSize]) -> str:
    """Sizes as tables show them: ``784-10x10/6x128-500`` has 128 channels of 10×10 fields, 6 pixels apart."""
    return "-".join(map(str, sizes))


def read_sizes(text: str) -> tuple[LayerSize, ...]:
    """Sizes of what :func:`as_text` makes of them.

    Raises:
        InputError: it is not written so.
    """
    return tuple(_read_size(part) for part in text.split("-"))


def _read_size(text: str) -> LayerSize:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    found = re.fullmatch(r"([1-9]\d*)x\1/([1-9]\d*)x([1-9]\d*)( truncated)?", text)
    if found is None:
        rule = "a layer is its width, or square fields, their stride and their channels"
        raise InputError(message("layer", text, rule, "such as 500, or 10x10/6x128"))
    field, stride, channels = (int(number) for number in found.groups()[:3])
    edges: Literal["inside", "truncated"] = "truncated" if found[4] else "inside"
    return LocalFields(channels=channels, field=field, stride=stride, edges=edges)


def rough_weights(sizes: Sequence[LayerSize]) -> int:
    """About how many weights there are, the input's width in front; fields at edges are taken for whole ones."""
    total, places, planes = 0, 1, 1
    for index, size in enumerate(sizes):
        if isinstance(size, LocalFields):
            places = max(1, places // size.stride**2)
            total += places * size.channels * size.field**2 * planes
            planes = size.channels
        else:
            total += places * planes * size if index > 0 else 0
            places, planes = size, 1
    return total
