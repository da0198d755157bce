"""Stochastic pulse trains: how an outer product becomes coincidences of pulses.

For one sample, with granularity g (the step at w = 0), k = lr max|x| max|d| / g and a train of BL = min(⌈k⌉, BL_max)
slots, a slot of row i fires with P(x_i) = B|x_i| and of column j with P(d_j) = A|d_j|, A = B = √(lr/(g BL)); update
management balances the two to A √(x_m/d_m), B √(d_m/x_m), and where k > BL_max scales d_m by BL_max/k. A device moves
when its row and column fire together, so E[Δw] = lr x d where nothing clips.

Source: Gokmen and Vlasov, Front. Neurosci. 10:333 (2016); Gokmen, Onen, Haensch, Front. Neurosci. 11:538 (2017) for
update management.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mortalff.array_math import outer_sum
from mortalff.cards import Pulses


@dataclass(frozen=True)
class Trains:
    """Pulse trains of a batch.

    Attributes:
        slots: slots of each sample's train, BL, shape (chips or 1, batch).
        rows: firing probability of each row's slot with the sign of x, (chips or 1, batch, n_in).
        columns: firing probability of each column's slot with the sign of d, (chips or 1, batch, n_out).
    """

    slots: Tensor
    rows: Tensor
    columns: Tensor

    def chip(self, index: int) -> Trains:
        """The trains of the chip at this position, (batch,), (batch, n_in) and (batch, n_out)."""
        parts = (self.slots, self.rows, self.columns)
        return Trains(*(part[min(index, part.shape[0] - 1)] for part in parts))

    def line_pulses(self, down: int = 1, across: int = 1) -> Tensor:
        """Expected pulses on all lines, summed over the batch, shape (chips or 1,).

        Args:
            down: arrays that share out the rows, each with columns of its own.
            across: arrays that share out the columns, each with rows of its own.
        """
        rows = across * self.rows.abs().sum(2, dtype=torch.float64)
        columns = down * self.columns.abs().sum(2, dtype=torch.float64)
        return (self.slots * (rows + columns)).sum(1)

    def coincidences(self) -> Tensor:
        """Expected coincidences at all devices, summed over the batch, shape (chips or 1,)."""
        rows = self.rows.abs().sum(2, dtype=torch.float64)
        columns = self.columns.abs().sum(2, dtype=torch.float64)
        return (self.slots * rows * columns).sum(1)


def pulse_trains(x: Tensor, d: Tensor, lr: float, granularity: float, settings: Pulses) -> Trains:
    """Trains that ask for Δw = lr d xᵀ of each sample.

    Args:
        x: row inputs, (chips or 1, batch, n_in).
        d: column inputs, (chips or 1, batch, n_out).
        lr: learning rate of one sample.
        granularity: weight change of one pulse at w = 0.
        settings: longest train, and what is managed.
    """
    x_max = x.abs().amax(2)
    d_max = d.abs().amax(2)
    wanted = (lr / granularity) * x_max * d_max
    longest = float(settings.bit_length_max)
    if settings.bit_length_management:
        slots = wanted.ceil().clamp_max(longest)
    else:
        slots = torch.where(wanted > 0, longest, 0.0)
    amplitude = (lr / (granularity * slots.clamp_min(1.0))).sqrt()
    if settings.update_management:
        held = torch.where(wanted > longest, d_max * longest / wanted, d_max)
        balance = (x_max / held).sqrt().nan_to_num(0.0, posinf=0.0)
        inverse = (held / x_max).sqrt().nan_to_num(0.0, posinf=0.0)
    else:
        balance = inverse = torch.ones_like(wanted)
    rows = (x * (amplitude * inverse)[..., None]).clamp(-1.0, 1.0)
    columns = (d * (amplitude * balance)[..., None]).clamp(-1.0, 1.0)
    return Trains(slots, rows, columns)


@dataclass(frozen=True)
class Coincidences:
    """Moments of the number of coincidences in one direction, summed over a batch, (chips or 1, n_out, n_in).

    Attributes:
        mean: N = Σ BL p, with p the probability of a coincidence in one slot.
        excess: Q = Σ BL p², so that the variance of the number is N − Q.
    """

    mean: Tensor
    excess: Tensor

    def none(self) -> Tensor:
        """The probability of no coincidence at all, Π (1 − p)^BL.

        Taken as that of N²/Q slots of probability Q/N, which have the same moments: (1 − Q/N)^(N²/Q), right where p is
        the same in every sample, and e^−N where p is small.
        """
        p = (self.excess / self.mean).nan_to_num(0.0).clamp_max(1.0)
        exponent = torch.where(p > 1e-4, torch.log1p(-p) / p, -1.0 - 0.5 * p)
        return (self.mean * exponent).exp()


def expected_coincidences(trains: Trains) -> tuple[Coincidences | None, Coincidences | None]:
    """Up and down coincidences of a batch; None for a direction that cannot occur."""
    rows, columns = _by_sign(trains.rows), _by_sign(trains.columns)
    # Up where signs agree, down where they differ.
    ups = ((rows[0], columns[0]), (rows[1], columns[1]))
    downs = ((rows[0], columns[1]), (rows[1], columns[0]))
    return _moments(ups, trains.slots), _moments(downs, trains.slots)


def _by_sign(lines: Tensor) -> tuple[Tensor | None, Tensor | None]:
    """What is above zero and what is below, negated; None where there is nothing of it."""
    some = bool((lines > 0).any()), bool((lines < 0).any())
    if some == (True, False):
        return lines, None
    return (
        lines.clamp_min(0.0) if some[0] else None,
        (-lines).clamp_min(0.0) if some[1] else None,
    )


def _moments(
    pairs: tuple[tuple[Tensor | None, Tensor | None], ...], slots: Tensor
) -> Coincidences | None:
    """Moments summed over pairs of rows and columns, each a product of its own.

    So a chip's sums do not depend on which signs occur on the chips beside it: a product of zeros adds zero.
    """
    total: Coincidences | None = None
    for rows, columns in pairs:
        if rows is None or columns is None:
            continue
        fired = columns * slots[..., None]
        mean, excess = outer_sum(fired, rows), outer_sum(fired.mul_(columns), rows.square())
        if total is not None:
            mean, excess = mean.add_(total.mean), excess.add_(total.excess)
        total = Coincidences(mean, excess)
    return total
