"""A comparison as plain data, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from mortalff.energy.architectures import Comparison, Cost, Entrant, Purpose, tornado
from mortalff.energy.architectures.duel import Duel
from mortalff.energy.library import Constant, Price
from mortalff.report.comparison.schemes import scheme_of


def records(comparison: Comparison, purpose: Purpose, fought: Sequence[Duel]) -> dict[str, object]:
    """All that the tables say, and every price with its source; energies in J, times in s, areas in µm²."""
    draws, task = comparison.draws, comparison.task
    return {
        "per": purpose,
        "batch": task.batch,
        "examples": task.examples,
        "samples": draws.samples,
        "seed": draws.seed,
        "entrants": [_entrant(entrant, purpose) for entrant in comparison.entrants],
        "duels": [_duel(duel) for duel in fought],
        "own_constants": [_constant(*own) for own in comparison.own_constants],
    }


def _entrant(entrant: Entrant, purpose: Purpose) -> dict[str, object]:
    plan, area = entrant.plan, entrant.area
    return {
        "name": entrant.name,
        "learner": plan.learner,
        "architecture": plan.architecture.name,
        "card": plan.card.name,
        "net": str(plan.net),
        "scheme": scheme_of(plan),
        "costs": {name: _cost(cost) for name, cost in entrant.costs.items()},
        "terms": _terms(entrant.costs[purpose]),
        "tornado": [swing._asdict() for swing in tornado(entrant.costs[purpose].bill.terms)],
        "area_um2": _price(area.total),
        "parts": {
            name: {"number": number, "area_um2": asdict(each)}
            for name, (number, each) in area.parts.items()
        },
        "area_not_priced": dict(area.unpriced),
        "notes": list(plan.architecture.notes),
    }


def _cost(cost: Cost) -> dict[str, object]:
    return {
        "energy_j": asdict(cost.energy_j),
        "seconds": _price(cost.latency.seconds),
        "edp_js": cost.edp_js,
        "tops_per_w": cost.tops_per_w,
        "not_priced": dict(cost.bill.unpriced),
        "not_timed": dict(cost.latency.not_timed),
    }


def _terms(cost: Cost) -> list[dict[str, object]]:
    return [
        {
            "action": term.action,
            "count": term.count,
            "energy_j": asdict(term.price),
            "factors": [asdict(factor) for factor in term.factors],
        }
        for term in cost.bill.terms
    ]


def _constant(name: str, constant: Constant) -> dict[str, object]:
    price = asdict(constant.price)
    return {"name": name, **price, "unit": constant.unit, "source": constant.source}


def _duel(duel: Duel) -> dict[str, object]:
    return {
        "one": duel.one,
        "other": duel.other,
        "ratio": asdict(duel.ratio),
        "tornado": [swing._asdict() for swing in duel.swings],
        "break_even": [
            {**corner._asdict(), "ratio": asdict(corner.ratio)} for corner in duel.corners
        ],
    }


def _price(price: Price | None) -> dict[str, float] | None:
    return None if price is None else asdict(price)
