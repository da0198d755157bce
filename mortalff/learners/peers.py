"""Peer normalisation: units are pulled towards the mean activity of their layer, so that none is always silent, or on.

Hinton's released code: means of positive activities, 0.9 of which is kept at each update, start at 0.5; the pull is
added to the local error whatever the rectifier did.
"""

from __future__ import annotations

import torch
from torch import Tensor

_START, _KEEP = 0.5, 0.9


class Peers:
    """The units of one layer.

    Attributes:
        means: each unit's running mean activity, (chips, 1, units).

    Args:
        chips: number of chips.
        units: of the layer.
        strength: share of a unit's distance from its peers that is added to its error.
        device: torch device.
    """

    def __init__(self, chips: int, units: int, strength: float, device: torch.device) -> None:
        self.means = torch.full((chips, 1, units), _START, device=device)
        self._strength = strength

    def pull(self, y: Tensor) -> Tensor:
        """Take note of positive activities (chips, batch, units); what to add to their errors, (chips, 1, units)."""
        self.means.mul_(_KEEP).add_(y.mean(1, keepdim=True), alpha=1.0 - _KEEP)
        return self._strength * (self.means.mean(2, keepdim=True) - self.means)
