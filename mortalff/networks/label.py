"""Labels in the input: the first pixels of an image carry its class (Hinton 2022, section 3.3)."""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.errors import InputError, message


def embed_label(images: Tensor, labels: Tensor, n_classes: int) -> Tensor:
    """Put labels into the first ``n_classes`` pixels.

    Args:
        images: (batch, n) for all chips or (chips, batch, n), in [0, 1].
        labels: class numbers (batch,) or (chips, batch), or class probabilities with a last axis of n_classes.
        n_classes: number of classes.

    Returns:
        (batch, n), or (chips, batch, n) where either input has chips.
    """
    if labels.dtype == torch.int64:
        labels = torch.nn.functional.one_hot(labels, n_classes).to(images.dtype)
    lead = (images[..., 0] + labels[..., 0]).shape
    rest = images[..., n_classes:].expand(*lead, -1)
    return torch.cat((labels.to(images.dtype).expand(*lead, -1), rest), dim=-1)


def embed_neutral(images: Tensor, n_classes: int) -> Tensor:
    """Put the neutral label, 1/n_classes in each label pixel, into images of any leading shape."""
    return torch.cat(
        (torch.full_like(images[..., :n_classes], 1.0 / n_classes), images[..., n_classes:]), dim=-1
    )


def check_label_pixels(n_features: int, n_classes: int) -> None:
    """Check that images have room for a label.

    Raises:
        InputError: they do not.
    """
    if n_features <= n_classes:
        raise InputError(
            message(
                "images",
                n_features,
                f"labels of {n_classes} classes take the place of the first {n_classes} pixels",
                "use images with more pixels than classes",
            )
        )
