"""What a learner says of images."""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.learners.base import Learner

_CHUNK = 1000  # images a forward pass


def outputs(learner: Learner, images: Tensor) -> Tensor:
    """Logits of a learner's usual read-out, the first it names.

    Args:
        learner: on any hardware; forward passes only.
        images: (n, n_in) in [0, 1].

    Returns:
        (chips, n, n_classes), on the learner's device.
    """
    device, readout = learner.network.device, learner.readouts[0]
    parts = torch.split(images, _CHUNK)
    return torch.cat([learner.scores(part.to(device), readout) for part in parts], dim=1)
