"""Goodness of positive and negative data over training, layer by layer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mortalff.report import style
from mortalff.report.axes import epoch_axis
from mortalff.report.curves import draw_curves, ends, points
from mortalff.report.drawing import Drawing, Missing
from mortalff.report.groups import Group, group_trials
from mortalff.report.text import hundredths, in_lines, span
from mortalff.report.trials import Study

NAME = "goodness"
TITLE = "Goodness of positive and negative data"

_LAYER = re.compile(r"goodness_positive_layer(\d+)$")
_ROW_IN = 1.3
_LOOKS: dict[str, tuple[str, style.Line]] = {
    "positive": (style.BLUE, "-"),
    "negative": (style.VERMILION, "--"),
}


def draw(study: Study) -> Drawing | Missing:
    """A row for each hardware, a column for each layer."""
    groups = [g for g in group_trials(study.of_kind("train")) if _layers(g)]
    if not groups:
        reason = "No run in the store has a goodness by epoch; only FF measures one."
        return Missing(NAME, TITLE, reason)
    layers = sorted({layer for g in groups for layer in _layers(g)})
    figure = Figure(figsize=(style.WIDTH, _ROW_IN * len(groups) + 0.95))
    grid = figure.subplots(len(groups), len(layers), squeeze=False, sharex=True, sharey="row")
    for group, row in zip(groups, grid, strict=True):
        row[0].set_ylim(*_limits(group))
        for layer, axes in zip(layers, row, strict=True):
            _panel(axes, group, layer)
            if group is groups[0]:
                axes.set_title(f"layer {layer}")
        row[0].set_ylabel(in_lines(group.hardware, 18) + f"\nn = {group.chips}", fontsize=8)
        if group.detail != group.learner:
            row[-1].set_title(
                in_lines(group.detail, 40), fontsize=8, fontweight="normal", loc="right"
            )
    figure.supylabel("goodness / threshold", fontsize=9)
    figure.supxlabel("epoch", fontsize=9)
    figure.legend(handles=_keys(), loc="outside upper left", ncols=3)
    return Drawing(NAME, TITLE, _caption(groups), _alt(groups), figure)


def _panel(axes: Axes, group: Group, layer: int) -> None:
    epochs: list[float] = []
    for sign, (colour, line) in _LOOKS.items():
        metric = f"goodness_{sign}_layer{layer}"
        epochs += draw_curves(axes, group, metric, colour, line)
    axes.axhline(1.0, color=style.INK, linewidth=0.9, linestyle=":")
    epoch_axis(axes, epochs)


def _limits(group: Group) -> tuple[float, float]:
    """What a row has to show: every value, and the threshold."""
    names = [f"goodness_{sign}_layer{layer}" for sign in _LOOKS for layer in _layers(group)]
    values = [v for trial in group.trials for name in names for v in points(trial, name)[1]]
    low, high = min([1.0, *values]), max([1.0, *values])
    margin = 0.08 * (high - low) or 0.1
    return low - margin, high + margin


def _layers(group: Group) -> list[int]:
    names = {name for trial in group.trials for name, _ in trial.series}
    return sorted(int(found[1]) for name in names if (found := _LAYER.match(name)))


def _keys() -> list[Line2D]:
    keys = [
        Line2D([], [], color=colour, linewidth=2.0, linestyle=line, label=f"{sign} data")
        for sign, (colour, line) in _LOOKS.items()
    ]
    return [*keys, Line2D([], [], color=style.INK, linewidth=0.9, linestyle=":", label="threshold")]


def _caption(groups: Sequence[Group]) -> str:
    return (
        "Mean goodness of a layer (sum of its squared activities) over the training examples of"
        " each epoch, as a multiple of the threshold θ, for images with their true label"
        " (positive) and with a wrong one (negative). A layer learns when the two part, positive"
        " above 1 and negative below. Thin line: one chip; thick line: mean over"
        f" chips; n = {span([g.chips for g in groups])} chips a row."
    )


def _alt(groups: Sequence[Group]) -> str:
    parts = []
    for group in groups:
        for layer in _layers(group):
            good = ends(group, f"goodness_positive_layer{layer}")
            bad = ends(group, f"goodness_negative_layer{layer}")
            if good is not None and bad is not None:
                parts.append(
                    f"{group.label}, layer {layer}: positive {good[1][1]:.2f}, negative"
                    f" {bad[1][1]:.2f} after epoch {hundredths(good[1][0])}"
                )
    return "Goodness over training in units of the threshold. " + "; ".join(parts) + "."
