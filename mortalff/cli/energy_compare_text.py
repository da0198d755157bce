"""A comparison as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mortalff.cli.energy_compare_basis import assumed, left_out, sources
from mortalff.cli.energy_compare_cells import (
    OF,
    hanging,
    joules,
    name_width,
    seconds,
    whole_or_short,
)
from mortalff.cli.energy_compare_duel import duel_lines
from mortalff.cli.energy_compare_held import held, not_compared
from mortalff.energy.architectures import Comparison, Purpose, tornado
from mortalff.energy.architectures.duel import Duel
from mortalff.energy.library import Price
from mortalff.energy.text import format_joules

_LEAST_SHARE = 0.01
_MOVERS = 3


def tables(
    comparison: Comparison,
    purpose: Purpose,
    fought: Sequence[Duel],
    card: str,
    not_there: Mapping[str, str],
    *,
    with_sources: bool,
) -> str:
    """All tables."""
    plan, task, draws = comparison.entrants[0].plan, comparison.task, comparison.draws
    head = (
        f"{plan.net}, {plan.net.n_classes} classes, card {card}; an update of {task.batch} examples, an epoch of"
        f" {task.examples}; bands: 5 to 95 % of {draws.samples} draws, seed {draws.seed}"
    )
    blocks = [
        [head],
        _costs(comparison, purpose),
        _all_purposes(comparison),
        held(comparison),
        not_compared(not_there),
        _shares(comparison, purpose),
        _movers(comparison, purpose),
        *(duel_lines(duel, purpose) for duel in fought),
        left_out(comparison, purpose),
        assumed(comparison),
    ]
    if with_sources:
        blocks.append(sources(comparison, purpose))
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _costs(comparison: Comparison, purpose: Purpose) -> list[str]:
    first, width = comparison.entrants[0].name, name_width(comparison)
    lines = [
        f"{OF[purpose].capitalize():<{width}}{'energy':>10}{'band':>22}{'x first':>9}{'band':>18}"
        f"{'time':>9}{'EDP, J s':>10}{'TOPS/W':>8}"
    ]
    for entrant in comparison.entrants:
        cost = entrant.costs[purpose]
        ratio = comparison.ratio(entrant.name, first, purpose)
        edp = "-" if cost.edp_js is None else f"{cost.edp_js:.2g}"
        lines.append(
            f"{entrant.name:<{width}}{format_joules(cost.energy_j.value):>10}{joules(cost.energy_j):>22}"
            f"{whole_or_short(ratio.value):>9}{_ratios(ratio):>18}"
            f"{seconds(cost.latency.seconds):>9}{edp:>10}{whole_or_short(cost.tops_per_w):>8}"
        )
    return lines


def _ratios(ratio: Price) -> str:
    return f"{whole_or_short(ratio.low)} to {whole_or_short(ratio.high)}"


def _all_purposes(comparison: Comparison) -> list[str]:
    width = name_width(comparison)
    lines = [
        " " * width + "".join(f"{OF[purpose]:>21}" for purpose in OF),
        " " * width + f"{'energy':>12}{'time':>9}" * len(OF) + f"{'area':>11}",
    ]
    for entrant in comparison.entrants:
        costs = [entrant.costs[purpose] for purpose in OF]
        cells = "".join(
            f"{format_joules(cost.energy_j.value):>12}{seconds(cost.latency.seconds):>9}"
            for cost in costs
        )
        area = entrant.area.total
        silicon = "-" if area is None else f"{area.value * 1e-6:.3g} mm²"
        lines.append(f"{entrant.name:<{width}}{cells}{silicon:>11}")
    return lines


def _shares(comparison: Comparison, purpose: Purpose) -> list[str]:
    lines, width = [f"Where the energy of {OF[purpose]} goes"], name_width(comparison)
    for entrant in comparison.entrants:
        shares = entrant.costs[purpose].bill.shares
        told = [f"{name} {share:.0%}" for name, share in shares.items() if share >= _LEAST_SHARE]
        lines += hanging(entrant.name, ", ".join(told), width)
    return lines


def _movers(comparison: Comparison, purpose: Purpose) -> list[str]:
    width = name_width(comparison)
    what = f"What the energy of {OF[purpose]} hangs on most"
    lines = [f"{what}, one constant at a time at its low and its high bound"]
    for entrant in comparison.entrants:
        swings = tornado(entrant.costs[purpose].bill.terms)[:_MOVERS]
        told = [f"{s.key} {format_joules(s.low)} to {format_joules(s.high)}" for s in swings]
        lines += hanging(entrant.name, ", ".join(told) or "nothing", width)
    return lines
