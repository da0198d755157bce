"""Files of the kind that their names say, and drawings as such."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mortalff.errors import InputError, message, nearest
from mortalff.report.drawing import Drawing, to_pdf, to_png, to_svg
from mortalff.studies.files import write_whole

SUFFIXES = (".png", ".svg", ".pdf")
"""Kinds of file that a figure is written as."""


def check_suffix(option: str, path: Path, suffixes: Sequence[str] = SUFFIXES) -> None:
    """Refuse a name that ends in none of some suffixes.

    Args:
        option: what the name was given as.
        path: the name.
        suffixes: those that it may end in, the usual one first.

    Raises:
        InputError: it ends in none of them.
    """
    if path.suffix.lower() not in suffixes:
        rule = f"its name must end in {' or '.join(suffixes)}"
        hint = nearest(path.suffix, suffixes) if path.suffix else f"write {path}{suffixes[0]}"
        raise InputError(message(option, str(path), rule, hint))


def write_figure(drawing: Drawing, path: Path) -> None:
    """Write a drawing; to be called within :func:`~mortalff.report.style.report_style`.

    Raises:
        InputError: the name ends in no known suffix.
    """
    check_suffix("path", path)
    match path.suffix.lower():
        case ".svg":
            content = to_svg(drawing).encode()
        case ".pdf":
            content = to_pdf(drawing)
        case _:
            content = to_png(drawing)
    write_whole(path, lambda fresh: fresh.write_bytes(content))
