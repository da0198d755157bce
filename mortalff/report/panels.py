"""Small multiples: panels in a grid that share their axes."""

from __future__ import annotations

import textwrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mortalff.report import style

_COLUMNS = 3
_PANEL_IN = 1.95
_LEGEND_IN = 0.6


def panel_grid(n: int, *, share_y: bool) -> tuple[Figure, list[Axes]]:
    """A figure with n panels, at most three beside each other.

    Args:
        n: how many, at least 1.
        share_y: whether all have the same y axis, labelled at the left only.
    """
    columns = min(n, _COLUMNS) if n != 4 else 2
    rows = -(-n // columns)
    height = _PANEL_IN * rows + _LEGEND_IN + (0.6 if n == 1 else 0.0)
    figure = Figure(figsize=(style.WIDTH, height))
    grid = figure.subplots(rows, columns, squeeze=False, sharey=share_y, sharex=True)
    panels = [axes for row in grid for axes in row]
    for number, axes in enumerate(panels[n:], start=n):
        axes.set_visible(False)
        # The panel above an empty place has no panel below to carry its tick labels.
        panels[number - columns].xaxis.set_tick_params(labelbottom=True)
    return figure, panels[:n]


def wrapped(text: str, width: int = 30) -> str:
    """A panel's title in lines that fit it, a new one for each part."""
    return "\n".join(line for part in text.split(" · ") for line in textwrap.wrap(part, width))
