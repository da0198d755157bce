"""Wrong labels for negative data."""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.streams import Stream

_NEVER = -1000.0


def sampling_operations(vectors: int, n_classes: int) -> int:
    """Digital operations that sampling a class for each vector takes: a number drawn for each class, and compared."""
    return 2 * vectors * n_classes


def sample_wrong_labels(logits: Tensor, truth: Tensor, uniform: Tensor) -> Tensor:
    """Sample labels from softmax(logits) with the true class ruled out (hard negatives, Hinton's released code).

    All-equal logits give uniformly random wrong labels.

    Args:
        logits: (chips or 1, batch, n_classes).
        truth: true classes (batch,) or (chips, batch).
        uniform: uniforms in (0, 1), (chips, batch, n_classes), turned into Gumbel noise.

    Returns:
        Class numbers (chips, batch), int64.
    """
    ruled_out = torch.nn.functional.one_hot(truth, logits.shape[-1]) * _NEVER
    gumbel = -torch.log(-torch.log(uniform))
    return (logits + ruled_out + gumbel).argmax(-1)


def draw_wrong_labels(logits: Tensor, truth: Tensor, draws: Stream, *, hard: bool) -> Tensor:
    """Wrong labels, (chips, batch), int64.

    Args:
        logits: (chips or 1, batch, n_classes).
        truth: true classes (batch,) or (chips, batch).
        draws: where randomness comes from, each chip's own.
        hard: by how likely logits hold them, and not all alike.
    """
    uniform = draws.uniform(*logits.shape[1:])
    return sample_wrong_labels(logits if hard else torch.zeros_like(logits), truth, uniform)
