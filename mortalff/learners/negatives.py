"""Wrong labels for negative data."""

from __future__ import annotations

import torch
from torch import Tensor

_NEVER = -1000.0


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
