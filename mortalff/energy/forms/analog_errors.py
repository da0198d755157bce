"""Rivals at their best: errors that stay analog, and random projections read off arrays.

Errors pass down as currents, with no converter between layers. Rectifiers' derivatives, 0 or 1, open or close a switch,
which the unit's output works that is held for the layer above; other activations would ask for an analog multiplier a
unit. The output's error alone is a number: it is made of converted logits, and converted back. Perturbation, which
needs no errors from above, has forms of its own.

Sources: three cycles of backpropagation on a crossbar without conversions in between, Gokmen and Vlasov 2016 (Front.
Neurosci. 10, 333); direct feedback by a fixed array, Nøkland 2016 (arXiv 1609.01596) on such arrays.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from mortalff.energy.array_forms import LayerShape
from mortalff.energy.forms.analog_output import AnalogOutputForm
from mortalff.energy.forms.analog_perturbation import (
    AnalogNodePerturbationForm,
    AnalogWeightPerturbationForm,
)
from mortalff.energy.forms.arrays import CrossbarForm
from mortalff.energy.forms.form import Form
from mortalff.energy.forms.ledger import Ledger
from mortalff.energy.forms.plan import NetworkPlan
from mortalff.energy.forms.told import Told, UpdateTold
from mortalff.errors import InputError, message, nearest


class ActivationTold(UpdateTold):
    """What counts of analog errors depend on."""

    activation: str


class AnalogErrorForm(AnalogOutputForm):
    """One way up, an error at the output, a pulse for every layer; a subclass says how errors reach hidden layers."""

    told_type: ClassVar[type[Told]] = ActivationTold
    told: ActivationTold

    def __init__(self, settings: object, plan: NetworkPlan) -> None:
        super().__init__(settings, plan)
        self._card = plan.card
        if self.told.activation != "relu":
            rule = "its derivative would take an analog multiplier a unit"
            raise InputError(message("activation", self.told.activation, rule, "choose 'relu'"))

    def update(self, ledger: Ledger, batch: int, kind: int) -> None:
        """Errors subtracted and converted back; inputs and errors held, of which inputs open and close the switches."""
        del kind
        self.climb(ledger, batch)
        self.output_error(ledger, batch)
        self.spread_errors(ledger, batch)
        for number, layer in enumerate(self.network.layers):
            ledger.count("sample_hold", batch * (layer.array.shape.n_in + layer.n_out))
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

    @property
    def other_arrays(self) -> tuple[LayerShape, ...]:
        """Of random weights, one for each hidden layer."""
        hidden = self.network.layers[:-1]
        return tuple(LayerShape(self.network.n_classes, layer.n_out) for layer in hidden)

    def spread_errors(self, ledger: Ledger, batch: int) -> None:
        """A read of each random array; all are driven by the same converters."""
        for shape in self.other_arrays:
            ledger.add(CrossbarForm(shape, self._card, dac=False, adc=False).read(batch))


ANALOG_ERRORS: Mapping[str, type[Form]] = MappingProxyType(
    {
        form.learner: form
        for form in (
            AnalogBPForm,
            AnalogDFAForm,
            AnalogNodePerturbationForm,
            AnalogWeightPerturbationForm,
        )
    }
)
"""Forms with analog errors, by the name of the learner that does the same with numbers."""


def analog_error_form(learner: str, settings: object, plan: NetworkPlan) -> Form:
    """The closed form of a rival whose activities and errors stay analog.

    Args:
        learner: one of :data:`ANALOG_ERRORS`.
        settings: an object of the learner's settings class; for ``bp`` and ``dfa`` its activation ``relu``, for
            ``weight_perturbation`` applied by ``pulses``.
        plan: what the network is to be made of, its activities ``analog``.

    Raises:
        InputError: another learner or kind of activities, or other settings.
    """
    if learner not in ANALOG_ERRORS:
        rule = "there is no form of it with analog errors"
        raise InputError(message("learner", learner, rule, nearest(learner, ANALOG_ERRORS)))
    return ANALOG_ERRORS[learner](settings, plan)
