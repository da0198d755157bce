"""Axes that more than one figure has: percentages, energies, epochs; log scales with plain numbers on them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter, NullLocator

from mortalff.energy.text import format_joules
from mortalff.report.text import amount

_LOG_FROM = 8.0  # greatest over least from which an error axis is logarithmic
_LEAST_SPAN = 6.0  # greatest over least on a log axis, so that it has two labels at least
_STEPS = (1.0, 2.0, 5.0)


def error_axis(axes: Axes, which: str, errors: Iterable[float]) -> None:
    """Errors, shares of 1, shown in percent: logarithmic where they differ by much, else from zero.

    Args:
        axes: the axes.
        which: ``x`` or ``y``.
        errors: every error the axis has to show.
    """
    values = [error for error in errors if math.isfinite(error)]
    positive = [value for value in values if value > 0.0]
    axis = axes.xaxis if which == "x" else axes.yaxis
    if positive and len(positive) == len(values) and max(values) / min(values) > _LOG_FROM:
        low, high = min(values) / 1.25, max(values) * 1.25
        _log(axes, which, low, high)
        axis.set_major_locator(FixedLocator(_one_two_five(low, high)))
    else:
        high = max(values, default=1.0) * 1.12 or 1.0
        _limits(axes, which, 0.0, high)
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    percent_ticks(axis)


def percent_ticks(axis: Axis) -> None:
    """Label shares of 1 as percentages."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}"))


def joules_axis(axes: Axes, which: str, energies: Iterable[float], *, wide: bool = True) -> None:
    """Energies on a logarithmic axis, with SI prefixes.

    Args:
        axes: the axes.
        which: ``x`` or ``y``.
        energies: every energy the axis has to show, in joules.
        wide: label at most every decade.
    """
    _log_axis(axes, which, energies, 1.5, format_joules, wide=wide)


def count_axis(axes: Axes, which: str, counts: Iterable[float]) -> None:
    """Counts on a logarithmic axis, with SI prefixes."""
    _log_axis(axes, which, counts, 1.3, amount, wide=False)


def epoch_axis(axes: Axes, epochs: Iterable[float]) -> None:
    """Whole epochs on the x axis."""
    last = max(epochs, default=1)
    axes.set_xlim(0.0, last * 1.02)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))


def blank(axis: Axis) -> None:
    """No ticks, no labels, no grid."""
    axis.set_major_locator(NullLocator())
    axis.set_minor_locator(NullLocator())
    axis.grid(False)


def spread(values: Sequence[float], gap: float, step: float, most: float) -> list[float]:
    """Offsets that keep dots of near values apart, without chance.

    The first dot of a cluster stays on the line; the next go to +step, −step, +2 step and so on.

    Args:
        values: where dots lie on the axis, in any unit.
        gap: closer than this, two dots get different offsets; same unit.
        step: least distance between offsets.
        most: greatest offset.
    """
    offsets = [0.0] * len(values)
    places = [0.0] + [sign * k * step for k in range(1, 50) for sign in (1.0, -1.0)]
    places = [place for place in places if abs(place) <= most + 1e-9] or [0.0]
    placed: list[tuple[float, float]] = []
    for index in sorted(range(len(values)), key=lambda i: (values[i], i)):
        near = [offset for value, offset in placed if abs(value - values[index]) < gap]
        free = [place for place in places if place not in near]
        offsets[index] = free[0] if free else places[len(near) % len(places)]
        placed.append((values[index], offsets[index]))
    return offsets


def _log_axis(
    axes: Axes,
    which: str,
    values: Iterable[float],
    margin: float,
    words: object,
    *,
    wide: bool,
) -> None:
    positive = [value for value in values if math.isfinite(value) and value > 0.0]
    low, high = min(positive, default=1.0) / margin, max(positive, default=10.0) * margin
    middle, reach = math.sqrt(low * high), math.sqrt(max(high / low, _LEAST_SPAN))
    low, high = middle / reach, middle * reach
    _log(axes, which, low, high)
    axis = axes.xaxis if which == "x" else axes.yaxis
    decades = math.log10(high / low)
    ticks = _one_two_five(low, high) if decades < 2.0 and not wide else _decades(low, high)
    if len(ticks) < 2:
        ticks = _one_two_five(low, high)
    axis.set_major_locator(FixedLocator(ticks))
    assert callable(words)
    axis.set_major_formatter(FuncFormatter(lambda value, _: str(words(value))))


def _log(axes: Axes, which: str, low: float, high: float) -> None:
    if which == "x":
        axes.set_xscale("log")
    else:
        axes.set_yscale("log")
    _limits(axes, which, low, high)
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


def _limits(axes: Axes, which: str, low: float, high: float) -> None:
    if which == "x":
        axes.set_xlim(low, high)
    else:
        axes.set_ylim(low, high)


def _one_two_five(low: float, high: float) -> list[float]:
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [step * 10.0**e for e in exponents for step in _STEPS]
    return [tick for tick in ticks if low <= tick <= high]


def _decades(low: float, high: float) -> list[float]:
    first, last = math.ceil(math.log10(low)), math.floor(math.log10(high))
    stride = max(1, math.ceil((last - first + 1) / 7))
    return [float(10.0 ** int(e)) for e in np.arange(first, last + 1, stride)]
