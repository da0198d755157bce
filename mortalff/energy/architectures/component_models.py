"""Models that may stand for a component: what one of an action costs by an architecture's bits, node, lines, card."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mortalff.energy.adc_models import adc_price
from mortalff.energy.architectures.lines import cells_on_a_line, lines_of_a_read
from mortalff.energy.architectures.plan import Plan
from mortalff.energy.architectures.term import Factor
from mortalff.energy.library import Library, Price
from mortalff.energy.library.analog import capacitive_dac, sample_hold, serial_driver
from mortalff.energy.library.arithmetic import mac, operation, processor
from mortalff.energy.library.arrays import line_charge
from mortalff.energy.library.memory import dram, sram
from mortalff.errors import InputError, message

CARD_LINE_CELLS = 512
"""Cells on the line that cards' prices of line pulses are for, as their conditions say."""

_BYTE = 8


@dataclass(frozen=True)
class Asked:
    """What a price is asked for.

    Attributes:
        action: which. plan: the learner on its architecture. library: constants.
    """

    action: str
    plan: Plan
    library: Library

    @property
    def adc_bits(self) -> int:
        """Bits of ADCs."""
        return self._bits("adc_bits")

    @property
    def dac_bits(self) -> int:
        """Bits of DACs."""
        return self._bits("dac_bits")

    @property
    def read_volts(self) -> float:
        """Full-scale voltage of input lines, in V."""
        conductance = self.plan.card.conductance
        if conductance is None:
            rule = "it says no voltage of reads"
            right = "add [conductance] to the card, or write array_read = 'card'"
            raise InputError(message("card", self.plan.card.name, rule, right))
        return float(conductance.read_voltage_v)

    def _bits(self, key: str) -> int:
        bits = getattr(self.plan.card.periphery, key)
        if bits is None:
            where = f"architecture {self.plan.architecture.name!r}, converters.{key}"
            rule = f"card {self.plan.card.name!r} has none either, and {self.action} needs them"
            raise InputError(message(where, None, rule, "give bits"))
        return int(bits)


Model = Callable[[Asked], Factor]


def _adc(asked: Asked) -> Factor:
    architecture, bits = asked.plan.architecture, asked.adc_bits
    model, rate = architecture.converters.adc_model, architecture.converters.adc_rate_hz
    price = adc_price(bits, architecture.node_nm, rate, model, asked.library)
    how = f"{model} model of ADCs: {bits} bits, {rate:g} Hz, {architecture.node_nm:g} nm"
    return Factor(f"adc.{model}", price, how)


def _cdac(asked: Asked) -> Factor:
    bits = asked.dac_bits
    how = f"capacitive DAC of {bits} bits, from dac.cdac_8bit.energy"
    return Factor("dac.cdac_8bit.energy", capacitive_dac(bits, asked.library), how)


def _driver(asked: Asked) -> Factor:
    bits = asked.dac_bits
    how = f"{bits} bits one after another, each driver.isaac.energy"
    return Factor("driver.isaac.energy", serial_driver(bits, asked.library), how)


def _hold(asked: Asked) -> Factor:
    bits = asked.adc_bits
    price = sample_hold(bits, asked.library)
    return Factor("hold.energy", price, f"a hold of {bits} bits; high: NeuRRAM's")


def _line_ends(asked: Asked) -> Factor:
    """Ends of the lines that a read drives; the wire over cells is in the card's price of a cell."""
    volts = asked.read_volts
    backwards = asked.action == "array_read_transposed"
    lines = lines_of_a_read(asked.plan, backwards=backwards)
    one = line_charge(0, volts, asked.library)
    how = f"{lines:.0f} lines, the mean, of line.end.capacitance at {volts:g} V"
    return Factor("line.end.capacitance", one * lines, how)


def _card(asked: Asked) -> Factor:
    given = asked.plan.card.energy[asked.action]
    price = Price(given.low, given.value, given.high)
    return Factor(f"card.{asked.action}", price, given.source)


def _card_line(asked: Asked) -> Factor:
    """The card's price of a line of 512 cells, scaled as the line's capacitance."""
    given = _card(asked)
    cells = cells_on_a_line(asked.plan)
    farads = [line_charge(1, 1.0, asked.library).value, line_charge(0, 1.0, asked.library).value]
    cell, end = farads[0] - farads[1], farads[1]
    scale = (cells * cell + end) / (CARD_LINE_CELLS * cell + end)
    how = f"scaled from {CARD_LINE_CELLS} to {cells:.0f} cells, the mean, as capacitance: "
    return Factor(given.key, given.price * scale, how + given.source)


def _mac(asked: Asked) -> Factor:
    architecture = asked.plan.architecture
    number, summed = architecture.digital.number, architecture.digital.sum_number
    price = mac(number, summed, architecture.node_nm, asked.library)
    how = f"multiplication of {number}, sum of {summed}, {architecture.node_nm:g} nm (Horowitz)"
    return Factor("digital.logic", price, how)


def _add(asked: Asked) -> Factor:
    architecture = asked.plan.architecture
    summed = architecture.digital.sum_number
    price = operation("add", summed, architecture.node_nm, asked.library)
    return Factor(
        "digital.logic", price, f"addition of {summed}, {architecture.node_nm:g} nm (Horowitz)"
    )


def _sram(asked: Asked) -> Factor:
    architecture = asked.plan.architecture
    size = architecture.digital.sram_kb
    price = sram(size, _BYTE, architecture.node_nm, asked.library)
    how = f"a byte of {size:g} KB of SRAM, {architecture.node_nm:g} nm"
    return Factor("memory.sram", price, how)


def _dram(asked: Asked) -> Factor:
    price = dram(_BYTE, library=asked.library)
    return Factor("memory.dram.energy", price, "a byte of memory.dram.energy")


def _hbm2(asked: Asked) -> Factor:
    price = dram(_BYTE, "hbm2", asked.library)
    return Factor("memory.hbm2.energy", price, "a byte of memory.hbm2.energy")


def _processor(asked: Asked) -> Factor:
    digital = asked.plan.architecture.digital
    if digital.processor is None:
        where = f"architecture {asked.plan.architecture.name!r}, digital.processor"
        rule = f"{asked.action} is done by the processor"
        raise InputError(message(where, None, rule, "write processor = 'a100'"))
    operations = 2.0 if asked.action == "digital_mac" else 1.0
    price = processor(digital.processor, digital.utilisation, asked.library) * operations
    how = f"processor.{digital.processor}.energy at {digital.utilisation:.0%} of its peak"
    return Factor(f"processor.{digital.processor}.energy", price, how)


def _included(asked: Asked) -> Factor:
    return Factor("included", Price(0.0, 0.0, 0.0), "included in what else is priced")


COMPONENT_MODELS: Mapping[str, Model] = MappingProxyType(
    {
        "adc": _adc,
        "capacitive_dac": _cdac,
        "serial_driver": _driver,
        "sample_hold": _hold,
        "line_ends": _line_ends,
        "card": _card,
        "card_line": _card_line,
        "mac": _mac,
        "add": _add,
        "sram": _sram,
        "dram": _dram,
        "hbm2": _hbm2,
        "processor": _processor,
        "included": _included,
    }
)
"""What may stand for a component beside the names of constants."""
