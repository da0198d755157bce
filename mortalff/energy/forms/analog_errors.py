"""Rivals at their best: activities and errors that stay analog, and random projections read off arrays.

No learner here does so, for errors are simulated as numbers; these are what hardware would count that did the same.
Layers hand voltages on, and pass errors down as currents, with no converter between them. Rectifiers' derivatives, 0 or
1, open or close a switch; other activations would ask for an analog multiplier a unit. The output's error alone is a
number: logits are converted, and errors converted back. Images are ranged as numbers where the card does so; what
undoes that in voltages, and ranges those of other layers, is not counted.

Sources: three cycles of backpropagation on a crossbar without conversions in between, Gokmen and Vlasov 2016 (Front.
Neurosci. 10, 333); direct feedback by a fixed array, Nøkland 2016 (arXiv 1609.01596) on such arrays.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from mortalff.energy.array_forms import LayerShape
from mortalff.energy.forms.arrays import CrossbarForm
from mortalff.energy.forms.form import Form
from mortalff.energy.forms.ledger import Ledger
from mortalff.energy.forms.output import OutputForm
from mortalff.energy.forms.plan import NetworkPlan
from mortalff.energy.forms.told import Told, UpdateTold
from mortalff.errors import InputError, message, nearest


class ActivationTold(UpdateTold):
    """What counts of analog errors depend on."""

    activation: str


class AnalogErrorForm(OutputForm):
    """One way up, an error at the output, a pulse for every layer; a subclass says how errors reach hidden layers."""

    told_type: ClassVar[type[Told]] = ActivationTold
    needs_numbers: ClassVar[bool] = False
    told: ActivationTold

    def __init__(self, settings: object, plan: NetworkPlan) -> None:
        super().__init__(settings, plan)
        self._card = plan.card
        if plan.activities != "analog":
            rule = "errors stay analog between activities that do"
            raise InputError(message("activities", plan.activities, rule, "choose 'analog'"))
        if self.told.activation != "relu":
            rule = "its derivative would take an analog multiplier a unit"
            raise InputError(message("activation", self.told.activation, rule, "choose 'relu'"))

    def pass_up(self, ledger: Ledger, vectors: int, layers: int) -> None:
        """Voltages from layer to layer; the logits converted, and a share of the softmax each."""
        for number in range(layers):
            ledger.read(number, vectors)
        logits = vectors * self.network.n_classes
        ledger.add({"adc_conversion": logits, "digital_op": logits})

    def update(self, ledger: Ledger, batch: int, kind: int) -> None:
        """Errors subtracted and converted back; inputs and errors held, bits of derivative written and read."""
        del kind
        layers, errors = self.network.layers, batch * self.network.n_classes
        self.climb(ledger, batch)
        ledger.add({"digital_op": errors, "dac_conversion": errors})
        self.spread_errors(ledger, batch)
        for number, layer in enumerate(layers):
            ledger.count("sample_hold", batch * (layer.array.shape.n_in + layer.n_out))
            bits = layer.n_out if layer is not layers[-1] else 0
            ledger.count("memory_byte", 2 * batch * bits / 8)
            ledger.pulse(number, batch)

    @abstractmethod
    def spread_errors(self, ledger: Ledger, batch: int) -> None:
        """Write down how errors reach the hidden layers."""


class AnalogBPForm(AnalogErrorForm):
    """Backpropagation with analog errors."""

    learner: ClassVar[str] = "bp"

    def spread_errors(self, ledger: Ledger, batch: int) -> None:
        """A transposed read of each layer above a hidden one."""
        for number in range(1, len(self.network.layers)):
            ledger.read_transposed(number, batch)


class AnalogDFAForm(AnalogErrorForm):
    """Direct feedback alignment with an array of fixed random weights for each hidden layer."""

    learner: ClassVar[str] = "dfa"

    def spread_errors(self, ledger: Ledger, batch: int) -> None:
        """A read of each random array; all are driven by the same converters."""
        for layer in self.network.layers[:-1]:
            shape = LayerShape(self.network.n_classes, layer.n_out)
            ledger.add(CrossbarForm(shape, self._card, dac=False, adc=False).read(batch))


ANALOG_ERRORS: Mapping[str, type[Form]] = MappingProxyType(
    {form.learner: form for form in (AnalogBPForm, AnalogDFAForm)}
)
"""Forms with analog errors, by the name of the learner that does the same with numbers."""


def analog_error_form(learner: str, settings: object, plan: NetworkPlan) -> Form:
    """The closed form of a rival whose activities and errors stay analog.

    Args:
        learner: ``bp`` or ``dfa``.
        settings: an object of the learner's settings class, its activation ``relu``.
        plan: what the network is to be made of, its activities ``analog``.

    Raises:
        InputError: another learner, activation or kind of activities.
    """
    if learner not in ANALOG_ERRORS:
        rule = "there is no form of it with analog errors"
        raise InputError(message("learner", learner, rule, nearest(learner, ANALOG_ERRORS)))
    return ANALOG_ERRORS[learner](settings, plan)
