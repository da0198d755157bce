"""Chips that hold given weights behind a given read path, and vectors to read with."""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.hardware.crossbar import Crossbar
from tests.strategies.devices import crossbar, made_up, no_spread, periphery

N_OUT, N_IN, BATCH = 5, 7, 4
CARD = made_up(variability=no_spread())


def uniform(seed: int, *shape: int) -> Tensor:
    """Numbers from -1 to 1."""
    return 2.0 * torch.rand(shape, generator=torch.Generator().manual_seed(seed)) - 1.0


W = 0.5 * uniform(0, N_OUT, N_IN)
X = uniform(1, BATCH, N_IN)


def programmed(chips: int = 1, weights: Tensor = W, seed: int = 0, **settings: object) -> Crossbar:
    """Chips that hold given weights, with a read path that is ideal but for the settings."""
    path = periphery(**settings)
    made = crossbar(CARD, *weights.shape[-2:], chips, seed, read=path)
    made.probe().program(weights)
    return made
