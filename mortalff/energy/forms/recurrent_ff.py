"""Forward-Forward in a recurrent network between an image and a label."""

from __future__ import annotations

from typing import ClassVar

from mortalff.energy.forms.ff import LocalRuleForm, LocalRuleTold
from mortalff.energy.forms.head import HeadForm
from mortalff.energy.forms.lay_out import LayerMaker
from mortalff.energy.forms.ledger import Ledger
from mortalff.energy.forms.network import LayerForm
from mortalff.energy.forms.plan import NetworkPlan
from mortalff.energy.forms.told import Told
from mortalff.errors import InputError, message


class RecurrentFFTold(LocalRuleTold):
    """What its counts depend on."""

    learn: tuple[int, int]
    read: tuple[int, int]
    label_copies: int
    readout_from_layer: int


class RecurrentFFForm(LocalRuleForm):
    """A pass up, and iterations of all layers, of which some are learned from or read."""

    learner: ClassVar[str] = "ff_recurrent"
    told_type: ClassVar[type[Told]] = RecurrentFFTold
    told: RecurrentFFTold

    def layers(self, maker: LayerMaker, plan: NetworkPlan) -> tuple[LayerForm, ...]:
        """Each layer sees the one below and the one above; the last, the lines of the label."""
        widths = [size for size in plan.hidden if isinstance(size, int)]
        if len(widths) < len(plan.hidden):
            rule = "a recurrent network has dense layers"
            raise InputError(message("hidden", plan.hidden, rule, "give widths, such as 500, 500"))
        ends = (plan.n_in, *widths, plan.n_classes * self.told.label_copies)
        return tuple(
            maker.dense(ends[i], ends[i - 1] + ends[i + 1], first=i == 1)
            for i in range(1, len(ends) - 1)
        )

    @property
    def readouts(self) -> tuple[str, ...]:
        """Goodness under each label, or the head."""
        return ("energy", "softmax")

    def update(self, ledger: Ledger, batch: int, kind: int) -> None:
        """A pass up for the head and the first states, then both halves side by side."""
        del kind
        self._bottom_up(ledger, batch)
        ledger.add(self._head.logits(batch))
        ledger.add(self._head.learn(batch))
        self.sample(ledger, batch)
        self._clamp(ledger, 2 * batch)
        first, last = self.told.learn
        for number in range(1, last + 1):
            self._iterate(ledger, 2 * batch)
            if number >= first and self.told.layers != "frozen":
                self._learn_from(ledger, batch)
            else:
                self._plain_passes(ledger, 2 * batch)

    def scores(self, ledger: Ledger, vectors: int, readout: str) -> None:
        """A pass up, and the head; or the network run with each label."""
        self._bottom_up(ledger, vectors)
        if readout == "softmax":
            ledger.add(self._head.logits(vectors))
            return
        run = Ledger(self.network)
        self._run(run, vectors)
        ledger.include(run, self.network.n_classes)

    @property
    def _read_out(self) -> tuple[LayerForm, ...]:
        return self.network.layers[self.told.readout_from_layer - 1 :]

    @property
    def _head(self) -> HeadForm:
        features = sum(layer.n_out for layer in self._read_out)
        return self.network.head(features, self.network.n_classes)

    def _run(self, ledger: Ledger, vectors: int) -> None:
        """With one label, goodness added up over layers and iterations that are read."""
        self._clamp(ledger, vectors)
        first, last = self.told.read
        for number in range(1, last + 1):
            self._iterate(ledger, vectors)
            self._plain_passes(ledger, vectors)
            for layer in self._read_out if number >= first else ():
                ledger.count("digital_mac", vectors * layer.n_out)
                ledger.add(self.network.between.goodness(vectors))

    def _bottom_up(self, ledger: Ledger, vectors: int) -> None:
        ledger.normalise(vectors)
        for number in range(len(self.network.layers)):
            ledger.read(number, vectors)
        self._plain_passes(ledger, vectors)

    def _clamp(self, ledger: Ledger, vectors: int) -> None:
        """Labels normalised, a class at a time."""
        work = vectors * self.network.n_classes
        ledger.add({"digital_mac": work, "digital_op": work})

    def _iterate(self, ledger: Ledger, vectors: int) -> None:
        """All layers read; states damped: two multiply-adds each, read and written back."""
        for number, layer in enumerate(self.network.layers):
            ledger.read(number, vectors)
            states = 2 * vectors * layer.n_out
            ledger.count("digital_mac", states)
            ledger.count("memory_byte", states * self.network.between.input_bits / 8)

    def _learn_from(self, ledger: Ledger, batch: int) -> None:
        """Each layer's goodness and update; squares of states do not serve, so that outputs are squared besides."""
        for number, layer in enumerate(self.network.layers):
            self.pull(ledger, number, batch)
            ledger.add(self.network.between.ff_pass(layer.array.shape, 2 * batch))
            ledger.count("digital_mac", 2 * batch * layer.n_out)
            self.learn(ledger, number, batch)

    def _plain_passes(self, ledger: Ledger, vectors: int) -> None:
        for layer in self.network.layers:
            ledger.add(self.network.between.plain_pass(layer.array.shape, vectors))
