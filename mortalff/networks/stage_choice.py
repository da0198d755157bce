"""Which unknown stage stands behind a network's arrays."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from pydantic import BaseModel, ConfigDict, Field

from mortalff.hardware.unknown_stage import UnknownStage
from mortalff.seeds import Seeds


class UnknownStageChoice(BaseModel):
    """An unknown stage, before it is known what array it stands behind.

    It distorts a signal of the usual size, whatever the card's weights and the array's width make of it, as
    :class:`~mortalff.hardware.unknown_stage.UnknownStage` of this strength does a signal of order 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    strength: float = Field(ge=0, description="0 for none, 1 for a bad analog stage, 3 grotesque")
    mixing: float = Field(default=0.0, ge=0, description="how much units leak into each other")

    @property
    def label(self) -> str:
        """What tables call it."""
        mixing = f", mixing {self.mixing:g}" if self.mixing else ""
        return f"unknown stage {self.strength:g}{mixing}"

    def make(
        self,
        units: int,
        chips: Sequence[int],
        seeds: Seeds,
        *,
        scale: float = 1.0,
        device: str | torch.device = "cpu",
    ) -> UnknownStage:
        """The stage.

        Args:
            units: in and out.
            chips: the chips' numbers.
            seeds: those of the array it stands behind.
            scale: usual size of the signal.
            device: torch device.
        """
        return UnknownStage(
            units,
            chips,
            seeds,
            strength=self.strength,
            mixing=self.mixing,
            scale=scale,
            device=device,
        )
