"""Roll-outs: a network goes on from a window of symbols by its own predictions (Hinton 2022, section 3.4)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from mortalff.streams import Stream


def sample_classes(logits: Tensor, uniform: Tensor) -> Tensor:
    """Sample from softmax(logits) by Gumbel's trick: (..., classes) to int64 (...)."""
    return (logits - torch.log(-torch.log(uniform))).argmax(-1)


def roll_out(
    predict: Callable[[Tensor], Tensor], windows: Tensor, steps: int, draws: Stream
) -> Tensor:
    """Windows as they look after each of a number of predicted symbols.

    Args:
        predict: logits (chips, batch, symbols) of windows (batch, n) or (chips, batch, n).
        windows: real windows of one-hot symbols to start from, (starts, n).
        steps: symbols to predict from each.
        draws: where randomness comes from, each chip's own.

    Returns:
        (chips, steps · starts, n), each chip's in an order of chance.
    """
    made, chips = [], len(draws.keys)
    current = windows.expand(chips, -1, -1)
    for _ in range(steps):
        logits = predict(current)
        symbols = sample_classes(logits, draws.uniform(*logits.shape[1:]))
        hot = torch.nn.functional.one_hot(symbols, logits.shape[-1]).to(windows.dtype)
        current = torch.cat((current[..., logits.shape[-1] :], hot), dim=-1)
        made.append(current)
    whole = torch.cat(made, dim=1)
    order = draws.uniform(whole.shape[1]).argsort(dim=-1, stable=True)
    return whole.gather(1, order.unsqueeze(-1).expand_as(whole))


def batch_of(windows: Tensor, number: int, size: int) -> Tensor:
    """The windows of an update, (chips, size, n): batch after batch, and from the first again after the last.

    Args:
        windows: as :func:`roll_out` gave them.
        number: of the update, from 0.
        size: of the batch.
    """
    start = (number * size) % max(windows.shape[1] - size + 1, 1)
    return windows[:, start : start + size]
