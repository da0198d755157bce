"""Counts of a piece of work times what each action costs on an architecture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from mortalff.actions import ACTIONS
from mortalff.energy.architectures.plan import Plan
from mortalff.energy.architectures.prices import priced_action
from mortalff.energy.architectures.pulse_rates import PulseRates, pulse_rates
from mortalff.energy.architectures.term import Factor, Term
from mortalff.energy.architectures.work import Work
from mortalff.energy.library import Library, Price, total

_PULSES = ("line_pulse", "device_pulse")


@dataclass(frozen=True)
class EnergyBill:
    """What a piece of work takes.

    Attributes:
        terms: each priced action that happens.
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
        spent = {term.action: term.price.value for term in self.terms}
        order = sorted(spent, key=lambda action: -spent[action])
        return {action: spent[action] / whole for action in order if spent[action] > 0.0}


def energy_bill(plan: Plan, work: Work, library: Library) -> EnergyBill:
    """Price a piece of work, its pulses by measured rates.

    Args:
        plan: the learner on its architecture.
        work: what it is asked for.
        library: where constants are.

    Raises:
        InputError: a component that is none, or asked beyond its range.
    """
    bill = bill_of_counts(plan, {**work.counts, **_pulsed(plan, work)}, library)
    rates = pulse_rates(plan.learner, plan.card)
    unpriced = dict(bill.unpriced)
    if rates is None:
        lost = [term.action for term in bill.terms if term.action in _PULSES]
        unpriced |= dict.fromkeys(lost, f"pulses of learner {plan.learner!r} were not measured")
    if plan.card.cell.kind == "one_sided_pair" and work.updates:
        unpriced["device_reset"] = "how often pairs are reset depends on values"
    terms = [_at_rate(term, plan.learner, rates) for term in bill.terms]
    priced = tuple(term for term in terms if term is not None)
    return EnergyBill(priced, MappingProxyType(unpriced))


def bill_of_counts(plan: Plan, counts: Mapping[str, float], library: Library) -> EnergyBill:
    """Price what a run counted on one chip, pulses and all, with an architecture's components.

    Args:
        plan: the learner on its architecture; the run's activities must be of the same kind.
        counts: how often each action happened.
        library: where constants are.

    Raises:
        InputError: as :func:`energy_bill`.
    """
    terms: list[Term] = []
    unpriced: dict[str, str] = {}
    for action in ACTIONS:
        if not counts.get(action):
            continue
        price = priced_action(action, plan, library)
        if price is None:
            unpriced[action] = _why(action, plan)
        else:
            terms.append(Term(action, counts[action], (price,)))
    return EnergyBill(tuple(terms), MappingProxyType(unpriced))


def _pulsed(plan: Plan, work: Work) -> dict[str, float]:
    """Lines, and weights, that outer products pulse; how many pulses each gets are rates."""
    outer = work.counts.get("outer_product", 0.0)
    if not outer:
        return {}
    vectors = work.steps["outer_product"] / len(plan.shapes)
    return {
        "line_pulse": work.counts["voltage_to_pulse"],
        "device_pulse": vectors * plan.weights,
    }


def _at_rate(term: Term, learner: str, rates: PulseRates | None) -> Term | None:
    """Of pulses, the term with how many there are as a factor; None where that was not measured."""
    if term.action not in _PULSES:
        return term
    if rates is None:
        return None
    rate = rates.line if term.action == "line_pulse" else rates.device
    factors = [Factor(f"pulses.{learner}", rate, rates.source)]
    if rates.carried is not None:
        factors.append(Factor("pulses.carried_over", rates.carried, "carried over to this card"))
    return replace(term, factors=(*term.factors, *factors))


def _why(action: str, plan: Plan) -> str:
    architecture = plan.architecture
    if action in _PULSES and plan.card.law.kind == "ProgramOnly":
        return f"no pulse moves the devices of card {plan.card.name!r}: it cannot learn in place"
    if action in architecture.components:
        return f"card {plan.card.name!r} has no price of it"
    return f"architecture {architecture.name!r} names no component for it"
