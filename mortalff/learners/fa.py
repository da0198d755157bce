"""Feedback alignment (Lillicrap et al. 2016, Nature Communications 7, 13276).

Errors go down as in backpropagation, but through fixed random matrices in place of the transposed weights: with
δ_L = target − softmax(z_L) at the output,

    δ_l = (B_{l+1} δ_{l+1}) ⊙ f′(z_l),   ΔW_l ∝ δ_l x_lᵀ,

so no array is read backwards. The derivative f′ is a model of the periphery (:mod:`mortalff.learners.hidden_errors`).
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

from torch import Tensor

from mortalff.learners.hidden_errors import HiddenErrorLearner
from mortalff.learners.random_feedback import FeedbackSettings, RandomFeedback
from mortalff.learners.settings import Settings
from mortalff.networks.network import Network


class FASettings(FeedbackSettings):
    """Settings of feedback alignment."""


class FA(HiddenErrorLearner):
    """Feedback alignment.

    Args:
        network: layers on hardware, the last with one unit a class.
        settings: how to learn.

    Attributes:
        feedback: for each hidden layer, first to last, the matrix from the errors of the layer above it.
    """

    name: ClassVar[str] = "fa"
    settings_type: ClassVar[type[Settings]] = FASettings
    settings: FASettings

    def __init__(self, network: Network, settings: FASettings | None = None) -> None:
        super().__init__(network, FASettings() if settings is None else settings)
        self.feedback = [
            RandomFeedback(
                network, f"feedback{number}", below.n_out, above.n_out, self.settings.feedback_scale
            )
            for number, (below, above) in enumerate(pairwise(network.layers), start=1)
        ]

    def hidden_errors(self, hidden: list[Tensor], error: Tensor, targets: Tensor) -> list[Tensor]:
        """Down from layer to layer through the random matrices; one product with each is counted."""
        del targets
        deltas: list[Tensor] = []
        for feedback, y in zip(reversed(self.feedback), reversed(hidden), strict=True):
            error = feedback(error) * self.activation.slope(y)
            deltas.insert(0, error)
        return deltas
