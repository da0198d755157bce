"""What accuracy costs: error against joules and against pulses spent in training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mortalff.report import style
from mortalff.report.axes import count_axis, error_axis, joules_axis
from mortalff.report.curves import when
from mortalff.report.drawing import Drawing, Missing
from mortalff.report.groups import READOUTS, Group, group_trials
from mortalff.report.text import in_lines, joules_band, percent, span
from mortalff.report.trials import Study, Trial

NAME = "error_against_cost"
TITLE = "Error against energy and pulses spent in training"
_LEGEND_IN = 0.2  # of a legend's line

ENERGY, PULSES = "energy_training_j", "device_pulses"

_Looks = Mapping[str, tuple[str, str]]  # label of a group → colour, marker


def draw(study: Study) -> Drawing | Missing:
    """Left: each trained chip, its error and its energy. Right: the way there, in pulses."""
    every = group_trials(study.of_kind("train"))
    groups = [g for g in every if any(_spent(t) or _path(t) for t in g.trials)]
    if not groups:
        reason = f"No run in the store has both an error and {ENERGY}, or {PULSES} by epoch."
        return Missing(NAME, TITLE, reason)
    columns = min(3, style.legend_columns(group.label for group in groups))
    lines = max(math.ceil(len(group.label) / style.LEGEND_CHARACTERS) for group in groups)
    rows = lines * math.ceil(len(groups) / columns)
    figure = Figure(figsize=(style.WIDTH, 3.6 + _LEGEND_IN * rows))
    left, right = figure.subplots(1, 2)
    colours = style.learner_colours(g.setup.learner for g in groups)
    contexts = list(dict.fromkeys(g.context for g in groups))
    markers = {name: style.MARKERS[i % len(style.MARKERS)] for i, name in enumerate(contexts)}
    looks = {g.label: (colours[g.setup.learner], markers[g.context]) for g in groups}
    _energies(left, groups, looks)
    _pulses(right, groups, looks)
    keys = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker=marker,
            color=colour,
            markersize=5.5,
            label=in_lines(label, style.LEGEND_CHARACTERS),
        )
        for label, (colour, marker) in looks.items()
    ]
    figure.legend(handles=keys, loc="outside upper left", ncols=columns)
    return Drawing(NAME, TITLE, _caption(groups), _alt(groups), figure)


def _energies(axes: Axes, groups: Sequence[Group], looks: _Looks) -> None:
    """A marker for each chip; a line for the band, at the group's mean error."""
    axes.set_title("Energy")
    axes.set_xlabel("energy of the whole training, log scale\n(line: low to high prices)")
    found = {g.label: [s for t in g.trials if (s := _spent(t))] for g in groups}
    bands = {g.label: g.band(ENERGY) for g in groups if found[g.label]}
    if not bands:
        axes.text(0.5, 0.5, "no priced energy", ha="center", transform=axes.transAxes)
        return
    joules = [joule for spent in found.values() for joule, _ in spent]
    joules += [end for band in bands.values() if band for end in band if end is not None]
    error_axis(axes, "y", [error for spent in found.values() for _, error in spent])
    joules_axis(axes, "x", joules)
    axes.set_ylabel("test error, %" + (" (log scale)" if axes.get_yscale() == "log" else ""))
    for label, band in bands.items():
        colour, marker = looks[label]
        spent = found[label]
        mean = math.fsum(error for _, error in spent) / len(spent)
        if band is not None and band.low is not None and band.high is not None:
            ends = [max(band.low, axes.get_xlim()[0]), band.high]  # a price may be zero
            axes.plot(ends, [mean] * 2, color=colour, linewidth=1.6, alpha=0.35)
        axes.scatter(
            [joule for joule, _ in spent], [error for _, error in spent], s=26, marker=marker,
            color=colour, edgecolors="white", linewidths=0.5, zorder=3,
        )  # fmt: skip


def _pulses(axes: Axes, groups: Sequence[Group], looks: _Looks) -> None:
    """A line for each chip as training went on, with a marker where training ended."""
    axes.set_title("Device pulses")
    axes.set_xlabel("pulses that moved a device, whole chip,\nso far (log scale)")
    paths = [(g, path) for g in groups for t in g.trials if (path := _path(t))]
    if not paths:
        axes.text(0.5, 0.5, "no pulses counted by epoch", ha="center", transform=axes.transAxes)
        return
    error_axis(axes, "y", [error for _, (_, errors) in paths for error in errors])
    count_axis(axes, "x", [count for _, (counts, _) in paths for count in counts])
    axes.set_ylabel("test error, %" + (" (log scale)" if axes.get_yscale() == "log" else ""))
    for group, (counts, errors) in paths:
        colour, marker = looks[group.label]
        pale = min(0.6, max(0.08, 5.0 / len(group.trials)))
        axes.plot(counts, errors, color=colour, linewidth=0.8, alpha=pale)
        axes.plot(
            counts[-1:], errors[-1:], marker, color=colour, markersize=5,
            markeredgecolor="white", markeredgewidth=0.5,
        )  # fmt: skip


def _spent(trial: Trial) -> tuple[float, float] | None:
    """Joules and test error of a trained chip."""
    energy, error = trial.final(ENERGY), _test_error(trial)
    if energy is None or error is None or energy.value <= 0.0:
        return None
    return energy.value, error


def _test_error(trial: Trial) -> float | None:
    for readout in READOUTS:
        measured = trial.final(f"test_error_{readout}")
        if measured is not None:
            return measured.value
    return None


def _path(trial: Trial) -> tuple[list[float], list[float]] | None:
    """Pulses and error as training went on; None where either is missing or no device was moved."""
    errors = dict(trial.curve("error_softmax") or trial.curve("error_energy"))
    both = [(n, errors[epoch]) for epoch, n in trial.curve(PULSES) if epoch in errors and n > 0.0]
    return ([n for n, _ in both], [error for _, error in both]) if both else None


def _caption(groups: Sequence[Group]) -> str:
    contexts = {g.context for g in groups}
    repeated = " Markers repeat: there are more setups than shapes."
    return (
        "Left: test error of each trained chip against the energy of its whole training; one marker"
        " a chip at the card's best prices; horizontal line, at the mean error, from all prices low"
        " to all prices high. Hardware without prices is left out. Right: test error"
        f" {when(groups, [PULSES])} against the expected number of pulses that moved a device up to then; one line a"
        " chip, with a marker where training ended. Hardware without pulses is left out. Softmax"
        f" read-out where there is one; n = {span([g.chips for g in groups])} chips a setup. No"
        " interval is drawn: every chip is."
        + (repeated if len(contexts) > len(style.MARKERS) else "")
    )


def _alt(groups: Sequence[Group]) -> str:
    parts = []
    for group in groups:
        errors = [e for t in group.trials if (e := _test_error(t)) is not None]
        band = group.band(ENERGY)
        if errors and band is not None:
            mean = percent(math.fsum(errors) / len(errors))
            parts.append(f"{group.label}: {mean} error for {joules_band(band)}")
    words = "; ".join(parts) if parts else "no energies, pulses only"
    return f"Error against energy and pulses of training. {words}."
