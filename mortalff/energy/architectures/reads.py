"""Reads of a piece of work, by what inputs and weights make of them."""

from __future__ import annotations

from typing import NamedTuple

from mortalff.actions import READ_LOADS, READS
from mortalff.energy.architectures.lines import lines_of_a_read
from mortalff.energy.architectures.plan import Plan
from mortalff.energy.architectures.prices import load_factors
from mortalff.energy.architectures.read_loads import read_loads
from mortalff.energy.architectures.term import Factor, Term
from mortalff.energy.architectures.work import Work
from mortalff.energy.array_forms import ReadScheme
from mortalff.energy.forms.line_reads import LineReads, all_of
from mortalff.energy.library import Library
from mortalff.energy.read_prices import LOADS_OF, reads_at_loads


def loaded_reads(plan: Plan) -> tuple[str, ...]:
    """The reads that an architecture prices by their loads.

    Not those for which it names a component of its own, rather than the card's cell and ends of lines; nor those at the
    card's price where the user set that. Reads both ways have ends of lines in common, so that both are flat if one is.
    """
    components, at_card = plan.architecture.components, reads_at_loads(plan.card)

    def loaded(read: str) -> bool:
        component = components.get(read)
        if component == "card":
            return read == "cell_read" and read in at_card
        if component == "line_ends":
            return plan.card.conductance is not None
        return all(load in components for load in LOADS_OF[read])

    ends = [read for read in READS if read != "cell_read" and read in components]
    lines = tuple(ends) if all(loaded(read) for read in ends) else ()
    return (*lines, *(["cell_read"] if loaded("cell_read") else []))


def load_terms(plan: Plan, work: Work, library: Library) -> list[Term]:
    """The loads of a piece of work's reads, at measured shares of the cells that closed forms count.

    A transfer between two arrays, and a refresh of pairs, reads a line at a time, at full scale.

    Args:
        plan: the learner on its architecture.
        work: what it is asked for.
        library: where constants are.

    Returns:
        Terms in place of reads; none where these are priced as if all lines were driven in full.
    """
    reads = [read for read in loaded_reads(plan) if work.counts.get(read)]
    loads = read_loads(plan.learner, plan.card)
    if loads is None or not reads:
        return []
    asked = {load for read in reads for load in LOADS_OF[read]}
    conduction = Factor(f"reads.{loads.key}.conduction", loads.conduction, loads.source)
    square = Factor(f"reads.{loads.key}.square", loads.square, loads.source)
    conductance = Factor(f"reads.{loads.key}.conductance", loads.conductance, loads.source)
    passed, alone = _driven(plan, work)
    terms = []
    for load in (load for load in READ_LOADS if load in asked):
        price = load_factors(load, plan, library)
        lines = load == "line_end"
        of_passes = conduction if load == "cell_conduction" else square
        terms.append(Term(load, passed.lines if lines else passed.cells, (of_passes, *price)))
        if alone.cells:
            own = (conductance, *price) if load == "cell_conduction" else price
            terms.append(Term(load, alone.lines if lines else alone.cells, own))
    return terms


class _Driven(NamedTuple):
    """Cells, and lines, that reads drive; each cell of a weight is on a line of its own."""

    cells: float
    lines: float


def _driven(plan: Plan, work: Work) -> tuple[_Driven, _Driven]:
    """By passes of vectors, all lines of which are driven, and by reads of a line at a time."""
    conductance = plan.card.conductance
    offset = plan.card.periphery.weight_mapping == "offset"
    per_weight = 1 if conductance is None or offset else conductance.cells_per_weight
    layers = zip(plan.form.network.layers, plan.form.pulsings(), strict=True)
    alone = all_of([form.array.line_reads(work.updates * times) for form, times in layers])
    others = _beside(plan, work)
    counts = work.counts
    reads = counts.get("array_read", 0.0) - alone.array_reads - others.array_reads
    back = counts.get("array_read_transposed", 0.0)
    lines = reads * lines_of_a_read(plan) + back * lines_of_a_read(plan, backwards=True)
    cells = counts.get("cell_read", 0.0) - alone.cells
    return (
        _Driven(cells, per_weight * (lines + others.lines)),
        _Driven(alone.driven, alone.lines),
    )


def _beside(plan: Plan, work: Work) -> LineReads:
    """Reads and lines of arrays beside the layers' own, by the vectors of updates."""
    vectors = work.vectors if work.updates else 0.0
    scheme = ReadScheme.of(plan.card)
    found = []
    for shape in plan.form.other_arrays:
        down, across = scheme.arrays(shape)
        found.append(LineReads(vectors * down * across, 0.0, vectors * shape.n_in * across, 0.0))
    return all_of(found)
