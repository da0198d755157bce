"""Constants as they are written, in files and on cards, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from mortalff.cards.components import (
    LAST_WORD_RULE,
    LEAF_RIGHT,
    LEAF_RULE,
    QUANTITIES,
    WORD,
    WORD_RIGHT,
    WORD_RULE,
    quantity_of,
)
from mortalff.cards.keys import Keys
from mortalff.cards.problems import problems
from mortalff.energy.library.constant import Constant
from mortalff.energy.library.kinds import KINDS
from mortalff.errors import message, nearest

_OWN, _CARD = "own", "card"
_FORM = "a constant's name has three parts, as in [adc.isaac] energy = ..."

Wrong = tuple[Keys, str]
"""Where something is wrong, and what."""


def constants_in(
    tables: Mapping[str, object],
    known: Mapping[str, Constant] | None,
    *,
    above: str = "",
    set_by: str = "set by user",
) -> tuple[dict[str, Constant], list[Wrong]]:
    """Check constants and give them their names.

    Args:
        tables: by kind, part and quantity; each a number or a table.
        known: the constants that these stand in place of, which say what is not written; only ``own`` ones may be new.
            None for those that come with the package, which are all new and say everything.
        above: what stands before names where they are written, for messages.
        set_by: the source of plain numbers.

    Returns:
        Those that are right, by name; and what is wrong with others, by keys.
    """
    found: dict[str, Constant] = {}
    wrong: list[Wrong] = []
    for keys, value in _leaves(tables):
        try:
            found[".".join(keys)] = _constant(keys, value, known, above, set_by)
        except _WrongError as error:
            wrong += [((*keys, *below), text) for below, text in error.texts]
    return found, wrong


class _WrongError(Exception):
    """What is wrong with one constant: messages by the keys below its name."""

    def __init__(self, texts: list[Wrong]) -> None:
        super().__init__()
        self.texts = texts


def _leaves(tables: Mapping[str, object]) -> Iterator[tuple[Keys, object]]:
    """What stands at the third level, or at the level at which the form is broken."""
    for kind, parts in tables.items():
        if not isinstance(parts, dict) or kind not in KINDS:
            yield (kind,), parts
            continue
        for part, quantities in parts.items():
            if not isinstance(quantities, dict):
                yield (kind, part), quantities
                continue
            for key, value in quantities.items():
                yield (kind, part, key), value


def _constant(
    keys: Keys, value: object, known: Mapping[str, Constant] | None, above: str, set_by: str
) -> Constant:
    name, shown = ".".join(keys), above + ".".join(keys)
    _check_name(keys, value, known, above)
    quantity = quantity_of(keys[-1])
    assert quantity is not None  # or the name would have been refused
    table: Mapping[str, object]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        unit = QUANTITIES[quantity].unit
        table = {"value": value, "unit": unit, "low": value, "high": value, "source": set_by}
    elif isinstance(value, dict):
        table = value
    else:
        raise _WrongError([((), message(shown, value, LEAF_RULE, LEAF_RIGHT))])
    if known is not None:
        old = known.get(name)
        kept = {} if old is None else {"what": old.what, "node_nm": old.node_nm}
        table = {**kept, "tag": "U", **table}

    def where(path: Keys) -> str:
        return ".".join((shown, *path))

    try:
        return Constant.model_validate(table, context=quantity)
    except ValidationError as error:
        raise _WrongError(problems(error, Constant, table, where)) from None


def _check_name(
    keys: Keys, value: object, known: Mapping[str, Constant] | None, above: str
) -> None:
    """Raise unless the keys name a constant that may be written there."""
    name = ".".join(keys)

    def wrong(rule: str, right: str) -> _WrongError:
        return _WrongError([((), message(above + name, value, rule, right))])

    if keys[0] not in KINDS:
        raise wrong("there is no such kind", nearest(keys[0], KINDS))
    if len(keys) < 3:
        raise wrong(_FORM, f"write [{keys[0]}.name] and below it quantity = ...")
    if not all(WORD.fullmatch(key) for key in keys):
        raise wrong(WORD_RULE, WORD_RIGHT)
    if quantity_of(keys[-1]) is None:
        raise wrong(LAST_WORD_RULE, nearest(keys[-1], QUANTITIES))
    if keys[0] == _CARD:
        right = "change [energy] or [conductance] of the card, or of a copy of it"
        raise wrong("a card's own numbers stand on the card", right)
    if known is not None and keys[0] != _OWN and name not in known:
        new = f"[{above}{_OWN}.{keys[1]}.{keys[2]}]"
        right = f"{nearest(name, known)} For a new one write {new}"
        raise wrong("the library has no such constant", right)
    if isinstance(value, dict) and known is not None and keys[0] == _OWN and "what" not in value:
        raise wrong("a new constant says what one of it is", 'add what = "one ..."')
