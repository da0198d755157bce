"""Writing the report of a study: the page and its figures as files."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import track

from mortalff.errors import InputError, message
from mortalff.report.drawing import Drawing, Missing, to_pdf, to_svg
from mortalff.report.energy_to_accuracy import energy_to_accuracy
from mortalff.report.figures import FIGURES
from mortalff.report.figures.energy_to_accuracy import draw as draw_energy_to_accuracy
from mortalff.report.load import load_study
from mortalff.report.page import render
from mortalff.report.style import report_style
from mortalff.studies.files import write_whole

T = TypeVar("T")

YIELD_ERROR = 0.1
"""Greatest test error of a chip that counts as good, unless one says otherwise."""


def write_report(folder: Path, *, yield_error: float = YIELD_ERROR, progress: bool = True) -> Path:
    """Write ``report.html`` into a study's folder, and its figures into ``figures/`` for talks.

    The same store gives the same bytes. A metric that the store lacks is named on the page.

    Args:
        folder: the study's folder, as ``mortalff run`` wrote it.
        yield_error: a chip with at most this test error counts towards the yield; in [0, 1].
        progress: show a bar on a terminal.

    Returns:
        The page's path.

    Raises:
        StoreError: the folder is no study's, or a file in it cannot be read.
        InputError: ``yield_error`` is not a share.
    """
    if not (math.isfinite(yield_error) and 0.0 <= yield_error <= 1.0):
        rule = "an error is a share of the test images"
        raise InputError(message("yield_error", yield_error, rule, "give a number from 0 to 1"))
    folder = Path(folder)
    study = load_study(folder)
    found = energy_to_accuracy(study)
    files: dict[str, bytes] = {}
    figures: list[tuple[Drawing, str] | Missing] = []
    draws = [*(partial(draw, study) for draw in FIGURES), partial(draw_energy_to_accuracy, found)]
    with report_style():
        for draw in _told(draws, progress):
            figure = draw()
            if isinstance(figure, Missing):
                figures.append(figure)
                continue
            svg = to_svg(figure)
            figures.append((figure, svg))
            files[f"{figure.name}.svg"] = svg.encode()
            files[f"{figure.name}.pdf"] = to_pdf(figure)
    page = render(study, found, figures, yield_error)
    for name, content in files.items():
        _write(folder / "figures" / name, content)
    path = folder / "report.html"
    _write(path, page.encode())
    return path


def _told(steps: Sequence[T], progress: bool) -> Iterable[T]:
    """The steps, with a bar on standard error where that is a terminal."""
    hidden = not (progress and sys.stderr.isatty())
    return track(steps, "figures", console=Console(stderr=True), transient=True, disable=hidden)


def _write(path: Path, content: bytes) -> None:
    write_whole(path, lambda fresh: fresh.write_bytes(content))
