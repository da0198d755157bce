"""Matrix products of a row of chips, each chip's numbers the same whatever chips are beside it."""

from __future__ import annotations

import torch
from torch import Tensor

_LOOP_ABOVE = 200_000  # multiply-adds a chip, above which a call per chip costs nothing noticeable


def apply_weights(x: Tensor, w: Tensor) -> Tensor:
    """Multiply each chip's vectors by its weights.

    Args:
        x: (1 or chips, batch, n_in).
        w: (chips, n_out, n_in).

    Returns:
        (chips, batch, n_out).
    """
    chips, n_out, n_in = w.shape
    batch = x.shape[1]
    if w.device.type != "cpu" or batch * n_out * n_in <= _LOOP_ABOVE:
        return torch.bmm(x.expand(chips, -1, -1), w.transpose(1, 2))
    y = x.new_empty(chips, batch, n_out)
    for chip in range(chips):
        torch.mm(x[min(chip, x.shape[0] - 1)], w[chip].t(), out=y[chip])
    return y


def outer_sum(d: Tensor, x: Tensor) -> Tensor:
    """Sum over the batch of d xᵀ.

    Args:
        d: (1 or chips, batch, n_out).
        x: (1 or chips, batch, n_in).

    Returns:
        (chips, n_out, n_in), or one chip's worth where both are shared.
    """
    chips = max(d.shape[0], x.shape[0])
    batch, n_out, n_in = d.shape[1], d.shape[2], x.shape[2]
    if d.device.type != "cpu" or batch * n_out * n_in <= _LOOP_ABOVE:
        return torch.bmm(d.expand(chips, -1, -1).transpose(1, 2), x.expand(chips, -1, -1))
    out = x.new_empty(chips, n_out, n_in)
    for chip in range(chips):
        errors, inputs = d[min(chip, d.shape[0] - 1)], x[min(chip, x.shape[0] - 1)]
        live = errors.any(1)  # samples that ask for nothing cost nothing
        if not bool(live.all()):
            errors, inputs = errors[live], inputs[live]
        torch.mm(errors.t(), inputs, out=out[chip])
    return out
