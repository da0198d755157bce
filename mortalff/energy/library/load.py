"""From TOML files to the library: the package's own, and users' files that change it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from mortalff.cards.keys import Keys
from mortalff.cards.problems import problems
from mortalff.cards.toml_text import Lines, line_of, parse_toml
from mortalff.energy.library.constant import QUANTITIES, Constant, quantity_of
from mortalff.energy.library.library import KINDS, Library
from mortalff.errors import CardError, InputError, message, nearest

_OWN, _CARD = "own", "card"
_WORD = re.compile(r"[a-z0-9_]+")
_FORM = "a constant's name has three parts, as in [adc.isaac] energy = ..."


@cache
def built_in_library() -> Library:
    """The constants that come with mortalff."""
    empty = Library(MappingProxyType({}))
    library = empty
    folder = files("mortalff.energy.library") / "data"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            library = library.replaced(_read(file.read_bytes(), str(file), None))
    return library


def load_library(path: str | os.PathLike[str] | None = None) -> Library:
    """The built-in constants, with those of a file in their place.

    In the file, ``[adc.isaac]`` followed by ``energy = 2e-12`` sets a value, whose source is then "set by user". A
    table with ``value``, ``unit`` and ``source``, and if wanted ``low``, ``high``, ``node_nm``, ``conditions`` and
    ``tag``, replaces a constant whole. New constants go under ``own``, as ``[own.my_adc.energy]``, and also say
    ``what`` one is.

    Args:
        path: a TOML file; None for the built-in constants as they are.

    Raises:
        InputError: the file cannot be read or breaks a rule; all that is wrong is listed, each with
            file, line, key, value, rule and what would be right.
    """
    if path is None:
        return built_in_library()
    try:
        content = Path(path).expanduser().read_bytes()
    except OSError as error:
        rule = f"it cannot be read: {error.strerror}"
        raise InputError(message("components", os.fspath(path), rule, "give a TOML file")) from None
    return built_in_library().replaced(_read(content, os.fspath(path), built_in_library()))


def _read(content: bytes, name: str, base: Library | None) -> dict[str, Constant]:
    """The constants in a file: of the package where there is no base, of a user where there is."""
    try:
        document, lines = parse_toml(content, name)
    except CardError as error:
        raise InputError(str(error)) from None
    found: dict[str, Constant] = {}
    wrong: list[tuple[int, str]] = []
    for keys, value in _leaves(document):
        try:
            found[".".join(keys)] = _constant(keys, value, base)
        except _WrongError as error:
            wrong += [
                (line, f"{name}:{line}: {text}") for line, text in error.at_lines(keys, lines)
            ]
    if wrong:
        head = f"{name}: {len(wrong)} errors\n" if len(wrong) > 1 else ""
        raise InputError(head + "\n".join(text for _, text in sorted(wrong)))
    return found


class _WrongError(Exception):
    """What is wrong with one constant: messages by the keys below its name."""

    def __init__(self, texts: list[tuple[Keys, str]]) -> None:
        super().__init__()
        self.texts = texts

    def at_lines(self, above: Keys, lines: Lines) -> list[tuple[int, str]]:
        """The messages with their lines."""
        return [(line_of((*above, *keys), lines), text) for keys, text in self.texts]


def _leaves(document: Mapping[str, object]) -> Iterator[tuple[Keys, object]]:
    """What stands at the third level, or at the level at which the form is broken."""
    for kind, parts in document.items():
        if not isinstance(parts, dict) or kind not in KINDS:
            yield (kind,), parts
            continue
        for part, quantities in parts.items():
            if not isinstance(quantities, dict):
                yield (kind, part), quantities
                continue
            for key, value in quantities.items():
                yield (kind, part, key), value


def _constant(keys: Keys, value: object, base: Library | None) -> Constant:
    name = ".".join(keys)
    _check_name(keys, value, base)
    quantity = quantity_of(keys[-1])
    assert quantity is not None  # or the name would have been refused
    table: Mapping[str, object]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        unit = QUANTITIES[quantity].unit
        table = {"value": value, "unit": unit, "low": value, "high": value, "source": "set by user"}
    elif isinstance(value, dict):
        table = value
    else:
        right = "write a number, or a table with value, unit, source"
        raise _WrongError([((), message(name, value, "a constant is a number or a table", right))])
    if base is not None:
        old = base.table.get(name)
        known = {} if old is None else {"what": old.what, "node_nm": old.node_nm}
        table = {**known, "tag": "U", **table}

    def where(path: Keys) -> str:
        return ".".join((name, *path))

    try:
        return Constant.model_validate(table, context=quantity)
    except ValidationError as error:
        raise _WrongError(problems(error, Constant, table, where)) from None


def _check_name(keys: Keys, value: object, base: Library | None) -> None:
    """Raise unless the keys name a constant that the file may hold."""
    name = ".".join(keys)

    def wrong(rule: str, right: str) -> _WrongError:
        return _WrongError([((), message(name, value, rule, right))])

    if keys[0] not in KINDS:
        raise wrong("there is no such kind", nearest(keys[0], KINDS))
    if len(keys) < 3:
        raise wrong(_FORM, f"write [{keys[0]}.name] and below it quantity = ...")
    if not all(_WORD.fullmatch(key) for key in keys):
        raise wrong("names are of small letters, digits and _", "as in adc.isaac.energy")
    if quantity_of(keys[-1]) is None:
        raise wrong("a name ends in what is measured", nearest(keys[-1], QUANTITIES))
    if keys[0] == _CARD:
        raise wrong("a card's own numbers stand on the card", "change the card, or a copy of it")
    if base is not None and keys[0] != _OWN and name not in base:
        right = f"{nearest(name, base.table)} For a new one write [{_OWN}.{keys[1]}.{keys[2]}]"
        raise wrong("the library has no such constant", right)
    if isinstance(value, dict) and base is not None and keys[0] == _OWN and "what" not in value:
        raise wrong("a new constant says what one of it is", 'add what = "one ..."')
