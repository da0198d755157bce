"""What counted actions cost: estimates, models of converters, closed forms of the counts, architectures."""

from mortalff.energy.adc import (
    AdcBand,
    comparator_band,
    reference_area_um2,
    reference_energy_j,
    survey_band,
    survey_energy_j,
)
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
from mortalff.energy.closed_forms import bp_update, ff_update, inference, label_scan
from mortalff.energy.components import COMPONENT_OF, COMPONENTS
from mortalff.energy.estimate import Band, Entry, Estimate, Row, estimate
from mortalff.energy.pulse_trains import PulseTrains, expected_coincidences, pulse_trains
from mortalff.energy.text import format_joules

__all__ = [
    "COMPONENTS",
    "COMPONENT_OF",
    "AdcBand",
    "Architecture",
    "Band",
    "Comparison",
    "Entry",
    "Estimate",
    "LayerShape",
    "Net",
    "Plan",
    "PulseTrains",
    "ReadScheme",
    "Row",
    "Task",
    "bp_update",
    "comparator_band",
    "compare",
    "estimate",
    "expected_coincidences",
    "ff_update",
    "format_joules",
    "inference",
    "label_scan",
    "load_architecture",
    "pulse",
    "pulse_trains",
    "read",
    "read_transposed",
    "reference_area_um2",
    "reference_energy_j",
    "survey_band",
    "survey_energy_j",
]
