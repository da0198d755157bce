"""Which part of a chip each action belongs to, and what one of it usually costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mortalff.actions import METERED, READ_LOADS

_PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "reads": ("array_read", "cell_read", *READ_LOADS, *METERED.values()),
        "input conversion": ("dac_conversion",),
        "output conversion": ("adc_conversion",),
        "update pulses": (
            "voltage_to_pulse",
            "outer_product",
            "line_pulse",
            "device_pulse",
            "device_reset",
        ),
        "analog periphery": ("sample_hold", "squarer", "gain_control"),
        "digital": ("digital_mac", "digital_op"),
        "memory": ("memory_byte",),
        "privileged access": ("array_read_transposed", "program_cell", "weight_read"),
        "unknown stages": ("black_box_pass",),
    }
)

COMPONENTS: tuple[str, ...] = tuple(_PARTS)
"""The components of an energy estimate, in the order in which a stacked bar shows them."""

COMPONENT_OF: Mapping[str, str] = MappingProxyType(
    {action: component for component, actions in _PARTS.items() for action in actions}
)
"""The component of each action in :data:`mortalff.actions.ACTIONS`.

A transposed read drives the same cells as a forward read, and these are counted alike: their share
is under ``reads``, and ``privileged access`` holds only what the access itself adds.
"""


@dataclass(frozen=True)
class UsualPrice:
    """The range in which published prices of an action lie, in joules, and where it is from."""

    low_j: float
    high_j: float
    source: str


_LINES = (
    "line charging C V^2 at 0.2 to 0.5 V for 100 to 800 lines of as many cells, 48 fF a line and"
    " 2.1 fF a cell (Wan et al. 2022, NeuRRAM)"
)
_HOROWITZ = "Horowitz 2014, 45 nm"
_TIMELY = "Li et al. 2020, TIMELY, 65 nm"

USUAL_PRICES: Mapping[str, UsualPrice] = MappingProxyType(
    {
        "array_read": UsualPrice(1e-12, 3.5e-10, _LINES),
        "array_read_transposed": UsualPrice(1e-12, 3.5e-10, _LINES),
        "cell_read": UsualPrice(
            1e-15, 4.8e-14, "V^2 G t of a 1 uS cell at 0.1 V to a 12 uS cell at 0.2 V, both 100 ns"
        ),
        "cell_conduction": UsualPrice(
            1e-15, 5e-13, "V^2 G t of a 1 uS cell at 0.1 V to a 125 uS cell at 0.2 V, both 100 ns"
        ),
        "cell_wire": UsualPrice(2.1e-17, 5.3e-16, f"a cell's share of {_LINES}, at 0.1 to 0.5 V"),
        "line_end": UsualPrice(4.8e-16, 1.2e-14, f"a line's end, of {_LINES}, at 0.1 to 0.5 V"),
        "dac_conversion": UsualPrice(
            3.75e-14,
            3.91e-13,
            f"8-bit time converter ({_TIMELY}) to 1-bit row driver (Shafiee et al. 2016, ISAAC)",
        ),
        "adc_conversion": UsualPrice(
            2.2e-13,
            7e-12,
            "4 bits (Yuan et al. 2021, FORMS) to the median of 8-bit converters since 2015"
            " (Murmann, ADC Performance Survey); `mortalff energy adc` says more",
        ),
        "sample_hold": UsualPrice(
            1e-15, 1.2e-12, "Shafiee et al. 2016, ISAAC, to Wan et al. 2022, NeuRRAM"
        ),
        "squarer": UsualPrice(
            1e-15,
            2e-13,
            f"no published figure: one sample and hold (ISAAC) to one 8-bit multiply ({_HOROWITZ})",
        ),
        "gain_control": UsualPrice(
            1e-15,
            1.7e-12,
            "no published figure: one sample and hold to one 8-bit conversion (both ISAAC)",
        ),
        "voltage_to_pulse": UsualPrice(3.75e-14, 1.45e-13, f"8-bit DTC to 8-bit TDC ({_TIMELY})"),
        "outer_product": UsualPrice(0.0, 1e-12, "control alone: 0 where lines and devices pay"),
        "line_pulse": UsualPrice(
            2.6e-13,
            6.6e-12,
            "line charging C V^2, 100 cells at 1 V to 1000 at 1.75 V (Wan et al. 2022, NeuRRAM)",
        ),
        "device_pulse": UsualPrice(
            1e-15, 1.04e-10, "ECRAM to HfOx at 1.75 V for 8.52 us (Wan et al. 2022, NeuRRAM)"
        ),
        "device_reset": UsualPrice(
            5e-13, 2.5e-11, "phase-change memory, from sub-pJ cells to 25 pJ (second-hand)"
        ),
        "program_cell": UsualPrice(
            8.4e-13, 3.87e-10, "one reset below 1 V to program-verify, HfOx (arXiv 2601.09903)"
        ),
        "weight_read": UsualPrice(2.2e-13, 7e-12, "one cell read and one conversion"),
        "digital_mac": UsualPrice(
            2.3e-13, 4.6e-12, f"multiply and add, int8 to fp32 ({_HOROWITZ})"
        ),
        "digital_op": UsualPrice(3e-14, 9e-13, f"one add, int8 to fp32 ({_HOROWITZ})"),
        "memory_byte": UsualPrice(
            1.25e-12, 3.25e-10, f"an eighth of 64 bits, 8 KB cache to DRAM ({_HOROWITZ})"
        ),
        "black_box_pass": UsualPrice(
            0.0, 1e-6, "whatever the stage takes; 0 where it is outside the system boundary"
        ),
    }
)
"""Usual prices, shown where a card has none. Nothing is billed with them; metered reads have none of their own."""
