"""Figures of a card fitted to measured pulse responses."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from mortalff.fitting.fit_laws import Verdict
from mortalff.fitting.goodness_of_fit import bins
from mortalff.fitting.readings import Array, Readings
from mortalff.fitting.simulate import simulate
from mortalff.report.style import BLUE, QUIET, VERMILION, WIDTH, report_style

_DEVICES = 50
_POINTS = 2000
_COLOURS = {1: BLUE, -1: VERMILION}
_WAYS = {1: "up", -1: "down"}


def fit_figures(verdict: Verdict, readings: Readings) -> Mapping[str, bytes]:
    """PNG files by name: curves, steps, residuals and the table of laws.

    Args:
        verdict: the fit.
        readings: what was fitted.
    """
    draw: Mapping[str, Callable[[Verdict, Readings], Figure]] = {
        "curves.png": _curves,
        "steps.png": _steps,
        "residuals.png": _residuals,
        "laws.png": _laws,
    }
    with report_style():
        return {name: _png(figure(verdict, readings)) for name, figure in draw.items()}


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150, metadata={"Software": None})
    return buffer.getvalue()


def _curves(verdict: Verdict, readings: Readings) -> Figure:
    """Weights against pulses, measured and simulated."""
    shown = readings.of(np.arange(min(_DEVICES, len(readings.devices))))
    made = simulate(verdict.chosen.fitted, verdict.numbers, shown, verdict.seed)
    figure = Figure(figsize=(WIDTH, 2.9))
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    every = max(1, len(shown.weight) // _POINTS)
    for ax, of, title in ((axes[0], shown, "measured"), (axes[1], made, "simulated from the fit")):
        there = np.vstack([np.ones((1, len(of.devices)), bool), shown.direction != 0])
        weight = np.where(there, of.weight, np.nan)[::every]
        ax.plot(np.arange(len(of.weight))[::every], weight, color=BLUE, lw=0.5, alpha=0.4)
        ax.plot(
            np.arange(len(of.weight))[::every], _mean(weight), color=VERMILION, lw=1.4, label="mean"
        )
        ax.set_title(f"{title}, {len(of.devices)} devices")
        ax.set_xlabel("pulse")
    axes[0].set_ylabel("weight")
    axes[0].legend(loc="lower right")
    return figure


def _mean(weight: Array) -> Array:
    there = ~np.isnan(weight)
    mean: Array = np.where(there, weight, 0.0).sum(1) / np.maximum(there.sum(1), 1)
    mean[~there.any(1)] = np.nan
    return mean


def _steps(verdict: Verdict, readings: Readings) -> Figure:
    """The mean change of a pulse against the weight before it."""
    left = verdict.left
    error = left.z * np.sqrt(left.variance)
    figure = Figure(figsize=(WIDTH, 2.9))
    axes = figure.subplots(1, 2)
    for ax, (sign, colour) in zip(axes, _COLOURS.items(), strict=True):
        rows = []
        for _, inside in bins(left, readings):
            if readings.direction[inside][0] != sign:
                continue
            count = inside.sum()
            step, off = left.trace.step[inside].mean(), error[inside].mean()
            spread = error[inside].std() / count**0.5
            rows.append((left.trace.before[inside].mean(), step + off, 2 * spread, step))
        weight, measured, spread, law = np.array(rows).reshape(-1, 4).T
        ax.errorbar(weight, measured, spread, fmt="o", color=colour, ms=4, label="measured, 2 s.e.")
        ax.plot(weight, law, color=QUIET, label=verdict.chosen.fitted.model.name)
        ax.axhline(0.0, color=QUIET, lw=0.6)
        ax.set_title(f"{_WAYS[sign]} pulses")
        ax.set_xlabel("weight before the pulse")
        ax.legend()
    axes[0].set_ylabel("mean change of weight")
    return figure


def _residuals(verdict: Verdict, readings: Readings) -> Figure:
    """Standardised innovations: mean and spread against the weight, and their distribution."""
    left = verdict.left
    figure = Figure(figsize=(WIDTH, 2.9))
    axes = figure.subplots(1, 3)
    for sign, colour in _COLOURS.items():
        chosen = [i for _, i in bins(left, readings) if readings.direction[i][0] == sign]
        weight = [left.trace.before[i].mean() for i in chosen]
        way = f"{_WAYS[sign]} pulses"
        axes[0].plot(
            weight, [left.z[i].mean() for i in chosen], "o-", color=colour, ms=3, label=way
        )
        free = [i & (left.trace.clipped < 0.01) for i in chosen]
        spread = [left.z[i].std() if i.any() else np.nan for i in free]
        axes[1].plot(weight, spread, "o-", color=colour, ms=3, label=way)
    axes[0].set_title("mean of z")
    axes[1].set_title("standard deviation of z")
    for ax in axes[:2]:
        ax.set_xlabel("weight before the pulse")
    most = max(0.4, 1.3 * max(map(abs, axes[0].get_ylim())))
    axes[0].set_ylim(-most, most)
    axes[1].set_ylim(min(0.5, axes[1].get_ylim()[0]), max(1.5, axes[1].get_ylim()[1]))
    axes[0].axhline(0.0, color=QUIET, lw=0.8)
    axes[1].axhline(1.0, color=QUIET, lw=0.8)
    axes[0].legend()
    z = left.z[readings.read & (left.trace.clipped < 0.01)]
    _histogram(axes[2], z)
    return figure


def _histogram(ax: Axes, z: Array) -> None:
    edges = np.linspace(-5.0, 5.0, 51)
    ax.hist(np.clip(z, -5.0, 5.0), bins=edges.tolist(), density=True, color=BLUE, alpha=0.5)
    ax.plot(edges, stats.norm.pdf(edges), color=QUIET, label="standard normal")
    ax.set_ylim(0.0, max(0.55, 1.1 * ax.get_ylim()[1]))
    ax.set_title("distribution of z")
    ax.set_xlabel("z")
    ax.legend()


def _laws(verdict: Verdict, readings: Readings) -> Figure:
    """By how much each law predicts held-out devices worse than the best."""
    figure = Figure(figsize=(WIDTH, 0.9 + 0.25 * len(verdict.laws)))
    ax = figure.subplots()
    best = verdict.laws[0].score
    pulses = readings.pulses
    for place, law in enumerate(verdict.laws):
        worse, error = law.score.behind(best)
        taken = law is verdict.chosen
        colour = VERMILION if taken else BLUE
        ax.errorbar(worse / pulses, place, xerr=2 * error / pulses, fmt="o", color=colour, ms=4)
    names = [
        f"{law.fitted.model.name}{' (taken)' if law is verdict.chosen else ''}"
        for law in verdict.laws
    ]
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.set_xscale("symlog", linthresh=1e-3)
    ax.set_xlabel("log-likelihood a pulse behind the best, held-out devices; 2 s.e.")
    return figure
