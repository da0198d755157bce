"""What does an action on an architecture, and what one of it costs."""

from __future__ import annotations

from mortalff.energy.architectures.component_models import COMPONENT_MODELS, Asked
from mortalff.energy.architectures.plan import Plan
from mortalff.energy.architectures.term import Factor
from mortalff.energy.library import Library, read_load_factors
from mortalff.errors import InputError, message, nearest


def priced_action(action: str, plan: Plan, library: Library) -> Factor | None:
    """What one of an action costs.

    Args:
        action: its name.
        plan: the learner on its architecture.
        library: where constants are; those in ``[components]`` of the plan's card stand in place of its built-in ones.

    Returns:
        The price, in J; None where the architecture or the card says none.

    Raises:
        InputError: the component is neither a model nor an energy in the library; a model is asked beyond its range.
        CardError: the library has none of a name in ``[components]``.
    """
    known = library.with_components_of(plan.device)
    name = plan.architecture.components.get(action)
    if name is None:
        return None
    if name in ("card", "card_line") and action not in plan.card.energy:
        return None
    if name in COMPONENT_MODELS:
        return COMPONENT_MODELS[name](Asked(action, plan, known))
    where = f"architecture {plan.architecture.name!r}, components.{action}"
    if name not in known:
        rule = "it is neither a model nor a constant of the library"
        right = nearest(name, [*COMPONENT_MODELS, *known])
        raise InputError(message(where, name, rule, right))
    constant = known[name]
    if constant.unit != "J":
        rule = f"it is in {constant.unit!r}, and an action costs joules"
        raise InputError(message(where, name, rule, "name an energy"))
    return Factor(name, constant.price, constant.source)


def load_factors(load: str, plan: Plan, library: Library) -> tuple[Factor, ...]:
    """What one of a load of reads costs, as uncertain factors.

    Args:
        load: one of :data:`mortalff.actions.READ_LOADS`.
        plan: the learner on its architecture, which may name a component for it.
        library: as for :func:`priced_action`.

    Returns:
        Factors whose product is J; none where neither the architecture nor the card says any.
    """
    if load in plan.architecture.components:
        one = priced_action(load, plan, library)
        return () if one is None else (one,)
    known = library.with_components_of(plan.device)
    return tuple(Factor(*one) for one in read_load_factors(plan.card, known).get(load, ()))
