"""What a comparison rests on, as text: what is left out, what is assumed, prices and their sources."""

from __future__ import annotations

from mortalff.cli.energy_compare_cells import OF, hanging, name_width
from mortalff.energy.architectures import Comparison, Purpose
from mortalff.report.comparison.basis import assumptions, omissions, own_constants, sourced

_KIND, _ACTION, _CONSTANT = 8, 24, 34


def left_out(comparison: Comparison, purpose: Purpose) -> list[str]:
    """What is in no sum, and of whom."""
    lines = ["In no sum, for want of a source"]
    for kind, what, why, whom in omissions(comparison, [purpose]):
        lines += hanging(kind, f"{what} ({why}): {whom}", _KIND)
    return lines if len(lines) > 1 else ["Nothing is left out for want of a source"]


def assumed(comparison: Comparison) -> list[str]:
    """What each architecture is, and what it assumes."""
    lines, width = ["What architectures assume"], name_width(comparison)
    for name, summary, notes in assumptions(comparison):
        lines += hanging(name, summary, width)
        for note in notes:
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
                told = sourced(factor)
                lines += hanging("", f"x {told.value}: {told.source}", _ACTION)
    return lines + _own(comparison)


def _own(comparison: Comparison) -> list[str]:
    lines = ["Constants that are not the built-in ones"]
    for name, value, band, source in own_constants(comparison):
        lines += hanging(name, f"{value} ({band}): {source}", _CONSTANT)
    return lines if len(lines) > 1 else []
