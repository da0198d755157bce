"""Learners that train a digital model and write its weights onto the hardware."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from mortalff.energy.forms.arrays import DigitalForm
from mortalff.energy.forms.form import When
from mortalff.energy.forms.ledger import Ledger
from mortalff.energy.forms.output import OutputForm
from mortalff.energy.forms.told import Told, UpdateTold

_WRITES: Final = 1


class ModelTold(UpdateTold):
    """What counts of learners with a model depend on."""

    weight_limit: float | None


class ModelForm(OutputForm):
    """Gradient descent on a model's weights; smoothing and decay are the model's.

    Reading the hardware out while it lacks the model's last updates would write it first, which is not counted in
    :meth:`inference_counts`.
    """

    told_type: ClassVar[type[Told]] = ModelTold
    told: ModelTold

    def updates_arrays(self) -> bool:
        """The arrays are only written."""
        return False

    def descend(self, ledger: Ledger, batch: int) -> None:
        """Errors carried down the model to the first layer, and every layer's weights moved."""
        told, widths = self.told, self.network.widths
        for number, layer in enumerate(self.network.layers):
            shape = layer.array.shape
            model = DigitalForm(shape, told.smoothing > 0.0, told.weight_decay > 0.0, widths)
            if number > 0:
                ledger.add(model.read_transposed(batch))
            ledger.add(model.pulse(batch))
            ledger.count("digital_op", batch * layer.n_out)
            bits = widths.number_bits * shape.n_in + (widths.error_bits + 1) * layer.n_out
            ledger.count("memory_byte", 2 * batch * bits / 8)
            ledger.count("digital_op", 0 if told.weight_limit is None else model.cells)

    def write(self, ledger: Ledger) -> None:
        """All arrays programmed: each weight fetched and scaled."""
        for layer in self.network.layers:
            weights = layer.array.shape.n_in * layer.n_out
            fetched = self.network.widths.word_bytes * weights
            ledger.add({"memory_byte": fetched, "digital_op": weights})
            ledger.add(layer.array.program())


class PATTold(ModelTold):
    """What its counts depend on."""

    program_every: int


class PATForm(ModelForm):
    """Physics-aware training: up through the hardware, down through the model."""

    learner: ClassVar[str] = "pat"
    told_type: ClassVar[type[Told]] = PATTold
    told: PATTold

    @property
    def kinds(self) -> Mapping[int, int]:
        """One update in so many writes the hardware first."""
        return {_WRITES: 1, 0: self.told.program_every - 1}

    def kind(self, when: When) -> int:
        """The hardware is written at the very start, and after so many updates; an epoch starts with it written."""
        due = when.number % self.told.program_every == 0 and (when.number > 0 or when.epoch == 0)
        return _WRITES if due else 0

    def update(self, ledger: Ledger, batch: int, kind: int) -> None:
        """Written first if it is due."""
        if kind == _WRITES:
            self.write(ledger)
        self.climb(ledger, batch)
        self.descend(ledger, batch)

    def finish_epoch(self, ledger: Ledger, last: bool) -> None:
        """The last updates written."""
        del last
        self.write(ledger)


class InSilicoForm(ModelForm):
    """Backpropagation in a model alone, written once."""

    learner: ClassVar[str] = "bp_in_silico"

    def update(self, ledger: Ledger, batch: int, kind: int) -> None:
        """Up and down the model."""
        del kind
        ledger.normalise(batch)
        for layer in self.network.layers:
            model = DigitalForm(layer.array.shape, widths=self.network.widths)
            ledger.add(model.read(batch))
            ledger.count("digital_op", batch * layer.n_out)
        self.descend(ledger, batch)

    def finish_epoch(self, ledger: Ledger, last: bool) -> None:
        """Written when training is over."""
        if last:
            self.write(ledger)
