"""Pulses of a piece of work: of how many lines and weights, and at which measured rates."""

from __future__ import annotations

from typing import Final

from mortalff.energy.architectures.plan import Plan
from mortalff.energy.architectures.pulse_rates import PulseRates, pulse_rates
from mortalff.energy.architectures.term import Factor, Term
from mortalff.energy.architectures.two_array_rates import two_array_rates
from mortalff.energy.architectures.work import Work

PULSES: Final = ("line_pulse", "device_pulse")
"""Pulses on a line, and coincidences at a device."""


def pulse_terms(plan: Plan, work: Work) -> tuple[list[Term], dict[str, str]]:
    """How many pulses there are, without what one costs.

    The learner's outer products come to every line and weight of a layer's array, or of its fast one; those of
    transfers are reckoned by the numbers that are read.

    Args:
        plan: the learner on its architecture.
        work: what it is asked for, updates among it.

    Returns:
        Counts with rates as factors, and what was not measured, each with why.
    """
    if not work.transfers.numbers:
        rates = pulse_rates(plan.learner, plan.card)
        if rates is None:
            return [], dict.fromkeys(
                PULSES, f"pulses of learner {plan.learner!r} were not measured"
            )
        return _at_rates(plan, _asked(plan, work), rates), {}
    both = two_array_rates(plan.learner, plan.card)
    if both is None:
        why = f"pulses of learner {plan.learner!r} on two arrays were not measured"
        return [], dict.fromkeys(PULSES, why)
    terms = _at_rates(plan, _asked(plan, work), both.fast)
    if both.transfer is None:
        why = f"they were not measured on card {plan.card.name!r}"
        return terms, {"pulses of transfers": why}
    numbers = (work.transfers.numbers, work.transfers.numbers)
    return [*terms, *_at_rates(plan, numbers, both.transfer, ".transfers")], {}


def _asked(plan: Plan, work: Work) -> tuple[float, float]:
    """Lines, and weights, that the learner's outer products come to."""
    vectors = work.steps["outer_product"] / len(plan.layers)
    lines = work.counts["voltage_to_pulse"] - work.transfers.counts.get("voltage_to_pulse", 0.0)
    return lines, vectors * sum(layer.pulsed * layer.weights for layer in plan.layers)


def _at_rates(
    plan: Plan, asked: tuple[float, float], rates: PulseRates, what: str = ""
) -> list[Term]:
    terms = []
    for action, count, rate in zip(PULSES, asked, (rates.line, rates.device), strict=True):
        factors = [Factor(f"pulses.{plan.learner}{what}", rate, rates.source)]
        if rates.carried is not None:
            factors.append(
                Factor("pulses.carried_over", rates.carried, "carried over to this card")
            )
        terms.append(Term(action, count, tuple(factors)))
    return terms
