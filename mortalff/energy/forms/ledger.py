"""A ledger: what a network would count, written down layer by layer."""

from __future__ import annotations

from mortalff.energy.array_forms import add
from mortalff.energy.forms.counts import Counts, times, total
from mortalff.energy.forms.network import NetworkForm


class Ledger:
    """Counts of some doing of a network, on each chip; a form writes into it.

    Args:
        network: whose.
    """

    def __init__(self, network: NetworkForm) -> None:
        self.network = network
        self._counts: Counts = {}
        self._updates = [0.0] * len(network.layers)

    @property
    def updates(self) -> tuple[float, ...]:
        """How often each layer was pulsed by a batch of outer products."""
        return tuple(self._updates)

    def count(self, action: str, number: float) -> None:
        """An action, so many times."""
        add(self._counts, {action: number})

    def add(self, counts: Counts) -> None:
        """Several actions."""
        add(self._counts, counts)

    def include(self, other: Ledger, number: float = 1) -> None:
        """What another ledger of the network says, so many times over."""
        add(self._counts, times(other._counts, number))
        for layer, updates in enumerate(other._updates):
            self._updates[layer] += number * updates

    def read(self, layer: int, vectors: int) -> None:
        """A layer's arrays, and the stage behind them, passed by a batch of vectors."""
        form = self.network.layers[layer]
        self.add(form.array.read(vectors))
        self.count("black_box_pass", vectors if form.stage else 0)

    def read_held(self, layer: int, vectors: int) -> None:
        """The same where a batch of vectors is held as voltages, so that no input is converted."""
        form = self.network.layers[layer]
        self.add(form.array.driven_by_voltages().read(vectors))
        self.count("black_box_pass", vectors if form.stage else 0)

    def read_transposed(self, layer: int, vectors: int) -> None:
        """A layer's arrays read backwards by a batch of vectors."""
        self.add(self.network.layers[layer].array.read_transposed(vectors))

    def pulse(self, layer: int, vectors: int) -> None:
        """A layer pulsed by a batch of outer products."""
        self.add(self.network.layers[layer].array.pulse(vectors))
        self._updates[layer] += 1

    def normalise(self, vectors: int) -> None:
        """Input vectors squared and scaled, number by number."""
        work = vectors * self.network.n_in
        self.add({"digital_mac": work, "digital_op": work})

    def counts(self) -> Counts:
        """All counts, upkeep among them as far as it was due; the network's arrays were new at the start."""
        return self._with_upkeep(whole=True)

    def mean(self, number: int) -> Counts:
        """A ``number``-th of all counts, each update with its share of the upkeep."""
        counts = self._with_upkeep(whole=False)
        return {action: count / number for action, count in counts.items()}

    def _with_upkeep(self, *, whole: bool) -> Counts:
        layers = zip(self.network.layers, self._updates, strict=True)
        kept = [layer.array.upkeep(updates, whole=whole) for layer, updates in layers]
        return total([self._counts, *kept])
