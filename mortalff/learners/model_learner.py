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

    The hardware is written at the end of the last epoch of :meth:`fit`, which counts as training. Where it is measured
    while it lacks the model's last updates, it is written in order to measure, which counts as measuring; training goes
    on as if that had not been.

    Args:
        network: layers on hardware, the last with one unit a class.
        settings: how to learn.

    Attributes:
        model: the digital model.
        behind: updates of the model since training last wrote the hardware; infinite where it never did.
        stale: whether the hardware lacks the model's last updates; not so where it was written in order to measure.
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
        self.stale = True

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
        self.stale = True
        return self.measured(logits, targets)

    def scores(self, images: Tensor, readout: str) -> Tensor:
        """Logits of the hardware, written first if it lags behind the model."""
        if self.stale:
            self._write()
        return super().scores(images, readout)

    def finish_epoch(self, last: bool) -> None:
        """Write the hardware when training is over."""
        if last:
            self.write(if_behind_by=1)

    def write(self, if_behind_by: int) -> None:
        """Write the model's weights onto the hardware, unless fewer updates than given were made since last time."""
        if self.behind >= if_behind_by:
            self._write()
            self.behind = 0

    def own_state(self) -> dict[str, Tensor]:
        """The model, and how far the hardware is behind it."""
        lag = {"behind": self.behind, "stale": float(self.stale)}
        return self.model.state_dict() | {
            name: torch.tensor(value, dtype=torch.float64) for name, value in lag.items()
        }

    def load_own_state(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state."""
        self.model.load_state_dict(state)
        self.behind = float(state["behind"])
        self.stale = bool(state["stale"])

    def _write(self) -> None:
        self.model.write()
        self.stale = False
