"""The panels of a card's figure: pulse trains, steps, symmetry points, spread, drift."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import LineCollection
from matplotlib.ticker import FuncFormatter, MaxNLocator

from mortalff.hardware.pulse_response import Array, PulseResponse
from mortalff.report import style
from mortalff.report.text import in_lines, number, plural

UP, DOWN = style.BLUE, style.VERMILION
"""Colours of up and down pulses in every panel."""

READ = style.SKY
"""Colour of reads that scatter about the state."""

_POINTS = 400  # of a drawn line; more cannot be seen
_DOTS = 60  # places along the trains at which reads are drawn
_THIN = 0.5
_BAND = 1.6  # a band taller than so many largest mean steps leaves the axis
_MOST = 0.9  # share of devices whose mean steps stay on the axis
_BINS = 16
_NOTE = 7.5  # size of a note's type
_NOTE_CHARACTERS = 26


def draw_trains(axes: Axes, response: PulseResponse) -> None:
    """Weight of every device against the number of pulses, up and then down."""
    n = response.pulses
    shown = np.unique(np.linspace(0, 2 * n, min(_POINTS, 2 * n) + 1).round().astype(int))
    if response.read is not None:
        at = np.unique(np.linspace(0, 2 * n, min(_DOTS, 2 * n) + 1).round().astype(int))
        x = np.repeat(at, response.devices)
        axes.scatter(x, response.read[at].ravel(), s=1.2, color=READ, alpha=0.35, linewidths=0,
                     rasterized=True)  # fmt: skip
    _each(axes, np.broadcast_to(shown[:, None], (len(shown), response.devices)),
          response.weight[shown], style.QUIET, 0.4)  # fmt: skip
    mean = response.weight.mean(1)
    for colour, part in ((UP, shown[shown <= n]), (DOWN, shown[shown >= n])):
        axes.plot(part, mean[part], color=colour, linewidth=2.2)
    for bound in response.bounds[1:] if response.paired else response.bounds:
        axes.axhline(float(bound.mean()), color=style.INK, linewidth=0.9, linestyle=":")
    axes.axvline(n, color=style.RULE, linewidth=0.8)
    axes.set_xlim(0, 2 * n)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    plus, minus = (" (g⁺)", " (g⁻)") if response.paired else ("", "")
    axes.set_xlabel(f"pulses: {n} up{plus}, then {n} down{minus}")
    axes.set_ylabel("weight, normalised")
    axes.set_title("Pulse trains")


def draw_steps(axes: Axes, response: PulseResponse) -> None:
    """Mean change by one pulse against the state, up above zero and down below."""
    up, down = response.up, response.down
    largest = np.stack([np.abs(up.mean).max(0), np.abs(down.mean).max(0)]).max(0)
    tallest = 1.1 * float(np.quantile(largest, _MOST)) or 1.0
    band = 0.0
    for colour, sign, curve in ((UP, 1.0, up), (DOWN, -1.0, down)):
        _each(axes, curve.state, sign * curve.mean, colour, 0.35)
        # Medians, since a device with a bound near zero has steps far beyond the others'.
        middle, centre, half = (
            np.median(a, 1) for a in (curve.state, sign * curve.mean, curve.std)
        )
        axes.fill_between(middle, centre - half, centre + half, color=colour, alpha=0.18,
                          linewidth=0)  # fmt: skip
        axes.plot(middle, centre, color=colour, linewidth=2.0)
        band = max(band, float((np.abs(centre) + half).max()))
    axes.axhline(0.0, color=style.INK, linewidth=0.7)
    if band <= _BAND * tallest:
        tallest = max(tallest, 1.05 * band)
    else:
        spread = float(np.median(np.concatenate([up.std, down.std])))
        axes.text(0.5, 0.02, f"band leaves the axis:\nmedian s.d. {number(spread, 2)}",
                  transform=axes.transAxes, ha="center", va="bottom", fontsize=_NOTE,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.8})  # fmt: skip
    axes.set_ylim(-tallest, tallest)
    axes.set_xlabel("state of g⁺ or g⁻, weight" if response.paired else "weight, normalised")
    axes.set_ylabel(f"step, {_scaled(axes.yaxis, tallest)}weight")
    axes.set_title("Step against state" if response.paired else "Step against weight")


def draw_symmetry(axes: Axes, response: PulseResponse) -> None:
    """Histogram of the weights at which the mean up and down steps are equal."""
    found = response.symmetry[np.isfinite(response.symmetry)]
    axes.set_title("Symmetry points")
    equal = int(response.equal_everywhere.sum())
    none = response.devices - len(found) - equal
    if len(found):
        low, high = float(found.min()), float(found.max())
        pad = max(0.05 * (high - low), 0.02)
        counts, _, _ = axes.hist(
            found, bins=_BINS, range=(low - pad, high + pad), color=style.PURPLE
        )
        axes.axvline(float(found.mean()), color=style.INK, linewidth=1.2)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        scatter = f", s.d. {number(float(found.std(ddof=1)), 2)}" if len(found) > 1 else ""
        mean = number(float(found.mean()), 2)
        axes.set_xlabel(f"weight where steps are equal\nmean {mean}{scatter}")
        axes.set_ylabel("devices")
        if none + equal:
            axes.set_ylim(top=1.35 * float(np.max(counts)))  # room for the words above the bars
            text = f"{none + equal} of {response.devices} have none\ninside their bounds"
            axes.text(0.98, 0.98, text, transform=axes.transAxes, ha="right", va="top",
                      fontsize=_NOTE, color=style.QUIET,
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0})  # fmt: skip
        return
    if response.paired:
        _message(axes, "Each pulse only raises a device: a pair has no symmetry point.")
        return
    if equal == response.devices:
        _message(axes, "Up and down steps are equal at every weight: no point is special.")
        return
    text = f"None of {plural(response.devices, 'device')} has one inside its bounds."
    if equal:
        text += f" In {equal} the steps are equal at every weight."
    _message(axes, text)


def draw_spread(axes: Axes, response: PulseResponse) -> None:
    """Mean down step against mean up step at w = 0, a dot for each device."""
    up, down = response.at_zero
    axes.axline((0.0, 0.0), slope=1.0, color=style.QUIET, linewidth=0.8, linestyle="--")
    axes.plot(up, down, "o", color=style.GREEN, markersize=3.2, alpha=0.8, markeredgewidth=0)
    most = 1.08 * float(max(up.max(), down.max())) or 1.0
    least = min(0.0, 1.08 * float(min(up.min(), down.min())))
    axes.set_xlim(least, most)
    axes.set_ylim(least, most)
    for axis in (axes.xaxis, axes.yaxis):
        unit = _scaled(axis, most)
    axes.set_xlabel(f"up step, {unit}weight")
    axes.set_ylabel(f"down step, {unit}weight")
    axes.set_title("Steps at state 0" if response.paired else "Steps at w = 0")


def draw_fading(axes: Axes, response: PulseResponse) -> None:
    """Weight against the time since the last pulse."""
    axes.set_title("Drift")
    fading = response.fading
    if fading is None:
        _message(axes, "The card has no drift: weights stay as the last pulse left them.")
        return
    times = np.broadcast_to(fading.time_s[:, None], fading.weight.shape)
    _each(axes, times, fading.weight, style.QUIET, 0.4)
    axes.plot(fading.time_s, fading.weight.mean(1), color=style.INK, linewidth=2.0)
    axes.set_xscale("log")
    axes.set_xlim(fading.time_s[0], fading.time_s[-1])
    label = "time since last pulse, s"
    if fading.nu is not None:
        mean, scatter = (number(float(value), 2) for value in (fading.nu.mean(), fading.nu.std()))
        label += f"\nexponent ν {mean}, s.d. {scatter}"
    axes.set_xlabel(label)
    axes.set_ylabel("weight, normalised")


def _each(axes: Axes, x: Array, y: Array, colour: str, alpha: float) -> None:
    """A thin line for each device; x and y are (places, devices)."""
    lines = np.stack([x.T, y.T], axis=2)
    axes.add_collection(LineCollection(list(lines), colors=colour, linewidths=_THIN, alpha=alpha))
    axes.autoscale_view()


def _scaled(axis: Axis, largest: float) -> str:
    """Write an axis's ticks in units of a power of ten, and return that unit for its label."""
    power = math.floor(math.log10(largest))
    if -1 <= power <= 2:
        return ""
    scale = 10.0**power
    axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / scale:g}".replace("-", "−")))
    return f"$10^{{{power}}}$ "


def _message(axes: Axes, text: str) -> None:
    """What a panel says in place of data."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.text(0.5, 0.5, in_lines(text, _NOTE_CHARACTERS), transform=axes.transAxes, ha="center",
              va="center", color=style.QUIET)  # fmt: skip
