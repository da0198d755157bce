"""How every figure of a report looks: colours, type, sizes.

Learners have colours, read-outs have line styles and markers, in every figure alike. Colours are
after Okabe and Ito 2008 ("Color Universal Design"), so that the colour-blind can tell them apart,
with the blue darkened so that blue and vermilion differ in grey too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import matplotlib
import matplotlib.style

INK = "#1c2126"
"""Text and axes."""

QUIET = "#5c6670"
"""Notes and what stands behind the data."""

RULE = "#d9dee3"
"""Grid lines."""

BLUE, VERMILION, GREEN, PURPLE, SKY, YELLOW = (
    "#0b4f8a", "#d55e00", "#009e73", "#a3528f", "#56b4e9", "#e0b000"
)  # fmt: skip

WIDTH = 7.2
"""Width of a figure in inches."""

LEGEND_CHARACTERS = 84
"""How many characters of a legend fit a figure's width."""

_LEARNERS = MappingProxyType({"ff": BLUE, "bp": VERMILION})
_OTHER_LEARNERS = (GREEN, PURPLE, SKY, YELLOW)

Line = Literal["-", "--", ":"]
"""A line's style, as matplotlib writes it."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*", "p", "h", "d", "8")
"""Markers for things told apart by marker, in order."""

_RC = MappingProxyType(
    {
        "axes.axisbelow": True,
        "axes.edgecolor": INK,
        "axes.grid": True,
        "axes.labelcolor": INK,
        "axes.labelsize": 9,
        "axes.linewidth": 0.7,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlelocation": "left",
        "axes.titlepad": 6,
        "axes.titlesize": 9,
        "axes.titleweight": "bold",
        "axes.titlecolor": INK,
        "figure.constrained_layout.use": True,
        "figure.facecolor": "white",
        "font.family": "DejaVu Sans",  # comes with matplotlib, so every machine draws the same
        "font.size": 8.5,
        "grid.color": RULE,
        "grid.linewidth": 0.6,
        "hatch.linewidth": 0.7,
        "legend.fontsize": 8.5,
        "legend.frameon": False,
        "legend.handlelength": 2.2,
        "lines.dashed_pattern": (4.0, 1.8),
        "lines.solid_capstyle": "round",
        "pdf.fonttype": 42,
        "svg.fonttype": "path",  # no font is needed where the report is read
        "svg.hashsalt": "mortalff",
        "text.color": INK,
        "xtick.color": INK,
        "xtick.labelsize": 8.5,
        "xtick.major.width": 0.7,
        "ytick.color": INK,
        "ytick.labelsize": 8.5,
        "ytick.major.width": 0.7,
    }
)


@dataclass(frozen=True)
class ReadoutStyle:
    """How a read-out is drawn wherever it appears."""

    marker: str
    filled: bool
    line: Line


READOUT_STYLES: Mapping[str, ReadoutStyle] = MappingProxyType(
    {"softmax": ReadoutStyle("o", True, "-"), "energy": ReadoutStyle("D", False, "--")}
)
"""Read-out → its style."""


@contextmanager
def report_style() -> Iterator[None]:
    """Draw in the report's style, whatever the user's own settings of matplotlib are."""
    with matplotlib.style.context(["default", dict(_RC)]):
        yield


def legend_columns(labels: Iterable[str]) -> int:
    """How many columns of a legend fit a figure's width."""
    return max(1, min(4, 100 // (max(map(len, labels), default=1) + 8)))


def learner_colours(learners: Iterable[str]) -> dict[str, str]:
    """Learner → colour; FF and BP always have the same ones."""
    colours = {}
    others = iter(_OTHER_LEARNERS * 4)
    known, first = set(learners), list(_LEARNERS)
    for learner in [*(k for k in first if k in known), *sorted(known - {*first})]:
        colours[learner] = _LEARNERS.get(learner) or next(others, INK)
    return colours
