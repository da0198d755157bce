"""Forward-Forward, in each variant."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, Final

from mortalff.energy.forms.form import Form, When
from mortalff.energy.forms.head import HeadForm
from mortalff.energy.forms.ledger import Ledger
from mortalff.energy.forms.told import Told, UpdateTold
from mortalff.errors import InputError, message

_TOGETHER: Final = 0
_AWAKE: Final = 1
_ASLEEP: Final = 2
_MASK_OPS: Final = (
    26  # of a mask's pixel: its bit, two additions an axis in each of six blurs, the cut
)
_PARTNER_OPS: Final = 2  # a number drawn, and scaled to a place in the batch
_HOLD_OPS: Final = 5  # a mean, its distance from θ, a product, and what is added to two pulls


class LocalRuleTold(UpdateTold):
    """What counts of the local rule depend on."""

    pulses: str
    hold: float
    peer: float
    layers: str


class FFTold(LocalRuleTold):
    """What FF's counts depend on."""

    contrast: str
    negatives: str
    rollout_steps: int
    phases: str
    phase_batches: int
    head: bool
    readout_from_layer: int
    layer_rates: tuple[float, ...]


class LocalRuleForm(Form):
    """Layers that learn by FF's local rule."""

    told_type: ClassVar[type[Told]] = LocalRuleTold
    told: LocalRuleTold

    def sample(self, ledger: Ledger, vectors: int) -> None:
        """A class sampled for each vector: a number drawn for each class, and compared."""
        ledger.count("digital_op", 2 * vectors * self.network.n_classes)

    def pull(self, ledger: Ledger, number: int, batch: int, *, awake: bool = True) -> None:
        """What a layer's errors take beside its pass: peer normalisation of positive data, pairs held at θ."""
        shape = self.network.layers[number].array.shape
        if awake and self.told.peer > 0.0:
            ledger.add(self.network.between.peer(shape, batch))
        if self.told.hold > 0.0:
            ledger.count("digital_op", _HOLD_OPS * batch)

    def learn(self, ledger: Ledger, number: int, batch: int, halves: int = 2) -> None:
        """A layer pulsed once for each vector of each half; by differences where it is told so."""
        shape = self.network.layers[number].array.shape
        if self.told.pulses == "difference":
            ledger.add(self.network.between.difference(shape, batch))
        ledger.pulse(number, halves * batch)


class FFForm(LocalRuleForm):
    """Forward-Forward: a pass and a pulse for each half of a batch of pairs.

    A head, and negatives that it draws, take a pass of neutral data too, unless data have no classes in them: then
    what positive data gave serves.
    """

    learner: ClassVar[str] = "ff"
    told_type: ClassVar[type[Told]] = FFTold
    needs_numbers: ClassVar[bool] = False
    told: FFTold

    @property
    def readouts(self) -> tuple[str, ...]:
        """The head, and goodness under each class where data have classes in them."""
        if not self._with_classes:
            return ("softmax",)
        return ("softmax", "energy") if self.told.head else ("energy",)

    @property
    def kinds(self) -> Mapping[int, int]:
        """Both halves together, or as often one as the other."""
        return {_TOGETHER: 1} if self.told.phases == "together" else {_AWAKE: 1, _ASLEEP: 1}

    def kind(self, when: When) -> int:
        """Whether it is awake."""
        if self.told.phases == "together":
            return _TOGETHER
        turns = (when.before + when.number) // self.told.phase_batches
        return _AWAKE if turns % 2 == 0 else _ASLEEP

    def start_epoch(self, ledger: Ledger, examples: int) -> None:
        """Roll-outs: at each step a prediction for each start, and a symbol sampled by it."""
        if self.told.negatives == "rollout":
            steps = min(self.told.rollout_steps, examples)
            starts = -(-examples // steps)
            for _ in range(steps):
                self.scores(ledger, starts, "softmax")
                self.sample(ledger, starts)

    def update(self, ledger: Ledger, batch: int, kind: int) -> None:
        """Passes of the halves there are, what the head takes, and each layer's own update."""
        awake, asleep = kind != _ASLEEP, kind != _AWAKE
        halves = int(awake) + int(asleep)
        for _ in range(halves):
            self._training_pass(ledger, batch)
        if asleep:
            self._make_negative(ledger, batch)
        if self.told.head and (awake or self._with_classes):
            self._predict(ledger, batch, fresh=self._with_classes)
            if awake:
                ledger.add(self._head.learn(batch))
        for number in range(len(self.network.layers)):
            if self._learns(number):
                self.pull(ledger, number, batch, awake=awake)
                self.learn(ledger, number, batch, halves)

    def scores(self, ledger: Ledger, vectors: int, readout: str) -> None:
        """The head on neutral data, or goodness under each class, a pass each."""
        if readout == "softmax":
            self._predict(ledger, vectors, fresh=True)
            return
        tried = vectors * self.network.n_classes
        self._plain_pass(ledger, tried)
        for _ in self.network.layers[self._first :]:
            ledger.add(self.network.between.goodness(tried))

    @property
    def _with_classes(self) -> bool:
        return self.told.contrast in ("label", "next_symbol")

    @property
    def _first(self) -> int:
        """Position of the first layer that is read out."""
        return min(self.told.readout_from_layer, len(self.network.layers)) - 1

    @property
    def _head(self) -> HeadForm:
        features = sum(layer.n_out for layer in self.network.layers[self._first :])
        return self.network.head(features, self.network.n_classes)

    @property
    def _rates(self) -> tuple[float, ...]:
        there = len(self.network.layers)
        rates = self.told.layer_rates or (1.0,) * there
        if len(rates) != there:
            rule = f"the network has {there} layers"
            raise InputError(message("layer_rates", rates, rule, f"give {there} shares, or none"))
        return rates

    def _make_negative(self, ledger: Ledger, vectors: int) -> None:
        """Wrong classes drawn, or images mixed with or added to partners; roll-outs are there already."""
        if self._with_classes:
            if self.told.negatives != "rollout":
                self.sample(ledger, vectors)
            return
        n_in = self.network.n_in
        pixels = (
            n_in if math.isqrt(n_in) ** 2 == n_in else n_in // 3
        )  # square images of one plane, or of three
        mask = _MASK_OPS * pixels if self.told.contrast == "hybrid" else 0
        ledger.count("digital_op", vectors * (mask + n_in + _PARTNER_OPS))

    def _learns(self, number: int) -> bool:
        """Whether a layer is pulsed; if not, nothing is held of it and its goodness is not taken."""
        return self.told.layers != "frozen" and self._rates[number] > 0.0

    def _training_pass(self, ledger: Ledger, vectors: int) -> None:
        ledger.normalise(vectors)
        between = self.network.between
        for number, layer in enumerate(self.network.layers):
            ledger.read(number, vectors)
            passed = between.ff_pass if self._learns(number) else between.plain_pass
            ledger.add(passed(layer.array.shape, vectors))

    def _plain_pass(self, ledger: Ledger, vectors: int) -> None:
        ledger.normalise(vectors)
        for number, layer in enumerate(self.network.layers):
            ledger.read(number, vectors)
            ledger.add(self.network.between.plain_pass(layer.array.shape, vectors))

    def _predict(self, ledger: Ledger, vectors: int, *, fresh: bool) -> None:
        """Logits of features, which take a fresh pass where none of these data was made."""
        if fresh:
            self._plain_pass(ledger, vectors)
        for layer in self.network.layers[self._first :]:
            ledger.add(self.network.between.features(layer.array.shape, vectors))
        ledger.add(self._head.logits(vectors))
