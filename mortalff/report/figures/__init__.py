"""The figures of a report, one a module, in the order of the page."""

from __future__ import annotations

from collections.abc import Callable

from mortalff.report.drawing import Drawing, Missing
from mortalff.report.figures import cost, energy, errors, goodness, learning_curves, transfer
from mortalff.report.trials import Study

FIGURES: tuple[Callable[[Study], Drawing | Missing], ...] = (
    errors.draw,
    learning_curves.draw,
    energy.draw,
    cost.draw,
    goodness.draw,
    transfer.draw,
)
"""Each draws a figure of a study, or says what the store lacks for it."""
