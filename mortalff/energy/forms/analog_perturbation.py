"""Perturbation at its best: activities stay analog, and of each pass the logits alone are converted.

Nothing is simulated so; these are what hardware would count that did what the learners do with numbers. No activation's
derivative is asked for, so that any will do.

* **Nodes.** Noise is a random sign a unit, of one size for a layer, drawn beside the unit (a digital operation, as
  where it is a number) and held: it is added to the unit's current, taken off where antithetic. Inputs are converted
  once and held, so that noisy passes convert none; inputs of the clean pass are held at every layer. The change of
  loss, a subtraction a vector and draw, goes back as one factor a perturbed layer, each converted; held signs switch it
  onto the lines. From two draws on each draw's share is added to another hold, as charge.
* **Weights, by pulses.** Signs of a pattern are those of pulses, and nothing is held. Vectors pass the moved weights
  one after another, so that each pass of the batch converts its inputs anew.

Left out are noise in the periphery of weight perturbation and multiplexed codes of rank one, for which each layer would
need the product of its inputs with signs beside its array, and full codes, whose weights are written as numbers.

Source: one scalar broadcast and noise at each neuron, in analog VLSI: Flower and Jabri, NIPS 5 (1993); Cauwenberghs,
NIPS 5, 244 (1993).
"""

from __future__ import annotations

from typing import ClassVar

from mortalff.energy.forms.analog_output import AnalogOutputForm
from mortalff.energy.forms.ledger import Ledger
from mortalff.energy.forms.perturbation import (
    NodePerturbationTold,
    PerturbationForm,
    WeightPerturbationForm,
)
from mortalff.energy.forms.plan import NetworkPlan
from mortalff.energy.forms.told import Told
from mortalff.errors import InputError, message


class AnalogNodePerturbationForm(AnalogOutputForm, PerturbationForm):
    """Node perturbation with activities, noise and factors as voltages."""

    learner: ClassVar[str] = "node_perturbation"
    told_type: ClassVar[type[Told]] = NodePerturbationTold
    told: NodePerturbationTold

    def update(self, ledger: Ledger, batch: int, kind: int) -> None:
        """A clean pass, noisy ones of held inputs, noise and factors of each draw, a pulse for every layer."""
        del kind
        layers, told = self.network.layers, self.told
        perturbed = layers[:-1] if told.output == "error" else layers
        drawn = told.draws * batch
        self.climb(ledger, batch)
        self.losses(ledger, batch)
        for _ in range(2 if told.antithetic else 1):
            self._measure_held(ledger, drawn)
        ledger.count("digital_op", drawn)
        for layer in perturbed:
            holds = 2 if told.draws > 1 else 1
            ledger.add({"digital_op": drawn * layer.n_out, "dac_conversion": drawn})
            ledger.count("sample_hold", holds * drawn * layer.n_out)
        if told.output == "error":
            self.output_error(ledger, batch)
            ledger.count("sample_hold", batch * self.network.n_classes)
        for number, layer in enumerate(layers):
            ledger.count("sample_hold", batch * layer.array.shape.n_in)
            ledger.pulse(number, batch)

    def _measure_held(self, ledger: Ledger, vectors: int) -> None:
        """Losses of passes whose inputs are voltages already."""
        for number in range(len(self.network.layers)):
            ledger.read_held(number, vectors)
        self.take_logits(ledger, vectors)
        self.losses(ledger, vectors)


class AnalogWeightPerturbationForm(AnalogOutputForm, WeightPerturbationForm):
    """Weight perturbation by pulses, with activities as voltages."""

    def __init__(self, settings: object, plan: NetworkPlan) -> None:
        super().__init__(settings, plan)
        if self.told.applied != "pulses":
            rule = "beside the array it takes a product of inputs and signs as numbers"
            raise InputError(message("applied", self.told.applied, rule, "choose 'pulses'"))
