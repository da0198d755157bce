"""What tables of a comparison are made of."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from mortalff.energy.architectures import Comparison
from mortalff.energy.library import Price
from mortalff.energy.text import format_joules
from mortalff.report.comparison import words
from mortalff.report.comparison.words import OF, whole_or_short

__all__ = ["OF", "hanging", "joules", "name_width", "seconds", "whole_or_short"]

_WIDTH = 110


def name_width(comparison: Comparison) -> int:
    """How wide the column of names is."""
    return max(len(entrant.name) for entrant in comparison.entrants) + 2


def hanging(name: str, text: str, width: int) -> Iterator[str]:
    """A name, and beside it text on as many lines as it takes."""
    first, others = f"  {name:<{width}}", " " * (width + 2)
    yield from textwrap.wrap(text, _WIDTH, initial_indent=first, subsequent_indent=others)


def joules(price: Price) -> str:
    """The band of an energy."""
    return f"{format_joules(price.low)} to {format_joules(price.high)}"


def seconds(price: Price | None) -> str:
    """The value of a duration; a dash where there is none."""
    return "-" if price is None else words.seconds(price.value)
