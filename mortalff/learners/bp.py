"""Backpropagation: the reference, which knows more of the hardware than a learner in the field can.

It reads the arrays backwards (a privileged, transposed read) and multiplies by the activation's derivative, which it
takes to be exact. With e = softmax(z) − target at the output, δ_L = −e and δ_l = gain·(W_{l+1}ᵀ δ_{l+1}) ⊙ f′(z_l);
each array is pulsed with δ_l and its inputs.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from mortalff.learners.hidden_errors import HiddenErrorLearner
from mortalff.learners.output_network import OutputSettings
from mortalff.learners.settings import Settings
from mortalff.networks.network import Network


class BPSettings(OutputSettings):
    """Settings of backpropagation."""


class BP(HiddenErrorLearner):
    """Stochastic gradient descent on the cross-entropy.

    It models each layer as gain · array and an activation. An unknown stage behind an array is not in that model, so
    its gradient is wrong there: that is the baseline which such stages are for.

    Args:
        network: layers on hardware, the last with one unit a class.
        settings: how to learn.
    """

    name: ClassVar[str] = "bp"
    settings_type: ClassVar[type[Settings]] = BPSettings
    always_needs: ClassVar[frozenset[str]] = frozenset({"forward", "pulse", "forward_transposed"})
    settings: BPSettings

    def __init__(self, network: Network, settings: BPSettings | None = None) -> None:
        super().__init__(network, BPSettings() if settings is None else settings)

    def hidden_errors(self, hidden: list[Tensor], error: Tensor, targets: Tensor) -> list[Tensor]:
        """Down through the arrays themselves; a transposed read of every layer but the first is counted."""
        del targets
        deltas: list[Tensor] = []
        for layer, y in zip(reversed(self.network.layers), reversed(hidden), strict=False):
            carried = layer.hardware.probe().forward_transposed(layer.sound(error)) * layer.gain
            error = layer.sound(carried)[..., : layer.n_in] * self.activation.slope(y)
            deltas.insert(0, error)
        return deltas
