"""A YAML file as plain data, and the line on which each key stands.

YAML 1.2, so that ``1e-9`` is a number and ``no`` is a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarbool import ScalarBoolean
from ruamel.yaml.scalarfloat import ScalarFloat

from mortalff.errors import SpecError, message

Path = tuple[str | int, ...]
Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]

_MOST_DEEP: Final = 50


@dataclass(frozen=True)
class YamlFile:
    """What a YAML file holds.

    Attributes:
        name: the file, as errors name it.
        data: its content: dictionaries, lists, strings, numbers, truth values, None.
        lines: the line of each key and list entry, by its path from the top.
    """

    name: str
    data: dict[str, Plain]
    lines: Mapping[Path, int] = field(repr=False)

    def where(self, path: Path) -> str:
        """File, line and key, as errors begin: ``demo.yaml:12: blocks[0].learners[1].name``.

        The line is that of the nearest key above where the key itself is not in the file.
        """
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        place = f"{self.name}:{self.lines.get(known, 1)}"
        return f"{place}: {dotted(path)}" if path else place


def dotted(path: Path) -> str:
    """A path as people write it: ``blocks[0].learners[1].name``; keys with dots are quoted."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (f'"{part}"' if "." in part else part)
    return text


def parse_yaml(text: str, name: str) -> YamlFile:
    """Read the text of a YAML file.

    Args:
        text: the text.
        name: what errors call it.

    Raises:
        SpecError: it is not YAML, holds a key twice, a key that is no word or a value that is no
            plain one, or is no mapping at the top.
    """
    try:
        content = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        problem = " ".join(str(error.problem or error.context).split())
        raise SpecError(f"{name}:{line}: not valid YAML: {problem}") from error
    except YAMLError as error:
        raise SpecError(f"{name}:1: not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, CommentedMap):
        rule = "the file must hold keys and values"
        raise SpecError(message(f"{name}:1", content, rule, "begin with, say, 'study: mine'"))
    lines: dict[Path, int] = {}
    data = _plain(content, (), lines, name)
    assert isinstance(data, dict)
    return YamlFile(name, data, lines)


def _plain(value: object, path: Path, lines: dict[Path, int], name: str) -> Plain:
    if len(path) > _MOST_DEEP:
        raise SpecError(f"{name}: {dotted(path[:3])}: nested more than {_MOST_DEEP} deep")
    if isinstance(value, CommentedMap):
        mapping: dict[str, Plain] = {}
        for key, entry in value.items():
            if not isinstance(key, str):
                rule = "a key must be a word"
                where = YamlFile(name, {}, lines).where(path)
                raise SpecError(message(where, key, rule, f"write {str(key)!r} in quotes"))
            below = (*path, key)
            if key in value.lc.data:
                lines[below] = value.lc.key(key)[0] + 1
            mapping[key] = _plain(entry, below, lines, name)
        return mapping
    if isinstance(value, CommentedSeq):
        entries: list[Plain] = []
        for index, entry in enumerate(value):
            below = (*path, index)
            lines[below] = value.lc.item(index)[0] + 1
            entries.append(_plain(entry, below, lines, name))
        return entries
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, ScalarBoolean):
        return bool(value)
    # The round-trip reader's own kinds of number and string, as Python's.
    if isinstance(value, ScalarFloat | float):
        return float(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return str(value)
    where = YamlFile(name, {}, lines).where(path)
    right = "write it in quotes" if isinstance(value, date) else "use text, numbers, true or false"
    raise SpecError(message(where, str(value), "not a plain value", right))
