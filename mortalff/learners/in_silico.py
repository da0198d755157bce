"""Backpropagation in silico: a digital model is trained, and its weights are written onto the hardware once.

Nothing is learned about the hardware, so what the model leaves out is not made up for. One model is trained for each
chip, so that chips are independent trials; a designer would train one and write it to all, and may divide the digital
counts by their number.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from mortalff.learners.model_learner import ModelLearner, ModelSettings
from mortalff.learners.settings import Settings
from mortalff.networks.network import Network


class InSilicoSettings(ModelSettings):
    """Settings of backpropagation in silico."""


class BPInSilico(ModelLearner):
    """Stochastic gradient descent on the cross-entropy, in a model alone.

    ``error_training`` is the model's own error. Training without measuring in between writes the hardware once.

    Args:
        network: layers on hardware, the last with one unit a class.
        settings: how to learn.
    """

    name: ClassVar[str] = "bp_in_silico"
    settings_type: ClassVar[type[Settings]] = InSilicoSettings
    settings: InSilicoSettings

    def __init__(self, network: Network, settings: InSilicoSettings | None = None) -> None:
        super().__init__(network, InSilicoSettings() if settings is None else settings)

    def training_pass(self, images: Tensor) -> tuple[list[Tensor], Tensor]:
        """Up through the model; the hardware is left alone."""
        return self.model.climb(self.network.normalised(images).unsqueeze(0))
