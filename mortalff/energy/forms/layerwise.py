"""Learners whose layers learn each by itself, without Forward-Forward's goodness: Mono-Forward and stacked RBMs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from mortalff.energy.forms.form import Form, When
from mortalff.energy.forms.head import HeadForm
from mortalff.energy.forms.ledger import Ledger
from mortalff.energy.forms.network import LayerForm
from mortalff.energy.forms.told import Told, UpdateTold


class MonoForwardTold(UpdateTold):
    """What Mono-Forward's counts depend on."""

    projection_decay: float
    projection_smoothing: float


class MonoForwardForm(Form):
    """Mono-Forward: a projection to goodness of each class at every layer."""

    learner: ClassVar[str] = "mono_forward"
    told_type: ClassVar[type[Told]] = MonoForwardTold
    told: MonoForwardTold

    @property
    def readouts(self) -> tuple[str, ...]:
        """Goodness of all layers, of the last, of the best."""
        return ("sum", "last", "best")

    def update(self, ledger: Ledger, batch: int, kind: int) -> None:
        """One way up; each projection there and back and its learning; each layer's derivative, error and pulse."""
        del kind
        self._climb(ledger, batch)
        for number, layer in enumerate(self.network.layers):
            projection = self._projection(layer)
            for counts in (*[projection.logits(batch)] * 2, projection.learn(batch)):
                ledger.add(counts)
            ledger.pulse(number, batch)
            ledger.count("digital_op", 2 * batch * layer.n_out)
            bits = self.network.between.input_bits * layer.array.shape.n_in
            bits += (self.network.widths.error_bits + 1) * layer.n_out
            ledger.count("memory_byte", 2 * batch * bits / 8)

    def scores(self, ledger: Ledger, vectors: int, readout: str) -> None:
        """One way up, the projections read, goodness added up."""
        layers = self.network.layers
        self._climb(ledger, vectors)
        for layer in layers[-1:] if readout == "last" else layers:
            ledger.add(self._projection(layer).logits(vectors))
        if readout == "sum":
            ledger.count("digital_op", (len(layers) - 1) * vectors * self.network.n_classes)

    def _projection(self, layer: LayerForm) -> HeadForm:
        smoothed, decayed = self.told.projection_smoothing > 0.0, self.told.projection_decay > 0.0
        return self.network.head(layer.n_out, self.network.n_classes, smoothed, decayed)

    def _climb(self, ledger: Ledger, vectors: int) -> None:
        ledger.normalise(vectors)
        for number, layer in enumerate(self.network.layers):
            ledger.read(number, vectors)
            ledger.count("digital_op", vectors * layer.n_out)


class RBMForm(Form):
    """Stacked RBMs by CD-1, one layer learning at a time, each for an equal share of the epochs."""

    learner: ClassVar[str] = "rbm"
    told_type: ClassVar[type[Told]] = UpdateTold

    @property
    def kinds(self) -> Mapping[int, int]:
        """As many updates of each layer."""
        return dict.fromkeys(range(len(self.network.layers)), 1)

    def kind(self, when: When) -> int:
        """Which layer learns."""
        return when.epoch * len(self.network.layers) // when.epochs

    def update(self, ledger: Ledger, batch: int, kind: int) -> None:
        """A way up for head and visible units; a way down and up again of the layer that learns, two outer products."""
        layer = self.network.layers[kind]
        self._climb(ledger, batch)
        ledger.add(self._head.logits(batch))
        ledger.add(self._head.learn(batch))
        ledger.read_transposed(kind, batch)
        ledger.read(kind, batch)
        ledger.pulse(kind, 2 * batch)
        ledger.count("digital_op", batch * (3 * layer.n_out + 4 * layer.n_in))
        bits = self.network.between.input_bits * (layer.array.shape.n_in + layer.n_out)
        biases = 2 * self.network.widths.word_bytes * layer.n_in
        ledger.count("memory_byte", 4 * batch * bits / 8 + biases)

    def scores(self, ledger: Ledger, vectors: int, readout: str) -> None:
        """A way up and the head."""
        del readout
        self._climb(ledger, vectors)
        ledger.add(self._head.logits(vectors))

    @property
    def _head(self) -> HeadForm:
        features = sum(layer.n_out for layer in self.network.layers)
        return self.network.head(features, self.network.n_classes)

    def _climb(self, ledger: Ledger, vectors: int) -> None:
        """Images as they are; each layer's probabilities, normalised for the head."""
        for number, layer in enumerate(self.network.layers):
            ledger.read(number, vectors)
            ledger.count("digital_op", 2 * vectors * layer.n_out)
            ledger.count("digital_mac", vectors * layer.n_out)
