"""Physics-aware training (Wright et al., Nature 601, 549 (2022), doi 10.1038/s41586-021-04223-6).

The forward pass is the hardware's, with all that is unknown in it; the backward pass is a digital model's, evaluated
at the activities that the hardware gave. Digital weights move along that gradient and are written onto the hardware.
So the error is right even where the model is wrong, and only its way down is distorted.

The activation's derivative is taken from the measured activity, which for a rectifier says whether the unit was on,
where Wright et al. take the model's derivative at the measured input: that would cost a digital forward pass more.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import Tensor

from mortalff.learners.model_learner import ModelLearner, ModelSettings
from mortalff.learners.settings import Settings
from mortalff.networks.network import Network


class PATSettings(ModelSettings):
    """Settings of physics-aware training."""

    program_every: int = Field(
        default=1,
        ge=1,
        description="updates of the digital weights each time they are written; at the end of an epoch they always are",
    )


class PAT(ModelLearner):
    """Stochastic gradient descent: hardware up, model down.

    Args:
        network: layers on hardware, the last with one unit a class.
        settings: how to learn.
    """

    name: ClassVar[str] = "pat"
    settings_type: ClassVar[type[Settings]] = PATSettings
    settings: PATSettings

    def __init__(self, network: Network, settings: PATSettings | None = None) -> None:
        super().__init__(network, PATSettings() if settings is None else settings)

    def training_pass(self, images: Tensor) -> tuple[list[Tensor], Tensor]:
        """Up through the hardware, written first if it is due."""
        self.write(if_behind_by=self.settings.program_every)
        return self.climb(images)

    def finish_epoch(self, last: bool) -> None:
        """Write the hardware if it lags, so that what is measured after any epoch is what training left."""
        del last
        self.write(if_behind_by=1)
