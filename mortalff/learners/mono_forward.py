"""Mono-Forward: every layer learns to tell the classes apart by itself, through a small projection of its own.

A layer's activities y = f(z), z = gain · W[x, 1], are projected to goodness of each class, g = M y, with M one row a
class. Both W and M go down the layer's own cross-entropy −Σ t log softmax(g), from one forward pass and nothing above:

    e = t − softmax(g),    ΔM ∝ e yᵀ,    δ = Mᵀe ⊙ f′(z),    and the array is pulsed with δ and x.

Layers hand y on as it is. M lies in digital memory beside the array (n_classes · n_out numbers a layer, against n_in ·
n_out weights on hardware) and starts at zero. f′ is a model of the periphery's activation; the array is not modelled,
so a stage behind it is wrong for δ only by what it does between W x and z.

Source: Gong, Li and Abdulla, arXiv 2501.09238 (2025). Local classifiers with fixed random M: Mostafa, Ramesh and
Cauwenberghs, Front. Neurosci. 12, 608 (2018).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from mortalff.array_math import apply_weights
from mortalff.learners.activation import ACTIVATIONS, ActivationName
from mortalff.learners.digital_activities import require_digital_activities
from mortalff.learners.pulsed import PulsedLearner, PulsedSettings
from mortalff.learners.softmax_head import HeadSettings, SoftmaxHead
from mortalff.networks.network import Network

_ERROR_BITS = 8  # of a stored error, for memory traffic only
_BYTES = 4  # of a number of M
_KEEP = 0.99  # of the running training errors by which the best layer is chosen


class MonoForwardSettings(PulsedSettings):
    """Settings of Mono-Forward."""

    activation: ActivationName = Field(default="relu", description="of the units")
    projection_lr: float = Field(
        default=0.1, gt=0, description="learning rate of the projections, scheduled as lr is"
    )
    projection_decay: float = Field(
        default=0.0, ge=0, lt=1, description="decoupled decay of the projections, per unit of rate"
    )
    projection_smoothing: float = Field(
        default=0.0, ge=0, lt=1, description="of the projections' gradients"
    )


class Projection(SoftmaxHead):
    """A layer's goodness of each class, and the layer's share in its error."""

    def back(self, error: Tensor) -> Tensor:
        """Mᵀe, (chips, batch, n_out), of an error (chips, batch, n_classes); counts as :meth:`logits` does."""
        size = self._weights[0].numel()
        self._tally.add("digital_mac", error.shape[1] * size)
        self._tally.add("memory_byte", _BYTES * size)
        return apply_weights(error, self._weights.transpose(1, 2))


class MonoForward(PulsedLearner):
    """Layers that learn by a local cross-entropy.

    Read-outs: ``sum`` adds the layers' goodness up, ``last`` takes the last layer's, ``best`` that of the layer with
    the lowest running training error, chip by chip.

    Beside reads, pulses and normalisation, an update of a batch of B counts for each layer: B n_out digital operations
    (activation) on the way up; the projection's own (B n_classes n_out multiply-adds up, as many back, and its
    learning); 2 B n_out operations (derivative, error); 2 B (n_in bits_in + 9 n_out)/8 bytes for inputs, errors and
    derivatives, written and read. Prediction counts activations, the projections read (``best``: all of them), and
    n_classes operations for each addition of goodness.

    Args:
        network: layers on hardware, all hidden.
        settings: how to learn.
    """

    name: ClassVar[str] = "mono_forward"
    readouts: tuple[str, ...] = ("sum", "last", "best")
    settings_type: ClassVar[type[MonoForwardSettings]] = MonoForwardSettings
    settings: MonoForwardSettings

    def __init__(self, network: Network, settings: MonoForwardSettings | None = None) -> None:
        self.settings = MonoForwardSettings() if settings is None else settings
        self.activation = ACTIVATIONS[self.settings.activation]
        super().__init__(network, self.settings)
        require_digital_activities(network, "projections multiply activities as numbers")
        head = HeadSettings(
            self.settings.projection_lr,
            self.settings.projection_decay,
            self.settings.projection_smoothing,
        )
        chips, classes = network.chips, network.n_classes
        self._projections = [
            Projection(chips, layer.n_out, classes, network.tally, network.device, head)
            for layer in network.layers
        ]
        self._errors = torch.ones(chips, len(network.layers), device=network.device)

    def step(self, images: Tensor, targets: Tensor, rate: float) -> dict[str, Tensor]:
        """One forward pass, and an update of every layer and projection."""
        tally, batch = self.network.tally, images.shape[0]
        seen = self._climb(images)
        measured: dict[str, Tensor] = {}
        for number, (x, y) in enumerate(seen):
            layer, projection = self.network.layers[number], self._projections[number]
            goodness = projection.logits(y)
            delta = projection.back(targets - goodness.softmax(-1)) * self.activation.slope(y)
            projection.learn(y, goodness, targets, rate / self.settings.lr)
            layer.pulse(x, delta, rate)
            tally.add("digital_op", 2 * batch * layer.n_out)
            bits = self.network.activities.input_bits * layer.hardware.n_in
            bits += (_ERROR_BITS + 1) * layer.n_out
            tally.add("memory_byte", 2 * batch * bits / 8)
            wrong = (goodness.argmax(-1) != targets.argmax(-1)).to(torch.float32).mean(1)
            self._errors[:, number] += (1.0 - _KEEP) * (wrong - self._errors[:, number])
            measured[f"error_training_layer{number + 1}"] = wrong
        return measured

    def scores(self, images: Tensor, readout: str) -> Tensor:
        """Goodness of each class, of one layer or summed."""
        seen = self._climb(images)
        if readout == "last":
            return self._projections[-1].logits(seen[-1][1])
        every = [
            projection.logits(y) for projection, (_, y) in zip(self._projections, seen, strict=True)
        ]
        if readout == "best":
            chosen = self._errors.argmin(1)
            return torch.stack([every[best][chip] for chip, best in enumerate(chosen.tolist())])
        total = every[0]
        for goodness in every[1:]:
            total = total + goodness
            self.network.tally.add("digital_op", images.shape[0] * self.network.n_classes)
        return total

    def own_state(self) -> dict[str, Tensor]:
        """Projections, and the layers' running training errors."""
        state = {"errors": self._errors.clone()}
        for number, projection in enumerate(self._projections):
            for name, tensor in projection.state_dict().items():
                state[f"projection{number}.{name}"] = tensor
        return state

    def load_own_state(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state."""
        self._errors.copy_(state["errors"])
        for number, projection in enumerate(self._projections):
            prefix = f"projection{number}."
            part = {n.removeprefix(prefix): t for n, t in state.items() if n.startswith(prefix)}
            projection.load_state_dict(part)

    def readout_state(self) -> dict[str, Tensor]:
        """Each layer's projection, (chips, n_classes, n_out)."""
        return {
            f"projection{number}": projection.state_dict()["weights"]
            for number, projection in enumerate(self._projections)
        }

    def load_readout_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over projections; their smoothed gradients start from zero."""
        super().load_readout_state(state)
        for number, projection in enumerate(self._projections):
            fresh = {n: torch.zeros_like(t) for n, t in projection.state_dict().items()}
            projection.load_state_dict(fresh | {"weights": state[f"projection{number}"]})

    def _climb(self, images: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Each layer's inputs and activities."""
        x = self.network.normalised(images).unsqueeze(0)
        seen = []
        for layer in self.network.layers:
            y = self.activation.of(layer.preactivity(x))
            self.network.tally.add("digital_op", x.shape[-2] * layer.n_out)
            seen.append((x, y))
            x = y
        return seen
