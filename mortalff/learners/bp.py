"""Backpropagation: the reference, which knows more of the hardware than a learner in the field can.

It reads the arrays backwards (a privileged, transposed read) and multiplies by the rectifier's derivative, which it
takes to be exact. With e = softmax(z) − target at the output, δ_L = −e and δ_l = gain·(W_{l+1}ᵀ δ_{l+1}) ⊙ 1[y_l > 0];
each array is pulsed with δ_l and its inputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from mortalff.errors import InputError, message
from mortalff.learners.base import Learner
from mortalff.learners.settings import Settings
from mortalff.networks.network import Network

_ERROR_BITS = 8  # of a stored error, for memory traffic only


class BPSettings(Settings):
    """Settings of backpropagation."""

    smoothing: float = Field(default=0.0, ge=0, lt=1, description="of each weight's gradient")
    weight_decay: float = Field(default=0.0, ge=0, lt=1, description="decoupled, per unit of rate")


class BP(Learner):
    """Stochastic gradient descent on the cross-entropy.

    It models each layer as gain · array and a rectifier. An unknown stage behind an array is not in that model, so its
    gradient is wrong there: that is the baseline which such stages are for.

    Args:
        network: layers on hardware, the last with one unit a class.
        settings: how to learn.
    """

    name: ClassVar[str] = "bp"
    readouts: tuple[str, ...] = ("softmax",)
    settings_type: ClassVar[type[Settings]] = BPSettings
    settings: BPSettings

    def __init__(self, network: Network, settings: BPSettings | None = None) -> None:
        self.settings = BPSettings() if settings is None else settings
        super().__init__(network, self.settings)
        if network.layers[-1].n_out != network.n_classes:
            rule = f"its last layer has one unit for each of {network.n_classes} classes"
            right = "build the network with BP.sizes(hidden, n_classes)"
            raise InputError(
                message("units of the last layer", network.layers[-1].n_out, rule, right)
            )
        if network.activities.name != "digital":
            rule = "errors carried backwards are numbers, and need the activities as numbers"
            right = "build the network with activities='digital'"
            raise InputError(message("activities", network.activities.name, rule, right))
        if "digital_update" in self.needs:
            for layer in network.layers:
                layer.hardware.set_digital_update(
                    self.settings.smoothing, self.settings.weight_decay
                )

    @classmethod
    def sizes(cls, hidden: Sequence[int], n_classes: int) -> tuple[int, ...]:
        """Hidden layers and one output unit a class."""
        return (*hidden, n_classes)

    @property
    def needs(self) -> frozenset[str]:
        """Transposed reads beside forward passes and pulses."""
        kept = self.settings.smoothing > 0.0 or self.settings.weight_decay > 0.0
        base = {"forward", "pulse", "forward_transposed"}
        return frozenset(base | ({"digital_update"} if kept else set()))

    def step(self, images: Tensor, targets: Tensor, rate: float) -> dict[str, Tensor]:
        """One forward and one backward pass, and an update of every layer."""
        layers, tally, batch = self.network.layers, self.network.tally, images.shape[0]
        inputs, logits = self._forward(images)
        delta = targets - logits.softmax(-1)
        wrong = logits.argmax(-1) != targets.argmax(-1)
        measured = {"error_training": wrong.to(torch.float32).mean(1)}
        for number in reversed(range(len(layers))):
            layer = layers[number]
            below = delta
            if number > 0:
                carried = layer.hardware.probe().forward_transposed(delta) * layer.gain
                carried = carried[..., : layer.n_in]
                below = carried * (inputs[number] > 0)
            layer.pulse(inputs[number], delta, rate)
            tally.add("digital_op", 2 * batch * layer.n_out)
            bits = self.network.activities.input_bits * layer.hardware.n_in
            bits += (_ERROR_BITS + 1) * layer.n_out
            tally.add("memory_byte", batch * bits / 8)
            delta = below
        return measured

    def scores(self, images: Tensor, readout: str) -> Tensor:
        """Logits."""
        del readout
        for layer in self.network.layers:
            self.network.tally.add("digital_op", images.shape[0] * layer.n_out)
        return self._forward(images)[1]

    def own_state(self) -> dict[str, Tensor]:
        """Nothing: all its state is on the hardware."""
        return {}

    def load_own_state(self, state: Mapping[str, Tensor]) -> None:
        """Nothing to load."""
        del state

    def _forward(self, images: Tensor) -> tuple[list[Tensor], Tensor]:
        """Each layer's input, and the logits."""
        x = self.network.normalised(images).unsqueeze(0)
        inputs = []
        *hidden, last = self.network.layers
        for layer in hidden:
            inputs.append(x)
            x = layer(x)
        inputs.append(x)
        return inputs, last.preactivity(x)
