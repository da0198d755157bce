"""Shapes of images, and of layers that are laid out like images."""

from __future__ import annotations

from typing import TypeAlias

ImageShape: TypeAlias = tuple[int, int, int]
"""Height, width and planes of an image whose pixels are stored in that order, planes fastest."""


def image_shape_of(shape: ImageShape | None, n_features: int) -> ImageShape:
    """A data set's image shape; features that are no image count as an image of one row."""
    return (1, n_features, 1) if shape is None else shape
