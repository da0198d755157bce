"""Stacked restricted Boltzmann machines by CD-1: the ancestor with two phases, before Forward-Forward.

Each layer is a machine with visible units v and hidden units h. With p = σ(gain · W[v, 1]), a sample h ~ p, the
reconstruction v′ = σ(gain · Wᵀh + c) and p′ = σ(gain · W[v′, 1]), it learns by two local outer products,

    ΔW ∝ p [v, 1]ᵀ − p′ [v′, 1]ᵀ,    Δc ∝ v − v′,

one pulsed on data (positive phase) and one on what the machine makes of it (negative phase). The reconstruction reads
the array backwards: a transposed, privileged read, where Forward-Forward's negative data take a forward one. Wᵀ is what
the array is, so on real devices the weights stay symmetric; a stage behind the array would not.

Layers learn greedily, one after the other, each for an equal share of the epochs, from the probabilities p of the layer
below; the first from images as they are, in [0, 1]. Labels play no part: a softmax head on the probabilities of all
layers, normalised, learns throughout. The array has one bias line, that of the hidden units; visible biases c, one
number an input, are digital and start at zero.

Sources: Hinton, Neural Comput. 14, 1771 (2002) (contrastive divergence); Hinton, Osindero and Teh, Neural Comput. 18,
1527 (2006) (greedy stacks); Hinton, A practical guide to training RBMs (UTML TR 2010-003) (where to sample: h on the
way down; probabilities elsewhere).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from mortalff.data import Split
from mortalff.learners.activation import logistic
from mortalff.learners.digital_activities import require_digital_activities
from mortalff.learners.headed import HeadedLearner
from mortalff.learners.pulsed import PulsedSettings
from mortalff.networks.layer import Layer
from mortalff.networks.network import Network
from mortalff.networks.normalise import rms_normalise
from mortalff.streams import Stream

_BYTES = 4  # of a digital visible bias


class RBMSettings(PulsedSettings):
    """Settings of stacked RBMs."""


class RBM(HeadedLearner):
    """Restricted Boltzmann machines, one a layer, with a softmax head on their features.

    An update of a batch of B counts, beside arrays and head: B n_out digital operations for each layer passed (σ) and,
    for the features, as many again and as many multiply-adds (normalisation); for the layer that learns, of n visible
    and m hidden units, with its bias line n + 1 lines: B (2 m + 2 n) operations (h drawn and compared; c added, σ), B m
    again for p′, 2 B n operations for Δc, 8 n bytes for c, and 4 B (bits_in (n + 1) + bits_in m)/8 bytes for what both
    phases hold, written and read.

    Args:
        network: layers on hardware, all hidden.
        settings: how to learn.
    """

    name: ClassVar[str] = "rbm"
    readouts: tuple[str, ...] = ("softmax",)
    settings_type: ClassVar[type[RBMSettings]] = RBMSettings
    always_needs: ClassVar[frozenset[str]] = frozenset({"forward", "pulse", "forward_transposed"})
    settings: RBMSettings

    def __init__(self, network: Network, settings: RBMSettings | None = None) -> None:
        self.settings = RBMSettings() if settings is None else settings
        super().__init__(network, self.settings)
        require_digital_activities(network, "states are sampled from probabilities as numbers")
        chips, device = network.chips, network.device
        features = sum(layer.n_out for layer in network.layers)
        self._head = self._new_head(features)
        self._biases = [
            torch.zeros(chips, 1, layer.n_in, device=device) for layer in network.layers
        ]
        self._stream = Stream(network.seeds, "learner", network.chip_ids, device)
        self._learning = 0

    def start_epoch(self, train: Split, epoch: int, epochs: int) -> None:
        """Give each layer its share of the epochs, from the input up."""
        del train
        self._learning = epoch * len(self.network.layers) // epochs

    def step(self, images: Tensor, targets: Tensor, rate: float) -> dict[str, Tensor]:
        """One update of the layer whose turn it is, and of the head."""
        visible, hidden, features = self._climb(images)
        logits = self._head.logits(features)
        self._head.learn(features, logits, targets, rate / self.settings.lr)
        wrong = logits.argmax(-1) != targets.argmax(-1)
        number = self._learning
        error = self._contrast(number, visible[number], hidden[number], rate)
        return {
            "error_training": wrong.to(torch.float32).mean(1),
            f"reconstruction_layer{number + 1}": error,
        }

    def scores(self, images: Tensor, readout: str) -> Tensor:
        """Logits of the head."""
        del readout
        return self._head.logits(self._climb(images)[2])

    def own_state(self) -> dict[str, Tensor]:
        """Head, visible biases, place in the stream of samples."""
        state = self._head_state()
        for number, bias in enumerate(self._biases):
            state[f"visible{number}"] = bias.clone()
        state["calls"] = torch.tensor(self._stream.calls)
        return state

    def load_own_state(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state."""
        self._load_head_state(state)
        for number, bias in enumerate(self._biases):
            bias.copy_(state[f"visible{number}"])
        self._stream.calls = int(state["calls"])

    def _climb(self, images: Tensor) -> tuple[list[Tensor], list[Tensor], Tensor]:
        """Each layer's visible units, each layer's probabilities, and the normalised features."""
        visible, hidden = [], []
        v = images.unsqueeze(0)
        for layer in self.network.layers:
            visible.append(v)
            v = self._up(layer, v)
            hidden.append(v)
            self.network.tally.add("digital_mac", v.shape[1] * layer.n_out)
            self.network.tally.add("digital_op", v.shape[1] * layer.n_out)
        return visible, hidden, torch.cat([rms_normalise(p) for p in hidden], dim=-1)

    def _up(self, layer: Layer, v: Tensor) -> Tensor:
        """Probabilities of a layer's hidden units."""
        self.network.tally.add("digital_op", v.shape[1] * layer.n_out)
        return logistic(layer.preactivity(v))

    def _contrast(self, number: int, v: Tensor, p: Tensor, rate: float) -> Tensor:
        """CD-1 of one layer; gives each chip's mean squared error of the reconstruction."""
        layer, bias, tally = self.network.layers[number], self._biases[number], self.network.tally
        batch = v.shape[1]
        h = (self._stream.uniform(batch, layer.n_out) < p).to(torch.float32)
        down = layer.sound(layer.hardware.probe().forward_transposed(h))[..., : layer.n_in]
        remade = logistic(layer.gain * down + bias)
        q = self._up(layer, remade)
        both = torch.cat((v.expand(remade.shape[0], -1, -1), remade), dim=1)
        # The mean over both halves is half the mean over pairs.
        layer.pulse(both, torch.cat((p, -q), dim=1), 2.0 * rate)
        missing = v - remade
        bias.add_(missing.mean(1, keepdim=True), alpha=rate)
        tally.add("digital_op", 2 * batch * (layer.n_out + layer.n_in) + 2 * batch * layer.n_in)
        held = self.network.activities.input_bits * (layer.hardware.n_in + layer.n_out)
        tally.add("memory_byte", 2 * 2 * batch * held / 8 + 2 * _BYTES * layer.n_in)
        # Chip by chip: all together, the sums would round by how many chips there are.
        return torch.stack([squares.mean() for squares in missing.square().unbind(0)])
