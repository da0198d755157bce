"""Matrix products of a row of chips, each chip's numbers the same whatever chips are beside it.

A BLAS promises no such thing: a batched product goes another way for one matrix than for eight, and a product sums in
another order where its operands lie elsewhere in memory. So on a CPU small products are made by a loop of our own, and
others a chip at a time, from operands and into results that begin where a tensor of their own would.
"""

from __future__ import annotations

import numpy as np
import torch
from numba import njit
from torch import Tensor

_OWN_LOOP_UP_TO = 4_000  # multiply-adds a chip, up to which a call per chip costs more than it does
_ALIGNMENT = 64  # bytes, of which the address of every tensor's memory is a multiple


def apply_weights(x: Tensor, w: Tensor) -> Tensor:
    """Multiply each chip's vectors by its weights.

    Args:
        x: (1 or chips, batch, n_in).
        w: (chips, n_out, n_in).

    Returns:
        (chips, batch, n_out).
    """
    return _products(x, w.transpose(1, 2))


def outer_sum(d: Tensor, x: Tensor) -> Tensor:
    """Sum over the batch of d xᵀ.

    Args:
        d: (1 or chips, batch, n_out).
        x: (1 or chips, batch, n_in).

    Returns:
        (chips, n_out, n_in), or one chip's worth where both are shared.
    """
    return _products(d.transpose(1, 2), x, skip=True)


def _products(a: Tensor, b: Tensor, skip: bool = False) -> Tensor:
    """Each chip's a b; ``skip`` looks for columns of a that are zero and leaves them out."""
    chips, rows, columns = max(a.shape[0], b.shape[0]), a.shape[1], b.shape[2]
    if a.device.type != "cpu":
        return torch.bmm(a.expand(chips, -1, -1), b.expand(chips, -1, -1))
    out = a.new_empty(chips, rows, columns)
    if rows * a.shape[2] * columns <= _OWN_LOOP_UP_TO:
        _multiply(a.contiguous().numpy(), b.contiguous().numpy(), out.numpy())
        return out
    for chip in range(chips):
        left, right = a[min(chip, a.shape[0] - 1)], b[min(chip, b.shape[0] - 1)]
        if skip:
            live = left.any(0)  # samples that ask for nothing cost nothing
            if not bool(live.all()):
                left, right = left[:, live], right[live]
        left, right, result = _aligned(left), _aligned(right), out[chip]
        if result.data_ptr() % _ALIGNMENT == 0:
            torch.mm(left, right, out=result)
        else:
            result.copy_(torch.mm(left, right))
    return out


def _aligned(matrix: Tensor) -> Tensor:
    return matrix if matrix.data_ptr() % _ALIGNMENT == 0 else matrix.clone()


@njit(cache=True)
def _multiply(a, b, out):  # type: ignore[no-untyped-def]
    """Each chip's a b, into ``out``; a chip's worth of a or b may be shared by all."""
    chips, rows, columns = out.shape
    for chip in range(chips):
        left, right = a[min(chip, a.shape[0] - 1)], b[min(chip, b.shape[0] - 1)]
        for i in range(rows):
            line = out[chip, i]
            line[:] = np.float32(0.0)
            for k in range(left.shape[1]):
                factor, other = left[i, k], right[k]
                for j in range(columns):
                    line[j] += factor * other[j]
