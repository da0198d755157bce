"""A card whose prices follow its bits, and a design's node, rates and widths."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from mortalff.cards import Card
from mortalff.energy.adc_models import AdcModel, adc_price
from mortalff.energy.library.analog import capacitive_dac, sample_hold
from mortalff.energy.library.arithmetic import mac, operation
from mortalff.energy.library.library import Library
from mortalff.energy.library.load import built_in_library
from mortalff.energy.library.memory import sram
from mortalff.energy.library.price import Price

_BYTE = 8


class Design(BaseModel):
    """What prices depend on beside the card: nodes, rates, widths, sizes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    node_nm: float = Field(default=32.0, description="node of converters and logic, in nm")
    adc_rate_hz: float = Field(default=1e8, description="conversions a second of one ADC")
    adc_model: AdcModel = Field(default="reference", description="which model of ADCs")
    number: str = Field(default="int8", description="format of digital factors and operands")
    sum_number: str | None = Field(default="int32", description="format of sums; none: the same")
    sram_kb: float = Field(default=32.0, description="size of the memory that bytes go to, in KB")


def repriced(card: Card, design: Design | None = None, library: Library | None = None) -> Card:
    """A card with the prices of its read path, digital work and memory from the library.

    Priced anew, where the card has a price: ``adc_conversion``, ``dac_conversion`` and ``sample_hold`` by the card's
    bits; ``squarer``, ``gain_control`` and ``voltage_to_pulse``; ``digital_mac``, ``digital_op`` and ``memory_byte`` by
    the design. What devices and lines take is the card's own and stays, as do ``program_cell`` and ``weight_read``,
    which also hold conversions.

    Args:
        card: its ``periphery.adc_bits`` and ``dac_bits`` say how fine conversions are; none: those prices stay.
        design: node, rates, widths and sizes; by default 32 nm, 100 MS/s, int8 with sums of int32, 32 KB.
        library: where the constants are; by default the built-in one. Those in the card's ``[components]`` stand in
            place of its built-in ones.

    Returns:
        The new card; its prices name the design in their sources.

    Raises:
        InputError: the design lies outside a model.
        CardError: the library has none of a name in the card's ``[components]``.
    """
    chosen = Design() if design is None else design
    known = (built_in_library() if library is None else library).with_components_of(card)
    prices = {
        action: {
            "value": price.value,
            "low": price.low,
            "high": price.high,
            "unit": "J",
            "source": f"component library of mortalff: {how}",
            "conditions": f"{chosen.node_nm:g} nm where it scales",
            "tag": "E",
        }
        for action, (price, how) in _prices(card, chosen, known).items()
        if action in card.energy
    }
    return card.replace(**{f"energy.{action}": price for action, price in prices.items()})


def _prices(card: Card, design: Design, library: Library) -> dict[str, tuple[Price, str]]:
    """The price of each action, and what it was reckoned from."""
    found = {
        "squarer": (library.price("squarer.analog.energy"), "squarer.analog.energy"),
        "gain_control": (library.price("gain.analog.energy"), "gain.analog.energy"),
        "voltage_to_pulse": (library.price("pulse.ramp.energy"), "pulse.ramp.energy"),
        "digital_mac": (
            mac(design.number, design.sum_number, design.node_nm, library),
            f"multiplication of {design.number}, sum of {design.sum_number or design.number}",
        ),
        "digital_op": (
            operation("add", design.sum_number or design.number, design.node_nm, library),
            f"addition of {design.sum_number or design.number}",
        ),
        "memory_byte": (
            sram(design.sram_kb, _BYTE, design.node_nm, library),
            f"a byte of {design.sram_kb:g} KB of SRAM",
        ),
    }
    adc_bits, dac_bits = card.periphery.adc_bits, card.periphery.dac_bits
    if adc_bits is not None:
        rate = design.adc_rate_hz
        found["adc_conversion"] = (
            adc_price(adc_bits, design.node_nm, rate, design.adc_model, library),
            f"{design.adc_model} model of ADCs, {adc_bits} bits, {rate:g} Hz",
        )
        found["sample_hold"] = (sample_hold(adc_bits, library), f"held to {adc_bits} bits")
    if dac_bits is not None:
        found["dac_conversion"] = (
            capacitive_dac(dac_bits, library),
            f"capacitive DAC of {dac_bits} bits",
        )
    return found
