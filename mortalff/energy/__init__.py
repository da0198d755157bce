"""What counted actions cost: estimates, models of converters, closed forms of the counts, architectures.

Constants and models of components are in :mod:`mortalff.energy.library`; learners on architectures, with what breaks
even and what it hangs on, in :mod:`mortalff.energy.architectures`.
"""

from mortalff.energy.adc import (
    AdcBand,
    comparator_band,
    reference_area_um2,
    reference_energy_j,
    survey_band,
    survey_energy_j,
)
from mortalff.energy.adc_models import AdcRow, adc_price, adc_table
from mortalff.energy.architectures import (
    Architecture,
    Comparison,
    Net,
    Plan,
    Task,
    compare,
    load_architecture,
)
from mortalff.energy.array_forms import LayerShape, ReadScheme, pulse, read, read_transposed
from mortalff.energy.components import COMPONENT_OF, COMPONENTS
from mortalff.energy.estimate import Band, Entry, Estimate, Row, estimate
from mortalff.energy.forms import NetworkPlan, learner_form, update_counts
from mortalff.energy.library.reprice import Design, repriced
from mortalff.energy.pulse_trains import PulseTrains, expected_coincidences, pulse_trains
from mortalff.energy.text import format_joules

__all__ = [
    "COMPONENTS",
    "COMPONENT_OF",
    "AdcBand",
    "AdcRow",
    "Architecture",
    "Band",
    "Comparison",
    "Design",
    "Entry",
    "Estimate",
    "LayerShape",
    "Net",
    "NetworkPlan",
    "Plan",
    "PulseTrains",
    "ReadScheme",
    "Row",
    "Task",
    "adc_price",
    "adc_table",
    "comparator_band",
    "compare",
    "estimate",
    "expected_coincidences",
    "format_joules",
    "learner_form",
    "load_architecture",
    "pulse",
    "pulse_trains",
    "read",
    "read_transposed",
    "reference_area_um2",
    "reference_energy_j",
    "repriced",
    "survey_band",
    "survey_energy_j",
    "update_counts",
]
