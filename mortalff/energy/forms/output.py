"""Learners with one output unit a class: backpropagation and its rivals by feedback.

All pass a batch up, give each hidden unit an error, and pulse every layer once; they differ in where errors come from.
"""

from __future__ import annotations

from abc import abstractmethod
from itertools import pairwise
from typing import ClassVar

from mortalff.energy.forms.form import Form
from mortalff.energy.forms.lay_out import LayerMaker
from mortalff.energy.forms.ledger import Ledger
from mortalff.energy.forms.network import LayerForm
from mortalff.energy.forms.plan import NetworkPlan
from mortalff.energy.forms.told import Told, UpdateTold


class OutputForm(Form):
    """Layers up to one unit a class."""

    told_type: ClassVar[type[Told]] = UpdateTold

    def layers(self, maker: LayerMaker, plan: NetworkPlan) -> tuple[LayerForm, ...]:
        """Hidden layers and one output unit a class."""
        return maker.stacked((*plan.hidden, plan.n_classes))

    def climb(self, ledger: Ledger, vectors: int) -> None:
        """Input vectors normalised and passed up all layers."""
        ledger.normalise(vectors)
        self.pass_up(ledger, vectors, len(self.network.layers))

    def pass_up(self, ledger: Ledger, vectors: int, layers: int) -> None:
        """Vectors passed up the first so many layers: an operation a unit, its activation or share of the softmax."""
        for number in range(layers):
            ledger.read(number, vectors)
            ledger.count("digital_op", vectors * self.network.layers[number].n_out)

    def learn(self, ledger: Ledger, number: int, vectors: int) -> None:
        """A layer pulsed with errors: an operation a unit; inputs, errors, bits of derivative written and read."""
        layer = self.network.layers[number]
        ledger.pulse(number, vectors)
        ledger.count("digital_op", vectors * layer.n_out)
        bits = self.network.between.input_bits * layer.array.shape.n_in
        bits += (self.network.widths.error_bits + 1) * layer.n_out
        ledger.count("memory_byte", 2 * vectors * bits / 8)

    def scores(self, ledger: Ledger, vectors: int, readout: str) -> None:
        """One way up."""
        del readout
        self.climb(ledger, vectors)


class HiddenErrorForm(OutputForm):
    """One way up, errors, and an update of every layer."""

    def update(self, ledger: Ledger, batch: int, kind: int) -> None:
        """Errors as :meth:`hidden_errors` has them."""
        del kind
        self.climb(ledger, batch)
        self.hidden_errors(ledger, batch)
        for number in range(len(self.network.layers)):
            self.learn(ledger, number, batch)

    @abstractmethod
    def hidden_errors(self, ledger: Ledger, batch: int) -> None:
        """Write down how errors reach the hidden layers."""

    @property
    def hidden(self) -> tuple[LayerForm, ...]:
        """All layers but the last."""
        return self.network.layers[:-1]

    def feed_back(self, ledger: Ledger, batch: int, n_to: int, n_from: int) -> None:
        """Errors through a fixed random matrix in digital memory."""
        ledger.add(self.network.head(n_from, n_to).logits(batch))


class BPForm(HiddenErrorForm):
    """Backpropagation: every layer but the first read backwards."""

    learner: ClassVar[str] = "bp"

    def hidden_errors(self, ledger: Ledger, batch: int) -> None:
        """A transposed read of each layer above a hidden one."""
        for number in range(1, len(self.network.layers)):
            ledger.read_transposed(number, batch)


class FAForm(HiddenErrorForm):
    """Feedback alignment: a matrix from each layer to the one below."""

    learner: ClassVar[str] = "fa"

    def hidden_errors(self, ledger: Ledger, batch: int) -> None:
        """A product for each hidden layer."""
        for below, above in pairwise(self.network.layers):
            self.feed_back(ledger, batch, below.n_out, above.n_out)


class DFAForm(HiddenErrorForm):
    """Direct feedback alignment: a matrix from the output to each hidden layer."""

    learner: ClassVar[str] = "dfa"

    def hidden_errors(self, ledger: Ledger, batch: int) -> None:
        """A product for each hidden layer."""
        for layer in self.hidden:
            self.feed_back(ledger, batch, layer.n_out, self.network.n_classes)


class DRTPForm(DFAForm):
    """Direct random target projection: the same with targets."""

    learner: ClassVar[str] = "drtp"


class IFAForm(HiddenErrorForm):
    """Indirect feedback alignment: a matrix to the first hidden layer, errors up through the arrays from there."""

    learner: ClassVar[str] = "ifa"

    def hidden_errors(self, ledger: Ledger, batch: int) -> None:
        """A product, and a read of each hidden layer but the first."""
        for number, layer in enumerate(self.hidden):
            if number == 0:
                self.feed_back(ledger, batch, layer.n_out, self.network.n_classes)
            else:
                ledger.read(number, batch)


class PEPITAForm(OutputForm):
    """PEPITA: two ways up, the second with the error added to the input, and without the output layer."""

    learner: ClassVar[str] = "pepita"

    def update(self, ledger: Ledger, batch: int, kind: int) -> None:
        """Both ways, the product, its addition, activities of the first way written and read, all updates."""
        del kind
        network, top = self.network, len(self.network.layers) - 1
        self.climb(ledger, batch)
        ledger.add(network.head(network.n_classes, network.n_in).logits(batch))
        ledger.count("digital_op", batch * network.n_in)
        self.pass_up(ledger, batch, top)
        for number, layer in enumerate(network.layers):
            self.learn(ledger, number, batch)
            if number < top:
                bits = network.between.input_bits * layer.n_out
                ledger.count("memory_byte", 2 * batch * bits / 8)
