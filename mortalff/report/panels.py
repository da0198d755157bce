"""Small multiples: panels in a grid that share their axes."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mortalff.report import style
from mortalff.report.text import in_lines

_COLUMNS = 3
_PANEL_IN = 1.95
_LEGEND_IN = 0.6
_LINE_IN = 0.15  # of a title
_CHARACTERS = 28  # of a title's line, in the narrowest panels


def panel_grid(titles: Sequence[str]) -> tuple[Figure, list[Axes]]:
    """A figure with a panel for each title, at most three beside each other, on the same axes.

    Args:
        titles: at least one, in lines.
    """
    n, lines = len(titles), max(title.count("\n") + 1 for title in titles)
    columns = min(n, _COLUMNS) if n != 4 else 2
    rows = -(-n // columns)
    height = (_PANEL_IN + (lines - 2) * _LINE_IN) * rows + _LEGEND_IN + (0.6 if n == 1 else 0.0)
    figure = Figure(figsize=(style.WIDTH, height))
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True, sharex=True)
    panels = [axes for row in grid for axes in row]
    for number, axes in enumerate(panels[n:], start=n):
        axes.set_visible(False)
        # The panel above an empty place has no panel below to carry its tick labels.
        panels[number - columns].xaxis.set_tick_params(labelbottom=True)
    for title, axes in zip(titles, panels, strict=False):
        axes.set_title(title)
    return figure, panels[:n]


def panel_title(text: str) -> str:
    """A panel's title in lines that fit it, a new one for each part."""
    return "\n".join(in_lines(part, _CHARACTERS) for part in text.split(" · "))
