"""Published energies and powers beside what components times counts come to: a table for reports."""

from __future__ import annotations

from typing import TypedDict

from mortalff.cards import Card, load_card
from mortalff.energy.library.library import Library
from mortalff.energy.library.price import Price
from mortalff.energy.library.published import (
    isaac_chip,
    isaac_ima,
    isaac_tile,
    neurram_tops_per_w,
    puma_mvm,
)

NEURRAM_TOPS_PER_W = {(3, 1): 43.08, (6, 4): 15.95, (9, 7): 7.75}
"""Published by (output bits, input bits): Wan et al., Nature 608, 504 (2022)."""


class Reproduction(TypedDict):
    """One published figure: its unit, what was published, what components come to, and how far apart these are."""

    figure: str
    unit: str
    published: float
    from_components: Price
    deviation: float
    source: str


def reproductions(card: Card | None = None, library: Library | None = None) -> list[Reproduction]:
    """All published figures that the library is checked against.

    Args:
        card: the card of NeuRRAM's cells; by default ``rram_wan``.
        library: where the constants are; by default the built-in one.
    """
    cells = load_card("rram_wan") if card is None else card
    isaac, puma = "Shafiee et al., ISCA 2016", "Ankit et al., ASPLOS 2019"
    rows = [
        _row("ISAAC-CE, unit", "W", 24.08e-3, isaac_ima(library).total, isaac),
        _row("ISAAC-CE, tile", "W", 329.8e-3, isaac_tile(library).total, isaac),
        _row("ISAAC-CE, chip", "W", 65.8, isaac_chip(library).total, isaac),
        _row("PUMA, one product", "J", 43.97e-9, puma_mvm(library).total, puma),
    ]
    for (outputs, inputs), published in NEURRAM_TOPS_PER_W.items():
        figure = f"NeuRRAM, {outputs} bits out, {inputs} in"
        found = neurram_tops_per_w(outputs, inputs, cells, library)
        rows.append(_row(figure, "TOPS/W", published, found, "Wan et al., Nature 608, 504 (2022)"))
    return rows


def _row(figure: str, unit: str, published: float, found: Price, source: str) -> Reproduction:
    return {
        "figure": figure,
        "unit": unit,
        "published": published,
        "from_components": found,
        "deviation": found.value / published - 1.0,
        "source": source,
    }
