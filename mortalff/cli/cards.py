"""``mortalff cards``: which device cards there are, what each number means, and checking one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.text import Text

from mortalff.actions import ACTIONS
from mortalff.cards import ActionEnergy, Card, Quantity, card_hash, find_cards, load_card
from mortalff.cards.keys import leaves
from mortalff.cards.load import as_path, find_card, read_card
from mortalff.cards.quantity import Section
from mortalff.cli.card_plot import PLOT_EXAMPLES, plot
from mortalff.cli.card_tables import (
    Leaf,
    constants,
    heading,
    pairs,
    parameters,
    prices,
    row,
    table_of,
)
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

_TOLD_APART = ("energy", "components", "validity", "provenance")


@app.default
def list_cards() -> None:
    """List the cards: name, law, summary, and where each was found."""
    table = table_of("name", "law", "summary", "origin")
    for found in find_cards():
        try:
            card = read_card(found.path)
        except CardError:
            advice = f"breaks the schema: see `mortalff cards check {found.path}`"
            row(table, found.name, "?", advice, found.origin)
        else:
            row(table, found.name, card.law.kind, card.summary, found.origin)
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
    console.print(pairs(facts.items()))
    left_out = [] if everything else _at_defaults(card)
    sections: dict[str, list[Leaf]] = {}
    for leaf in leaves(card):
        path = leaf[0]
        if len(path) > 1 and path[0] not in (*_TOLD_APART, *left_out):
            sections.setdefault(path[0], []).append(leaf)
    for section, members in sections.items():
        heading(console, section)
        console.print(parameters(card, members))
    if left_out:
        names = ", ".join(left_out)
        console.print(Text(f"\nat their defaults, all effects off: {names}; --all shows them"))
    heading(console, "energy of one action")
    console.print(prices(card))
    if card.components:
        heading(console, "components")
        console.print(constants(card))
    heading(console, "validity")
    pulses = card.validity.pulses_max
    limit = "not stated" if pulses is None else f"{pulses:g} pulses a device"
    console.print(pairs([("holds for", card.validity.statement), ("endurance", limit)]))
    heading(console, "provenance")
    source = card.provenance
    rows = [("paper", source.paper), ("doi", source.doi or "none"), ("fit", source.fit)]
    console.print(pairs([*rows, *(("caveat", caveat) for caveat in source.caveats)]))


@app.command
def check(path: str) -> None:
    """Check a card file; all that is wrong with it is listed with line and key.

    Args:
        path: a card file, a folder with a card.toml, or a card's name.
    """
    card = load_card(Path(path) if os.path.exists(path) else path)
    if card.components:  # their names are the energy library's, which takes a while to import
        from mortalff.energy.library import built_in_library

        built_in_library().with_components_of(card)
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
    console.print(pairs(facts))


def _at_defaults(card: Card) -> list[str]:
    """Sections that the card does not state, whose effects are off unless it does."""
    return [
        name
        for name, field in Card.model_fields.items()
        if isinstance(field.default, Section) and name not in card.model_fields_set
    ]
