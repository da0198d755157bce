"""What a layer wants of its goodness on real and on negative data: how strongly each vector should pull.

A loss gives each vector a doubt in [0, 1]; the local error is doubt times the slope of goodness, upwards for positive
data and downwards for negative data.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

LossName = Literal["logistic", "symba"]


def doubt(margin: Tensor, temperature: float) -> Tensor:
    """σ(−margin/T): 1 far on the wrong side, 0 far on the right one.

    Written out, since torch's own sigmoid rounds by where in memory a number lies, so by the chips beside.
    """
    return 1.0 / (1.0 + torch.exp(margin / temperature))


def logistic_doubt(goodness: Tensor, theta: float, temperature: float, sign: float) -> Tensor:
    """Of positive (sign 1) or negative (−1) data by itself: p(positive) = σ((G − θ)/T) (Hinton 2022, equation 1)."""
    return doubt(sign * (goodness - theta), temperature)


def symba_doubt(positive: Tensor, negative: Tensor, temperature: float) -> Tensor:
    """Of a pair: the loss log(1 + exp(−(G⁺ − G⁻)/T)), without a threshold (SymBa, arXiv 2303.08418, with α = 1/T)."""
    return doubt(positive - negative, temperature)
