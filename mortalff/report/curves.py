"""Series over training, of one trial and of the mean over chips."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes

from mortalff.report.groups import Group
from mortalff.report.style import Line
from mortalff.report.trials import Trial


def points(trial: Trial, metric: str) -> tuple[list[float], list[float]]:
    """Epochs and values of a metric; values that are not finite are left out."""
    kept = [(epoch, value) for epoch, value in trial.curve(metric) if math.isfinite(value)]
    return [epoch for epoch, _ in kept], [value for _, value in kept]


def mean_curve(group: Group, metric: str) -> tuple[list[float], list[float]]:
    """The mean over chips at the epochs that every trial has.

    A mean over fewer and fewer trials would jump where a trial ends, so it stops with the first that does.
    """
    series = [
        (trial.made, dict(zip(*points(trial, metric), strict=True)))
        for trial in group.trials
        if trial.curve(metric)
    ]
    if not series:
        return [], []
    epochs = sorted(set.intersection(*({*values} for _, values in series)))
    chips = sorted({chip for chip, _ in series})
    means = []
    for epoch in epochs:
        by_chip = [[v[epoch] for chip, v in series if chip == one] for one in chips]
        means.append(math.fsum(math.fsum(v) / len(v) for v in by_chip) / len(chips))
    return epochs, means


def when(groups: Sequence[Group], metrics: Sequence[str]) -> str:
    """When metrics were measured: ``after each epoch``, or more often."""
    trials = [trial for group in groups for trial in group.trials]
    done = {epoch for trial in trials for metric in metrics for epoch, _ in trial.curve(metric)}
    whole = all(float(epoch).is_integer() for epoch in done)
    return "after each epoch" if whole else "after equal parts of each epoch"


def draw_curves(axes: Axes, group: Group, metric: str, colour: str, line: Line) -> list[float]:
    """A thin line for each chip, the paler the more there are, and a thick one for the mean.

    Args:
        axes: where.
        group: whose chips.
        metric: what is drawn, as it is in the store.
        colour: of all lines.
        line: their style.

    Returns:
        The epochs of every point.
    """
    pale = min(0.45, max(0.1, 5.0 / len(group.trials)))
    epochs: list[float] = []
    for trial in group.trials:
        x, y = points(trial, metric)
        if x:
            axes.plot(x, y, line, color=colour, linewidth=0.6, alpha=pale)
            epochs += x
    x, y = mean_curve(group, metric)
    if x:
        axes.plot(x, y, color="white", linewidth=2.8, alpha=0.8)
        axes.plot(x, y, line, color=colour, linewidth=2.0)
    return epochs


def ends(group: Group, metric: str) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The first and the last point of the mean curve; None where there is none."""
    epochs, means = mean_curve(group, metric)
    if not epochs:
        return None
    return (epochs[0], means[0]), (epochs[-1], means[-1])
