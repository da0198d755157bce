"""How much silicon an architecture takes, as far as areas have a source."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mortalff.energy.adc import NODE_FLOOR_NM, reference_area_um2
from mortalff.energy.adc_models import COMPARATOR_BITS
from mortalff.energy.architectures.plan import Plan
from mortalff.energy.library import ASSUMED_SPREAD, Library, Price, total

_ISAAC_CELLS = 128 * 128
_WITHOUT = {
    "squarer": "squarers",
    "gain_control": "gain control",
    "voltage_to_pulse": "pulse generators",
}


@dataclass(frozen=True)
class Area:
    """Silicon.

    Attributes:
        parts: number and area of each kind of part, in µm².
        unpriced: parts that are in no sum, each with why.
    """

    parts: Mapping[str, tuple[float, Price]]
    unpriced: Mapping[str, str]

    @property
    def total(self) -> Price | None:
        """All parts that have an area, in µm²; None where none has."""
        return total(area for _, area in self.parts.values()) if self.parts else None


def area(plan: Plan, library: Library) -> Area:
    """Parts of an architecture, counted from layers, tiling and sharing of converters.

    Converters that serve reads both ways are counted for the way that has more lines: switches let both share them.
    Arrays that hold a layer's weights together have cells each. Those that a pass reads at once have converters each,
    as counts have it: a fast array that takes part in passes, and every device of several. A fast array that takes no
    part is read between passes alone, by the slow one's converters. Each of several local fields has its own.

    Analog activities are held once for each half of a pair, or each sample: a batch is not stored. Cells are taken to
    be as large as ISAAC's, whatever the device. Areas in ``[components]`` of the plan's card stand in place of the
    library's built-in ones.
    """
    if plan.architecture.weights == "digital":
        why = "no area of logic or SRAM is in the library"
        return Area(MappingProxyType({}), MappingProxyType({"all": why}))
    parts: dict[str, tuple[float, Price]] = {}
    unpriced = {
        name: "no area in the library"
        for action, name in _WITHOUT.items()
        if action in plan.architecture.components
    }
    unpriced["digital logic and memory"] = "no area in the library"

    def add(name: str, number: float, each: Price) -> None:
        parts[name] = (number, each * number)

    known, cells = library.with_components_of(plan.device), _cells(plan)
    add("cells", cells, known.price("array.isaac.area") * (1.0 / _ISAAC_CELLS))
    add("DACs", _dacs(plan), known.price("dac.cdac_8bit.area"))
    converter = _adc_area(plan)
    if converter is None:
        unpriced["ADCs"] = f"no area of converters of up to {COMPARATOR_BITS} bits in the library"
    else:
        add("ADCs", converters(plan), converter)
    if plan.form.update_counts(1).get("sample_hold"):
        add("holds", _holds(plan), known.price("hold.isaac.area"))
    return Area(MappingProxyType(parts), MappingProxyType(unpriced))


def converters(plan: Plan) -> int:
    """How many ADCs there are: one for so many lines as share it; one a layer where scalars alone are converted."""
    architecture, sharing = plan.architecture, plan.architecture.converters.columns_per_adc
    if architecture.activities == "analog" and architecture.errors == "none":
        return len(plan.layers)
    if architecture.activities == "analog":
        return math.ceil(plan.net.n_classes / sharing)
    digital = architecture.arrays.partial_sums == "digital"
    number = 0
    for index, layer in enumerate(plan.layers):
        for place in layer.places:
            forward = math.ceil(place.shape.n_out / sharing) * (place.down if digital else 1)
            backward = math.ceil(place.shape.n_in / sharing) * (place.across if digital else 1)
            both = max(forward, backward) if _backwards(plan) and index else forward
            number += both * layer.read
    return number


def _dacs(plan: Plan) -> float:
    if plan.architecture.activities == "analog":
        inputs = sum(place.shape.n_in * place.across for place in plan.layers[0].places)
        return inputs + _dacs_of_errors(plan)
    number = 0
    for index, layer in enumerate(plan.layers):
        for place in layer.places:
            forward, backward = place.shape.n_in * place.across, place.shape.n_out * place.down
            both = max(forward, backward) if _backwards(plan) and index else forward
            number += both * layer.read
    return number


def _dacs_of_errors(plan: Plan) -> int:
    """Where activities are analog: of two factors a layer, of the output's error, of that and a factor a layer."""
    if plan.architecture.errors == "none":
        return 2 * len(plan.layers)
    return plan.net.n_classes + (len(plan.layers) if plan.learner == "node_perturbation" else 0)


def _cells(plan: Plan) -> float:
    conductance = plan.card.conductance
    per_weight = 2 if conductance is None else conductance.cells_per_weight
    held = sum(layer.copies * layer.weights for layer in plan.layers)
    others = sum(shape.n_in * shape.n_out for shape in plan.form.other_arrays)
    return float(per_weight * (held + others))


def _holds(plan: Plan) -> float:
    halves = 2 if plan.architecture.errors == "none" else 1
    return float(halves * sum(shape.n_in + shape.n_out for shape in plan.shapes))


def _backwards(plan: Plan) -> bool:
    return plan.learner == "bp"


def _adc_area(plan: Plan) -> Price | None:
    bits = plan.card.periphery.adc_bits
    if bits is None or bits <= COMPARATOR_BITS:
        return None
    architecture = plan.architecture
    rate = architecture.converters.adc_rate_hz
    value = reference_area_um2(bits, architecture.node_nm, rate, node_floor_nm=NODE_FLOOR_NM)
    return Price(value / ASSUMED_SPREAD["R"], value, value * ASSUMED_SPREAD["R"])
