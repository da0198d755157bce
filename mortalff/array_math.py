"""Matrix products of a row of chips, each chip's numbers the same whatever chips are beside it.

A BLAS promises no such thing: a batched product goes another way for one matrix than for eight, and a product sums in
another order where its operands lie elsewhere in memory. So on a CPU every chip's product is a call of its own. Small
ones are made in a compiled loop (numba's ``np.dot``, so SciPy's BLAS, which takes one thread at these sizes), others
by torch, from operands and into results that begin where a tensor of their own would.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from numba import njit
from torch import Tensor

_OWN_LOOP_UP_TO = (
    250_000  # multiply-adds a chip, up to which a call per chip costs much beside them
)
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
        _multiply(*_laid_out(a), *_laid_out(b), out.numpy())
        return out
    lefts, rights = _aligned(a), _aligned(b)
    straight = _all_aligned(out)
    for chip, result in enumerate(out.unbind(0)):
        left, right = lefts[min(chip, len(lefts) - 1)], rights[min(chip, len(rights) - 1)]
        if skip:
            live = left.any(0)  # samples that ask for nothing cost nothing
            if not bool(live.all()):
                left, right = left[:, live], right[live]
        if straight or result.data_ptr() % _ALIGNMENT == 0:
            torch.mm(left, right, out=result)
        else:
            result.copy_(torch.mm(left, right))
    return out


def _aligned(matrices: Tensor) -> tuple[Tensor, ...]:
    """Each chip's matrix, where a tensor of its own would lie."""
    each = matrices.unbind(0)
    if _all_aligned(matrices):
        return each
    return tuple(m if m.data_ptr() % _ALIGNMENT == 0 else m.clone() for m in each)


def _all_aligned(matrices: Tensor) -> bool:
    apart = matrices.stride(0) * matrices.element_size() if matrices.shape[0] > 1 else 0
    return matrices.data_ptr() % _ALIGNMENT == 0 and apart % _ALIGNMENT == 0


def _laid_out(matrices: Tensor) -> tuple[npt.NDArray[np.float32], bool]:
    """Matrices as they lie in memory, and whether they lie there transposed."""
    if matrices.is_contiguous():
        return matrices.numpy(), False
    turned = matrices.transpose(1, 2)
    if turned.is_contiguous():
        return turned.numpy(), True
    return matrices.contiguous().numpy(), False


@njit(cache=True)
def _multiply(a, a_turned, b, b_turned, out):  # type: ignore[no-untyped-def]
    """Each chip's a b, into ``out``; a chip's worth of a or b may be shared by all, and may lie transposed."""
    for chip in range(out.shape[0]):
        left, right = a[min(chip, a.shape[0] - 1)], b[min(chip, b.shape[0] - 1)]
        if a_turned:
            if b_turned:
                np.dot(left.T, right.T, out[chip])
            else:
                np.dot(left.T, right, out[chip])
        elif b_turned:
            np.dot(left, right.T, out[chip])
        else:
            np.dot(left, right, out[chip])
