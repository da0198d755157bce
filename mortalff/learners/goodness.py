"""Goodness functions: the one number in which a layer says how much it takes its input for real.

Hinton 2022 (arXiv 2212.13345, section 2) uses the sum of squared activities, and names its negative and the unsquared
sum as alternatives. A goodness is compared with a threshold θ that is a share of the layer's width; a layer's local
error is the slope of its goodness, with constant factors left to the rate.
"""

from __future__ import annotations

from typing import Literal, Protocol

import torch
from torch import Tensor

GoodnessName = Literal["ssq", "min_ssq", "sum", "log_ssq"]

_SMALLEST = 1e-8


class Goodness(Protocol):
    """What a layer's activity says of its input."""

    def of(self, y: Tensor) -> Tensor:
        """Goodness (..., 1) of rectified activities (..., units)."""
        ...

    def slope(self, y: Tensor) -> Tensor:
        """Which way each activity should go for goodness to rise, (..., units), up to a constant."""
        ...

    def threshold(self, share: float, width: int) -> float:
        """θ of a layer of ``width`` units whose activities have mean square ``share`` there."""
        ...

    def unit(self, share: float, width: int) -> float:
        """What differences of goodness are measured in: |θ|, but where that can be zero."""
        ...


class SumOfSquares:
    """G = Σ y², slope y."""

    def of(self, y: Tensor) -> Tensor:
        """Σ y²."""
        return y.square().sum(-1, keepdim=True)

    def slope(self, y: Tensor) -> Tensor:
        """Half of the derivative."""
        return y

    def threshold(self, share: float, width: int) -> float:
        """The share of the width."""
        return share * width

    def unit(self, share: float, width: int) -> float:
        """θ."""
        return self.threshold(share, width)


class NegativeSumOfSquares:
    """G = −Σ y²: real data should leave a layer quiet ("min-ssq"; it predicts what it sees away)."""

    def of(self, y: Tensor) -> Tensor:
        """−Σ y²."""
        return -y.square().sum(-1, keepdim=True)

    def slope(self, y: Tensor) -> Tensor:
        """Half of the derivative."""
        return -y

    def threshold(self, share: float, width: int) -> float:
        """Below zero, as goodness is."""
        return -share * width

    def unit(self, share: float, width: int) -> float:
        """|θ|."""
        return -self.threshold(share, width)


class Sum:
    """G = Σ y, slope 1 where a unit is active."""

    def of(self, y: Tensor) -> Tensor:
        """Σ y."""
        return y.sum(-1, keepdim=True)

    def slope(self, y: Tensor) -> Tensor:
        """The derivative."""
        return (y > 0).to(y.dtype)

    def threshold(self, share: float, width: int) -> float:
        """Where half of the units are active with mean square ``share`` as half of a Gaussian is: √(share/π) each."""
        return float((share / torch.pi) ** 0.5) * width

    def unit(self, share: float, width: int) -> float:
        """θ."""
        return self.threshold(share, width)


class LogSumOfSquares:
    """G = n log(Σ y²/n), slope y n/Σ y².

    Its error has the same length however active a layer is, so that changes keep their relation to the smallest step of
    a device.
    """

    def of(self, y: Tensor) -> Tensor:
        """N log mean y², bounded from below."""
        return y.shape[-1] * torch.log(_mean_square(y))

    def slope(self, y: Tensor) -> Tensor:
        """Half of the derivative."""
        return y / _mean_square(y)

    def threshold(self, share: float, width: int) -> float:
        """Where the mean square is the share."""
        return float(width * torch.log(torch.tensor(share)))

    def unit(self, share: float, width: int) -> float:
        """The width, as θ is zero where activities have mean square 1."""
        del share
        return float(width)


def goodness_of(name: GoodnessName) -> Goodness:
    """The goodness function of a name."""
    kinds: dict[GoodnessName, Goodness] = {
        "ssq": SumOfSquares(),
        "min_ssq": NegativeSumOfSquares(),
        "sum": Sum(),
        "log_ssq": LogSumOfSquares(),
    }
    return kinds[name]


def _mean_square(y: Tensor) -> Tensor:
    return y.square().mean(-1, keepdim=True).clamp_min(_SMALLEST)
