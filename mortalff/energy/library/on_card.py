"""What a device card says of components: constants in place of the library's, its prices and its operating point."""

from __future__ import annotations

from collections.abc import Mapping

from mortalff.cards import Card, Quantity
from mortalff.energy.library.constant import Constant
from mortalff.energy.library.written import constants_in
from mortalff.errors import CardError

SECTION = "components"


def stated_constants(card: Card, known: Mapping[str, Constant]) -> dict[str, Constant]:
    """The constants in a card's ``[components]``, by name.

    Args:
        card: the card. A plain number has no band, and the card for its source.
        known: the constants that these stand in place of.

    Raises:
        CardError: the library has none of a name, or a constant breaks a rule; all that is wrong is listed, each with
            card, key, value, rule and what would be right.
    """
    tables = {
        kind: {
            part: {key: _as_written(value) for key, value in quantities.items()}
            for part, quantities in parts.items()
        }
        for kind, parts in card.components.items()
    }
    where = f"card {card.name!r}"
    found, wrong = constants_in(tables, known, above=f"{SECTION}.", set_by=f"set on {where}")
    if wrong:
        head = f"{where}: {len(wrong)} errors\n" if len(wrong) > 1 else ""
        raise CardError(head + "\n".join(f"{where}: {text}" for _, text in wrong))
    return found


def prices_and_operating_point(card: Card) -> dict[str, Constant]:
    """A card's ``[energy]``, and its ``[conductance]`` where it has one, under names that begin with ``card``."""
    found = {
        f"card.{action}.energy": Constant(
            value=price.value,
            low=price.low,
            high=price.high,
            unit=price.unit,
            what=f"one {action} of the card {card.name!r}",
            conditions=price.conditions,
            source=price.source,
            tag=price.tag,
        )
        for action, price in card.energy.items()
    }
    if card.conductance is None:
        return found
    section = card.conductance
    for key, quantity in (
        ("conductance", section.g_max_siemens),
        ("read_voltage", section.read_voltage_v),
        ("read_time", section.read_time_s),
    ):
        found[f"card.cell.{key}"] = Constant(
            value=quantity.value,
            low=quantity.value if quantity.low is None else quantity.low,
            high=quantity.value if quantity.high is None else quantity.high,
            unit=quantity.unit,
            what=f"{key.replace('_', ' ')} at full scale, of the card {card.name!r}",
            source=quantity.source,
            tag="E",
        )
    return found


def _as_written(value: float | Quantity) -> object:
    """A number, or a table of what it says."""
    return value.model_dump(exclude_none=True) if isinstance(value, Quantity) else value
