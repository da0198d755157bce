"""Break-even as a figure: for each rival and node a map of ADC bits against size of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from mortalff.energy.architectures import Corner, Purpose
from mortalff.energy.architectures.break_even import SURE
from mortalff.energy.architectures.duel import Duel
from mortalff.errors import InputError, message
from mortalff.report import style
from mortalff.report.drawing import Drawing
from mortalff.report.figure_file import write_figure

_REACH = 2.0  # doublings at which colours end
_COLOURS = LinearSegmentedColormap.from_list("wins", [style.BLUE, "#ffffff", style.VERMILION])


def write_break_even(fought: Sequence[Duel], purpose: Purpose, path: Path) -> Drawing:
    """Draw the first learner against its rivals, and write the figure.

    Args:
        fought: one or more, over the same designs.
        purpose: what the energies are of.
        path: where the figure goes; its suffix says as what.

    Returns:
        The figure with its caption.

    Raises:
        InputError: another suffix, nothing to draw.
    """
    with style.report_style():
        drawing = draw_break_even(fought, purpose)
        write_figure(drawing, path)
    return drawing


def draw_break_even(fought: Sequence[Duel], purpose: Purpose) -> Drawing:
    """Draw the first learner against its rivals, within :func:`~mortalff.report.style.report_style`.

    Args:
        fought: one or more, over the same designs.
        purpose: what the energies are of.

    Raises:
        InputError: nothing to draw.
    """
    if not fought:
        rule = "there is no rival on arrays to draw the first learner against"
        raise InputError(message("learners", "one side", rule, "compare two on crossbars"))
    nodes = sorted({corner.node_nm for corner in fought[0].corners}, reverse=True)
    figure = Figure(figsize=(style.WIDTH, 2.1 * len(fought) + 0.5))
    grid = figure.subplots(len(fought), len(nodes), squeeze=False, sharex=True, sharey=True)
    for row, duel in zip(grid, fought, strict=True):
        for axes, node in zip(row, nodes, strict=True):
            corners = [corner for corner in duel.corners if corner.node_nm == node]
            _map(axes, corners)
            axes.set_title(f"{node:g} nm, over {duel.other}", fontsize=7.5)
        row[0].set_ylabel("ADC bits")
    for axes in grid[-1]:
        axes.set_xlabel("rows, columns of an array")
    one = fought[0].one
    title = f"Energy of one {purpose}: {one} over its rivals"
    figure.suptitle(title, fontsize=9)
    caption = f"Ratio of energies; blue: {one} takes less; bold: one of both does in {SURE:.0%} of draws or more."
    alt = f"{title}. " + " ".join(_words(duel) for duel in fought)
    return Drawing("break_even", title, caption, alt, figure)


def _map(axes: Axes, corners: Sequence[Corner]) -> None:
    sizes = sorted({corner.size for corner in corners})
    bits = sorted({corner.adc_bits for corner in corners})
    ratios = np.full((len(bits), len(sizes)), np.nan)
    for corner in corners:
        place = bits.index(corner.adc_bits), sizes.index(corner.size)
        ratios[place] = corner.ratio.value
        weight = "bold" if corner.surely_won or corner.surely_lost else "normal"
        dark = abs(np.log2(corner.ratio.value)) > 0.6 * _REACH
        axes.text(
            place[1] + 0.5,
            place[0] + 0.5,
            f"{corner.ratio.value:.2f}",
            ha="center",
            va="center",
            color="white" if dark else style.INK,
            weight=weight,
        )
    # Cells rather than an image, so that no picture has to be embedded in an SVG.
    axes.pcolormesh(np.log2(ratios), cmap=_COLOURS, vmin=-_REACH, vmax=_REACH, edgecolor="face")
    axes.set_xticks(np.arange(len(sizes)) + 0.5, [str(size) for size in sizes])
    axes.set_yticks(np.arange(len(bits)) + 0.5, [str(number) for number in bits])
    axes.grid(False)


def _words(duel: Duel) -> str:
    ratios = [corner.ratio.value for corner in duel.corners]
    span = f"{min(ratios):.2f} to {max(ratios):.2f}"
    return f"Over {duel.other} {span}, below 1 in {duel.won} of {len(ratios)} designs."
