"""How the layers of a network are named before it is built: widths, and shapes of images."""

from __future__ import annotations

from typing import TypeAlias

Hidden: TypeAlias = tuple[int, ...]
"""Hidden layers from the input up, each the width of a dense layer."""

ImageShape: TypeAlias = tuple[int, int, int]
"""Height, width and planes of an image whose pixels are stored in that order, planes fastest."""


def image_shape_of(shape: ImageShape | None, n_features: int) -> ImageShape:
    """A data set's image shape; features that are no image count as an image of one row."""
    return (1, n_features, 1) if shape is None else shape


def narrowest(hidden: Hidden) -> Hidden:
    """Hidden layers of the same kinds, each as narrow as can be: for a network that only shows what can be built."""
    return tuple(1 for _ in hidden)
