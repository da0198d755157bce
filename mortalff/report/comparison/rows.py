"""A comparison as rows of a page's tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mortalff.actions import ACTIONS
from mortalff.energy.architectures import PURPOSES, Comparison, Cost, Entrant, Purpose, tornado
from mortalff.energy.architectures.term import Factor
from mortalff.report.comparison.basis import Sourced, sourced
from mortalff.report.comparison.tell import band, ratio_band, square_mm, time_band
from mortalff.report.comparison.words import whole_or_short
from mortalff.report.text import amount, joules

_LEAST_SHARE = 0.01
_MOVERS = 3


class CostRow(NamedTuple):
    """What one purpose takes with an entrant: texts."""

    name: str
    energy: str
    ratio: str
    time: str
    edp: str
    tops_per_w: str


class AreaRow(NamedTuple):
    """Silicon of an entrant: the sum, and its parts in words."""

    name: str
    total: str
    parts: str


class ShareTable(NamedTuple):
    """Shares of an energy: actions, and for each entrant a cell of each, and one of the rest."""

    actions: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


class PriceRow(NamedTuple):
    """An action of an entrant, how often for each purpose, and what one costs as a product of factors."""

    action: str
    meaning: str
    counts: tuple[str, ...]
    factors: tuple[Sourced, ...]


def cost_rows(comparison: Comparison, purpose: Purpose) -> list[CostRow]:
    """A row for each entrant; ratios are over the first of them."""
    first = comparison.entrants[0].name
    return [
        CostRow(
            entrant.name,
            band(cost.energy_j),
            ratio_band(comparison.ratio(entrant.name, first, purpose)),
            time_band(cost.latency.seconds),
            "—" if cost.edp_js is None else f"{cost.edp_js:.2g}",
            whole_or_short(cost.tops_per_w),
        )
        for entrant, cost in _costs(comparison, purpose)
    ]


def area_rows(comparison: Comparison) -> list[AreaRow]:
    """A row for each entrant."""
    return [
        AreaRow(entrant.name, square_mm(entrant.area.total), ", ".join(_parts(entrant)) or "—")
        for entrant in comparison.entrants
    ]


def share_table(comparison: Comparison, purpose: Purpose) -> ShareTable:
    """Where the energy goes; actions of less than a hundredth everywhere are among the rest."""
    shares = {entrant.name: cost.bill.shares for entrant, cost in _costs(comparison, purpose)}
    most = {action: max(of.get(action, 0.0) for of in shares.values()) for action in ACTIONS}
    shown = tuple(action for action in ACTIONS if most[action] >= _LEAST_SHARE)
    rows = []
    for name, of in shares.items():
        rest = 1.0 - sum(of.get(action, 0.0) for action in shown)
        cells = (*(of.get(action, 0.0) for action in shown), rest)
        rows.append((name, tuple(_percent(share) for share in cells)))
    return ShareTable(shown, tuple(rows))


def mover_rows(comparison: Comparison, purpose: Purpose) -> list[tuple[str, str]]:
    """For each entrant, the constants that its energy hangs on most."""
    rows = []
    for entrant, cost in _costs(comparison, purpose):
        swings = tornado(cost.bill.terms)[:_MOVERS]
        told = [f"{s.key} {joules(s.low)} to {joules(s.high)}" for s in swings]
        rows.append((entrant.name, ", ".join(told) or "nothing"))
    return rows


def price_rows(entrant: Entrant) -> list[PriceRow]:
    """Every price of an entrant, for whatever purpose it is paid."""
    found: dict[tuple[str, tuple[Factor, ...]], dict[Purpose, float]] = {}
    for purpose in PURPOSES:
        for term in entrant.costs[purpose].bill.terms:
            counts = found.setdefault((term.action, term.factors), {})
            counts[purpose] = counts.get(purpose, 0.0) + term.count
    return [
        PriceRow(
            action,
            ACTIONS[action],
            tuple(amount(counts.get(purpose, 0.0)) for purpose in PURPOSES),
            tuple(sourced(factor) for factor in factors),
        )
        for (action, factors), counts in found.items()
    ]


def _costs(comparison: Comparison, purpose: Purpose) -> Iterator[tuple[Entrant, Cost]]:
    for entrant in comparison.entrants:
        yield entrant, entrant.costs[purpose]


def _parts(entrant: Entrant) -> Iterator[str]:
    for name, (number, area) in entrant.area.parts.items():
        yield f"{amount(number)} {name} {area.value * 1e-6:.2g}\u00a0mm²"


def _percent(share: float) -> str:
    if share < 0.5 * _LEAST_SHARE:
        return "—" if share < 1e-9 else "<\u00a01\u00a0%"
    return f"{100.0 * share:.0f}\u00a0%"
