"""Writing a card's figure, and the curves in it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.progress import track

from mortalff.cards import Card
from mortalff.hardware.pulse_response import measure_pulse_response
from mortalff.report.drawing import Drawing
from mortalff.report.figure_file import check_suffix, write_figure
from mortalff.report.figures.card_response import draw
from mortalff.report.pulse_table import pulse_table
from mortalff.report.style import report_style
from mortalff.studies.files import write_text


def write_card_figure(
    card: Card,
    path: Path,
    *,
    devices: int = 50,
    pulses: int | None = None,
    seed: int = 0,
    data: Path | None = None,
) -> Drawing:
    """Simulate devices of a card and draw how they answer pulses.

    The same card, numbers and seed give the same figure.

    Args:
        card: a card of pulsed devices.
        path: where the figure goes; its suffix says as what (:data:`~mortalff.report.figure_file.SUFFIXES`).
        devices: how many.
        pulses: in each direction; by default enough to cross the range
            (:func:`~mortalff.hardware.pulse_response.measure_pulse_response`).
        seed: fixes the devices and their noise.
        data: where the curves go as a CSV table (:func:`~mortalff.report.pulse_table.pulse_table`).

    Returns:
        The figure with its caption.

    Raises:
        CardError: the card has no pulsed devices.
        InputError: another suffix, no devices or pulses, or too many.
    """
    check_suffix("--out", path)
    if data is not None:
        check_suffix("--data", data, (".csv",))
    response = measure_pulse_response(card, devices=devices, pulses=pulses, seed=seed, told=_told)
    with report_style():
        drawing = draw(response)
        write_figure(drawing, path)
    if data is not None:
        write_text(data, pulse_table(response))
    return drawing


def _told(pulses: range) -> Iterable[int]:
    """The pulses, with a bar on standard error where that is a terminal."""
    hidden = not sys.stderr.isatty()
    return track(pulses, "pulses", console=Console(stderr=True), transient=True, disable=hidden)
