"""Learners that train a digital model of the hardware and write its weights onto the hardware."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from mortalff.learners.digital_model import DigitalModel
from mortalff.learners.output_network import OutputLearner, OutputSettings
from mortalff.networks.network import Network


class ModelSettings(OutputSettings):
    """Settings of learners with a model. Smoothing and decay are the model's and ask nothing of the hardware."""

    weight_limit: float | None = Field(
        default=None,
        gt=0,
        description="the model keeps weights within ± this, in the arrays' units, as devices must; none: no limit",
    )


class ModelLearner(OutputLearner):
    """Gradient descent on a digital model's weights; a subclass says what the gradient is taken at.

    The hardware is written before it is measured, if it lacks the model's last updates. What is written at the end of
    the last epoch of :meth:`fit` counts as training; what is written only in order to measure, after earlier epochs,
    counts as measuring.

    Args:
        network: layers on hardware, the last with one unit a class.
        settings: how to learn.

    Attributes:
        model: the digital model.
        behind: updates of the model that the hardware has not seen; infinite where it was never written.
    """

    always_needs: ClassVar[frozenset[str]] = frozenset({"forward", "program"})
    settings: ModelSettings

    def __init__(self, network: Network, settings: ModelSettings) -> None:
        super().__init__(network, settings)
        self.model = DigitalModel(
            network,
            self.activation,
            smoothing=settings.smoothing,
            weight_decay=settings.weight_decay,
            weight_limit=settings.weight_limit,
        )
        self.behind = math.inf

    @property
    def needs(self) -> frozenset[str]:
        """Forward passes and programming: gradients are smoothed and weights decayed in the model."""
        return self.always_needs

    @abstractmethod
    def training_pass(self, images: Tensor) -> tuple[list[Tensor], Tensor]:
        """Each layer's input and the logits that an update is worked out from, as :meth:`climb` gives them."""

    def step(self, images: Tensor, targets: Tensor, rate: float) -> dict[str, Tensor]:
        """One update of the model's weights."""
        inputs, logits = self.training_pass(images)
        self.model.descend(inputs, self.output_error(logits, targets), rate)
        self.behind += 1
        return self.measured(logits, targets)

    def scores(self, images: Tensor, readout: str) -> Tensor:
        """Logits of the hardware, written first if it lags behind the model."""
        self.write(if_behind_by=1)
        return super().scores(images, readout)

    def finish_epoch(self, last: bool) -> None:
        """Write the hardware when training is over."""
        if last:
            self.write(if_behind_by=1)

    def write(self, if_behind_by: int) -> None:
        """Write the model's weights onto the hardware, unless fewer updates than given were made since last time."""
        if self.behind >= if_behind_by:
            self.model.write()
            self.behind = 0

    def own_state(self) -> dict[str, Tensor]:
        """The model, and how far the hardware is behind it."""
        return self.model.state_dict() | {"behind": torch.tensor(self.behind, dtype=torch.float64)}

    def load_own_state(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state."""
        self.model.load_state_dict(state)
        self.behind = float(state["behind"])
