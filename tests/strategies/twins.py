"""aihwkit's tiles of random cards, and our laws with the very constants of their devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mortalff.cards import Card
from mortalff.physics.law import Law
from tests.strategies.closed_forms import device_of
from tests.strategies.random_cards import Draw
from tests.strategies.tiles import ONE_PULSE, Tile, get_weights, hidden, our_law, pulse, tile

SURE = 1.0  # a rate of more than any step, so that the one slot's pulses are sure
SHIFT = 0.05
"""By how much :func:`walk` moves every Gaussian, in standard deviations, to see what an offset of their mean does."""


@dataclass(frozen=True)
class Twin:
    """A tile, and our law of its devices as one chip."""

    card: Card
    tile: Tile
    law: Law

    @classmethod
    def of(cls, draw: Draw, side: int, *, quiet: bool = False) -> Twin:
        """A square tile; the quiet one has the same devices without cycle and write noise."""
        off = {"variability.dw_min_std": 0.0, "variability.write_noise_std": 0.0}
        card = draw.card.replace(**off) if quiet else draw.card
        theirs = tile(card, side, side, ONE_PULSE, seed=draw.construction_seed)
        return cls(card, theirs, our_law(card, theirs))

    def set(self, weights: Tensor) -> Tensor:
        """Put weights on the devices; the state they then have, (n_out, n_in)."""
        self.tile.set_weights(weights)
        return self.state()

    def state(self) -> Tensor:
        """What pulses act on, beneath any write noise."""
        if float(device_of(self.card)[1].write_noise_std) > 0.0:
            return hidden(self.tile)["persistent_weights"].clone()
        return get_weights(self.tile)

    def pulse(self, signs: Sequence[int]) -> Tensor:
        """Sure pulses on every device, one after another; the state they leave."""
        n_out, n_in = self.tile.out_size, self.tile.in_size
        directions = torch.tensor(signs, dtype=torch.float32)[:, None].expand(-1, n_out)
        pulse(self.tile, torch.ones(len(signs), n_in), directions.contiguous(), SURE)
        return self.state()


def walk(law: Law, w: Tensor, signs: Sequence[int], generator: torch.Generator) -> None:
    """Pulse three copies of the same devices by our law, in place.

    Args:
        law: the devices, one chip.
        w: weights, (3, n_out, n_in): of noisy devices, of the same with every Gaussian larger by :data:`SHIFT`, and of
            devices without noise.
        signs: direction of each pulse.
        generator: of the noise.
    """
    scale = torch.tensor([1.0, 1.0, 0.0])[:, None, None]
    offset = torch.tensor([0.0, SHIFT, 0.0])[:, None, None]
    for sign in signs:
        step = (law.up if sign > 0 else law.down)(w)
        xi = torch.randn(w.shape[1:], generator=generator) * scale + offset
        w.add_(step.mean.addcmul(step.std, xi), alpha=sign)
        torch.clamp(w, law.w_min, law.w_max, out=w)
