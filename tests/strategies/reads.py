"""Chips that hold given weights behind a given read path, and vectors to read with."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from mortalff.cards import Periphery, Quantity, Tiling
from mortalff.cards.quantity import expectation_of
from mortalff.hardware.crossbar import Crossbar
from mortalff.hardware.periphery import ReadPath
from tests.strategies.devices import crossbar, made_up, no_spread, stream

N_OUT, N_IN, BATCH = 5, 7, 4
CARD = made_up(variability=no_spread())


def uniform(seed: int, *shape: int) -> Tensor:
    """Numbers from -1 to 1."""
    return 2.0 * torch.rand(shape, generator=torch.Generator().manual_seed(seed)) - 1.0


W = 0.5 * uniform(0, N_OUT, N_IN)
X = uniform(1, BATCH, N_IN)


def programmed(chips: int = 1, weights: Tensor = W, seed: int = 0, **settings: object) -> Crossbar:
    """Chips that hold given weights, with a read path that is ideal but for the settings."""
    path = read_settings(**settings)
    made = crossbar(CARD, *weights.shape[-2:], chips, seed, read=path)
    made.probe().program(weights)
    return made


def read_settings(**settings: object) -> Periphery:
    """A periphery that is ideal but for these settings, numbers for quantities."""
    given = {}
    for name, value in settings.items():
        expected = expectation_of(Periphery.model_fields[name])
        if expected is None or not isinstance(value, float):
            given[name] = value
        else:
            given[name] = Quantity(value=value, unit=expected.unit, source="test")
    return Periphery.model_validate(given)


def read_path(
    n_out: int = N_OUT,
    n_in: int = N_IN,
    chips: int = 1,
    *,
    tiling: Mapping[str, object] | None = None,
    transposed: bool = False,
    **settings: object,
) -> ReadPath:
    """A read path by itself."""
    return ReadPath(
        read_settings(**settings),
        Tiling.model_validate(tiling or {}),
        stream("read_noise", chips),
        stream("fabrication", chips),
        n_out,
        n_in,
        transposed=transposed,
    )


def read(
    x: Tensor = X,
    weights: Tensor = W,
    chips: int = 1,
    *,
    tiling: Mapping[str, object] | None = None,
    **settings: object,
) -> Tensor:
    """The first read of chips that all hold these weights, (chips, batch, n_out)."""
    path = read_path(*weights.shape, chips, tiling=tiling, **settings)
    return path.read(x if x.ndim == 3 else x[None], weights.expand(chips, -1, -1).contiguous()).y
