"""The component library: constants of energy, power, area and time, and models of what depends on parameters.

What converters from analog to digital cost, and cards priced anew by all of this, are in :mod:`mortalff.energy`:
``adc_price``, ``adc_table``, ``repriced``.
"""

from mortalff.cards.components import QUANTITIES
from mortalff.energy.library.analog import (
    capacitive_dac,
    hold_capacitance,
    hold_floor,
    sample_hold,
    serial_driver,
)
from mortalff.energy.library.arithmetic import mac, operation, processor
from mortalff.energy.library.arrays import (
    ArrayRead,
    conductances,
    device_energy,
    device_read,
    line_charge,
    read,
    read_load_factors,
    read_load_prices,
)
from mortalff.energy.library.bill import Bill, Line, bill
from mortalff.energy.library.constant import ASSUMED_SPREAD, TAGS, Constant
from mortalff.energy.library.kinds import KINDS
from mortalff.energy.library.library import Library
from mortalff.energy.library.load import built_in_library, load_library
from mortalff.energy.library.memory import dram, sram
from mortalff.energy.library.price import Price, total
from mortalff.energy.library.projections import gap, joules_per_operation, side_by_side
from mortalff.energy.library.published import (
    isaac_chip,
    isaac_ima,
    isaac_tile,
    neurram_mvm,
    neurram_seconds,
    neurram_tops_per_w,
    puma_mvm,
)
from mortalff.energy.library.reproductions import reproductions
from mortalff.energy.library.technology import at_node, logic_area_scale, logic_scale

__all__ = [
    "ASSUMED_SPREAD",
    "KINDS",
    "QUANTITIES",
    "TAGS",
    "ArrayRead",
    "Bill",
    "Constant",
    "Library",
    "Line",
    "Price",
    "at_node",
    "bill",
    "built_in_library",
    "capacitive_dac",
    "conductances",
    "device_energy",
    "device_read",
    "dram",
    "gap",
    "hold_capacitance",
    "hold_floor",
    "isaac_chip",
    "isaac_ima",
    "isaac_tile",
    "joules_per_operation",
    "line_charge",
    "load_library",
    "logic_area_scale",
    "logic_scale",
    "mac",
    "neurram_mvm",
    "neurram_seconds",
    "neurram_tops_per_w",
    "operation",
    "processor",
    "puma_mvm",
    "read",
    "read_load_factors",
    "read_load_prices",
    "reproductions",
    "sample_hold",
    "serial_driver",
    "side_by_side",
    "sram",
    "total",
]
