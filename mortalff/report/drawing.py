"""What a figure of a report is, and how it becomes SVG, PDF and PNG."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from markupsafe import escape
from matplotlib.figure import Figure

_ID = re.compile(r'(?<=\sid=")[^"]+(?=")')
_USE = re.compile(r'(?:xlink:)?href="#([^"]+)"')
_URL = re.compile(r"url\(#([^)]+)\)")
_NAMESPACES = re.compile(r'\sxmlns(?::\w+)?="[^"]*"')


@dataclass(frozen=True)
class Drawing:
    """A figure with its words.

    Attributes:
        name: stem of its files and its id on the page.
        title: its heading.
        caption: what is seen, how it was measured, n and kind of interval.
        alt: the same for those who cannot see it, with the numbers.
        figure: the figure.
    """

    name: str
    title: str
    caption: str
    alt: str
    figure: Figure


@dataclass(frozen=True)
class Missing:
    """A figure that the store has no data for.

    Attributes:
        name: stem of the files it would have.
        title: its heading.
        reason: what is missing, and what would supply it.
    """

    name: str
    title: str
    reason: str


def to_svg(drawing: Drawing) -> str:
    """The figure as an SVG file, the same bytes for the same figure."""
    buffer = io.StringIO()
    # Without any metadata matplotlib writes no RDF block, whose date would differ from run to run.
    metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    drawing.figure.savefig(buffer, format="svg", metadata=metadata)
    return buffer.getvalue()


def to_pdf(drawing: Drawing) -> bytes:
    """The figure as a PDF file, the same bytes for the same figure."""
    buffer = io.BytesIO()
    metadata = {"CreationDate": None, "Title": drawing.title, "Creator": "mortalff"}
    drawing.figure.savefig(buffer, format="pdf", metadata=metadata)
    return buffer.getvalue()


def to_png(drawing: Drawing, dots_per_inch: int = 200) -> bytes:
    """The figure as a PNG file, the same bytes for the same figure."""
    buffer = io.BytesIO()
    metadata = {"Title": drawing.title, "Description": drawing.alt, "Software": None}
    drawing.figure.savefig(buffer, format="png", dpi=dots_per_inch, metadata=metadata)
    return buffer.getvalue()


def to_inline_svg(drawing: Drawing, svg: str) -> str:
    """An SVG file as an element of an HTML page.

    The prolog and the namespaces go, since HTML needs neither; every id gets the figure's name in front, since
    matplotlib gives the parts of each figure the same ids; the figure is named to screen readers.
    """
    element = svg[svg.index("<svg") :].strip()
    element = _NAMESPACES.sub("", element)
    element = _ID.sub(lambda match: f"{drawing.name}-{match[0]}", element)
    element = _USE.sub(lambda match: f'href="#{drawing.name}-{match[1]}"', element)
    element = _URL.sub(lambda match: f"url(#{drawing.name}-{match[1]})", element)
    # A label rather than a <title>, which browsers also show as a tooltip over the whole figure.
    return element.replace("<svg ", f'<svg role="img" aria-label="{escape(drawing.alt)}" ', 1)
