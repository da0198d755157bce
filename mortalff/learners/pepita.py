"""PEPITA: two ways up, the second with the error added to the input (Dellaferrera and Kreiman 2022, arXiv 2201.11665).

With e = softmax(z_L) − target from the first pass and a fixed random matrix F, the second pass takes x + F e, and its
activities are marked err:

    ΔW_l ∝ (h_l^err − h_l) (h_{l−1}^err)ᵀ for hidden layers, h_0^err = x + F e;   ΔW_L ∝ −e (h_{L−1}^err)ᵀ.

Like Forward-Forward it needs neither derivatives nor a way back. Activities of the first pass are kept until the
second.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import Tensor

from mortalff.learners.output_network import OutputLearner
from mortalff.learners.random_feedback import FeedbackSettings, RandomFeedback
from mortalff.learners.settings import Settings
from mortalff.networks.network import Network


class PEPITASettings(FeedbackSettings):
    """Settings of PEPITA."""

    feedback_scale: float = Field(
        default=1.0,
        gt=0,
        description="entries of F are uniform within ± scale/√(inputs), inputs having mean square 1",
    )


class PEPITA(OutputLearner):
    """Present the error to perturb the input to modulate activity.

    Args:
        network: layers on hardware, the last with one unit a class.
        settings: how to learn.

    Attributes:
        feedback: F, the matrix from the errors at the output to the input.
    """

    name: ClassVar[str] = "pepita"
    settings_type: ClassVar[type[Settings]] = PEPITASettings
    settings: PEPITASettings

    def __init__(self, network: Network, settings: PEPITASettings | None = None) -> None:
        super().__init__(network, PEPITASettings() if settings is None else settings)
        scale = self.settings.feedback_scale
        self.feedback = RandomFeedback(network, "feedback", network.n_in, network.n_classes, scale)

    def step(self, images: Tensor, targets: Tensor, rate: float) -> dict[str, Tensor]:
        """Two ways up, the second without the output layer, and an update of every layer.

        Counts both ways up, the product with F and its addition to each input, each layer's update, and memory that
        holds the first pass's hidden activities until the second, written and read as what :meth:`update` remembers is:
        2 B n_out bits_in/8 bytes a hidden layer and batch of B.
        """
        first, logits = self.climb(images)
        error = self.output_error(logits, targets)
        second = self.climb_hidden(first[0] + self.feedback(-error))
        changes = [marked - plain for marked, plain in zip(second[1:], first[1:], strict=True)]
        for number, (x, delta) in enumerate(zip(second, [*changes, error], strict=True)):
            self.update(number, x, delta, rate)
        self._count_kept(images.shape[0])
        return self.measured(logits, targets)

    def _count_kept(self, batch: int) -> None:
        """Additions at the input, and memory for the first pass's activities."""
        tally, bits = self.network.tally, self.network.activities.input_bits
        tally.add("digital_op", batch * self.network.n_in)
        for layer in self.network.layers[:-1]:
            tally.add("memory_byte", 2 * batch * layer.n_out * bits / 8)
