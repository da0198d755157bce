"""Networks whose last layer has one unit a class, trained to lower the cross-entropy of a softmax.

What BP and most rivals of Forward-Forward share: the way up, the error at the output, the update of a layer, and what
all that counts. How the error reaches the hidden layers is each rival's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from mortalff.errors import InputError, message
from mortalff.learners.activation import ACTIVATIONS, Activation, ActivationName
from mortalff.learners.digital_activities import require_digital_activities
from mortalff.learners.pulsed import PulsedLearner, PulsedSettings
from mortalff.learners.settings import Settings
from mortalff.networks.network import Network
from mortalff.networks.sizes import AnySize

_ERROR_BITS = 8  # of a stored error, for memory traffic only


class OutputSettings(PulsedSettings):
    """Settings common to learners with output units."""

    activation: ActivationName = Field(default="relu", description="of the hidden units")


class OutputLearner(PulsedLearner):
    """Layers up to one unit a class; a subclass gives :meth:`step`.

    Hidden layers give y = f(z), z = gain · W[x, 1], and hand y on as it is; the output layer's z are logits.

    Args:
        network: layers on hardware, the last with one unit a class.
        settings: how to learn.

    Attributes:
        activation: f and its derivative.

    Raises:
        CapabilityError: the network's hardware lacks a need.
        InputError: another number of output units, activities that are no numbers.
    """

    readouts: tuple[str, ...] = ("softmax",)
    settings_type: ClassVar[type[Settings]] = OutputSettings
    settings: OutputSettings

    def __init__(self, network: Network, settings: OutputSettings) -> None:
        self.settings = settings
        self.activation: Activation = ACTIVATIONS[settings.activation]
        super().__init__(network, settings)
        outputs = network.layers[-1].n_out
        if outputs != network.n_classes:
            rule = f"its last layer has one unit for each of {network.n_classes} classes"
            right = f"build the network with {type(self).__name__}.sizes(hidden, n_classes)"
            raise InputError(message("units of the last layer", outputs, rule, right))
        require_digital_activities(
            network, "errors at the output are numbers, and need the activities as numbers"
        )

    @classmethod
    def sizes(cls, hidden: Sequence[AnySize], n_classes: int) -> tuple[AnySize | int, ...]:
        """Hidden layers and one output unit a class."""
        return (*hidden, n_classes)

    def climb(self, images: Tensor) -> tuple[list[Tensor], Tensor]:
        """Pass images up through all layers.

        Counts, beside what the arrays do and the normalisation of the images, one digital operation a vector and unit:
        the activation, or the unit's share of the softmax.

        Args:
            images: (batch, n_in) in [0, 1].

        Returns:
            Each layer's input, (1 or chips, batch, n_in of the layer), the first one normalised; and the logits,
            (chips, batch, n_classes).
        """
        return self.climb_from(self.network.normalised(images).unsqueeze(0))

    def climb_from(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Pass input vectors (1 or chips, batch, n_in), normalised by the caller, up as :meth:`climb` does."""
        inputs, last = self.climb_hidden(x), self.network.layers[-1]
        self.network.tally.add("digital_op", x.shape[-2] * last.n_out)
        return inputs, last.preactivity(inputs[-1])

    def climb_hidden(self, x: Tensor) -> list[Tensor]:
        """Each layer's input for input vectors (1 or chips, batch, n_in); the output layer is not read."""
        inputs = [x]
        for layer in self.network.layers[:-1]:
            inputs.append(self.activation.of(layer.preactivity(inputs[-1])))
            self.network.tally.add("digital_op", x.shape[-2] * layer.n_out)
        return inputs

    def output_error(self, logits: Tensor, targets: Tensor) -> Tensor:
        """How much each logit should rise: targets − softmax, minus the gradient of the cross-entropy.

        Args:
            logits: (chips, batch, n_classes).
            targets: class probabilities, (1 or chips, batch, n_classes).

        Returns:
            (chips, batch, n_classes).
        """
        return targets - logits.softmax(-1)

    def update(self, number: int, x: Tensor, delta: Tensor, rate: float) -> None:
        """Pulse one layer with its inputs and errors.

        Counts, beside the pulses, one digital operation a sample and unit (the derivative, or the output's error) and
        memory that a sample's inputs, and an error of 8 bits and a bit of derivative for each unit, are written to and,
        for the update, read from: 2 B (n_in bits_in + 9 n_out)/8 bytes a batch of B.

        Args:
            number: which layer, from 0.
            x: its inputs, (1 or chips, batch, n_in).
            delta: how much each weighted input should rise, (1 or chips, batch, n_out).
            rate: learning rate.
        """
        layer, tally, batch = self.network.layers[number], self.network.tally, x.shape[-2]
        layer.pulse(x, delta, rate)
        tally.add("digital_op", batch * layer.n_out)
        bits = self.network.activities.input_bits * layer.hardware.n_in
        bits += (_ERROR_BITS + 1) * layer.n_out
        tally.add("memory_byte", 2 * batch * bits / 8)

    def measured(self, logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """What a step reports: the share of training examples each chip gets wrong, (chips,)."""
        wrong = logits.argmax(-1) != targets.argmax(-1)
        return {"error_training": wrong.to(torch.float32).mean(1)}

    def scores(self, images: Tensor, readout: str) -> Tensor:
        """Logits."""
        del readout
        return self.climb(images)[1]

    def own_state(self) -> dict[str, Tensor]:
        """Nothing: all its state is on the hardware."""
        return {}

    def load_own_state(self, state: Mapping[str, Tensor]) -> None:
        """Nothing to load."""
        del state
