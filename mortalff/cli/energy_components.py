"""``mortalff energy components``: every constant of the library, with its band and source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from mortalff.cards import load_card
from mortalff.energy.library import KINDS, TAGS, Constant, load_library
from mortalff.energy.library.models import MODELS
from mortalff.energy.text import format_measure

COMPONENTS_EXAMPLES = """Examples:

  mortalff energy components                       all of them
  mortalff energy components --kind adc            converters alone
  mortalff energy components --node 45 --json      those of 45 nm, for a program
  mortalff energy components --components my.toml  with one's own in place
  mortalff energy components --card my_card        with those that a card states"""


def show_components(
    *,
    kind: str | None = None,
    node: float | None = None,
    components: Path | None = None,
    card: str | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """List the constants that energy is reckoned from: value, band, node, conditions, source and its grade.

    Args:
        kind: only those of a kind, such as adc, memory or device.
        node: only those of a technology node, in nm.
        components: a TOML file whose constants stand in place of the built-in ones, or beside them.
        card: a device card: its [components] stand in place of built-in ones, but not of the file's; its prices and
            operating point are listed under "card".
        as_json: print them as JSON.
    """
    library = load_library(components)
    if card is not None:
        library = library.with_card(load_card(card))
    chosen = library.select(kind, node)
    if as_json:
        print(json.dumps([_record(name, chosen[name]) for name in chosen], indent=1))
        return
    console = Console()
    for heading in KINDS:
        members = chosen.select(heading)
        models = [model for model in MODELS if model.kind == heading and node is None]
        if kind not in (None, heading) or not (members or models):
            continue
        console.print(Text(f"\n[{heading}] {KINDS[heading]}", style="bold"))
        for name in members:
            console.print(_number(name, members[name]))
            console.print(_below(_meaning(members[name])))
        for model in models:
            console.print(Text(f"model {model.call}"))
            console.print(_below(f"{model.equation}\n{model.source}"))
    if not chosen:
        console.print("No constant is of that kind and node.")
        return
    console.print(Text(f"\n~ a bound assumed from the grade of the source. {_grades()}"))


def _record(name: str, constant: Constant) -> dict[str, object]:
    price = constant.price
    return {
        "name": name,
        "value": price.value,
        "low": price.low,
        "high": price.high,
        "band": "stated" if constant.band_is_stated else "assumed",
        "unit": constant.unit,
        "node_nm": constant.node_nm,
        "what": constant.what,
        "conditions": constant.conditions,
        "source": constant.source,
        "tag": constant.tag,
    }


def _number(name: str, constant: Constant) -> Text:
    price, unit = constant.price, constant.unit
    low = ("~" if constant.low is None else "") + format_measure(price.low, unit)
    high = ("~" if constant.high is None else "") + format_measure(price.high, unit)
    node = "" if constant.node_nm is None else f"{constant.node_nm:g} nm"
    value = f"{format_measure(price.value, unit)} ({low} to {high})"
    return Text(f"{name:<34}{value:<36} {node}".rstrip())


def _meaning(constant: Constant) -> str:
    conditions = f"; {constant.conditions}" if constant.conditions else ""
    return f"{constant.what}{conditions}\n[{constant.tag}] {constant.source}"


def _below(text: str) -> Padding:
    return Padding(Text(text, style="dim"), (0, 0, 0, 2), expand=False)


def _grades() -> str:
    return "; ".join(f"{tag}: {meaning}" for tag, meaning in TAGS.items()) + "."
