"""Counts of a piece of work times what each action costs on an architecture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mortalff.actions import ACTIONS
from mortalff.energy.architectures.plan import Plan
from mortalff.energy.architectures.prices import priced_action
from mortalff.energy.architectures.pulse_rates import PulseRates, pulse_rates
from mortalff.energy.architectures.term import Factor, Term
from mortalff.energy.architectures.work import Work
from mortalff.energy.library import Library, Price, total


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
    """Price a piece of work.

    Args:
        plan: the learner on its architecture.
        work: what it is asked for.
        library: where constants are.

    Raises:
        InputError: a component that is none, or asked beyond its range.
    """
    rates = pulse_rates(plan.learner, plan.card)
    happened = {**work.counts, **_pulsed(plan, work)}
    terms: list[Term] = []
    unpriced: dict[str, str] = {}
    for action in ACTIONS:
        if not happened.get(action):
            continue
        price = priced_action(action, plan, library)
        factors = () if price is None else _factors(action, price, plan.learner, rates)
        if price is None:
            unpriced[action] = _why(action, plan)
        elif not factors:
            unpriced[action] = (
                f"pulses of learner {plan.learner!r} were not measured on such a card"
            )
        else:
            terms.append(Term(action, happened[action], factors))
    if plan.card.cell.kind == "one_sided_pair" and work.updates:
        unpriced["device_reset"] = "how often pairs are reset depends on values"
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


def _factors(
    action: str, price: Factor, learner: str, rates: PulseRates | None
) -> tuple[Factor, ...]:
    if action not in ("line_pulse", "device_pulse"):
        return (price,)
    if rates is None:
        return ()
    kind = action.removesuffix("_pulse")
    rate: Price = getattr(rates, kind)
    return (price, Factor(f"pulses.{learner}", rate, rates.source))


def _why(action: str, plan: Plan) -> str:
    architecture = plan.architecture
    if action in architecture.components:
        return f"card {plan.card.name!r} has no price of it"
    return f"architecture {architecture.name!r} names no component for it"
