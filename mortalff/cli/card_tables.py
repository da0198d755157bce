"""Tables on a card: its parameters, prices and constants, each number with meaning and source."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable

from pydantic.fields import FieldInfo
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mortalff.actions import ACTIONS
from mortalff.cards import Card, Quantity
from mortalff.cards.components import QUANTITIES, ComponentConstant, quantity_of
from mortalff.cards.keys import Keys, leaves

Leaf = tuple[Keys, FieldInfo, object]
"""A value on a card: its keys, its field, and itself."""


def _meaning(card: Card, path: Keys, field: FieldInfo) -> str:
    """What a value means; of a ``kind``, what the section chosen by it says of itself."""
    if field.description:
        return field.description
    chosen: object = functools.reduce(getattr, path[:-1], card)
    return " ".join((inspect.getdoc(type(chosen)) or "").partition("\n\n")[0].split())


def parameters(card: Card, members: Iterable[Leaf]) -> Table:
    """Values of a section, one a row."""
    table = table_of("parameter", "value", "unit", "meaning and source")
    for path, field, value in members:
        meaning = Text(_meaning(card, path, field))
        unit = ""
        if isinstance(value, Quantity):
            shown, unit = _banded(value), value.unit
            meaning.append(f"\nsource: {value.source}", style="dim")
        else:
            shown = _plain(value)
        row(table, ".".join(path[1:]), shown, unit, meaning)
    return table


def prices(card: Card) -> Table:
    """What actions cost, and which have no price."""
    table = table_of("action", "value and band, J", "meaning, source and conditions")
    for action, price in card.energy.items():
        meaning = Text(ACTIONS[action])
        meaning.append(f"\nsource [{price.tag}]: {price.source}", style="dim")
        if price.conditions:
            meaning.append(f"\nfor: {price.conditions}", style="dim")
        row(table, action, f"{price.value:g}\n{price.low:g} to {price.high:g}", meaning)
    unpriced = [action for action in ACTIONS if action not in card.energy]
    if unpriced:
        row(table, "no price", "", "this card cannot bill: " + ", ".join(unpriced))
    return table


def constants(card: Card) -> Table:
    """Constants of components that the card states."""
    table = table_of("component", "value", "unit", "meaning, source and conditions")
    for path, _, value in leaves(card):
        if path[0] != "components":
            continue
        quantity = quantity_of(path[-1])
        assert quantity is not None  # or the card would have been refused
        if not isinstance(value, ComponentConstant):
            meaning = Text(
                "in place of the energy library's\nsource: set on this card", style="dim"
            )
            row(table, ".".join(path[1:]), f"{value:g}", QUANTITIES[quantity].unit, meaning)
            continue
        meaning = Text(value.what or "in place of the energy library's")
        meaning.append(f"\nsource [{value.tag}]: {value.source}", style="dim")
        node = "" if value.node_nm is None else f"{value.node_nm:g} nm"
        for label, text in (("node", node), ("for", value.conditions)):
            if text:
                meaning.append(f"\n{label}: {text}", style="dim")
        row(table, ".".join(path[1:]), _banded(value), value.unit, meaning)
    return table


def _banded(number: Quantity) -> str:
    """The value, and below it the band where one is stated."""
    if number.low is None and number.high is None:
        return f"{number.value:g}"
    low = number.value if number.low is None else number.low
    high = number.value if number.high is None else number.high
    return f"{number.value:g}\n{low:g} to {high:g}"


def _plain(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def table_of(*columns: str) -> Table:
    """An empty table; its first column is never wrapped."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, leading=0)
    for index, column in enumerate(columns):
        table.add_column(column, no_wrap=index == 0, overflow="fold")
    return table


def row(table: Table, *cells: str | Text) -> None:
    """Add a row whose square brackets are text, not markup."""
    table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in cells))


def pairs(facts: Iterable[tuple[str, str]]) -> Table:
    """Labels and texts, without headings."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in facts:
        row(table, label, text)
    return table


def heading(console: Console, text: str) -> None:
    """Print the name of what follows."""
    console.print(Text(f"\n[{text}]", style="bold"))
