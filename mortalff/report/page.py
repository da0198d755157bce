"""The page itself: everything a report says, put through its template."""

from __future__ import annotations

from collections.abc import Sequence

from mortalff.report.answers import answer
from mortalff.report.drawing import Drawing, Missing
from mortalff.report.energy_to_accuracy import EnergyToAccuracy, energy_rows
from mortalff.report.groups import READOUTS, group_trials
from mortalff.report.intervals import LEVEL, RESAMPLES
from mortalff.report.methods import methods_of
from mortalff.report.summary import count_table, training_rows, transfer_rows
from mortalff.report.template import plates, template
from mortalff.report.trials import Study


def render(
    study: Study,
    found: EnergyToAccuracy,
    figures: Sequence[tuple[Drawing, str] | Missing],
    yield_error: float,
) -> str:
    """The report as one HTML page that needs nothing else.

    Args:
        study: the study.
        found: what accuracies took its chips.
        figures: each figure with its SVG file, or what the store lacks for it.
        yield_error: greatest test error of a chip that counts as good.
    """
    groups = group_trials(study.of_kind("train"))
    methods = methods_of(study)
    drawn = [figure for figure in figures if not isinstance(figure, Missing)]
    rows = training_rows(groups, yield_error)
    return template("report.html.j2").render(
        study=study,
        title=study.title or study.name,
        answers=answer(study, groups, methods, yield_error, found),
        training=rows,
        transfers=transfer_rows(methods),
        counts=count_table(groups),
        targets=[f"{100 * target:g} %" for target in found.targets],
        to_accuracy=energy_rows(found) if found.any else (),
        readouts=[r for r in READOUTS if any(row.errors[r] != "—" for row in rows)],
        floors=any(group.is_floor for group in groups),
        inference=any(row.inference != "—" for row in rows),
        plates=plates(drawn),
        missing=[figure for figure in figures if isinstance(figure, Missing)],
        yield_error=f"{100 * yield_error:g} %",
        level=f"{100 * LEVEL:.0f} %",
        resamples=f"{RESAMPLES:,}".replace(",", " "),
    )
