"""Indirect feedback alignment (Nøkland 2016, arXiv 1609.01596, section 2).

A fixed random matrix carries the error at the output to the first hidden layer alone; from there errors go up through
the forward weights: with e = target − softmax(z_L),

    δ_1 = (B_1 e) ⊙ f′(z_1),   δ_l = (W_l δ_{l−1}) ⊙ f′(z_l),   ΔW_l ∝ δ_l x_lᵀ,

and the output layer has its own error e. W_l δ_{l−1} is an ordinary forward read with the bias line at zero, so it
passes whatever stands behind the array. The derivative f′ is a model of the periphery
(:mod:`mortalff.learners.hidden_errors`).
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from mortalff.learners.hidden_errors import HiddenErrorLearner
from mortalff.learners.random_feedback import FeedbackSettings, RandomFeedback
from mortalff.learners.settings import Settings
from mortalff.networks.layer import Layer
from mortalff.networks.network import Network


class IFASettings(FeedbackSettings):
    """Settings of indirect feedback alignment."""


class IFA(HiddenErrorLearner):
    """Indirect feedback alignment.

    Args:
        network: layers on hardware, the last with one unit a class.
        settings: how to learn.

    Attributes:
        feedback: the matrix from the errors at the output to the first layer; unused where no layer is hidden.
    """

    name: ClassVar[str] = "ifa"
    settings_type: ClassVar[type[Settings]] = IFASettings
    settings: IFASettings

    def __init__(self, network: Network, settings: IFASettings | None = None) -> None:
        super().__init__(network, IFASettings() if settings is None else settings)
        first = network.layers[0].n_out
        self.feedback = [
            RandomFeedback(
                network, "feedback1", first, network.n_classes, self.settings.feedback_scale
            )
        ]

    def hidden_errors(self, hidden: list[Tensor], error: Tensor, targets: Tensor) -> list[Tensor]:
        """One product with the matrix, and one more read of each hidden layer but the first, are counted."""
        del targets
        deltas: list[Tensor] = []
        for layer, y in zip(self.network.layers, hidden, strict=False):
            carried = _carried_up(layer, deltas[-1]) if deltas else self.feedback[0](error)
            deltas.append(carried * self.activation.slope(y))
        return deltas


def _carried_up(layer: Layer, delta: Tensor) -> Tensor:
    """Errors (chips, batch, n_in) through a layer's weights without its bias, (chips, batch, n_out)."""
    silent = layer.hardware.n_in - layer.n_in
    y = layer.sound(
        layer.hardware.forward(torch.nn.functional.pad(layer.sound(delta), (0, silent)))
    )
    if layer.stage is not None:
        y = layer.stage.forward(y)
    return layer.sound(y * layer.gain)
