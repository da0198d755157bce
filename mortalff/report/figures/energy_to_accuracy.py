"""Energy to accuracy: what learners took to come to test errors, each on architectures that do what it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mortalff.report import style
from mortalff.report.axes import joules_axis
from mortalff.report.drawing import Drawing, Missing
from mortalff.report.energy_to_accuracy import EnergyToAccuracy, EnergyToTarget
from mortalff.report.text import joules, percent, plural, span

NAME = "energy_to_accuracy"
TITLE = "Energy to accuracy"

_ROW_IN = 0.3
_HEAD_IN = 0.5
_FOOT_IN = 0.8
_APART = 0.17  # of targets, in rows

_Rows = Mapping[str, Sequence[EnergyToTarget]]  # learner on architecture → what each target took


def draw(found: EnergyToAccuracy) -> Drawing | Missing:
    """A panel for each hardware, a row for each learner on an architecture, a dot with its band for each error."""
    if found.any:
        return draw_energies(found)
    reasons = sorted(set(found.left_out.values()))
    if found.candidates:
        errors = ", ".join(f"{100 * target:g}" for target in found.targets)
        reasons = [f"on no setup did all chips come to {errors} % test error"]
    told = "; ".join(reasons) or "the store has no training"
    return Missing(NAME, TITLE, f"No accuracy has an energy: {told}.")


def draw_energies(found: EnergyToAccuracy) -> Drawing:
    """The figure, whatever was reached."""
    panels = _panels(found)
    rows = [max(1, len(here)) for here in panels.values()]
    height = _ROW_IN * sum(rows) + _HEAD_IN * max(1, len(rows)) + _FOOT_IN
    figure = Figure(figsize=(style.WIDTH, height))
    grid = figure.subplots(
        max(1, len(panels)), 1, sharex=True, squeeze=False, height_ratios=rows or [1]
    )
    colours = style.learner_colours(candidate.group.setup.learner for candidate in found.candidates)
    for axes, (hardware, here) in zip(grid[:, 0], panels.items(), strict=False):
        _panel(axes, hardware, here, colours)
    there = [r for here in panels.values() for row in here.values() for r in row if r.everywhere]
    ends = [end for r in there for end in (r.energy_j.low, r.energy_j.high)]
    joules_axis(grid[-1, 0], "x", ends)
    grid[-1, 0].set_xlabel(
        "energy of training up to the error, log scale (line: band of constants)"
    )
    keys = [
        Line2D([], [], linestyle="none", marker=style.MARKERS[number], color=style.INK,
               markersize=5.0, label=f"{100 * target:g} % test error")
        for number, target in enumerate(found.targets)
    ]  # fmt: skip
    figure.legend(handles=keys, loc="outside upper left", ncols=min(5, max(1, len(keys))))
    return Drawing(NAME, TITLE, _caption(found), _alt(panels), figure)


def _panels(found: EnergyToAccuracy) -> dict[str, dict[str, list[EnergyToTarget]]]:
    panels: dict[str, dict[str, list[EnergyToTarget]]] = {}
    for target in found.targets:
        for (hardware, name), result in found.best(target).items():
            panels.setdefault(hardware, {}).setdefault(name, []).append(result)
    return panels


def _panel(axes: Axes, hardware: str, rows: _Rows, colours: Mapping[str, str]) -> None:
    axes.set_title(hardware)
    labels = []
    for place, (name, told) in enumerate(rows.items()):
        colour = colours[told[0].candidate.group.setup.learner]
        filled = told[0].candidate.trained.counted
        labels.append(name if filled else f"{name} *")
        for number, result in enumerate(told):
            if not result.everywhere:
                continue
            y, energy = place + (number - (len(told) - 1) / 2) * _APART, result.energy_j
            axes.plot([energy.low, energy.high], [y, y], color=colour, linewidth=1.6, alpha=0.4)
            axes.plot(
                energy.value, y, style.MARKERS[number % len(style.MARKERS)], color=colour,
                markerfacecolor=colour if filled else "white", markersize=5.0,
            )  # fmt: skip
        if not any(result.everywhere for result in told):
            last = told[-1].candidate.last_error
            axes.text(
                0.99, place, f"not reached: {percent(last)} at the end", color=style.QUIET,
                ha="right", va="center", fontsize=7.5, transform=axes.get_yaxis_transform(),
            )  # fmt: skip
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)


def _caption(found: EnergyToAccuracy) -> str:
    by_forms = any(not candidate.trained.counted for candidate in found.candidates)
    voltages = (
        " Open markers (*): not done as it was simulated (errors go back as voltages, other converters or"
        " tiles); the actions are those of closed forms, the updates and pulses the run's."
    )
    return (
        f"Energy of all actions counted from fabrication up to the {_which(found)} as small"
        " a test error, priced by the components of each architecture (docs/energy.md); tests are not in it."
        " Dot: mean over chips at best values;"
        f" line: 5 to 95 % of {found.samples} draws of the constants, in common to all; n ="
        f" {span([len(one.courses) for one in found.candidates])} chips. A dot stands where all chips got there,"
        " with the setting that took least of those tried, chosen on the test images for all learners"
        " alike. Softmax read-out where there is one, else by goodness."
        + (voltages if by_forms else "")
    )


def _which(found: EnergyToAccuracy) -> str:
    return "evaluation from which on there was" if found.lasting else "first evaluation with"


def _alt(panels: Mapping[str, _Rows]) -> str:
    parts = []
    for hardware, rows in panels.items():
        for name, told in rows.items():
            words = [
                f"{joules(result.energy_j.value)} for {100 * result.target:g} %"
                if result.everywhere
                else f"{100 * result.target:g} % on {result.reached} of {plural(len(result.epochs), 'chip')}"
                for result in told
            ]
            parts.append(f"{hardware}, {name}: {', '.join(words)}")
    return f"Energy to accuracy. {'; '.join(parts)}."
