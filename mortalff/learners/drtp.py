"""Direct random target projection (Frenkel, Lefebvre and Bol 2021, Frontiers in Neuroscience 15, 629892).

Each hidden layer is given a fixed random projection of the target y* in place of the error,

    δ_l = −(B_l y*) ⊙ f′(z_l),   ΔW_l ∝ δ_l x_lᵀ,

so it need not wait for the output; the output layer has its own error. The sign of an error at the output is known
before it: only that of the true class is negative. The derivative f′ is a model of the periphery
(:mod:`mortalff.learners.hidden_errors`).

A projected target never vanishes, so weights grow for ever; activations that do not saturate grow with them (with
rectifiers, digits were not learned at any rate tried). The authors' are tanh. They draw B by Kaiming's rule, uniform
within ±√(6/units), hence the scale of √6 here.
"""

from __future__ import annotations

import math
from typing import ClassVar

from pydantic import Field
from torch import Tensor

from mortalff.learners.activation import ActivationName
from mortalff.learners.hidden_errors import HiddenErrorLearner
from mortalff.learners.random_feedback import FeedbackSettings, feedback_from_output
from mortalff.learners.settings import Settings
from mortalff.networks.network import Network


class DRTPSettings(FeedbackSettings):
    """Settings of direct random target projection."""

    activation: ActivationName = Field(
        default="tanh",
        description="of the hidden units; one that saturates, as projected targets never vanish",
    )
    feedback_scale: float = Field(
        default=math.sqrt(6.0),
        gt=0,
        description="entries of a projection are uniform within ± scale/√(units that it feeds)",
    )


class DRTP(HiddenErrorLearner):
    """Direct random target projection.

    Args:
        network: layers on hardware, the last with one unit a class.
        settings: how to learn.

    Attributes:
        projections: for each hidden layer, first to last, the matrix from the target.
    """

    name: ClassVar[str] = "drtp"
    settings_type: ClassVar[type[Settings]] = DRTPSettings
    settings: DRTPSettings

    def __init__(self, network: Network, settings: DRTPSettings | None = None) -> None:
        super().__init__(network, DRTPSettings() if settings is None else settings)
        self.projections = feedback_from_output(network, self.settings.feedback_scale)

    def hidden_errors(self, hidden: list[Tensor], error: Tensor, targets: Tensor) -> list[Tensor]:
        """The target through each layer's matrix; a whole product is counted, as soft targets ask for."""
        del error
        return [
            -projection(targets) * self.activation.slope(y)
            for projection, y in zip(self.projections, hidden, strict=True)
        ]
