"""Learners by perturbation: of nodes, of weights along rank-one patterns, of all weights by codes."""

from __future__ import annotations

from typing import ClassVar

from mortalff.energy.forms.ledger import Ledger
from mortalff.energy.forms.output import OutputForm
from mortalff.energy.forms.told import Told, UpdateTold


class PerturbationForm(OutputForm):
    """What they share."""

    def losses(self, ledger: Ledger, vectors: int) -> None:
        """A cross-entropy each: a multiply-add a logit, an operation a vector."""
        classes = self.network.n_classes
        ledger.add({"digital_mac": vectors * classes, "digital_op": vectors})

    def measure(self, ledger: Ledger, vectors: int, shifted: int = 0) -> None:
        """Normalised vectors passed up, and their losses; an addition a unit of the first ``shifted`` layers."""
        self.pass_up(ledger, vectors, len(self.network.layers))
        for layer in self.network.layers[:shifted]:
            ledger.count("digital_op", vectors * layer.n_out)
        self.losses(ledger, vectors)

    def project(self, ledger: Ledger, vectors: int) -> None:
        """What rank-one patterns add to each layer: a multiply-add an input and a unit."""
        for layer in self.network.layers:
            ledger.count("digital_mac", vectors * (layer.n_in + layer.n_out))

    def signs(self, ledger: Ledger, patterns: int) -> None:
        """Signs of inputs and units drawn for each layer."""
        for layer in self.network.layers:
            ledger.count("digital_op", patterns * (layer.n_in + layer.n_out))


class NodePerturbationTold(UpdateTold):
    """What its counts depend on."""

    antithetic: bool
    draws: int
    output: str


class NodePerturbationForm(PerturbationForm):
    """Node perturbation: 1 + draws passes, antithetic 1 + 2 draws."""

    learner: ClassVar[str] = "node_perturbation"
    told_type: ClassVar[type[Told]] = NodePerturbationTold
    told: NodePerturbationTold

    def update(self, ledger: Ledger, batch: int, kind: int) -> None:
        """A clean pass; for each draw noisy ones, and for each perturbed unit its noise drawn, stored and weighted.

        Noise is written, read for the second of two passes, and read to be weighted. The sum over draws is written by
        all but the last, and read by all but the first; what the last makes of it is the error that :meth:`learn` has.
        """
        del kind
        layers, told = self.network.layers, self.told
        perturbed = len(layers) - (1 if told.output == "error" else 0)
        noise, sums = told.draws * (3 if told.antithetic else 2), 2 * (told.draws - 1)
        ledger.normalise(batch)
        self.measure(ledger, batch)
        for _ in range(told.draws):
            for _ in range(2 if told.antithetic else 1):
                self.measure(ledger, batch, shifted=perturbed)
            for layer in layers[:perturbed]:
                ledger.count("digital_op", 2 * batch * layer.n_out)
        bits = (noise + sums) * self.network.widths.error_bits
        for layer in layers[:perturbed]:
            ledger.count("memory_byte", batch * layer.n_out * bits / 8)
        for number in range(len(layers)):
            self.learn(ledger, number, batch)


class WeightPerturbationTold(UpdateTold):
    """What its counts depend on."""

    applied: str
    patterns: int


class WeightPerturbationForm(PerturbationForm):
    """Weight perturbation: two passes a pattern, and four outer products a layer, or one."""

    learner: ClassVar[str] = "weight_perturbation"
    told_type: ClassVar[type[Told]] = WeightPerturbationTold
    told: WeightPerturbationTold

    def update(self, ledger: Ledger, batch: int, kind: int) -> None:
        """For each pattern: its signs, two losses, their difference, the unit's signs scaled by it, the pulses."""
        del kind
        layers, by_pulses = self.network.layers, self.told.applied == "pulses"
        ledger.normalise(batch)
        for _ in range(self.told.patterns):
            self.signs(ledger, 1)
            for _ in range(2):
                self.measure(ledger, batch, shifted=0 if by_pulses else len(layers))
                if not by_pulses:
                    self.project(ledger, batch)
            ledger.count("digital_op", 1)
            for number, layer in enumerate(layers):
                ledger.count("digital_op", layer.n_out)
                for vectors in (1, 2, 1) if by_pulses else (1,):
                    ledger.pulse(number, vectors)


class MultiplexedTold(UpdateTold):
    """What its counts depend on."""

    sample_time: int
    codes: str


class MultiplexedForm(PerturbationForm):
    """Multiplexed gradient descent: 1 + sample_time passes."""

    learner: ClassVar[str] = "multiplexed"
    told_type: ClassVar[type[Told]] = MultiplexedTold
    told: MultiplexedTold

    def update(self, ledger: Ledger, batch: int, kind: int) -> None:
        """A clean pass, and what the codes take."""
        del kind
        ledger.normalise(batch)
        self.measure(ledger, batch)
        move = self._rank_one if self.told.codes == "rank_one" else self._full
        move(ledger, batch)

    def _rank_one(self, ledger: Ledger, batch: int) -> None:
        """Every sample its own codes; the update's factors kept."""
        layers, codes = self.network.layers, self.told.sample_time
        for _ in range(codes):
            self.signs(ledger, batch)
            self.measure(ledger, batch, shifted=len(layers))
            self.project(ledger, batch)
        for number in range(len(layers)):
            self.learn(ledger, number, codes * batch)

    def _full(self, ledger: Ledger, batch: int) -> None:
        """Weights read out; each code drawn, written, listened for; weights written anew."""
        for layer in self.network.layers:
            ledger.add(layer.array.read_weights())
            ledger.add(layer.array.program())
        for _ in range(self.told.sample_time):
            self.measure(ledger, batch)
            for layer in self.network.layers:
                weights = layer.array.shape.n_in * layer.n_out
                ledger.add(layer.array.program())
                ledger.add({"digital_op": weights, "digital_mac": weights})
                ledger.count("memory_byte", 2 * self.network.widths.word_bytes * weights)
