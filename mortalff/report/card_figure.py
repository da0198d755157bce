"""Writing a card's figure, and the curves in it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.progress import track

from mortalff.cards import Card
from mortalff.errors import InputError, message, nearest
from mortalff.hardware.pulse_response import measure_pulse_response
from mortalff.report.drawing import Drawing, to_pdf, to_png, to_svg
from mortalff.report.figures.card_response import draw
from mortalff.report.pulse_table import pulse_table
from mortalff.report.style import report_style
from mortalff.studies.files import write_text, write_whole

SUFFIXES = (".png", ".svg", ".pdf")
"""Kinds of file that a figure is written as."""


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
        path: where the figure goes; its suffix, one of :data:`SUFFIXES`, says as what.
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
    _check_suffix("--out", path, SUFFIXES)
    if data is not None:
        _check_suffix("--data", data, (".csv",))
    response = measure_pulse_response(card, devices=devices, pulses=pulses, seed=seed, told=_told)
    with report_style():
        drawing = draw(response)
        content = _content(drawing, path.suffix.lower())
    if data is not None:
        write_text(data, pulse_table(response))
    write_whole(path, lambda fresh: fresh.write_bytes(content))
    return drawing


def _told(pulses: range) -> Iterable[int]:
    """The pulses, with a bar on standard error where that is a terminal."""
    hidden = not sys.stderr.isatty()
    return track(pulses, "pulses", console=Console(stderr=True), transient=True, disable=hidden)


def _content(drawing: Drawing, suffix: str) -> bytes:
    match suffix:
        case ".svg":
            return to_svg(drawing).encode()
        case ".pdf":
            return to_pdf(drawing)
        case _:
            return to_png(drawing)


def _check_suffix(option: str, path: Path, suffixes: tuple[str, ...]) -> None:
    if path.suffix.lower() not in suffixes:
        rule = f"its name must end in {' or '.join(suffixes)}"
        hint = nearest(path.suffix, suffixes) if path.suffix else f"write {path}{suffixes[0]}"
        raise InputError(message(option, str(path), rule, hint))
