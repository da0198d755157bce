"""A card's figure: how its devices answer pulses, where their steps are equal, how they differ, how they fade."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mortalff.hardware.pulse_response import SHARE, PulseResponse
from mortalff.report import style
from mortalff.report.drawing import Drawing
from mortalff.report.figures.card_panels import (
    DOWN,
    READ,
    UP,
    draw_fading,
    draw_spread,
    draw_steps,
    draw_symmetry,
    draw_trains,
)
from mortalff.report.text import in_lines, number, plural

_HEIGHT_IN = 6.3
_CHARACTERS = 118  # of a line of small type across the figure


def draw(response: PulseResponse) -> Drawing:
    """Pulse trains and steps above; symmetry points, spread and drift below."""
    card = response.card
    figure = Figure(figsize=(style.WIDTH, _HEIGHT_IN))
    grid = figure.add_gridspec(2, 6, height_ratios=[1.25, 1.0])
    draw_trains(figure.add_subplot(grid[0, :4]), response)
    draw_steps(figure.add_subplot(grid[0, 4:]), response)
    draw_symmetry(figure.add_subplot(grid[1, :2]), response)
    draw_spread(figure.add_subplot(grid[1, 2:4]), response)
    draw_fading(figure.add_subplot(grid[1, 4:]), response)
    title = f"{card.name}: pulse response of {_sample(response)}"
    legend = figure.legend(handles=_keys(response), loc="outside upper left", ncols=3, title=title,
                           alignment="left")  # fmt: skip
    legend.get_title().set(fontsize=11, fontweight="bold")
    figure.supxlabel(_source(response), x=0.01, ha="left", fontsize=7.5, color=style.QUIET)
    return Drawing(f"{card.name}_pulse_response", title, _caption(response), _alt(response), figure)


def _sample(response: PulseResponse) -> str:
    """How many devices there are, in words."""
    return plural(response.devices, "one-sided pair" if response.paired else "device")


def _keys(response: PulseResponse) -> list[Line2D]:
    keys = [
        Line2D([], [], color=UP, linewidth=2.2, label="up: mean train, median step"),
        Line2D([], [], color=DOWN, linewidth=2.2, label="down: mean train, median step"),
        Line2D(
            [],
            [],
            color=style.QUIET,
            linewidth=0.7,
            label="one pair" if response.paired else "one device",
        ),
        Line2D([], [], color=style.INK, linewidth=0.9, linestyle=":", label="bounds, mean"),
        Line2D([], [], color=UP, linewidth=6, alpha=0.18, label="± s.d. of one pulse, median"),
    ]
    if response.read is not None:
        keys.append(Line2D([], [], color=READ, marker="o", markersize=3, linestyle="",
                           label="weight read, with write noise"))  # fmt: skip
    return keys


def _source(response: PulseResponse) -> str:
    card = response.card
    doi = f", doi\u00a0{card.provenance.doi}" if card.provenance.doi else ""
    lines = [
        f"{card.summary}. Law: {card.law.kind}.",
        f"{card.provenance.paper}{doi}.",
        f"Simulated from the card: n = {_sample(response)}, seed {response.seed}.",
    ]
    return "\n".join(in_lines(line, _CHARACTERS) for line in lines)


def _caption(response: PulseResponse) -> str:
    n, name = response.pulses, response.card.name
    start = "a reset" if response.paired else "its lower bound"
    return (
        f"Response of n = {_sample(response)} of card {name} (seed {response.seed}), each from"
        f" {start}, to {n} up and {n} down pulses with cycle-to-cycle noise. By default half of the devices cross"
        f" {SHARE:.0%} of their range, by mean steps, in the pulses of one direction. Thin lines: devices. Thick lines:"
        " mean of the trains, median of the steps; band: median standard deviation of a single pulse. A symmetry"
        " point is the weight at which a device's mean up and down steps are equal."
    )


def _alt(response: PulseResponse) -> str:
    mean, n = response.weight.mean(1), response.pulses
    found = response.symmetry[np.isfinite(response.symmetry)]
    points = "no device has a single symmetry point"
    if len(found):
        having = plural(len(found), "device has", "devices have")
        points = f"{having} a symmetry point, on average at {number(float(found.mean()), 3)}"
    fading, drift = response.fading, "no drift"
    if fading is not None:
        drift = "weights fade with time"
        if fading.nu is not None:
            drift = f"mean drift exponent {number(float(fading.nu.mean()), 3)}"
    first, top, last = (number(float(mean[pulse]), 3) for pulse in (0, n, 2 * n))
    return (
        f"{response.card.name}: mean weight {first} at first, {top} after {n} up pulses,"
        f" {last} after {n} down pulses; {points}; {drift}."
    )
