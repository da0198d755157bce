"""Arrays that are tiles of aihwkit."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mortalff.cards import Periphery
from mortalff.errors import InputError, message
from mortalff.hardware.aihwkit_config import checked_config, default_spread
from mortalff.hardware.aihwkit_tile import AihwkitTile
from mortalff.hardware.scheme import Scheme
from mortalff.networks.activities import activities_of
from mortalff.networks.arrays import ArrayMaker
from mortalff.networks.stage_choice import UnknownStageChoice
from mortalff.seeds import Seeds


class AihwkitArrays(ArrayMaker):
    """Tiles of an aihwkit preset, one an array and chip.

    Args:
        preset: a preset's name.
        chips: how many, or which.
        seed: root seed, or seeds with single streams held.
        activities: ``digital``; a tile converts its inputs and outputs itself.
        w_init_std: spread of the initial weights; by default the tile's own.
        periphery: says with how many bits activities are held; by default with 32.
        stage: the unknown stage behind each array; None for none.
        scheme: how each layer's weights are held; in one array by default.

    Raises:
        InputError: there is no such preset, no chips, or activities are to stay analog.
        MissingDependencyError: aihwkit is missing or does not run.
    """

    def __init__(
        self,
        preset: str,
        *,
        chips: int | Sequence[int] = 1,
        seed: int | Seeds = 0,
        activities: str = "digital",
        w_init_std: float | None = None,
        periphery: Periphery | None = None,
        stage: UnknownStageChoice | None = None,
        scheme: Scheme | None = None,
    ) -> None:
        if activities != "digital":
            rule = "an aihwkit tile converts its inputs and outputs itself"
            right = "give this hardware activities: digital, in a block of its own"
            raise InputError(message("activities", activities, rule, right))
        between = activities_of(activities, periphery or Periphery())
        super().__init__(chips, seed, between, stage=stage, scheme=scheme)
        self._config = checked_config(preset)
        self._w_init_std = w_init_std

    def _fabricate(
        self, n_out: int, n_in: int, seeds: Seeds, *, first: bool, w_init_std: float | None
    ) -> AihwkitTile:
        del first
        std = self._spread(n_in) if w_init_std is None else w_init_std
        return AihwkitTile(self._config, n_out, n_in, self.chip_ids, seeds, w_init_std=std)

    def _gain(self, n_in: int) -> float:
        return 1.0 / (self._spread(n_in) * math.sqrt(n_in))

    def _spread(self, n_in: int) -> float:
        if self._w_init_std is not None:
            return self._w_init_std
        return default_spread(self._config.device, n_in)
