"""Templates of pages, and figures as they stand on one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from mortalff.report.drawing import Drawing, to_inline_svg


@dataclass(frozen=True)
class Plate:
    """A figure on a page: its number, the drawing and its SVG as an element."""

    number: int
    drawing: Drawing
    svg: Markup


def plates(drawn: Iterable[tuple[Drawing, str]]) -> list[Plate]:
    """Figures, numbered from 1, each with its SVG file."""
    return [
        Plate(number, drawing, Markup(to_inline_svg(drawing, svg)))
        for number, (drawing, svg) in enumerate(drawn, start=1)
    ]


def template(name: str) -> Template:
    """A template of this package; what is put into it is escaped, and nothing that it asks for may be missing."""
    environment = Environment(
        loader=PackageLoader("mortalff.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)
