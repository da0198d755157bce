"""What learners share that pulse the arrays: hardware that can may smooth each weight's gradient and decay weights."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from mortalff.learners.base import Learner
from mortalff.learners.settings import Settings
from mortalff.networks.network import Network


class PulsedSettings(Settings):
    """Settings common to learners that pulse the arrays."""

    smoothing: float = Field(default=0.0, ge=0, lt=1, description="of each weight's gradient")
    weight_decay: float = Field(default=0.0, ge=0, lt=1, description="decoupled, per unit of rate")


class PulsedLearner(Learner):
    """A learner whose updates are pulses.

    Args:
        network: what to train.
        settings: how.

    Attributes:
        always_needs: what it needs of hardware whatever the settings.
    """

    always_needs: ClassVar[frozenset[str]] = frozenset({"forward", "pulse"})
    settings: PulsedSettings

    def __init__(self, network: Network, settings: PulsedSettings) -> None:
        super().__init__(network, settings)
        if "digital_update" in self.needs:
            for layer in network.layers:
                layer.hardware.set_digital_update(settings.smoothing, settings.weight_decay)

    @property
    def needs(self) -> frozenset[str]:
        """What it always needs; digital updates too where gradients are smoothed or weights decayed."""
        kept = self.settings.smoothing > 0.0 or self.settings.weight_decay > 0.0
        return self.always_needs | ({"digital_update"} if kept else set())
