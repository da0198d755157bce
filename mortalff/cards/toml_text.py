"""TOML with the line of each key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

from mortalff.cards.keys import Keys
from mortalff.errors import CardError

Lines = Mapping[Keys, int]


def parse_toml(content: bytes, name: str) -> tuple[dict[str, object], Lines]:
    """Read TOML.

    Args:
        content: the file's bytes.
        name: the file's name, for errors.

    Returns:
        The document, and the line (from 1) on which each key stands.

    Raises:
        CardError: the bytes are not UTF-8, or not TOML; it names line and column.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CardError(
            f"{name}:{line}: got the byte 0x{content[error.start]:02x}; a card must be UTF-8 text;"
            " save the file as UTF-8"
        ) from None
    text = text.replace("\r\n", "\n")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CardError(_syntax_error(str(error), text, name)) from None
    return document, _lines(text)


def line_of(path: Keys, lines: Lines) -> int:
    """The line of a key, or of the nearest table above it that is written down."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _syntax_error(reason: str, text: str, name: str) -> str:
    place = re.search(r" \(at line (\d+), column (\d+)\)$", reason)
    if place is None:  # "(at end of document)"
        rows = text.rstrip("\n").split("\n")
        line, column = len(rows), len(rows[-1]) + 1
    else:
        line, column = int(place[1]), int(place[2])
    rows = text.split("\n")
    got = rows[line - 1].strip() if line <= len(rows) else ""
    rule = re.sub(r" \(at [^)]*\)$", "", reason)
    rule = rule[:1].lower() + rule[1:]
    return f"{name}:{line}:{column}: got {got!r}; this is not TOML: {rule}; see https://toml.io"


def _lines(text: str) -> dict[Keys, int]:
    """Lines of all keys, found by cutting valid TOML into statements that parse by themselves."""
    lines: dict[Keys, int] = {}
    table: Keys = ()
    statement, start = "", 0
    for number, row in enumerate(text.split("\n"), start=1):
        start = start if statement else number
        statement += row + "\n"
        try:
            parsed = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue  # it goes on in the next row
        if statement.lstrip().startswith("["):
            table = _deepest(parsed)
            for depth in range(1, len(table) + 1):
                lines.setdefault(table[:depth], start)
        else:
            _record(parsed, table, start, lines)
        statement = ""
    return lines


def _deepest(header: object) -> Keys:
    path: Keys = ()
    while isinstance(header, (dict, list)) and header:
        if isinstance(header, list):
            header = header[0]
            continue
        key, header = next(iter(header.items()))
        path = (*path, key)
    return path


def _record(parsed: object, above: Keys, line: int, lines: dict[Keys, int]) -> None:
    if isinstance(parsed, dict):
        for key, value in parsed.items():
            lines.setdefault((*above, key), line)
            _record(value, (*above, key), line, lines)
