"""A card as the text of a card file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from mortalff.cards.schema import Card

_TABLES = ("energy",)
"""Sections whose entries are tables of their own."""


def card_toml(card: Card) -> str:
    """TOML that :func:`~mortalff.cards.load_card` reads back as the same card; only what was set stands in it."""
    data = card.model_dump(exclude_unset=True, exclude_none=True)
    lines = [f"{key} = {_value(value)}" for key, value in data.items() if not _is_table(value)]
    for section, values in data.items():
        if not _is_table(values) or not values:
            continue
        if section in _TABLES:
            for name, entry in values.items():
                lines += ["", f"[{section}.{name}]", *_pairs(entry)]
        else:
            lines += ["", f"[{section}]", *_pairs(values)]
    return "\n".join(lines) + "\n"


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
