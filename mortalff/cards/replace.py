"""A card with some parameters changed."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from mortalff.cards.keys import Keys, fields_at, holds_names, leaves
from mortalff.cards.prices import price_set_by_user
from mortalff.cards.problems import problems
from mortalff.cards.quantity import Section, expectation_of
from mortalff.errors import CardError, message, nearest

C = TypeVar("C", bound=Section)


def replaced(card: C, changes: Mapping[str, object]) -> C:
    """A validated copy of a card with new values under dotted keys.

    Args:
        card: the card to start from; it is left as it is.
        changes: new values by dotted key; see :meth:`mortalff.cards.Card.replace`.

    Returns:
        The new card.

    Raises:
        CardError: a key is unknown, or the new card breaks a rule of the schema.
    """
    data = card.model_dump()
    name = data.get("name")
    for dotted, value in changes.items():
        _put(card, data, tuple(dotted.split(".")), value)
    try:
        return type(card).model_validate(data)
    except ValidationError as error:
        found = problems(
            error, type(card), data, lambda path: f"card {name!r} changed: {'.'.join(path)}"
        )
        raise CardError("\n".join(text for _, text in found)) from None


def _put(card: Section, data: dict[str, object], path: Keys, value: object) -> None:
    dotted = ".".join(path)
    table: object = data
    for depth, key in enumerate(path[:-1], start=1):
        if isinstance(table, dict) and holds_names(type(card), path[:depth], data):
            table.setdefault(key, {})  # names of one's own need not be there yet
        table = table.get(key) if isinstance(table, dict) else None
        if table is None and key in (fields_at(type(card), path[: depth - 1], data) or {}):
            section = ".".join(path[:depth])
            raise CardError(
                message(
                    dotted, value, f"this card has no [{section}]", f"give {section} as a whole"
                )
            )
    fields = fields_at(type(card), path[:-1], data) or {}
    is_free = holds_names(type(card), path[:-1], data)
    if not isinstance(table, dict) or not (is_free or path[-1] in fields):
        raise CardError(
            message(dotted, value, "a card has no such parameter", _suggestion(card, path))
        )
    number = _number(value)
    if number is None:
        table[path[-1]] = value.model_dump() if isinstance(value, BaseModel) else value
    elif path[:-1] == ("energy",):
        table[path[-1]] = price_set_by_user(number)
    elif not is_free and (expectation := expectation_of(fields[path[-1]])) is not None:
        table[path[-1]] = {"value": number, "unit": expectation.unit, "source": "set by user"}
    else:
        table[path[-1]] = number


def _number(value: object) -> int | float | None:
    """A number of Python's own, also of numpy's; None for anything else, truth values included."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Integral):
        return int(value)
    return float(value) if isinstance(value, Real) else None


def _suggestion(card: Section, path: Keys) -> str:
    """The nearest dotted keys: those of the same last part, else of the same section, else all."""
    known = [keys for keys, _, _ in leaves(card)]
    likely = [keys for keys in known if keys[-1] == path[-1]] or [
        keys for keys in known if keys[0] == path[0]
    ]
    return nearest(".".join(path), (".".join(keys) for keys in likely or known))
