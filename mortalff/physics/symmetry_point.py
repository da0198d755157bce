"""The symmetry point of a device of any law: the weight at which its mean up and down steps are equal.

There alternating up and down pulses leave a device where it is, on average (Gokmen and Haensch, Front. Neurosci.
14:103, 2020). It is found by a grid and bisection, so that it needs no formula of the law's own.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from mortalff.physics.law import Law

_GRID = 513
_BISECTIONS = 30
_EQUAL = 1e-6  # of the larger step; float32 resolves no less


class SymmetryPoints(NamedTuple):
    """Symmetry points, shape (chips, n_out, n_in).

    Attributes:
        weight: in weight units; NaN where a device has no single one inside its bounds.
        everywhere: bool; the two steps are equal at every weight, so that no point is special.
    """

    weight: Tensor
    everywhere: Tensor


def symmetry_points(law: Law) -> SymmetryPoints:
    """Find each device's symmetry point between its hard bounds.

    Where a device has several, it is the lowest of those that attract: above it down steps are the larger.
    """
    low, high = law.w_min, law.w_max
    excess, size = [], torch.zeros_like(low)
    for place in range(_GRID):
        w = low + (high - low) * (place / (_GRID - 1))
        up, down = law.up(w).mean, law.down(w).mean
        excess.append(up - down)
        size = torch.maximum(size, torch.maximum(up.abs(), down.abs()))
    difference = torch.stack(excess)
    everywhere = difference.abs().amax(0) <= _EQUAL * size
    before, after = difference[:-1], difference[1:]
    attracts = (before >= 0.0) & (after < 0.0)
    repels = (before <= 0.0) & (after > 0.0)
    rank = 2 * attracts.to(torch.uint8) + repels.to(torch.uint8)
    best, index = rank.max(0)  # the first of the highest rank
    left = low + (high - low) * (index / (_GRID - 1))
    right = low + (high - low) * ((index + 1) / (_GRID - 1))
    falls = best == 2
    for _ in range(_BISECTIONS):
        middle = (left + right) / 2.0
        upper = (law.up(middle).mean >= law.down(middle).mean) == falls
        left, right = torch.where(upper, middle, left), torch.where(upper, right, middle)
    found = (best > 0) & ~everywhere & (high > low)
    return SymmetryPoints(torch.where(found, (left + right) / 2.0, torch.nan), everywhere)
