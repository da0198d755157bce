"""The hash by which results name the card that made them."""

from __future__ import annotations

import hashlib
import json

from mortalff.cards.schema import Card

_PROSE = frozenset({"summary", "statement", "source", "conditions", "tag", "what"})


def card_hash(card: Card) -> str:
    """SHA-256 of everything on a card that can change a number.

    That is every value, unit, bound, choice and price, those the schema filled in included, in
    canonical JSON: keys sorted, no white space. Prose is left out, so that mending a typing error
    in a source, condition, summary, statement of validity or the provenance keeps results valid;
    so is the grade of a source (``tag``). Constants of components count where there are any, and
    what an input is where it is not a voltage, so that cards from before there were these have the hash they had.

    Args:
        card: the card.

    Returns:
        64 hexadecimal digits.
    """
    whole = card.model_dump(mode="json", exclude={"provenance"})
    if not whole["components"]:
        del whole["components"]
    if whole["conductance"] and whole["conductance"]["inputs"] == "amplitude":
        del whole["conductance"]["inputs"]
    content = _without_prose(whole)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _without_prose(content: object) -> object:
    if isinstance(content, dict):
        return {
            key: _without_prose(value)
            for key, value in content.items()
            if key not in _PROSE or isinstance(value, dict)  # a component may be named so
        }
    if isinstance(content, float):
        return content + 0.0  # -0.0 and 0.0 are one number
    return content
