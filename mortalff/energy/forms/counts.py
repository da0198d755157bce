"""Counts of actions, added up and multiplied."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mortalff.energy.array_forms import add

Counts = dict[str, float]
"""How often each action happens on a chip; an action that does not happen has no key."""


def total(parts: Sequence[Counts]) -> Counts:
    """Counts added up."""
    counts: Counts = {}
    for part in parts:
        add(counts, part)
    return counts


def times(counts: Counts, number: float) -> Counts:
    """Counts so many times over; none where that is never."""
    return {action: number * count for action, count in counts.items()} if number else {}


def rounds(updates: float, every: int, *, whole: bool) -> float:
    """How often something happened that happens every so many updates: the whole times, or each update's share."""
    return math.floor(updates / every) if whole else updates / every
