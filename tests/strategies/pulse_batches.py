"""Batches of pulses on a few small chips, and the weights and tables of the devices that they reach."""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.cards import Pulses
from mortalff.hardware.law_tables import LawTables, law_tables
from mortalff.physics.law import Law
from mortalff.physics.pulse_trains import Trains, pulse_trains

CHIPS, N_OUT = 3, 4


def trains(directions: str, shared: bool, n_in: int, lr: float = 0.003) -> Trains:
    """A batch of eight; some devices get no pulses."""
    generator = torch.Generator().manual_seed(n_in)
    chips = 1 if shared else CHIPS
    x = torch.rand(chips, 8, n_in, generator=generator)
    d = torch.randn(chips, 8, N_OUT, generator=generator)
    x[:, :, 1::7] = 0.0
    d = {"up": d.abs(), "down": -d.abs()}.get(directions, d)
    return pulse_trains(x, d, lr, 0.001, Pulses())


def weights(law: Law) -> Tensor:
    """Weights all over the range, some at the bounds."""
    share = torch.rand(law.w_min.shape, generator=torch.Generator().manual_seed(1))
    share[:, 0, 0], share[:, -1, -1] = 0.0, 1.0
    return torch.lerp(law.w_min, law.w_max, share)


def tables_of(law: Law) -> LawTables:
    tables = law_tables(law)
    assert tables is not None
    return tables
