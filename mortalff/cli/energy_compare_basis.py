"""What a comparison rests on, as text: what is left out, what is assumed, prices and their sources."""

from __future__ import annotations

from collections.abc import Mapping

from mortalff.cli.energy_compare_cells import OF, hanging, name_width
from mortalff.energy.architectures import Comparison, Entrant, Purpose
from mortalff.energy.text import format_joules, format_measure

_KIND, _ACTION, _CONSTANT = 8, 24, 34


def left_out(comparison: Comparison, purpose: Purpose) -> list[str]:
    """What is in no sum, and of whom."""
    lines = ["In no sum, for want of a source"]
    for kind in ("energy", "time", "area"):
        told: dict[str, list[str]] = {}
        for entrant in comparison.entrants:
            for what, why in _missing(entrant, purpose)[kind].items():
                told.setdefault(f"{what} ({why})", []).append(entrant.name)
        for what, names in told.items():
            whom = "all" if len(names) == len(comparison.entrants) else ", ".join(names)
            lines += hanging(kind, f"{what}: {whom}", _KIND)
    return lines if len(lines) > 1 else ["Nothing is left out for want of a source"]


def assumed(comparison: Comparison) -> list[str]:
    """What each architecture is, and what it assumes."""
    lines, width = ["What architectures assume"], name_width(comparison)
    for one in {
        e.plan.architecture.name: e.plan.architecture for e in comparison.entrants
    }.values():
        lines += hanging(one.name, one.summary, width)
        for note in one.notes:
            lines += hanging("", note, width)
    return lines


def sources(comparison: Comparison, purpose: Purpose) -> list[str]:
    """Each price with its source."""
    lines = [f"Prices, and where they are from, of {OF[purpose]}"]
    for entrant in comparison.entrants:
        lines.append(entrant.name)
        for term in entrant.costs[purpose].bill.terms:
            lines += hanging(term.action, f"{term.count:.4g} times", _ACTION)
            for factor in term.factors:
                value = factor.price.value
                shown = f"{value:.3g}" if _is_rate(factor.key) else format_joules(value)
                lines += hanging("", f"x {shown}: {factor.source}", _ACTION)
    return lines + _own(comparison)


def _own(comparison: Comparison) -> list[str]:
    """Constants of one's own, which models of components may hold without naming them."""
    lines = ["Constants that are not the built-in ones"]
    for name, constant in comparison.own_constants:
        price = constant.price
        low, value, high = (
            format_measure(bound, constant.unit) for bound in (price.low, price.value, price.high)
        )
        lines += hanging(name, f"{value} ({low} to {high}): {constant.source}", _CONSTANT)
    return lines if len(lines) > 1 else []


def _missing(entrant: Entrant, purpose: Purpose) -> dict[str, Mapping[str, str]]:
    cost = entrant.costs[purpose]
    return {
        "energy": cost.bill.unpriced,
        "time": cost.latency.not_timed,
        "area": entrant.area.unpriced,
    }


def _is_rate(key: str) -> bool:
    return key.startswith("pulses.")
