"""When a pair of one-sided devices has run out of range."""

from __future__ import annotations

from torch import Tensor


def needs_refresh(plus: Tensor, minus: Tensor, w_max: float, upper: float, lower: float) -> Tensor:
    """Whether the larger device of a pair is above one share of the range and the smaller above another.

    As in aihwkit's OneSidedUnitCell.

    Args:
        plus: states of g⁺, any shape, in weight units.
        minus: states of g⁻, likewise.
        w_max: the mean device's upper bound.
        upper: share of it for the larger device.
        lower: share of it for the smaller.
    """
    return (plus.maximum(minus) > upper * w_max) & (plus.minimum(minus) > lower * w_max)
