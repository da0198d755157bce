"""Reads are priced by their loads where these were counted, else as if every line were driven in full.

A card's flat price of ``cell_read`` is for a full-scale input on a mean cell, its price of ``array_read`` for the ends
of 512 lines at full scale. Where hardware counted what its inputs and weights really made of its reads
(:data:`mortalff.actions.READ_LOADS`), that is priced in their place: V² G t of each cell, and C V² of each line. How
many reads were so metered is counted too, so that bills of hardware of both kinds add up. Prices that the user set (tag
U) stand, and so do flat prices where the card has no [conductance].
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

import numpy as np

from mortalff.actions import METERED, READ_LOADS, READS, Counts
from mortalff.cards import Card

Number = TypeVar("Number", float, Counts)

LOADS_OF: Mapping[str, tuple[str, ...]] = {
    "cell_read": ("cell_conduction", "cell_wire"),
    "array_read": ("line_end",),
    "array_read_transposed": ("line_end",),
}
"""Read → loads that are priced in place of it."""


def reads_at_loads(card: Card) -> tuple[str, ...]:
    """The reads that are priced by their loads on a card: all, but for those at a price that the user set.

    Reads both ways have ends of lines in common, so that a price of either leaves both flat.
    """
    own = {action: price.tag for action, price in card.energy.items()}
    set_by_user = {load for read in READS if own.get(read) == "U" for load in LOADS_OF[read]}
    known = own if card.conductance is None else {*READ_LOADS}
    return tuple(
        read
        for read in READS
        if all(load in known and load not in set_by_user for load in LOADS_OF[read])
    )


def billed(counts: Mapping[str, Number], reads: Collection[str]) -> dict[str, Number]:
    """Counts as they are to be priced: each read either by its loads or flat.

    Args:
        counts: what happened, by action.
        reads: those that are priced by their loads where these were metered.

    Returns:
        The same without what was metered: of ``reads`` those that were not are left, of loads those of ``reads``.
    """
    loads = {load for read in reads for load in LOADS_OF[read]}
    found = {}
    for action, count in counts.items():
        if action in METERED.values() or (action in READ_LOADS and action not in loads):
            continue
        metered = counts.get(METERED[action]) if action in reads else None
        found[action] = count if metered is None else count - metered
    return {action: count for action, count in found.items() if np.any(count)}
