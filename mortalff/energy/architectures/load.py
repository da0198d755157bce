"""Architectures from TOML files: the package's own, and users', which may be others with changes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from mortalff.cards.keys import Keys
from mortalff.cards.problems import problems
from mortalff.cards.toml_text import line_of, parse_toml
from mortalff.energy.architectures.schema import Architecture
from mortalff.errors import CardError, InputError, message, nearest


@cache
def built_in_architectures() -> Mapping[str, Architecture]:
    """The architectures that come with mortalff, by name."""
    folder = files("mortalff.energy.architectures") / "data"
    found = (file for file in folder.iterdir() if file.name.endswith(".toml"))
    read = (_read(file, {}) for file in sorted(found, key=lambda file: file.name))
    return MappingProxyType({architecture.name: architecture for architecture in read})


def load_architecture(name_or_path: str | os.PathLike[str]) -> Architecture:
    """An architecture by its name, or from a file.

    A file may say ``base = "ff_analog"`` and below it only what differs: tables are merged key by key.

    Args:
        name_or_path: one of :func:`built_in_architectures`, or a path that ends in ``.toml``.

    Raises:
        InputError: there is none of that name; the file cannot be read or breaks a rule: all that is wrong is listed,
            each with file, line, key, value, rule and what would be right.
    """
    known = built_in_architectures()
    text = os.fspath(name_or_path)
    if not text.endswith(".toml"):
        if text not in known:
            rule = "there is no such architecture"
            right = f"{nearest(text, known)} Or give a file that ends in .toml"
            raise InputError(message("architecture", text, rule, right))
        return known[text]
    return _read(Path(text).expanduser(), known)


def checked(document: Mapping[str, object], what: str) -> Architecture:
    """An architecture from a table.

    Args:
        document: the table.
        what: whose it is, for messages.

    Raises:
        InputError: it breaks a rule.
    """
    return _checked(document, lambda path: f"{what}, {'.'.join(path)}" if path else what)


def _read(path: Path | Traversable, known: Mapping[str, Architecture]) -> Architecture:
    name = str(path)
    try:
        document, lines = parse_toml(path.read_bytes(), name)
    except OSError as error:
        right = "give a TOML file, or the name of an architecture"
        rule = f"it cannot be read: {error.strerror}"
        raise InputError(message("architecture", name, rule, right)) from None
    except CardError as error:
        raise InputError(str(error)) from None
    base = document.pop("base", None)
    if base is not None:
        if not isinstance(base, str) or base not in known:
            rule = "there is no such architecture to start from"
            where = f"{name}:{line_of(('base',), lines)}: base"
            raise InputError(message(where, base, rule, nearest(str(base), known)))
        document = _merged(known[base].model_dump(exclude_unset=True), document)
    return _checked(document, lambda keys: f"{name}:{line_of(keys, lines)}: {'.'.join(keys)}")


def _checked(document: Mapping[str, object], where: Callable[[Keys], str]) -> Architecture:
    try:
        return Architecture.model_validate(document)
    except ValidationError as error:
        found = problems(error, Architecture, document, where)
        raise InputError("\n".join(text for _, text in found)) from None


def _merged(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    """Tables merged key by key; what stands above wins."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        both = isinstance(under, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(under, value) if both else value  # type: ignore[arg-type]
    return merged
