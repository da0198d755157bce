"""The Forward-Forward algorithm (Hinton, arXiv 2212.13345): two forward passes and a local update.

Each layer has goodness G = Σ y² and calls data positive with p = σ((G − θ)/T). It changes its own weights by the outer
product of what it was given and what it gave: d = (1 − p) y for positive data, d = −p y for negative data. Nothing else
of the hardware is used, so it trains hardware nobody has a model of.

With ``smoothing`` and ``weight_decay`` it is Hinton's recipe, which keeps a digital number for every weight; without,
it learns by pulses alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
from pydantic import Field, model_validator
from torch import Tensor

from mortalff.errors import InputError, message
from mortalff.learners.base import Learner
from mortalff.learners.negatives import sample_wrong_labels
from mortalff.learners.settings import Settings
from mortalff.learners.softmax_head import SoftmaxHead
from mortalff.networks.label import check_label_pixels, embed_label, embed_neutral
from mortalff.networks.layer import Layer
from mortalff.networks.network import Network
from mortalff.networks.normalise import rms_normalise
from mortalff.streams import Stream

_PEER_START, _PEER_KEEP = 0.5, 0.9  # Hinton's code: running means start at .5 and keep .9


class FFSettings(Settings):
    """Settings of FF. The defaults learn in situ, by pulses alone."""

    threshold: float = Field(
        default=1.0,
        gt=0,
        description="θ as a share of the layer's width, inputs having mean square 1",
    )
    temperature: float = Field(default=1.0, gt=0, description="T, in units of goodness")
    peer: float = Field(
        default=0.03, ge=0, description="pull of each unit's mean activity towards its layer's"
    )
    negatives: Literal["hard", "random"] = Field(
        default="hard", description="wrong labels drawn by the softmax head, or at random"
    )
    head: bool = Field(default=True, description="train a softmax head on the features")
    readout_from_layer: int = Field(
        default=2, ge=1, description="first layer whose goodness and features are read out"
    )
    layers: Literal["learn", "frozen"] = Field(
        default="learn",
        description="frozen: all alike but for the pulses, so that the head alone learns: the floor of random features",
    )
    smoothing: float = Field(default=0.0, ge=0, lt=1, description="of each weight's gradient")
    weight_decay: float = Field(default=0.0, ge=0, lt=1, description="decoupled, per unit of rate")

    @model_validator(mode="after")
    def _hard_negatives_need_a_head(self) -> FFSettings:
        if self.negatives == "hard" and not self.head:
            raise ValueError(
                "hard negatives are drawn by the softmax head, which is switched off; "
                "set negatives to 'random', or head to true"
            )
        return self

    @classmethod
    def hinton(cls) -> FFSettings:
        """Hinton's recipe for MNIST: rate .01, smoothing .9, decay .001; a digital number for every weight."""
        return cls(lr=0.01, smoothing=0.9, weight_decay=0.001)


