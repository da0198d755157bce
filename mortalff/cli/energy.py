"""``mortalff energy``: what converters cost."""

from __future__ import annotations

from cyclopts import App

from mortalff.cli.numbers import Whole
from mortalff.energy.adc import (
    BITS_MAX,
    NODE_FLOOR_NM,
    NODE_MAX_NM,
    RATE_MAX_HZ,
    SURVEY_FITS,
    comparator_band,
    reference_area_um2,
    reference_energy_j,
    survey_band,
    survey_energy_j,
)
from mortalff.energy.text import format_joules
from mortalff.errors import InputError, message

app = App(name="energy", help="Show what analog-to-digital conversions cost.")

_COMPARATOR_BITS = 3


@app.command(name="adc")
def show_adc(*, bits: Whole, node: float, rate: float) -> None:
    """Show the energy of one conversion, by each model that covers it.

    Args:
        bits: effective number of bits, 1 to 16.
        node: technology node, in nm.
        rate: conversions a second of one converter.
    """
    if not 1 <= bits <= BITS_MAX:
        rule = "no model covers that many bits"
        raise InputError(message("--bits", bits, rule, f"give 1 to {BITS_MAX}"))
    for name, value, most, unit, usual in (
        ("--node", node, NODE_MAX_NM, "nm", "32"),
        ("--rate", rate, RATE_MAX_HZ, "Hz", "1.2e9"),
    ):
        if not 0.0 < value <= most:
            rule = f"it must be above 0 {unit}, and no more than {most:g} {unit}"
            raise InputError(message(name, value, rule, f"such as {name} {usual}"))
    print(f"{bits} bits, {node:g} nm, {rate:g} conversions a second")
    print(f"  {'model':<46}{'energy':>10}{'per step':>11}{'area':>12}")
    if bits <= _COMPARATOR_BITS:
        low, value, high = comparator_band(bits)
        what = "one comparator" if bits == 1 else f"{bits} comparator decisions and a CDAC"
        _line(f"{what}, low", low, bits)
        _line(f"{what}, typical", value, bits)
        _line(f"{what}, high", high, bits)
        print("Published at 65 and 40 nm, and scaled neither to this node nor to this rate.")
        return
    _reference_line("reference regression (arXiv 2404.06553)", bits, node, rate)
    if node < NODE_FLOOR_NM:
        _reference_line(f"  with the node taken as {NODE_FLOOR_NM:g} nm", bits, NODE_FLOOR_NM, rate)
    for quantile in SURVEY_FITS:
        energy_j = survey_energy_j(bits, rate, quantile)
        _line(f"{quantile:.0%} quantile of those since 2015 (Murmann)", energy_j, bits)
    _line("median and one standard deviation, 0.7 decades", survey_band(bits, rate).high_j, bits)
    print("The regression is an optimistic bound: about one published converter in eight beats it.")
    if node < NODE_FLOOR_NM:
        print(
            f"Below {NODE_FLOOR_NM:g} nm it extrapolates. Published converters of 16 nm and below take"
            f" 16 times as much (median),\nbut 5 times with the node taken as {NODE_FLOOR_NM:g} nm, as"
            " older ones do: use that line."
        )


def _reference_line(what: str, bits: int, node_nm: float, rate_hz: float) -> None:
    area_um2 = reference_area_um2(bits, node_nm, rate_hz)
    _line(what, reference_energy_j(bits, node_nm, rate_hz), bits, f"{area_um2:.0f} µm²")


def _line(what: str, energy_j: float, bits: int, area: str = "") -> None:
    step = format_joules(energy_j / 2.0**bits)
    print(f"  {what:<46}{format_joules(energy_j):>10}{step:>11}{area:>12}".rstrip())
