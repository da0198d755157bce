"""A comparison as tables for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from mortalff.energy.architectures import Comparison, Corner, Entrant, Purpose, Swing, tornado
from mortalff.energy.architectures.duel import Duel
from mortalff.energy.library import Price
from mortalff.energy.text import format_joules

_WIDTH, _NAME = 108, 20
_SURE = 0.95
_LEAST_SHARE = 0.01
_SWINGS, _MOVERS = 8, 3
_OF: dict[Purpose, str] = {
    "update": "an update",
    "epoch": "an epoch",
    "inference": "an inference",
}


def page(
    comparison: Comparison, purpose: Purpose, fought: Sequence[Duel], card: str, *, sources: bool
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
        _shares(comparison, purpose),
        _movers(comparison, purpose),
        *(_duel(duel, purpose) for duel in fought),
        _left_out(comparison, purpose),
        _notes(comparison),
    ]
    if sources:
        blocks.append(_sources(comparison, purpose))
    return "\n\n".join("\n".join(block) for block in blocks)


def _costs(comparison: Comparison, purpose: Purpose) -> list[str]:
    first = comparison.entrants[0]
    title = f"{_OF[purpose].capitalize()}"
    lines = [
        f"{title:<{_NAME}}{'energy':>10}{'band':>22}{'x first':>9}{'band':>16}{'time':>10}{'EDP, J s':>11}{'TOPS/W':>9}"
    ]
    for entrant in comparison.entrants:
        cost = entrant.costs[purpose]
        ratio = comparison.ratio(entrant.name, first.name, purpose)
        edp = "-" if cost.edp_js is None else f"{cost.edp_js:.2g}"
        lines.append(
            f"{entrant.name:<{_NAME}}{format_joules(cost.energy_j.value):>10}{_band(cost.energy_j):>22}"
            f"{ratio.value:>9.3g}{f'{ratio.low:.3g} to {ratio.high:.3g}':>16}"
            f"{_seconds(cost.latency.seconds):>10}{edp:>11}{_tops(cost.tops_per_w):>9}"
        )
    return lines


def _all_purposes(comparison: Comparison) -> list[str]:
    columns = [f"{purpose} {what}" for purpose in _OF for what in ("energy", "time")]
    lines = [" " * _NAME + "".join(f"{column:>17}" for column in columns) + f"{'area':>11}"]
    for entrant in comparison.entrants:
        cells = [
            f"{shown:>17}"
            for purpose in _OF
            for shown in (
                format_joules(entrant.costs[purpose].energy_j.value),
                _seconds(entrant.costs[purpose].latency.seconds),
            )
        ]
        area = entrant.area.total
        silicon = "-" if area is None else f"{area.value * 1e-6:.3g} mm²"
        lines.append(f"{entrant.name:<{_NAME}}{''.join(cells)}{silicon:>11}")
    return lines


def _shares(comparison: Comparison, purpose: Purpose) -> list[str]:
    lines = [f"Where the energy of {_OF[purpose]} goes"]
    for entrant in comparison.entrants:
        shares = entrant.costs[purpose].bill.shares
        told = [f"{name} {share:.0%}" for name, share in shares.items() if share >= _LEAST_SHARE]
        lines += _hanging(entrant.name, ", ".join(told))
    return lines


def _movers(comparison: Comparison, purpose: Purpose) -> list[str]:
    lines = [
        f"What the energy of {_OF[purpose]} hangs on most, one constant at a time at its low and its high bound"
    ]
    for entrant in comparison.entrants:
        swings = tornado(entrant.costs[purpose].bill.terms)[:_MOVERS]
        told = [f"{s.key} {format_joules(s.low)} to {format_joules(s.high)}" for s in swings]
        lines += _hanging(entrant.name, ", ".join(told) or "nothing")
    return lines


def _duel(duel: Duel, purpose: Purpose) -> list[str]:
    ratio = duel.ratio
    found = f"{ratio.value:.3g} ({ratio.low:.3g} to {ratio.high:.3g})"
    lines = [
        f"{duel.one} over {duel.other}, energy of {_OF[purpose]}: {found}",
        "  what it hangs on, one constant at a time at its low and its high bound",
    ]
    lines += [_swing(swing) for swing in duel.swings[:_SWINGS]]
    sizes = sorted({corner.size for corner in duel.corners})
    learner, rival = duel.one.split()[0], duel.other.split()[0]
    lines += [
        f"  break-even: below 1 {learner} takes less; +: so in {_SURE:.0%} of draws or more; -: {rival} does",
        f"  {'node':>6}{'ADC bits':>10}" + "".join(f"{f'{size}²':>9}" for size in sizes),
    ]
    table = {(c.node_nm, c.adc_bits, c.size): c for c in duel.corners}
    for node, bits in dict.fromkeys((corner.node_nm, corner.adc_bits) for corner in _by_node(duel)):
        cells = "".join(
            f"{table[node, bits, size].ratio.value:>8.2f}{_mark(table[node, bits, size].wins)}"
            for size in sizes
        )
        lines.append(f"  {node:>3g} nm{bits:>10}{cells}")
    return lines


def _by_node(duel: Duel) -> list[Corner]:
    return sorted(duel.corners, key=lambda corner: (-corner.node_nm, corner.adc_bits, corner.size))


def _mark(wins: float) -> str:
    return "+" if wins >= _SURE else "-" if wins <= 1.0 - _SURE else " "


def _swing(swing: Swing) -> str:
    return f"  {swing.key:<28}{swing.low:>8.3g} to {swing.high:<8.3g}"


def _left_out(comparison: Comparison, purpose: Purpose) -> list[str]:
    lines = ["In no sum, for want of a source"]
    for kind in ("energy", "time", "area"):
        told: dict[str, list[str]] = {}
        for entrant in comparison.entrants:
            for what, why in _unpriced(entrant, purpose, kind):
                told.setdefault(f"{what} ({why})", []).append(entrant.name)
        for what, names in told.items():
            whom = "all" if len(names) == len(comparison.entrants) else ", ".join(names)
            lines += _hanging(kind, f"{what}: {whom}")
    return lines if len(lines) > 1 else ["Nothing is left out for want of a source"]


def _unpriced(entrant: Entrant, purpose: Purpose, kind: str) -> Iterable[tuple[str, str]]:
    cost = entrant.costs[purpose]
    return {
        "energy": cost.bill.unpriced,
        "time": cost.latency.not_timed,
        "area": entrant.area.unpriced,
    }[kind].items()


def _notes(comparison: Comparison) -> list[str]:
    lines = ["What architectures assume"]
    for entrant in {e.plan.architecture.name: e for e in comparison.entrants}.values():
        architecture = entrant.plan.architecture
        lines += _hanging(architecture.name, f"{architecture.summary}")
        for note in architecture.notes:
            lines += _hanging("", note)
    return lines


def _sources(comparison: Comparison, purpose: Purpose) -> list[str]:
    lines = [f"Prices, and where they are from, of {_OF[purpose]}"]
    for entrant in comparison.entrants:
        lines.append(entrant.name)
        for term in entrant.costs[purpose].bill.terms:
            for factor in term.factors:
                price = factor.price
                pulses = factor.key.startswith("pulses.")
                shown = (
                    f"{price.value:.3g} a line or weight" if pulses else format_joules(price.value)
                )
                text = f"{term.count:.4g} x {shown}; {factor.source}"
                lines += _hanging(f"  {term.action}", text)
    return lines


def _hanging(name: str, text: str) -> Iterator[str]:
    yield from textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=f"  {name:<{_NAME}}",
        subsequent_indent=" " * (_NAME + 2),
    )


def _tops(number: float) -> str:
    return f"{number:.0f}" if number >= 100.0 else f"{number:.3g}"


def _band(price: Price) -> str:
    return f"{format_joules(price.low)} to {format_joules(price.high)}"


def _seconds(price: Price | None) -> str:
    return "-" if price is None else format_joules(price.value).removesuffix("J") + "s"
