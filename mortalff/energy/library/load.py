"""From TOML files to the library: the package's own, and users' files that change it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from mortalff.cards.toml_text import line_of, parse_toml
from mortalff.energy.library.constant import Constant
from mortalff.energy.library.library import Library
from mortalff.energy.library.written import constants_in
from mortalff.errors import CardError, InputError, message


@cache
def built_in_library() -> Library:
    """The constants that come with mortalff."""
    found: dict[str, Constant] = {}
    folder = files("mortalff.energy.library") / "data"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            found |= _read(file.read_bytes(), str(file), None)
    return Library(MappingProxyType(found))


def load_library(path: str | os.PathLike[str] | None = None) -> Library:
    """The built-in constants, with those of a file in their place.

    In the file, ``[adc.isaac]`` followed by ``energy = 2e-12`` sets a value, whose source is then "set by user". A
    table with ``value``, ``unit`` and ``source``, and if wanted ``low``, ``high``, ``node_nm``, ``conditions`` and
    ``tag``, replaces a constant whole. New constants go under ``own``, as ``[own.my_adc.energy]``, and also say
    ``what`` one is.

    A device card may hold the same under ``[components]``. Whatever prices a card's work puts these in place of the
    built-in ones, and those of the file before both; :meth:`Library.with_card` does so by hand, in either order.

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
    built_in = built_in_library()
    return built_in.replaced(_read(content, os.fspath(path), built_in.table))


def _read(content: bytes, name: str, known: Mapping[str, Constant] | None) -> dict[str, Constant]:
    """The constants in a file: of the package where none are known, of a user where they are."""
    try:
        document, lines = parse_toml(content, name)
    except CardError as error:
        raise InputError(str(error)) from None
    found, wrong = constants_in(document, known)
    if wrong:
        told = sorted((line_of(keys, lines), text) for keys, text in wrong)
        head = f"{name}: {len(told)} errors\n" if len(told) > 1 else ""
        raise InputError(head + "\n".join(f"{name}:{line}: {text}" for line, text in told))
    return found
