"""Test error of every chip, a row for each hardware, learner and read-out."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mortalff.report import style
from mortalff.report.axes import blank, error_axis, spread
from mortalff.report.drawing import Drawing, Missing
from mortalff.report.groups import READOUTS, Group, group_trials
from mortalff.report.text import in_lines, listed, percent, percent_interval, plural, span
from mortalff.report.trials import Study

NAME = "test_error"
TITLE = "Test error of every chip"

# Inches down the figure, since rows are laid out as on paper.
_ROW = 0.34
_PAD = 0.12  # above and below a setup's rows
_LINE = 0.15  # of a name
_WIDTH = 30  # characters of a line of a name
_CROWD = 24  # chips a row from which dots are smaller
_STEP = 0.045  # between dots that would overlap


def draw(study: Study) -> Drawing | Missing:
    """A dot for each chip; below the dots their mean and its interval."""
    groups = [g for g in group_trials(study.of_kind("train")) if _readouts(g)]
    if not groups:
        reason = "No run in the store has a test error (test_error_softmax or test_error_energy)."
        return Missing(NAME, TITLE, reason)
    above = [None, *(group.hardware for group in groups)]
    firsts = [group.hardware != name for group, name in zip(groups, above, strict=False)]
    heights = [_height(group, first) for group, first in zip(groups, firsts, strict=True)]
    figure = Figure(figsize=(style.WIDTH, sum(heights) + 0.95))
    axes = figure.add_subplot()
    blank(axes.yaxis)
    axes.grid(True, axis="x")
    axes.spines["left"].set_visible(False)
    error_axis(
        axes, "x", [e for g in groups for r in READOUTS for e in g.chip_means(_metric(r)).values()]
    )
    colours = style.learner_colours(g.setup.learner for g in groups)
    top = 0.0
    for group, height, first in zip(groups, heights, firsts, strict=True):
        if first:
            axes.axhline(top, color=style.QUIET, linewidth=0.6)
        _setup(axes, group, top, colours[group.setup.learner], first=first)
        top += height
    axes.set_ylim(top, 0.0)
    logarithmic = axes.get_xscale() == "log"
    axes.set_xlabel("test error, %" + (" (log scale)" if logarithmic else ""))
    shown = [r for r in READOUTS if any(r in _readouts(g) for g in groups)]
    keys = [*map(_readout_key, shown), _interval_key()]
    figure.legend(handles=keys, loc="outside upper left", ncols=3)
    return Drawing(NAME, TITLE, _caption(groups, shown), _alt(groups), figure)


def _setup(axes: Axes, group: Group, top: float, colour: str, *, first: bool) -> None:
    """All rows of a setup, its name at the left, its means at the right."""
    beside = axes.get_yaxis_transform()
    if first:
        axes.text(
            -0.015, top + _PAD + _name_height(group) / 2, in_lines(group.hardware, _WIDTH),
            transform=beside, ha="right", va="center", fontweight="bold",
        )  # fmt: skip
        top += _name_height(group)
    rows = _readouts(group)
    centre = top + _height(group, first=False) / 2
    axes.text(-0.015, centre, _words(group), transform=beside, ha="right", va="center")
    for row, readout in enumerate(rows):
        middle = centre + (row + 0.5 - len(rows) / 2) * _ROW
        mean = _row(axes, group, readout, middle, colour)
        axes.text(1.015, middle, percent(mean), transform=beside, va="center", color=colour)


def _row(axes: Axes, group: Group, readout: str, middle: float, colour: str) -> float:
    """One read-out: dots above, mean and interval below. Returns the mean."""
    look = style.READOUT_STYLES[readout]
    values = list(group.chip_means(_metric(readout)).values())
    low, high = axes.get_xlim()
    log = axes.get_xscale() == "log"
    places = [math.log10(value) if log else value for value in values]
    width = math.log10(high / low) if log else high - low
    crowd = len(values) > _CROWD
    step = _STEP / 2 if crowd else _STEP
    offsets = spread(places, width / (120 if crowd else 60), step, 2 * _STEP)
    interval = group.interval(_metric(readout))
    assert interval is not None
    under = middle + 0.12
    if interval.low is not None and interval.high is not None:
        ends = [interval.low, interval.high]
        axes.plot(ends, [under] * 2, color=colour, linewidth=1.4)
    axes.plot(interval.mean, under, "|", color=colour, markersize=8, markeredgewidth=2)
    axes.scatter(
        values,
        [middle - 0.05 + offset for offset in offsets],
        s=(22 if look.filled else 17) / (3 if crowd else 1),
        marker=look.marker,
        facecolors=colour if look.filled else "white",
        edgecolors="white" if look.filled else colour,
        linewidths=(0.5 if look.filled else 1.0) / (2 if crowd else 1),
        zorder=3,
    )
    return interval.mean


def _height(group: Group, first: bool) -> float:
    rows = max(len(_readouts(group)) * _ROW, _LINE * (_words(group).count("\n") + 1))
    return rows + 2 * _PAD + (_name_height(group) if first else 0.0)


def _words(group: Group) -> str:
    return in_lines(f"{group.detail}, n = {group.chips}", _WIDTH)


def _name_height(group: Group) -> float:
    return _LINE * (in_lines(group.hardware, _WIDTH).count("\n") + 1)


def _readout_key(readout: str) -> Line2D:
    look = style.READOUT_STYLES[readout]
    face = style.INK if look.filled else "white"
    return Line2D(
        [], [], linestyle="none", marker=look.marker, color=style.INK, markersize=4.5,
        markerfacecolor=face, label=f"one chip, {readout} read-out",
    )  # fmt: skip


def _interval_key() -> Line2D:
    return Line2D(
        [], [], color=style.INK, linewidth=1.4, marker="|", markersize=8, markeredgewidth=2,
        label="mean over chips, 95 % interval",
    )  # fmt: skip


def _metric(readout: str) -> str:
    return f"test_error_{readout}"


def _readouts(group: Group) -> list[str]:
    return [readout for readout in READOUTS if group.by_chip(_metric(readout))]


def _caption(groups: Sequence[Group], readouts: Sequence[str]) -> str:
    chips, seeds = span([g.chips for g in groups]), span([g.seeds for g in groups])
    data = listed(sorted({g.setup.data for g in groups}))
    floor = (
        " Untrained arrays are the floor of random features: left as fabricated, with a trained head."
        if any(g.is_floor for g in groups)
        else ""
    )
    return (
        f"Share of the test images of {data} that a chip takes for the wrong class after training,"
        f" by the {' and the '.join(readouts)} read-out. Each marker is one chip; n = {chips} chips"
        f" a row, from {seeds} {'seed' if seeds == '1' else 'seeds'}. Below them, vertical bar and"
        " number at the right: mean over chips; line: its 95 % bootstrap interval over chips, which"
        " says how well the mean is known, not how far chips scatter. Vertical offsets between"
        " markers only keep them apart." + floor
    )


def _alt(groups: Sequence[Group]) -> str:
    parts = []
    for group in groups:
        means = [
            f"{readout} {percent_interval(group.interval(_metric(readout)))}"
            for readout in _readouts(group)
        ]
        parts.append(f"{group.label}, {plural(group.chips, 'chip')}: {', '.join(means)}")
    return "Dot plot of test error, mean with 95 % interval. " + "; ".join(parts) + "."
