"""Learners on architectures as a figure: energies with their bands, and what the first ratio hangs on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mortalff.energy.architectures import Comparison, Purpose
from mortalff.energy.architectures.duel import Duel
from mortalff.energy.text import format_joules
from mortalff.report import style
from mortalff.report.axes import joules_axis
from mortalff.report.drawing import Drawing
from mortalff.report.figure_file import write_figure

_SWINGS = 8
_ROW_IN = 0.27


def write_costs(
    comparison: Comparison, fought: Sequence[Duel], purpose: Purpose, path: Path
) -> Drawing:
    """Draw a comparison, and write the figure.

    Args:
        comparison: of learners on architectures.
        fought: the first is drawn as a tornado; none for no such panel.
        purpose: what the energies are of.
        path: where the figure goes; its suffix says as what.

    Returns:
        The figure with its caption.

    Raises:
        InputError: another suffix.
    """
    with style.report_style():
        drawing = draw_costs(comparison, fought, purpose)
        write_figure(drawing, path)
    return drawing


def draw_costs(comparison: Comparison, fought: Sequence[Duel], purpose: Purpose) -> Drawing:
    """Draw a comparison, within :func:`~mortalff.report.style.report_style`.

    Args:
        comparison: of learners on architectures.
        fought: the first is drawn as a tornado; none for no such panel.
        purpose: what the energies are of.
    """
    fought = fought[:1]
    rows = max(len(comparison.entrants), _SWINGS)
    figure = Figure(figsize=(style.WIDTH, _ROW_IN * rows + 0.9))
    panels = figure.subplots(1, 1 + len(fought), squeeze=False)[0]
    _energies(panels[0], comparison, purpose)
    for axes, duel in zip(panels[1:], fought, strict=True):
        _tornado(axes, duel)
    title = f"Energy of one {purpose}, and what decides it"
    caption = (
        f"Left: sums of best values, and 5 to 95 % of {comparison.draws.samples} draws of the constants. Right: the"
        " ratio with one constant at a time at its low (light) and its high bound."
    )
    spent = {e.name: e.costs[purpose].energy_j.value for e in comparison.entrants}
    told = ", ".join(f"{name} {format_joules(energy)}" for name, energy in spent.items())
    return Drawing("energy_costs", title, caption, f"{title}: {told}.", figure)


def _energies(axes: Axes, comparison: Comparison, purpose: Purpose) -> None:
    entrants = comparison.entrants[::-1]
    colours = style.learner_colours(entrant.plan.learner for entrant in entrants)
    prices = [entrant.costs[purpose].energy_j for entrant in entrants]
    joules_axis(axes, "x", [bound for p in prices for bound in (p.low, p.value, p.high)])
    for row, (entrant, price) in enumerate(zip(entrants, prices, strict=True)):
        colour = colours[entrant.plan.learner]
        axes.plot([price.low, price.high], [row, row], color=colour, linewidth=2.0)
        axes.plot(price.value, row, "o", color=colour, markersize=5.0)
    axes.set_yticks(range(len(entrants)), [entrant.name for entrant in entrants])
    axes.set_title(f"Energy of one {purpose}")


def _tornado(axes: Axes, duel: Duel) -> None:
    swings = duel.swings[:_SWINGS][::-1]
    value = duel.ratio.value
    for row, swing in enumerate(swings):
        axes.barh(row, swing.low - value, left=value, color=style.SKY, height=0.6)
        axes.barh(row, swing.high - value, left=value, color=style.BLUE, height=0.6)
    axes.axvline(value, color=style.INK, linewidth=0.8)
    axes.axvline(1.0, color=style.QUIET, linewidth=0.8, linestyle=":")
    axes.set_yticks(range(len(swings)), [swing.key for swing in swings])
    axes.set_title(f"{duel.one} over\n{duel.other}", fontsize=8)
    axes.set_xlabel("ratio of energies; dotted: even")
