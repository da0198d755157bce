"""``mortalff energy``: what converters and other components cost, and learners on architectures."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from mortalff.cli.energy_compare import COMPARE_EXAMPLES
from mortalff.cli.energy_components import COMPONENTS_EXAMPLES
from mortalff.cli.energy_to_accuracy import TO_ACCURACY_EXAMPLES
from mortalff.cli.numbers import Whole
from mortalff.energy.adc import BITS_MAX, NODE_FLOOR_NM, NODE_MAX_NM, RATE_MAX_HZ
from mortalff.energy.adc_models import COMPARATOR_BITS, AdcModel, AdcRow, adc_price, adc_table
from mortalff.energy.library import Price, load_library
from mortalff.energy.text import format_joules
from mortalff.errors import InputError, message

app = App(name="energy", help="Show what components cost, and learners that run on them.")
app.command(
    "mortalff.cli.energy_components:show_components",
    name="components",
    help="Show what components cost: value, band, node, source.",
    help_epilogue=COMPONENTS_EXAMPLES,
)

app.command(
    "mortalff.cli.energy_published:show_published",
    name="published",
    help="Show published chips beside what their components come to.",
)
app.command(
    "mortalff.cli.energy_compare:show_comparison",
    name="compare",
    help="Compare learners on architectures: energy, time, area, who wins where.",
    help_epilogue=COMPARE_EXAMPLES,
)

app.command(
    "mortalff.cli.energy_to_accuracy:show_energy_to_accuracy",
    name="to-accuracy",
    help="Show the energy to an accuracy: what it took the chips of a study, in joules.",
    help_epilogue=TO_ACCURACY_EXAMPLES,
)

_MODELS: tuple[AdcModel, ...] = ("reference", "survey")


@app.command(name="adc")
def show_adc(
    *,
    bits: Whole,
    node: float,
    rate: float,
    components: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Show the energy of one conversion, by each model that covers it.

    Args:
        bits: effective number of bits, 1 to 16.
        node: technology node, in nm.
        rate: conversions a second of one converter.
        components: a TOML file of one's own constants, for the comparators of up to 3 bits.
        as_json: print the table as JSON.
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
    library = load_library(components)
    rows = adc_table(bits, node, rate, library)
    prices = {model: adc_price(bits, node, rate, model, library) for model in _MODELS}
    if as_json:
        told = [{**asdict(row), "model": row.model.strip()} for row in rows]
        bands = {model: asdict(price) for model, price in prices.items()}
        print(json.dumps({"models": told, "price_j": bands}, indent=1))
        return
    print(f"{bits} bits, {node:g} nm, {rate:g} conversions a second")
    print(f"  {'model':<46}{'energy':>10}{'per step':>11}{'area':>12}")
    for row in rows:
        print(_line(row, bits))
    if bits <= COMPARATOR_BITS:
        print("Published at 65 and 40 nm, and scaled neither to this node nor to this rate.")
        return
    for model, price in prices.items():
        print(f"Price by the {model}: {_band(price)}")
    print("The regression is an optimistic bound: about one published converter in eight beats it.")
    if node < NODE_FLOOR_NM:
        print(
            f"Below {NODE_FLOOR_NM:g} nm it extrapolates. Published converters of 16 nm and below take"
            f" 16 times as much (median),\nbut 5 times with the node taken as {NODE_FLOOR_NM:g} nm, as"
            " older ones do: use that line."
        )


def _line(row: AdcRow, bits: int) -> str:
    step = format_joules(row.energy_j / 2.0**bits)
    area = "" if row.area_um2 is None else f"{row.area_um2:.0f} µm²"
    return f"  {row.model:<46}{format_joules(row.energy_j):>10}{step:>11}{area:>12}".rstrip()


def _band(price: Price) -> str:
    low, value, high = (format_joules(bound) for bound in (price.low, price.value, price.high))
    return f"{value} ({low} to {high})"
