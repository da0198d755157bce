"""Counts of a piece of work times what each action costs on an architecture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from mortalff.actions import ACTIONS, READ_LOADS
from mortalff.energy.architectures.plan import Plan
from mortalff.energy.architectures.prices import load_factors, priced_action
from mortalff.energy.architectures.pulses import PULSES, pulse_terms
from mortalff.energy.architectures.reads import load_terms, loaded_reads
from mortalff.energy.architectures.term import Term
from mortalff.energy.architectures.work import Work
from mortalff.energy.library import Library, Price, total
from mortalff.energy.read_prices import LOADS_OF, billed


@dataclass(frozen=True)
class EnergyBill:
    """What a piece of work takes.

    Attributes:
        terms: each priced action that happens; pulses of transfers between two arrays besides the others.
        unpriced: actions that happen and are in no sum, each with why.
    """

    terms: tuple[Term, ...]
    unpriced: Mapping[str, str]

    @property
    def total(self) -> Price:
        """All of it, in J, with the widest band."""
        return total(term.price for term in self.terms)

    @property
    def shares(self) -> dict[str, float]:
        """Each action's share of the value, the largest first."""
        whole = self.total.value
        spent = dict.fromkeys((term.action for term in self.terms), 0.0)
        for term in self.terms:
            spent[term.action] += term.price.value
        order = sorted(spent, key=lambda action: -spent[action])
        return {action: spent[action] / whole for action in order if spent[action] > 0.0}


def energy_bill(plan: Plan, work: Work, library: Library) -> EnergyBill:
    """Price a piece of work, its pulses by measured rates and its reads by measured loads.

    Where reads are at flat prices, those of transfers between two arrays cost what the one line takes that is driven.

    Args:
        plan: the learner on its architecture.
        work: what it is asked for.
        library: where constants are.

    Raises:
        InputError: a component that is none, or asked beyond its range.
    """
    asked = dict.fromkeys(PULSES, 1.0) if work.counts.get("outer_product") else {}
    loads = load_terms(plan, work, library)
    priced = {term.action for term in loads}
    counts = {a: n for a, n in work.driven.items() if priced.isdisjoint(LOADS_OF.get(a, ()))}
    bill = bill_of_counts(plan, {**counts, **asked}, library)
    pulses, unmeasured = pulse_terms(plan, work) if asked else ([], {})
    unpriced = {**unmeasured, **bill.unpriced}
    if plan.card.cell.kind == "one_sided_pair" and work.updates:
        unpriced["device_reset"] = "how often pairs are reset depends on values"
    terms = list(loads)
    for term in bill.terms:
        if term.action in PULSES:
            of_it = [pulse for pulse in pulses if pulse.action == term.action]
            terms += [replace(p, factors=(*term.factors, *p.factors)) for p in of_it]
        else:
            terms.append(term)
    return EnergyBill(tuple(terms), MappingProxyType(unpriced))


def bill_of_counts(plan: Plan, counts: Mapping[str, float], library: Library) -> EnergyBill:
    """Price what a run counted on one chip, pulses and all, with an architecture's components.

    Reads cost what their loads do, where these were counted: see :mod:`mortalff.energy.read_prices`.

    Args:
        plan: the learner on its architecture; the run's activities must be of the same kind.
        counts: how often each action happened.
        library: where constants are.

    Raises:
        InputError: as :func:`energy_bill`.
    """
    terms: list[Term] = []
    unpriced: dict[str, str] = {}
    happened = billed(counts, loaded_reads(plan))
    for action in ACTIONS:
        if not happened.get(action):
            continue
        if action in READ_LOADS:
            factors = load_factors(action, plan, library)
        else:
            price = priced_action(action, plan, library)
            factors = () if price is None else (price,)
        if factors:
            terms.append(Term(action, happened[action], factors))
        else:
            unpriced[action] = _why(action, plan)
    return EnergyBill(tuple(terms), MappingProxyType(unpriced))


def _why(action: str, plan: Plan) -> str:
    architecture = plan.architecture
    if action in PULSES and plan.card.law.kind == "ProgramOnly":
        return f"no pulse moves the devices of card {plan.card.name!r}: it cannot learn in place"
    if action in architecture.components:
        return f"card {plan.card.name!r} has no price of it"
    return f"architecture {architecture.name!r} names no component for it"
