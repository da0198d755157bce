"""Learners with one output unit a class whose activities stay analog: voltages from layer to layer, logits converted.

No learner here does so, for errors are simulated as numbers; these are what hardware would count that did the same.
Images are ranged as numbers where the card does so; what undoes that in voltages, and ranges those of other layers, is
not counted.
"""

from __future__ import annotations

from typing import ClassVar

from mortalff.energy.forms.ledger import Ledger
from mortalff.energy.forms.output import OutputForm
from mortalff.energy.forms.plan import NetworkPlan
from mortalff.errors import InputError, message


class AnalogOutputForm(OutputForm):
    """Vectors passed up with no converter between inputs and logits."""

    needs_numbers: ClassVar[bool] = False

    def __init__(self, settings: object, plan: NetworkPlan) -> None:
        super().__init__(settings, plan)
        if plan.activities != "analog":
            rule = "errors stay analog between activities that do"
            raise InputError(message("activities", plan.activities, rule, "choose 'analog'"))

    def pass_up(self, ledger: Ledger, vectors: int, layers: int) -> None:
        """Voltages from layer to layer; the logits converted, and a share of the softmax each."""
        for number in range(layers):
            ledger.read(number, vectors)
        self.take_logits(ledger, vectors)

    def take_logits(self, ledger: Ledger, vectors: int) -> None:
        """Logits converted, and a share of the softmax each."""
        logits = vectors * self.network.n_classes
        ledger.add({"adc_conversion": logits, "digital_op": logits})

    def output_error(self, ledger: Ledger, vectors: int) -> None:
        """The output's errors subtracted as numbers, and converted back."""
        errors = vectors * self.network.n_classes
        ledger.add({"digital_op": errors, "dac_conversion": errors})
