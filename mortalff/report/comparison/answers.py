"""What a comparison answers, in sentences with numbers, and in the few numbers that sum it up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mortalff.energy.architectures import Comparison, Corner, Entrant, Purpose
from mortalff.energy.architectures.break_even import SURE
from mortalff.energy.architectures.duel import Duel
from mortalff.energy.library import Price
from mortalff.report.answers import Headline
from mortalff.report.comparison.tell import band, ratio_band
from mortalff.report.comparison.words import OF
from mortalff.report.text import joules, listed

_SWINGS = 3
_VERDICTS = (
    "takes less energy, by the whole band of the ratio",
    "takes more energy, by the whole band of the ratio",
    "may take less or more, for the band holds 1",
)


def headlines(comparison: Comparison, purpose: Purpose, fought: Sequence[Duel]) -> list[Headline]:
    """Who takes least, and for each rival the ratio."""
    least = _ranked(comparison.entrants, purpose)[0]
    energy = least.costs[purpose].energy_j
    value, unit = joules(energy.value).split("\u00a0")
    words = f"for {OF[purpose]} with {least.name}, the least of all ({joules(energy.low)}–{joules(energy.high)})"
    found = [Headline(value, unit, words)]
    for duel in fought[:2]:
        value, _, bounds = ratio_band(duel.ratio).partition(" ")
        words = f"{duel.one}'s energy for {OF[purpose]} over {duel.other}'s {bounds}"
        found.append(Headline(value, "×", words.rstrip()))
    return found


def sentences(comparison: Comparison, purpose: Purpose, fought: Sequence[Duel]) -> list[str]:
    """Who takes least, the first learner over each rival, and where it turns."""
    asked: list[Purpose] = list(dict.fromkeys(("update", "inference", purpose)))
    return [
        *(_least(comparison, each) for each in asked),
        *_verdicts(comparison, purpose, fought),
        *(_turns(duel, purpose) for duel in fought),
        *_without_break_even(comparison, fought),
    ]


def _first(comparison: Comparison, purpose: Purpose, fought: Sequence[Duel]) -> Entrant:
    """The first learner where it takes least, on arrays if it is there."""
    if fought:
        return comparison.entrant(fought[0].one)
    learner = comparison.entrants[0].plan.learner
    own = [entrant for entrant in comparison.entrants if entrant.plan.learner == learner]
    return _ranked(own, purpose)[0]


def _least(comparison: Comparison, purpose: Purpose) -> str:
    """Who takes least, and how much more the first learner does, or the next does."""
    ranked = _ranked(comparison.entrants, purpose)
    least, learner = ranked[0], comparison.entrants[0].plan.learner
    told = f"{OF[purpose].capitalize()} takes least with {least.name}: {band(least.costs[purpose].energy_j)}"
    if least.plan.learner != learner:
        own = next(entrant for entrant in ranked if entrant.plan.learner == learner)
        lead = f"with {learner} it takes least on {own.plan.architecture.name}"
    elif len(ranked) > 1:
        own = ranked[1]
        lead = f"next is {own.name}"
    else:
        return f"{told}. Nothing else was compared."
    ratio = comparison.ratio(own.name, least.name, purpose)
    return (
        f"{told}; {lead}: {band(own.costs[purpose].energy_j)}, {ratio_band(ratio)} times as much."
    )


def _verdicts(comparison: Comparison, purpose: Purpose, fought: Sequence[Duel]) -> Iterator[str]:
    """The ratio of the first learner over each of the others: less, more, or within the band."""
    first = _first(comparison, purpose, fought)
    rivals = [e.name for e in comparison.entrants if e.plan.learner != first.plan.learner]
    told: dict[str, list[str]] = {}
    for name in rivals:
        ratio = comparison.ratio(first.name, name, purpose)
        told.setdefault(_verdict(ratio), []).append(f"{ratio_band(ratio)} over {name}")
    for verdict in sorted(told, key=_VERDICTS.index):
        yield f"For {OF[purpose]} {first.name} {verdict}: {listed(told[verdict])}."


def _verdict(ratio: Price) -> str:
    less, more, either = _VERDICTS
    return less if ratio.high < 1.0 else more if ratio.low > 1.0 else either


def _turns(duel: Duel, purpose: Purpose) -> str:
    """In which designs the first learner wins and loses, and what the ratio hangs on."""
    corners = duel.corners
    bits, sizes, nodes = (
        sorted({getattr(corner, axis) for corner in corners})
        for axis in ("adc_bits", "size", "node_nm")
    )
    ranked = sorted(corners, key=lambda corner: corner.ratio.value)
    told = (
        f"Break-even for {OF[purpose]} with {duel.other}, over {len(corners)} designs of {bits[0]} to {bits[-1]} ADC"
        f" bits, arrays of {sizes[0]} to {sizes[-1]} lines and nodes of {nodes[-1]:g} to {nodes[0]:g} nm: {duel.one}"
        f" {_score(duel)}. The ratio is from {_at(ranked[0])} to {_at(ranked[-1])}."
    )
    swings = [f"{s.key} ({s.low:.2g} to {s.high:.2g})" for s in duel.swings[:_SWINGS]]
    return f"{told} Here it hangs most on {listed(swings)}." if swings else told


def _score(duel: Duel) -> str:
    """In how many designs the first wins and loses, and in how many of them surely."""
    everywhere, sure = len(duel.corners), f"in {100 * SURE:.0f}\u00a0% of draws or more"
    won = sum(corner.surely_won for corner in duel.corners)
    lost = sum(corner.surely_lost for corner in duel.corners)
    if duel.won == everywhere:
        return f"wins in all, in {won} of them {sure}"
    if duel.won == 0:
        return f"wins in none; it loses in {lost} of them {sure}"
    by_node = listed(list(_by_node(duel.corners)))
    score = f"wins in {duel.won} and loses in {everywhere - duel.won} ({by_node})"
    return f"{score}; {sure} it wins in {won} and loses in {lost}"


def _by_node(corners: Iterable[Corner]) -> Iterator[str]:
    at: dict[float, list[Corner]] = {}
    for corner in sorted(corners, key=lambda corner: -corner.node_nm):
        at.setdefault(corner.node_nm, []).append(corner)
    for node, those in at.items():
        won = sum(corner.ratio.value < 1.0 for corner in those)
        yield f"{won} of {len(those)} won at {node:g} nm"


def _at(corner: Corner) -> str:
    design = f"{corner.adc_bits} bits, {corner.size} lines, {corner.node_nm:g} nm"
    return f"{corner.ratio.value:.2f} ({design})"


def _without_break_even(comparison: Comparison, fought: Sequence[Duel]) -> Iterator[str]:
    """Rivals that have no arrays or converters to vary, and those that nobody asked for."""
    learner = comparison.entrants[0].plan.learner
    known = {duel.other for duel in fought}
    rivals = [e for e in comparison.entrants if e.plan.learner != learner and e.name not in known]
    on_arrays = [e.name for e in rivals if e.plan.architecture.weights == "crossbar"]
    others = [e.name for e in rivals if e.plan.architecture.weights != "crossbar"]
    if others:
        yield f"There is no break-even with {listed(others)}: they have no arrays or converters to vary."
    if on_arrays and fought:
        yield f"Break-even with {listed(on_arrays)} was not asked for (--against)."


def _ranked(entrants: Iterable[Entrant], purpose: Purpose) -> list[Entrant]:
    """The least first."""
    return sorted(entrants, key=lambda entrant: entrant.costs[purpose].bill.total.value)
