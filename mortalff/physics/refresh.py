"""When a pair of one-sided devices has run out of range, and the pulses that write its difference anew."""

from __future__ import annotations

import torch
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


def train_slots(wanted: Tensor, granularity: float, bit_length_max: int) -> Tensor:
    """Length of the pulse train that writes a column: what its largest weight needs, 0 where there is none.

    Args:
        wanted: weights, at least 0, (chips, n_out, n_in); 0 where none is to be written.
        granularity: weight change of one pulse.
        bit_length_max: longest train.

    Returns:
        Whole numbers, (chips, 1, n_in).
    """
    return (wanted.amax(1, keepdim=True) / granularity).ceil().clamp_max(float(bit_length_max))


def rewriting_pulses(wanted: Tensor, granularity: float, slots: Tensor, u: Tensor) -> Tensor:
    """Numbers of pulses by which one stochastic train a column writes weights.

    A column's line is driven alone. A device gets a binomial number of pulses, whose mean is its weight over the
    granularity (aihwkit's OneSidedUnitCell; there the line itself leaves out a slot now and then, for all of a column
    alike).

    Args:
        wanted: as for :func:`train_slots`.
        granularity: weight change of one pulse.
        slots: lengths of the trains.
        u: independent uniforms in (0, 1), one for each weight above 0, in their order.

    Returns:
        Whole numbers of the weights' shape.
    """
    written = wanted > 0.0
    n = slots.expand_as(wanted)[written].double()
    p = (wanted[written].double() / (granularity * n)).clamp_max(1.0)
    pulses = torch.zeros_like(wanted)
    pulses[written] = _binomial(n, p, u.double()).to(pulses.dtype)
    return pulses


def _binomial(n: Tensor, p: Tensor, u: Tensor) -> Tensor:
    """Binomial numbers by inverting the distribution function at u; all (k,), float64."""
    odds = p / (1.0 - p).clamp_min(1e-12)
    # Not pow(): where a device lies in memory decides how torch rounds that.
    chance = (n * torch.log1p(-p)).exp()
    below, count = chance.clone(), torch.zeros_like(n)
    for k in range(int(n.max()) if n.numel() else 0):
        more = u > below
        count += more
        chance = chance * odds * (n - k) / (k + 1)
        below = torch.where(more, below + chance, torch.ones_like(below))
    return torch.where(p >= 1.0, n, count.minimum(n))
