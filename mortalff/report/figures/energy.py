"""Energy of one training example: its total with its band, and where it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from mortalff.energy.components import COMPONENTS
from mortalff.energy.text import format_joules
from mortalff.report import style
from mortalff.report.axes import joules_axis
from mortalff.report.drawing import Drawing, Missing
from mortalff.report.groups import Group, group_trials
from mortalff.report.text import in_lines, joules_band, span
from mortalff.report.trials import Measured, Study

NAME = "energy"
TITLE = "Energy of one training example, by component"
METRIC = "energy_per_example_j"

_ROW_IN = 0.36
_CHARACTERS = 32  # of a line of a label
_LINE_ROWS = 0.47  # of a label
_GAP = 0.55  # between hardware, in rows
_LIGHT = frozenset({"input conversion", "update pulses", "digital", "memory", "unknown stages"})
_COLOURS = {
    "reads": (style.BLUE, ""),
    "input conversion": (style.SKY, ""),
    "output conversion": (style.VERMILION, ""),
    "update pulses": ("#f2d27a", "///"),
    "analog periphery": (style.GREEN, ""),
    "digital": ("#d3d8dd", ""),
    "memory": ("#8d96a0", ""),
    "privileged access": (style.PURPLE, "xxx"),
    "unknown stages": ("#ffffff", "..."),
}
_OTHER = ("#8a7a66", "\\\\\\")


@dataclass(frozen=True)
class _Bar:
    group: Group
    label: str
    total: Measured
    parts: dict[str, float]
    arrays: tuple[str, str]  # what the bars that are compared with each other share
    y: float


def draw(study: Study) -> Drawing | Missing:
    """Left: total with its band, on a log axis. Right: components, as shares of the dearest on the same arrays."""
    bars = _bars(group_trials(study.of_kind("train")))
    if not bars:
        reason = (
            f"No run in the store has an energy of an example ({METRIC}); it needs a card with a"
            " price for every action that happened."
        )
        return Missing(NAME, TITLE, reason)
    rows = bars[-1].y + 0.5
    figure = Figure(figsize=(style.WIDTH, _ROW_IN * rows + 1.35))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1.0, 1.25])
    colours = style.learner_colours(bar.group.setup.learner for bar in bars)
    ends = [v for bar in bars for v in bar.total if v is not None]
    joules_axis(left, "x", ends)
    for bar in bars:
        _total(left, bar, colours[bar.group.setup.learner])
    dearest = {
        arrays: max(bar.total.value for bar in bars if bar.arrays == arrays)
        for arrays in {bar.arrays for bar in bars}
    }
    for bar in bars:
        _parts(right, bar, dearest[bar.arrays])
    left.set_ylim(rows, -0.5 - _GAP / 2)
    for axes in (left, right):
        axes.tick_params(axis="y", length=0)
        axes.grid(False, axis="y")
        axes.spines["left"].set_visible(False)
    left.set_yticks([bar.y for bar in bars], [bar.label for bar in bars])
    right.set_xlim(0.0, 1.0)
    right.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f}"))
    left.set_xlabel("energy of one example, log scale\n(line: low to high prices)")
    right.set_xlabel("% of the dearest learner\non the same card")
    present = [name for name in _names(bars) if any(bar.parts.get(name) for bar in bars)]
    handles = [
        Patch(facecolor=_look(name)[0], hatch=_look(name)[1], edgecolor=style.INK, linewidth=0.4,
              label=name)
        for name in present
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside upper left", ncols=4)
    return Drawing(NAME, TITLE, _caption(bars), _alt(bars), figure)


def _bars(groups: Sequence[Group]) -> list[_Bar]:
    bars: list[_Bar] = []
    lines = 1
    for group in groups:
        total = group.band(METRIC)
        if total is None or total.value <= 0.0:
            continue
        parts = {
            name: band.value
            for name in group.components(METRIC)
            if (band := group.band(METRIC, name)) is not None and band.value > 0.0
        }
        arrays = (group.hardware, group.setup.data)
        first = not bars or bars[-1].arrays != arrays
        label = in_lines(group.label if first else group.detail, _CHARACTERS)
        # Below the bar before, with room for both their labels.
        room = max(1.0, (lines + label.count("\n") + 1) * _LINE_ROWS / 2)
        y = bars[-1].y + room + (_GAP if first else 0.0) if bars else 0.0
        lines = label.count("\n") + 1
        bars.append(_Bar(group, label, total, parts, arrays, y))
    return bars


def _total(axes: Axes, bar: _Bar, colour: str) -> None:
    value, low, high = bar.total
    if low is not None and high is not None:
        axes.plot([max(low, axes.get_xlim()[0]), high], [bar.y] * 2, color=colour, linewidth=2.2,
                  alpha=0.4)  # fmt: skip
    axes.plot([value], [bar.y], "o", color=colour, markersize=5.5)
    axes.annotate(
        format_joules(value), (value, bar.y), (0, 4.5), textcoords="offset points",
        ha="center", va="bottom", fontsize=7.5,
    )  # fmt: skip


def _parts(axes: Axes, bar: _Bar, dearest: float) -> None:
    left = 0.0
    for name in _names([bar]):
        width = bar.parts.get(name, 0.0) / dearest
        if not width:
            continue
        colour, hatch = _look(name)
        axes.barh(bar.y, width, 0.74, left, color=colour, hatch=hatch, edgecolor=style.INK,
                  linewidth=0.4)  # fmt: skip
        if width >= 0.075:
            # A plain ground under the number keeps it readable on a hatched part.
            ground = {"facecolor": colour, "edgecolor": "none", "pad": 1.0}
            axes.text(
                left + width / 2, bar.y, f"{100 * width:.0f}", ha="center", va="center",
                fontsize=7.5, color=style.INK if name in _LIGHT else "white",
                bbox=ground if hatch else None,
            )  # fmt: skip
        left += width


def _names(bars: Sequence[_Bar]) -> list[str]:
    found = {name for bar in bars for name in bar.parts}
    return [*(c for c in COMPONENTS if c in found), *sorted(found - {*COMPONENTS})]


def _look(component: str) -> tuple[str, str]:
    return _COLOURS.get(component, _OTHER)


def _caption(bars: Sequence[_Bar]) -> str:
    chips = span([bar.group.chips for bar in bars])
    return (
        "Energy to train on one example (for FF an image with its true and one with a wrong label):"
        " every action that ran (reads, conversions, pulses,"
        " digital operations, memory) was counted and priced by the card; mean over"
        f" n = {chips} chips. Left: dot, at the card's best prices; line, all prices at their low"
        " and all at their high ends, the widest band the sources allow, not a confidence interval."
        " Right: the same energy split by component at the best prices, as a percentage of the"
        " learner that costs most on the same card, so lengths compare within a card. It is the"
        " energy of one example, not of reaching an accuracy." + _idealised(bars)
    )


def _idealised(bars: Sequence[_Bar]) -> str:
    """What the counts of some hardware leave out."""
    words = ""
    if any(bar.group.setup.activities == "analog" for bar in bars):
        words += (
            " Analog activities are idealised: ranging, the conversion of goodness and held voltages"
            " are taken as exact; their actions are billed, their errors are not simulated."
        )
    if any(bar.group.setup.hardware.startswith("aihwkit:") for bar in bars):
        words += " Reads repeated inside aihwkit tiles are not counted, those of cards are."
    return words


def _alt(bars: Sequence[_Bar]) -> str:
    parts = []
    for bar in bars:
        shares = sorted(bar.parts.items(), key=lambda item: -item[1])[:3]
        words = ", ".join(f"{n} {100 * v / bar.total.value:.0f} %" for n, v in shares)
        parts.append(f"{bar.group.label}: {joules_band(bar.total)}; most of it {words}")
    return "Energy of one training example with low to high band. " + ". ".join(parts) + "."
