"""Reads of a piece of work, by what inputs and weights make of them."""

from __future__ import annotations

from typing import NamedTuple

from mortalff.actions import READ_LOADS
from mortalff.energy.architectures.lines import lines_of_a_read
from mortalff.energy.architectures.plan import Plan
from mortalff.energy.architectures.prices import priced_action
from mortalff.energy.architectures.read_loads import read_loads
from mortalff.energy.architectures.term import Factor, Term
from mortalff.energy.architectures.work import Work
from mortalff.energy.library import Library
from mortalff.energy.read_prices import LOADS_OF
from mortalff.energy.read_prices import reads_at_loads as of_card

_FLAT = {"cell_read": "card", "array_read": "line_ends", "array_read_transposed": "line_ends"}
"""Components whose price of a read is that of all lines at full scale, which loads can take the place of."""


def reads_at_loads(plan: Plan) -> tuple[str, ...]:
    """The reads that an architecture prices by their loads.

    Not those for which it names a component of its own, rather than the card's cell and ends of lines.
    """
    components = plan.architecture.components
    return tuple(
        read
        for read in of_card(plan.card)
        if components.get(read) == _FLAT[read] or all(load in components for load in LOADS_OF[read])
    )


def load_terms(plan: Plan, work: Work, library: Library) -> list[Term]:
    """The loads of a piece of work's reads, at measured shares of the cells that closed forms count.

    A transfer between two arrays reads a line at a time, at full scale.

    Args:
        plan: the learner on its architecture.
        work: what it is asked for.
        library: where constants are.

    Returns:
        Terms in place of reads; none where these are priced as if all lines were driven in full.
    """
    reads = [read for read in reads_at_loads(plan) if work.counts.get(read)]
    loads = read_loads(plan.learner, plan.card)
    if loads is None or not reads:
        return []
    asked = {load for read in reads for load in LOADS_OF[read]}
    conduction = Factor(f"reads.{loads.key}.conduction", loads.conduction, loads.source)
    square = Factor(f"reads.{loads.key}.square", loads.square, loads.source)
    conductance = Factor(f"reads.{loads.key}.conductance", loads.conductance, loads.source)
    passed, taught = _driven(plan, work)
    terms = []
    for load in (load for load in READ_LOADS if load in asked):
        price = priced_action(load, plan, library)
        assert price is not None
        lines = load == "line_end"
        of_passes = conduction if load == "cell_conduction" else square
        terms.append(Term(load, passed.lines if lines else passed.cells, (of_passes, price)))
        if taught.cells:
            own = (conductance, price) if load == "cell_conduction" else (price,)
            terms.append(Term(load, taught.lines if lines else taught.cells, own))
    return terms


class _Driven(NamedTuple):
    """Cells, and lines, that reads drive; each cell of a weight is on a line of its own."""

    cells: float
    lines: float


def _driven(plan: Plan, work: Work) -> tuple[_Driven, _Driven]:
    """By passes of vectors, all lines of which are driven, and by transfers, a line at a time."""
    conductance = plan.card.conductance
    offset = plan.card.periphery.weight_mapping == "offset"
    per_weight = 1 if conductance is None or offset else conductance.cells_per_weight
    counts, taught = work.counts, work.transfers.counts
    at_rest = work.transfers.at_rest
    reads = counts.get("array_read", 0.0) - taught.get("array_read", 0.0)
    back = counts.get("array_read_transposed", 0.0)
    lines = reads * lines_of_a_read(plan) + back * lines_of_a_read(plan, backwards=True)
    cells = counts.get("cell_read", 0.0) - taught.get("cell_read", 0.0)
    of_taught = taught.get("cell_read", 0.0) - at_rest.get("cell_read", 0.0)
    return (
        _Driven(cells, per_weight * lines),
        _Driven(of_taught, per_weight * taught.get("array_read", 0.0)),
    )
