"""``mortalff cards``: which device cards there are, what each number means, and checking one."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from pydantic.fields import FieldInfo
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mortalff.actions import ACTIONS
from mortalff.cards import ActionEnergy, Card, Quantity, card_hash, find_cards, load_card
from mortalff.cards.keys import Keys, leaves
from mortalff.cards.load import as_path, find_card, read_card
from mortalff.cards.quantity import Section
from mortalff.cli.card_plot import PLOT_EXAMPLES, plot
from mortalff.errors import CardError

FIT_HELP = """Make a card from measured pulse responses.

The file has a row a reading, with the columns
device (any name), pulse (a number that rises), direction (up or
down) and conductance_siemens, or weight: what was read after
that pulse. A device's first row is its start. It takes at least
5 devices, each with 20 pulses either way; other columns are not
used. Where no law fits, nothing is written, and the exit code is 1."""
FIT_EXAMPLES = """Examples:

  mortalff cards fit pulses.csv --name my_device --like ecram
  mortalff cards plot ecram --data again.csv  # writes such a file"""

app = App(name="cards", help="List cards; explain, plot or check one; make one of measurements.")
app.command(plot, help_epilogue=PLOT_EXAMPLES)
app.command(  # imported when used, as scipy's optimisers take a while
    "mortalff.cli.cards_fit:fit_card",
    name="fit",
    help=FIT_HELP,
    help_epilogue=FIT_EXAMPLES,
)

_Leaf = tuple[Keys, FieldInfo, object]


@app.default
def list_cards() -> None:
    """List the cards: name, law, summary, and where each was found."""
    table = _table("name", "law", "summary", "origin")
    for found in find_cards():
        try:
            card = read_card(found.path)
        except CardError:
            advice = f"breaks the schema: see `mortalff cards check {found.path}`"
            _row(table, found.name, "?", advice, found.origin)
        else:
            _row(table, found.name, card.law.kind, card.summary, found.origin)
    Console().print(table)


@app.command
def show(
    name: str, *, everything: Annotated[bool, Parameter(name="--all", negative="")] = False
) -> None:
    """Print every number on a card: value, unit, meaning, source and band.

    Args:
        name: a card's name, or a path to one.
        everything: show the sections too that the card leaves at the schema's defaults.
    """
    if as_path(name) is not None:
        card, origin = load_card(name), name
    else:
        found = find_card(name)
        card, origin = read_card(found.path), f"{found.origin}, {found.path}"
    console = Console()
    console.print(Text(f"{card.name}: {card.summary}", style="bold"))
    facts = {"law": card.law.kind, "origin": origin, "hash": card_hash(card)}
    console.print(_pairs(facts.items()))
    left_out = [] if everything else _at_defaults(card)
    sections: dict[str, list[_Leaf]] = {}
    for leaf in leaves(card):
        path = leaf[0]
        if len(path) > 1 and path[0] not in ("energy", "validity", "provenance", *left_out):
            sections.setdefault(path[0], []).append(leaf)
    for section, members in sections.items():
        _heading(console, section)
        console.print(_parameters(card, members))
    if left_out:
        names = ", ".join(left_out)
        console.print(Text(f"\nat their defaults, all effects off: {names}; --all shows them"))
    _heading(console, "energy of one action")
    console.print(_prices(card))
    _heading(console, "validity")
    pulses = card.validity.pulses_max
    limit = "not stated" if pulses is None else f"{pulses:g} pulses a device"
    console.print(_pairs([("holds for", card.validity.statement), ("endurance", limit)]))
    _heading(console, "provenance")
    source = card.provenance
    rows = [("paper", source.paper), ("doi", source.doi or "none"), ("fit", source.fit)]
    console.print(_pairs([*rows, *(("caveat", caveat) for caveat in source.caveats)]))


@app.command
def check(path: str) -> None:
    """Check a card file; all that is wrong with it is listed with line and key.

    Args:
        path: a card file, a folder with a card.toml, or a card's name.
    """
    card = load_card(Path(path) if os.path.exists(path) else path)
    numbers = sum(isinstance(value, Quantity | ActionEnergy) for _, _, value in leaves(card))
    unpriced = [action for action in ACTIONS if action not in card.energy]
    console = Console()
    console.print(Text(f"{card.name} is a valid card", style="bold"))
    facts = [
        ("law", card.law.kind),
        ("numbers", f"{numbers} with a source"),
        ("hash", card_hash(card)),
        ("no price for", ", ".join(unpriced) or "none: every action has a price"),
    ]
    console.print(_pairs(facts))


def _at_defaults(card: Card) -> list[str]:
    """Sections that the card does not state, whose effects are off unless it does."""
    return [
        name
        for name, field in Card.model_fields.items()
        if isinstance(field.default, Section) and name not in card.model_fields_set
    ]


def _meaning(card: Card, path: Keys, field: FieldInfo) -> str:
    """What a value means; of a ``kind``, what the section chosen by it says of itself."""
    if field.description:
        return field.description
    chosen: object = functools.reduce(getattr, path[:-1], card)
    return " ".join((inspect.getdoc(type(chosen)) or "").partition("\n\n")[0].split())


def _parameters(card: Card, members: Iterable[_Leaf]) -> Table:
    table = _table("parameter", "value", "unit", "meaning and source")
    for path, field, value in members:
        meaning = Text(_meaning(card, path, field))
        unit = ""
        if isinstance(value, Quantity):
            shown, unit = f"{value.value:g}", value.unit
            if value.low is not None or value.high is not None:
                low = value.value if value.low is None else value.low
                high = value.value if value.high is None else value.high
                shown += f"\n{low:g} to {high:g}"
            meaning.append(f"\nsource: {value.source}", style="dim")
        else:
            shown = _plain(value)
        _row(table, ".".join(path[1:]), shown, unit, meaning)
    return table


def _prices(card: Card) -> Table:
    table = _table("action", "value and band, J", "meaning, source and conditions")
    for action, price in card.energy.items():
        meaning = Text(ACTIONS[action])
        meaning.append(f"\nsource [{price.tag}]: {price.source}", style="dim")
        if price.conditions:
            meaning.append(f"\nfor: {price.conditions}", style="dim")
        _row(table, action, f"{price.value:g}\n{price.low:g} to {price.high:g}", meaning)
    unpriced = [action for action in ACTIONS if action not in card.energy]
    if unpriced:
        _row(table, "no price", "", "this card cannot bill: " + ", ".join(unpriced))
    return table


def _plain(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, leading=0)
    for index, column in enumerate(columns):
        table.add_column(column, no_wrap=index == 0, overflow="fold")
    return table


def _row(table: Table, *cells: str | Text) -> None:
    """Add a row whose square brackets are text, not markup."""
    table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in cells))


def _pairs(pairs: Iterable[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in pairs:
        _row(table, label, text)
    return table


def _heading(console: Console, text: str) -> None:
    console.print(Text(f"\n[{text}]", style="bold"))
