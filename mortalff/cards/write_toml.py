"""A card as the text of a card file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from mortalff.cards.schema import Card

_NAMES = {"energy": 1, "components": 2}
"""Sections whose entries are tables of their own, and how many names stand above what one says."""


def card_toml(card: Card) -> str:
    """TOML that :func:`~mortalff.cards.load_card` reads back as the same card; only what was set stands in it."""
    data = card.model_dump(exclude_unset=True, exclude_none=True)
    lines = [f"{key} = {_value(value)}" for key, value in data.items() if not _is_table(value)]
    for section, values in data.items():
        if not _is_table(values) or not values:
            continue
        for name, entry in _tables(section, values, _NAMES.get(section, 0)):
            lines += ["", f"[{name}]", *_pairs(entry)]
    return "\n".join(lines) + "\n"


def _tables(
    name: str, values: Mapping[str, object], names: int
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The tables to write, each with its name, below so many names of the section's own."""
    if not names:
        yield name, values
        return
    for key, below in values.items():
        assert isinstance(below, Mapping)
        yield from _tables(f"{name}.{key}", below, names - 1)


def _pairs(values: Mapping[str, object]) -> list[str]:
    return [f"{key} = {_value(value)}" for key, value in values.items()]


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_pairs(value)) + " }"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(_value(entry) for entry in value) + "]"
    if isinstance(value, str):
        # JSON's strings are TOML's, but for the delete character.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    return repr(value)
