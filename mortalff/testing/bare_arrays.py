"""Arrays that offer what they are told to offer and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from mortalff.hardware.base import Hardware
from mortalff.hardware.digital import DigitalArray
from mortalff.networks.activities import DigitalActivities
from mortalff.networks.arrays import ArrayMaker
from mortalff.seeds import Seeds


class BareArray(DigitalArray):
    """Digital weights that keep what they could do besides to themselves.

    Args:
        n_out: outputs.
        n_in: inputs.
        chip_ids: one number a chip.
        seeds: where randomness comes from.
        device: torch device.
        offered: its capabilities.
        w_init_std: spread of the initial weights, 1/√n_in by default.
    """

    def __init__(
        self,
        n_out: int,
        n_in: int,
        chip_ids: Sequence[int],
        seeds: Seeds,
        device: torch.device,
        offered: frozenset[str],
        *,
        w_init_std: float | None = None,
    ) -> None:
        super().__init__(n_out, n_in, chip_ids, seeds, device, w_init_std=w_init_std)
        self._offered = offered

    @property
    def capabilities(self) -> frozenset[str]:
        """What it was told to offer."""
        return self._offered

    def _advance(self, seconds: float) -> None:
        """Time does nothing to it."""
        del seconds


class BareArrays(ArrayMaker):
    """Makes bare arrays, with digital activities between layers.

    Args:
        offered: their capabilities.
        chips: how many, or which.
        seed: root seed.
    """

    def __init__(
        self, offered: frozenset[str], *, chips: int | Sequence[int] = 1, seed: int = 0
    ) -> None:
        super().__init__(chips, seed, DigitalActivities())
        self._offered = offered

    def _fabricate(
        self, n_out: int, n_in: int, seeds: Seeds, *, first: bool, w_init_std: float | None
    ) -> Hardware:
        del first
        ids, device = self.chip_ids, self.device
        return BareArray(n_out, n_in, ids, seeds, device, self._offered, w_init_std=w_init_std)

    def _gain(self, n_in: int) -> float:
        del n_in
        return 1.0
