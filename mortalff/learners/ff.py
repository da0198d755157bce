"""The Forward-Forward algorithm (Hinton, arXiv 2212.13345): two forward passes and a local update.

Each layer has goodness G = Σ y² and calls data positive with p = σ((G − θ)/T). It changes its own weights by the outer
product of what it was given and what it gave: d = (1 − p) y for positive data, d = −p y for negative data. Nothing else
of the hardware is used, so it trains hardware nobody has a model of.

With ``smoothing`` and ``weight_decay`` it is Hinton's recipe, which keeps a digital number for every weight; without,
it learns by pulses alone. What positive and negative data are is in :mod:`mortalff.learners.contrast`, other kinds of
goodness in :mod:`mortalff.learners.goodness`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from pydantic import JsonValue
from torch import Tensor

from mortalff.cards import Card
from mortalff.data import Split
from mortalff.errors import InputError, message
from mortalff.hardware.scheme import Scheme
from mortalff.learners.augment import Shifts
from mortalff.learners.contrast import contrast_of
from mortalff.learners.ff_network import check_moved, first_read_out, rates_of_layers
from mortalff.learners.ff_settings import FFSettings
from mortalff.learners.from_card import FromCard, Task
from mortalff.learners.headed import HeadedLearner
from mortalff.learners.in_situ import ff_in_situ
from mortalff.learners.local_layer import LocalLayer, Seen, load_peers_state, peers_state
from mortalff.learners.negatives import draw_wrong_labels, sampling_operations
from mortalff.learners.rollout import batch_of, roll_out
from mortalff.learners.settings import Settings
from mortalff.networks.arrays import ArrayMaker
from mortalff.networks.network import Network
from mortalff.networks.normalise import rms_normalise
from mortalff.networks.shapes import ImageShape
from mortalff.networks.sizes import Hidden
from mortalff.streams import Stream

_COUNTS = ("calls", "shifts", "steps")  # places in streams and time, as states name them


class FF(HeadedLearner):
    """Forward-Forward.

    Beside arrays, activities and head, digital operations are counted for making negative data: 2 n_classes for each
    wrong class drawn and for each symbol that a roll-out samples (a number for each class, and a comparison), and what
    the contrast takes (:mod:`mortalff.learners.contrast`): hybrids 26 a pixel, one a number and two, pairs one a number
    and two. Passes of layers that do not learn count as in inference.

    Args:
        network: layers on any hardware.
        settings: how to learn.
    """

    name: ClassVar[str] = "ff"
    readouts: tuple[str, ...] = ("softmax", "energy")
    settings_type: ClassVar[type[FFSettings]] = FFSettings
    settings: FFSettings

    def __init__(self, network: Network, settings: FFSettings | None = None) -> None:
        self.settings = FFSettings() if settings is None else settings
        super().__init__(network, self.settings)
        layers, device = network.layers, network.device
        self._contrast = contrast_of(self.settings.contrast, network.n_in, network.n_classes)
        default = FFSettings.model_fields["readout_from_layer"].default
        self._first = first_read_out(self.settings.readout_from_layer, len(layers), default)
        if not self._contrast.with_classes:
            self.readouts = ("softmax",)
        elif not self.settings.head:
            self.readouts = ("energy",)
        width = sum(layer.n_out for layer in layers[self._first :])
        self._head = self._new_head(width)
        self._local = [
            LocalLayer(network, number, self.settings, share)
            for number, share in enumerate(rates_of_layers(self.settings.layer_rates, len(layers)))
        ]
        self._negatives = Stream(network.seeds, "negatives", network.chip_ids, device)
        self._shifts = Shifts(self.settings.shift, network.n_in, network.seeds, device)
        self._dreams: Tensor | None = None
        self._steps = 0

    @classmethod
    def build(
        cls,
        arrays: ArrayMaker,
        image_shape: ImageShape,
        hidden: Hidden,
        n_classes: int,
        settings: Settings,
    ) -> Network:
        """A stack of these layers, on images where they are to be moved."""
        if isinstance(settings, FFSettings):
            check_moved(settings.shift, image_shape)
        return super().build(arrays, image_shape, hidden, n_classes, settings)

    @classmethod
    def from_card(
        cls, card: Card, task: Task, given: Mapping[str, JsonValue], scheme: Scheme | None = None
    ) -> FromCard:
        """The rule of :mod:`mortalff.learners.in_situ`."""
        return ff_in_situ(card, task, given, scheme)

    def start_epoch(self, train: Split, epoch: int, epochs: int) -> None:
        """Where negative data are roll-outs, make this epoch's from what the head predicts now."""
        del epoch, epochs
        if self.settings.negatives == "rollout":
            steps = min(self.settings.rollout_steps, len(train))
            starts = train.images[::steps].to(self.network.device)
            self._dreams = roll_out(self._predict_next, starts, steps, self._negatives)
            sampled = sampling_operations(steps * len(starts), self.network.n_classes)
            self.network.tally.add("digital_op", sampled)

    def step(self, images: Tensor, targets: Tensor, rate: float) -> dict[str, Tensor]:
        """One update from a batch of positive and as much negative data, or of one of them where phases are apart."""
        measured: dict[str, Tensor] = {}
        awake, asleep = self._phase()
        images = self._shifts(images)
        positive = negative = None
        if awake:
            positive = self._pass(self._contrast.positive(images, targets))
        logits = torch.zeros_like(targets)
        if self.settings.head and (awake or self._contrast.with_classes):
            features = self._features(images, positive)
            logits = self._head.logits(features)
            if awake:
                self._head.learn(features, logits, targets, rate / self.settings.lr)
            wrong = logits.argmax(-1) != targets.argmax(-1)
            measured["error_training"] = wrong.to(torch.float32).mean(1)
        if asleep:
            negative = self._pass(self._negative_data(images, targets, logits))
        for number, local in enumerate(self._local):
            up = None if positive is None else positive[number]
            down = None if negative is None else negative[number]
            measured |= local.learn(up, down, rate)
        self._steps += 1
        return measured

    def scores(self, images: Tensor, readout: str) -> Tensor:
        """Logits of the head, or the goodness under each class (one pass a class)."""
        if readout == "softmax":
            return self._head.logits(self._features(images))
        total: Tensor | None = None
        for goodness in self.goodness_by_class(images)[self._first :]:
            total = goodness if total is None else total + goodness
        assert total is not None
        return total

    def goodness_by_class(self, images: Tensor) -> list[Tensor]:
        """Each layer's goodness under each class, (chips, batch, n_classes).

        Taking the goodness is counted for the layers that are read out.

        Args:
            images: (batch, n_in).
        """
        n_classes, batch = self.network.n_classes, images.shape[0]
        every = torch.eye(n_classes, device=images.device).repeat_interleave(batch, dim=0)
        data = self._contrast.positive(images.repeat(n_classes, 1), every.unsqueeze(0))
        found = []
        for number, y in enumerate(self.activities(data)):
            if number >= self._first:
                layer = self.network.layers[number]
                self.network.activities.count_goodness(self.network.tally, layer, y.shape[1])
            goodness = self.goodness(number, y)
            found.append(goodness.reshape(-1, n_classes, batch).transpose(1, 2))
        return found

    def contrasted(self, split: Split) -> tuple[Tensor, Tensor]:
        """Positive data of examples, and negative data with wrong classes drawn at random; nothing moves on by this.

        Returns:
            Two tensors, (n, n_in) or with chips in front.
        """
        images, labels = split.images.to(self.network.device), split.labels.to(self.network.device)
        classes, calls = self.network.n_classes, self._negatives.calls
        hot = torch.nn.functional.one_hot(labels, classes).to(images.dtype).unsqueeze(0)
        wrong = draw_wrong_labels(hot, labels, self._negatives, hard=False)
        negative = self._contrast.negative(images, wrong, self._negatives)
        self._negatives.calls = calls
        return self._contrast.positive(images, hot), negative

    def activities(self, data: Tensor) -> list[Tensor]:
        """Each layer's activities (chips, batch, units) on the way up, as inference takes them.

        Args:
            data: (batch, n_in) or (chips, batch, n_in), not normalised yet.
        """
        x = self.network.normalised(data)
        found = []
        for layer in self.network.layers:
            y = layer(x)
            self.network.activities.count_pass(self.network.tally, layer, y.shape[1])
            found.append(y)
            x = rms_normalise(y)
        return found

    def goodness(self, number: int, y: Tensor) -> Tensor:
        """A layer's goodness (chips, batch) for activities (chips, batch, units); layers are numbered from 0."""
        return self._local[number].rule.goodness(y)

    def goodness_unit(self, number: int) -> float:
        """What a layer's goodness is measured in: |θ|, but where that can be zero."""
        return self._local[number].rule.unit

    def own_state(self) -> dict[str, Tensor]:
        """Head, units' mean activities, places in the streams, steps done."""
        state = self._head_state() | peers_state(self._local)
        for name, count in zip(_COUNTS, self._counts(), strict=True):
            state[name] = torch.tensor(count)
        return state

    def load_own_state(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state."""
        self._load_head_state(state)
        load_peers_state(self._local, state)
        self._negatives.calls, self._shifts.calls, self._steps = (int(state[n]) for n in _COUNTS)

    def _counts(self) -> tuple[int, int, int]:
        return self._negatives.calls, self._shifts.calls, self._steps

    def _phase(self) -> tuple[bool, bool]:
        """Whether this step sees positive and negative data."""
        if self.settings.phases == "together":
            return True, True
        awake = (self._steps // self.settings.phase_batches) % 2 == 0
        return awake, not awake

    def _negative_data(self, images: Tensor, targets: Tensor, logits: Tensor) -> Tensor:
        if self.settings.negatives == "rollout":
            if self._dreams is None:
                rule = "roll-outs are made before each epoch"
                raise InputError(
                    message("negatives", "rollout", rule, "call start_epoch first, as fit does")
                )
            return batch_of(self._dreams, self._steps, images.shape[0])
        tally, batch = self.network.tally, images.shape[0]
        tally.add("digital_op", batch * self._contrast.operations)
        if not self._contrast.with_classes:
            return self._contrast.negative(images, torch.zeros(0), self._negatives)
        hard = self.settings.negatives == "hard"
        tally.add("digital_op", sampling_operations(batch, self.network.n_classes))
        labels = draw_wrong_labels(logits, targets.argmax(-1), self._negatives, hard=hard)
        return self._contrast.negative(images, labels, self._negatives)

    def _pass(self, data: Tensor) -> list[Seen]:
        """Each layer's input and activity on the way up."""
        x, activities = self.network.normalised(data), self.network.activities
        seen = []
        for layer, local in zip(self.network.layers, self._local, strict=True):
            x = x.unsqueeze(0) if x.ndim == 2 else x
            y = layer(x)
            count = activities.count_ff_pass if local.learns else activities.count_pass
            count(self.network.tally, layer, x.shape[-2])
            seen.append(Seen(x, y))
            x = rms_normalise(y)
        return seen

    def _features(self, images: Tensor, positive: list[Seen] | None = None) -> Tensor:
        """Normalised activities on neutral data of the layers that are read out.

        Where data have no classes in them, neutral data are positive data, and what these gave serves.
        """
        if positive is not None and not self._contrast.with_classes:
            outputs = [seen.y for seen in positive]
        else:
            outputs = self.activities(self._contrast.neutral(images))
        kept = outputs[self._first :]
        for layer, y in zip(self.network.layers[self._first :], kept, strict=True):
            self.network.activities.count_features(self.network.tally, layer, y.shape[1])
        return torch.cat([rms_normalise(y) for y in kept], dim=-1)

    def _predict_next(self, windows: Tensor) -> Tensor:
        return self._head.logits(self._features(windows))
