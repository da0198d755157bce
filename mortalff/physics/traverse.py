"""How many pulses a device of any law needs to cross its range."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from mortalff.physics.law import Law, Step

_CELLS = 512


def pulses_to_cross(law: Law, share: float, *, down: bool = True) -> Tensor:
    """Pulses that take a device across most of its range, by mean steps: n = ∫ dw / step(w).

    Up pulses start at the lower bound, down pulses at the upper one. The range ends at the bound on the other side, or
    before it where the mean step vanishes.

    Args:
        law: how devices respond.
        share: of the range, in (0, 1).
        down: whether down pulses count too; else up pulses alone do.

    Returns:
        The larger of the two numbers of pulses, (chips, n_out, n_in); infinite where no pulse moves a device
        or its bounds cross.
    """
    width = law.w_max - law.w_min
    n = _crossing(law.up, law.w_min, width, share)
    if down:
        n = torch.maximum(n, _crossing(law.down, law.w_max, -width, share))
    return torch.where(width > 0.0, n, torch.inf)


def _crossing(
    respond: Callable[[Tensor], Step], start: Tensor, way: Tensor, share: float
) -> Tensor:
    # Steps in the middle of cells, so that none is taken at a bound, where soft ones vanish.
    steps = [respond(start + way * ((cell + 0.5) / _CELLS)).mean for cell in range(_CELLS)]
    step = torch.stack(steps).to(torch.float64)
    length = way.abs().to(torch.float64) / _CELLS
    moving = (step > 0.0).to(torch.float64).cumprod(0)
    reach = moving.sum(0)  # cells before the step vanishes
    cells = torch.arange(_CELLS, dtype=torch.float64).reshape(-1, *[1] * start.dim())
    part = (share * reach - cells).clamp(0.0, 1.0)  # of each cell, up to the share of the reach
    pulses = torch.where(part > 0.0, part * length / step, 0.0).sum(0)
    return torch.where(reach > 0.0, pulses, torch.inf)
