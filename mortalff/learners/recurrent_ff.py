"""Forward-Forward with top-down connections: an image is a boring video, its label what is seen above.

Hinton 2022 (arXiv 2212.13345), section 4. A recurrent network (:mod:`mortalff.networks.recurrent`) settles between
image and label, and each layer learns, as in FF, to have high goodness under the true label and low goodness under a
wrong one. What comes from above is thus led to agree with what comes from below: spatial context is the teacher. At
each iteration that is learned from, a layer is pulsed with its neighbours' normalised states of the step before and
with d = (1 − p) y or −p y, y what its array just gave.

The two halves of a pair run side by side, under the true label and under the wrong one, so that they may be held
against each other and not against θ (``loss = symba``), and pulsed as differences and means (``pulses = difference``).

Wrong labels are drawn by a softmax head on the states after the bottom-up pass, which no label has reached. Goodness is
that of outputs, not of damped states: its slope in a layer's weights is local and exact.

Counted beside the arrays: images and labels as they are normalised; the first pass and the features as in FF's
inference; 2 operations an example and class for wrong labels drawn; damping, as the network says; then for each
iteration and layer of n units, 2n operations and n multiply-adds a vector, to rectify and normalise. One that is
learned from or read takes n more multiply-adds for its goodness, as the squares of states do not serve; one that is
learned from also n + 1 operations, its inputs and outputs written to memory and read, and peer normalisation. An update
has two vectors an example. Pairs count as a threshold does, and where they are held at θ, 5 operations a pair and layer
more (a mean, its distance from θ, a product, what is added to two pulls); pulses of differences, for each pair and
layer, a sum and a difference for each input line and unit: 2 (lines + n). Frozen layers are never learned from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from mortalff.errors import InputError, message
from mortalff.learners.ff_network import first_read_out
from mortalff.learners.headed import HeadedLearner
from mortalff.learners.local_layer import LocalLayer, Seen, load_peers_state, peers_state
from mortalff.learners.negatives import draw_wrong_labels, sampling_operations
from mortalff.learners.recurrent_ff_settings import RecurrentFFSettings
from mortalff.learners.settings import Settings
from mortalff.networks.arrays import ArrayMaker
from mortalff.networks.network import Network
from mortalff.networks.normalise import rms_normalise
from mortalff.networks.recurrent import Iteration, RecurrentNetwork, States
from mortalff.networks.shapes import ImageShape
from mortalff.networks.sizes import Hidden
from mortalff.streams import Stream


class RecurrentFF(HeadedLearner):
    """Forward-Forward in a recurrent network.

    The video lasts as long as anything is learned or read from it. Hinton's goes on to an eighth frame; of what comes
    after the fifth, nothing is read.

    Args:
        network: a recurrent network on any hardware.
        settings: how to learn.

    Raises:
        InputError: another kind of network, or one with other copies of the label; a layer to read out that is not
            there.
    """

    name: ClassVar[str] = "ff_recurrent"
    readouts: tuple[str, ...] = ("energy", "softmax")
    settings_type: ClassVar[type[Settings]] = RecurrentFFSettings
    settings: RecurrentFFSettings

    def __init__(self, network: Network, settings: RecurrentFFSettings | None = None) -> None:
        self.settings = RecurrentFFSettings() if settings is None else settings
        self._net = _recurrent(network, self.settings)
        super().__init__(network, self.settings)
        layers, device = network.layers, network.device
        self._first = first_read_out(self.settings.readout_from_layer, len(layers))
        width = sum(layer.n_out for layer in layers[self._first :])
        self._head = self._new_head(width)
        self._local = [LocalLayer(network, n, self.settings) for n in range(len(layers))]
        self._negatives = Stream(network.seeds, "negatives", network.chip_ids, device)

    @classmethod
    def build(
        cls,
        arrays: ArrayMaker,
        image_shape: ImageShape,
        hidden: Hidden,
        n_classes: int,
        settings: Settings,
    ) -> Network:
        """A recurrent network of these widths between image and label."""
        copies = RecurrentFFSettings.model_validate(settings.model_dump()).label_copies
        sizes = cls.sizes(hidden, n_classes)
        return RecurrentNetwork.stack(arrays, image_shape, sizes, n_classes, label_copies=copies)

    def step(self, images: Tensor, targets: Tensor, rate: float) -> dict[str, Tensor]:
        """An update at each iteration that is learned from, with positive and as much negative data side by side."""
        image = self._net.normalised(images)
        states = self._bottom_up(image)
        features = self._features(states)
        logits = self._head.logits(features)
        self._head.learn(features, logits, targets, rate / self.settings.lr)
        truth = targets.argmax(-1)
        measured = {"error_training": (logits.argmax(-1) != truth).to(torch.float32).mean(1)}
        hard = self.settings.negatives == "hard"
        wrong = draw_wrong_labels(logits, truth, self._negatives, hard=hard)
        drawing = sampling_operations(len(images), self._net.n_classes)
        self._net.tally.add("digital_op", drawing)
        tops = [self._net.clamped(label) for label in (targets, wrong)]
        top = torch.cat([part.expand(self._net.chips, -1, -1) for part in tops], dim=1)
        both = torch.cat((image, image))
        states = tuple(torch.cat((state, state), dim=1) for state in states)
        first, last = self.settings.learn
        for number in range(1, last + 1):
            iteration = self._net.iterate(both, states, top, self.settings.damping)
            states = iteration.states
            if number >= first:
                for name, value in self._learn(iteration, rate).items():
                    share = value / (last - first + 1)
                    measured[name] = measured[name] + share if name in measured else share
            else:
                self._count_passes(top.shape[1])
        return measured

    def scores(self, images: Tensor, readout: str) -> Tensor:
        """Goodness under each label, of which the network is run with each; or logits of the head after one pass."""
        image = self._net.normalised(images)
        states = self._bottom_up(image)
        if readout == "softmax":
            return self._head.logits(self._features(states))
        labels = torch.arange(self._net.n_classes, device=images.device)
        return torch.stack(
            [self._energy(image, states, label.expand(len(images))) for label in labels], dim=-1
        )

    def own_state(self) -> dict[str, Tensor]:
        """Head, units' mean activities, place in the stream of negatives."""
        state = self._head_state() | peers_state(self._local)
        state["calls"] = torch.tensor(self._negatives.calls)
        return state

    def load_own_state(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state."""
        self._load_head_state(state)
        load_peers_state(self._local, state)
        self._negatives.calls = int(state["calls"])

    def _bottom_up(self, image: Tensor) -> States:
        states = self._net.bottom_up(image)
        self._count_passes(image.shape[-2])
        return states

    def _features(self, states: States) -> Tensor:
        """Normalised states of the layers that are read out."""
        return torch.cat([rms_normalise(state) for state in states[self._first :]], dim=-1)

    def _energy(self, image: Tensor, states: States, labels: Tensor) -> Tensor:
        """Goodness of the layers that are read out, over the iterations that are, (chips, batch)."""
        network, batch = self._net, image.shape[-2]
        top = network.clamped(labels)
        first, last = self.settings.read
        total = states[0].new_zeros(states[0].shape[:2])
        for number in range(1, last + 1):
            iteration = network.iterate(image, states, top, self.settings.damping)
            states = iteration.states
            self._count_passes(batch)
            if number >= first:
                every = zip(self._local, iteration.outputs, strict=True)
                for local, y in list(every)[self._first :]:
                    total += local.rule.goodness(y)
                    network.tally.add("digital_mac", batch * local.layer.n_out)
                    network.activities.count_goodness(network.tally, local.layer, batch)
        return total

    def _learn(self, iteration: Iteration, rate: float) -> dict[str, Tensor]:
        """Each layer's own update from what went in and what came out, the positive half of the batch first."""
        network = self._net
        measured: dict[str, Tensor] = {}
        for local, x, y in zip(self._local, iteration.inputs, iteration.outputs, strict=True):
            half = y.shape[1] // 2
            if local.learns:
                network.activities.count_ff_pass(network.tally, local.layer, 2 * half)
                network.tally.add("digital_mac", 2 * half * local.layer.n_out)
            else:
                network.activities.count_pass(network.tally, local.layer, 2 * half)
            positive, negative = Seen(x[:, :half], y[:, :half]), Seen(x[:, half:], y[:, half:])
            measured |= local.learn(positive, negative, rate)
        return measured

    def _count_passes(self, vectors: int) -> None:
        for layer in self._net.layers:
            self._net.activities.count_pass(self._net.tally, layer, vectors)


def _recurrent(network: Network, settings: RecurrentFFSettings) -> RecurrentNetwork:
    """The network, checked for what this learner can train."""
    if not isinstance(network, RecurrentNetwork):
        rule = "ff_recurrent trains networks with top-down connections"
        right = "build one with RecurrentFF.build or RecurrentNetwork.build"
        raise InputError(message("network", type(network).__name__, rule, right))
    if network.label_copies != settings.label_copies:
        rule = f"the network carries each class on {network.label_copies} lines"
        right = (
            f"set label_copies to {network.label_copies}, or build the network with these settings"
        )
        raise InputError(message("label_copies", settings.label_copies, rule, right))
    return network
