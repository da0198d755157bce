"""Closed forms of what every learner counts, without running it.

A form is made from a learner's name, its own settings, and a plan of the network::

    plan = NetworkPlan(load_card("gokmen_vlasov"), (1, 784, 1), (500, 500))
    form = learner_form("ff", FFSettings(), plan)
    form.update_counts()  # {"array_read": ..., "adc_conversion": ..., ...}

Learners and schemes are told apart by name and their settings looked at by field, so that energy need not know them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from mortalff.energy.forms.analog_errors import ANALOG_ERRORS, analog_error_form
from mortalff.energy.forms.counts import Counts
from mortalff.energy.forms.distillation import DistillationCounts, distillation_counts
from mortalff.energy.forms.ff import FFForm
from mortalff.energy.forms.form import Form
from mortalff.energy.forms.lay_out import SCHEMES
from mortalff.energy.forms.layerwise import MonoForwardForm, RBMForm
from mortalff.energy.forms.model import InSilicoForm, PATForm
from mortalff.energy.forms.output import (
    BPForm,
    DFAForm,
    DRTPForm,
    FAForm,
    IFAForm,
    PEPITAForm,
)
from mortalff.energy.forms.perturbation import (
    MultiplexedForm,
    NodePerturbationForm,
    WeightPerturbationForm,
)
from mortalff.energy.forms.plan import NetworkPlan
from mortalff.energy.forms.recurrent_ff import RecurrentFFForm
from mortalff.errors import InputError, message, nearest

FORMS: Mapping[str, type[Form]] = MappingProxyType(
    {
        form.learner: form
        for form in (
            BPForm,
            DFAForm,
            DRTPForm,
            FAForm,
            FFForm,
            IFAForm,
            InSilicoForm,
            MonoForwardForm,
            MultiplexedForm,
            NodePerturbationForm,
            PATForm,
            PEPITAForm,
            RBMForm,
            RecurrentFFForm,
            WeightPerturbationForm,
        )
    }
)
"""The closed form of each learner, by the learner's name."""


def learner_form(learner: str, settings: object, plan: NetworkPlan) -> Form:
    """The closed form of a learner's counts.

    Args:
        learner: its name, as in study files.
        settings: an object of its settings class.
        plan: what the network is to be made of.

    Raises:
        InputError: no such learner, other settings, a network that it cannot train.
    """
    if learner not in FORMS:
        rule = "there is no closed form of what it counts"
        raise InputError(message("learner", learner, rule, nearest(learner, FORMS)))
    return FORMS[learner](settings, plan)


def update_counts(
    learner: str, settings: object, plan: NetworkPlan, batch: int | None = None
) -> Counts:
    """How often each action happens on a chip in one update, the mean over a round of the learner's routine.

    Args:
        learner: its name, as in study files.
        settings: an object of its settings class.
        plan: what the network is to be made of.
        batch: examples of the update; the settings' by default.

    Raises:
        InputError: as :func:`learner_form`; no examples.
    """
    return learner_form(learner, settings, plan).update_counts(batch)


__all__ = [
    "ANALOG_ERRORS",
    "FORMS",
    "SCHEMES",
    "Counts",
    "DistillationCounts",
    "Form",
    "NetworkPlan",
    "analog_error_form",
    "distillation_counts",
    "learner_form",
    "update_counts",
]
