"""Direct feedback alignment (Nøkland 2016, arXiv 1609.01596).

A fixed random matrix for each hidden layer carries the error at the output straight to it: with
e = target − softmax(z_L),

    δ_l = (B_l e) ⊙ f′(z_l),   ΔW_l ∝ δ_l x_lᵀ.

All layers can be updated at once. The derivative f′ is a model of the periphery
(:mod:`mortalff.learners.hidden_errors`).

Nøkland trains with RMSprop, rate 1e-4, batch 64, logistic outputs, and all weights zero at the start where the
activation is tanh; RMSprop needs two digital numbers for every weight and is not offered by any hardware here.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from mortalff.learners.hidden_errors import HiddenErrorLearner
from mortalff.learners.random_feedback import FeedbackSettings, feedback_from_output
from mortalff.learners.settings import Settings
from mortalff.networks.network import Network


class DFASettings(FeedbackSettings):
    """Settings of direct feedback alignment."""


class DFA(HiddenErrorLearner):
    """Direct feedback alignment.

    Args:
        network: layers on hardware, the last with one unit a class.
        settings: how to learn.

    Attributes:
        feedback: for each hidden layer, first to last, the matrix from the errors at the output.
    """

    name: ClassVar[str] = "dfa"
    settings_type: ClassVar[type[Settings]] = DFASettings
    settings: DFASettings

    def __init__(self, network: Network, settings: DFASettings | None = None) -> None:
        super().__init__(network, DFASettings() if settings is None else settings)
        self.feedback = feedback_from_output(network, self.settings.feedback_scale)

    def hidden_errors(self, hidden: list[Tensor], error: Tensor, targets: Tensor) -> list[Tensor]:
        """The output's error through each layer's matrix; one product with each is counted."""
        del targets
        return [
            feedback(error) * self.activation.slope(y)
            for feedback, y in zip(self.feedback, hidden, strict=True)
        ]
