"""Finite levels: a device is seen in one of N states, equally far apart between its own bounds."""

from __future__ import annotations

import torch
from torch import Tensor


def nearest_level(w: Tensor, w_min: Tensor, w_max: Tensor, levels: int) -> Tensor:
    """The level nearest to each weight.

    Args:
        w: weights (chips, n_out, n_in).
        w_min: lower bounds, the lowest level.
        w_max: upper bounds, the highest; a device with equal bounds has one level.
        levels: N, at least 2.
    """
    width = w_max - w_min
    step = width / (levels - 1)
    safe = torch.where(width > 0, step, torch.ones_like(step))
    index = ((w - w_min) / safe).round_().clamp_(0.0, float(levels - 1))
    # From the nearer end, so that both bounds are levels exactly.
    up, down = w_min + index * step, w_max - (levels - 1 - index) * step
    return torch.where(2.0 * index < levels, up, down)