class FF(Learner):
    """Forward-Forward with the label in the input.

    Args:
        network: layers on any hardware.
        settings: how to learn.
    """

    name: ClassVar[str] = "ff"
    readouts: tuple[str, ...] = ("softmax", "energy")
    settings_type: ClassVar[type[Settings]] = FFSettings
    settings: FFSettings

    def __init__(self, network: Network, settings: FFSettings | None = None) -> None:
        self.settings = FFSettings() if settings is None else settings
        super().__init__(network, self.settings)
        if not self.settings.head:
            self.readouts = ("energy",)
        check_label_pixels(network.n_in, network.n_classes)
        wanted, there = self.settings.readout_from_layer, len(network.layers)
        if wanted > there and "readout_from_layer" in self.settings.model_fields_set:
            rule = f"the network has {there} layers"
            right = f"give a number from 1 to {there}"
            raise InputError(message("readout_from_layer", wanted, rule, right))
        self._first = min(wanted, there) - 1
        chips, device = network.chips, network.device
        read = network.layers[self._first :]
        self._head = SoftmaxHead(
            chips, sum(layer.n_out for layer in read), network.n_classes, network.tally, device
        )
        self._means = [
            torch.full((chips, 1, layer.n_out), _PEER_START, device=device)
            for layer in network.layers
        ]
        self._negatives = Stream(network.seeds, "negatives", network.chip_ids, device)
        if "digital_update" in self.needs:
            for layer in network.layers:
                layer.hardware.set_digital_update(
                    self.settings.smoothing, self.settings.weight_decay
                )

    @property
    def needs(self) -> frozenset[str]:
        """Forward passes and pulses; digital updates too where gradients are smoothed or weights decayed."""
        kept = self.settings.smoothing > 0.0 or self.settings.weight_decay > 0.0
        return frozenset({"forward", "pulse"} | ({"digital_update"} if kept else set()))

    def step(self, images: Tensor, targets: Tensor, rate: float) -> dict[str, Tensor]:
        """One update from a batch of positive data and as much negative data."""
        n_classes = self.network.n_classes
        measured: dict[str, Tensor] = {}
        truth = targets.argmax(-1)
        positive = self._pass(self.network.normalised(embed_label(images, targets, n_classes)))
        logits = torch.zeros_like(targets)
        if self.settings.head:
            features = self._features(images)
            logits = self._head.logits(features)
            self._head.learn(features, logits, targets, rate / self.settings.lr)
            wrong = logits.argmax(-1) != truth
            measured["error_training"] = wrong.to(torch.float32).mean(1)
        if self.settings.negatives == "random":
            logits = torch.zeros_like(logits)
        uniform = self._negatives.uniform(images.shape[0], n_classes)
        labels = sample_wrong_labels(logits, truth, uniform)
        negative = self._pass(self.network.normalised(embed_label(images, labels, n_classes)))
        for number, layer in enumerate(self.network.layers):
            up, good = self._pull(layer, positive[number][1], 1.0)
            if self.settings.peer > 0.0:
                up = up + self._peer(number, positive[number][1])
                self.network.activities.count_peer(self.network.tally, layer, images.shape[0])
            down, bad = self._pull(layer, negative[number][1], -1.0)
            inputs = [positive[number][0], negative[number][0]]
            chips = max(part.shape[0] for part in inputs)
            x = torch.cat([part.expand(chips, -1, -1) for part in inputs], dim=1)
            if self.settings.layers == "learn":
                # The mean over both halves of the batch is half the mean over pairs.
                layer.pulse(x, torch.cat((up, down), dim=1), 2.0 * rate)
            measured[f"goodness_positive_layer{number + 1}"] = good
            measured[f"goodness_negative_layer{number + 1}"] = bad
        return measured

    def scores(self, images: Tensor, readout: str) -> Tensor:
        """Logits of the head, or the goodness under each label (one pass a class)."""
        if readout == "softmax":
            return self._head.logits(self._features(images))
        n_classes, batch = self.network.n_classes, images.shape[0]
        every = torch.arange(n_classes, device=images.device).repeat_interleave(batch)
        x = self.network.normalised(embed_label(images.repeat(n_classes, 1), every, n_classes))
        total: Tensor | None = None
        for number, layer in enumerate(self.network.layers):
            y = layer(x)
            self.network.activities.count_pass(self.network.tally, layer, x.shape[-2])
            if number >= self._first:
                self.network.activities.count_goodness(self.network.tally, layer, x.shape[-2])
                goodness = y.square().sum(-1)
                total = goodness if total is None else total + goodness
            x = rms_normalise(y)
        assert total is not None
        return total.reshape(-1, n_classes, batch).transpose(1, 2)

    def own_state(self) -> dict[str, Tensor]:
        """Head, units' mean activities, place in the stream of negatives."""
        state = {f"head.{name}": tensor for name, tensor in self._head.state_dict().items()}
        for number, means in enumerate(self._means):
            state[f"means{number}"] = means.clone()
        state["calls"] = torch.tensor(self._negatives.calls)
        return state

    def load_own_state(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state."""
        head = {n.removeprefix("head."): t for n, t in state.items() if n.startswith("head.")}
        self._head.load_state_dict(head)
        for number, means in enumerate(self._means):
            means.copy_(state[f"means{number}"])
        self._negatives.calls = int(state["calls"])

    def readout_state(self) -> dict[str, Tensor]:
        """Weights of the softmax head, (chips, n_classes, n_features)."""
        return {"weights": self._head.state_dict()["weights"]}

    def load_readout_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over another head's weights; this head's smoothed gradient starts from zero."""
        super().load_readout_state(state)
        fresh = {name: torch.zeros_like(t) for name, t in self._head.state_dict().items()}
        self._head.load_state_dict(fresh | dict(state))

    def _pass(self, x: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Each layer's input and activity on the way up."""
        seen = []
        for layer in self.network.layers:
            x = x.unsqueeze(0) if x.ndim == 2 else x
            y = layer(x)
            self.network.activities.count_ff_pass(self.network.tally, layer, x.shape[-2])
            seen.append((x, y))
            x = rms_normalise(y)
        return seen

    def _features(self, images: Tensor) -> Tensor:
        """Normalised activities under the neutral label, of the layers that are read out."""
        x = self.network.normalised(embed_neutral(images, self.network.n_classes))
        kept = []
        for number, layer in enumerate(self.network.layers):
            y = layer(x)
            self.network.activities.count_pass(self.network.tally, layer, x.shape[-2])
            x = rms_normalise(y)
            if number >= self._first:
                self.network.activities.count_features(self.network.tally, layer, x.shape[-2])
                kept.append(x)
        return torch.cat(kept, dim=-1)

    def _pull(self, layer: Layer, y: Tensor, sign: float) -> tuple[Tensor, Tensor]:
        """The local error d and the mean goodness of each chip, in units of θ."""
        theta = self.settings.threshold * layer.n_out
        goodness = y.square().sum(-1, keepdim=True)
        # σ(−z) = 1/(1 + e^z); torch's own sigmoid rounds by where in memory a number lies, so by the chips beside.
        doubt = 1.0 / (1.0 + torch.exp(sign * (goodness - theta) / self.settings.temperature))
        return sign * doubt * y, goodness.mean((1, 2)) / theta

    def _peer(self, number: int, y: Tensor) -> Tensor:
        """Pull units towards the mean activity of their layer, from positive data, whatever the rectifier did."""
        means = self._means[number]
        means.mul_(_PEER_KEEP).add_(y.mean(1, keepdim=True), alpha=1.0 - _PEER_KEEP)
        return self.settings.peer * (means.mean(2, keepdim=True) - means)
