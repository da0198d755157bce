"""The hash by which results name the card that made them."""

from __future__ import annotations

import hashlib
import json

from mortalff.cards.schema import Card

_PROSE = frozenset({"summary", "provenance", "statement", "source", "conditions", "tag"})


def card_hash(card: Card) -> str:
    """SHA-256 of everything on a card that can change a number.

    That is every value, unit, bound, choice and price, those the schema filled in included, in
    canonical JSON: keys sorted, no white space. Prose is left out, so that mending a typing error
    in a source, condition, summary, statement of validity or the provenance keeps results valid;
    so is the grade of a source (``tag``).

    Args:
        card: the card.

    Returns:
        64 hexadecimal digits.
    """
    content = _without_prose(card.model_dump(mode="json"))
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _without_prose(content: object) -> object:
    if isinstance(content, dict):
        return {k: _without_prose(v) for k, v in content.items() if k not in _PROSE}
    if isinstance(content, float):
        return content + 0.0  # -0.0 and 0.0 are one number
    return content
