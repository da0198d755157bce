"""The page of a comparison: what it says, put through its template, and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mortalff import __version__
from mortalff.cards import card_hash
from mortalff.energy.architectures import PURPOSES, Comparison, Purpose
from mortalff.energy.architectures.duel import Duel, duels
from mortalff.report.break_even_figure import draw_break_even
from mortalff.report.comparison import rows
from mortalff.report.comparison.answers import headlines, sentences
from mortalff.report.comparison.basis import assumptions, omissions, own_constants
from mortalff.report.comparison.schemes import held
from mortalff.report.comparison.words import OF
from mortalff.report.drawing import Drawing, to_svg
from mortalff.report.energy_costs_figure import draw_costs
from mortalff.report.figure_file import check_suffix
from mortalff.report.style import report_style
from mortalff.report.template import plates, template
from mortalff.report.text import listed
from mortalff.studies.files import write_text

SUFFIXES = (".html",)
"""Kinds of file that a page is written as."""


def write_comparison(
    comparison: Comparison,
    path: Path,
    *,
    purpose: Purpose = "update",
    fought: Sequence[Duel] | None = None,
    left_out: Mapping[str, str] | None = None,
    command: str = "",
) -> Path:
    """Write a comparison as one HTML page that needs nothing else; the same comparison gives the same bytes.

    Args:
        comparison: of learners on architectures.
        path: where it goes; its suffix is .html.
        purpose: what shares and break-even are of.
        fought: the first learner against rivals; by default those of :func:`~mortalff.energy.architectures.duels`.
        left_out: who cannot be compared, each with why.
        command: the command line that makes the page again; empty where there is none.

    Returns:
        The path.

    Raises:
        InputError: another suffix.
    """
    check_suffix("path", path, SUFFIXES)
    found = duels(comparison, purpose) if fought is None else fought
    write_text(path, _page(comparison, purpose, found, left_out or {}, command))
    return path


def _page(
    comparison: Comparison,
    purpose: Purpose,
    fought: Sequence[Duel],
    left_out: Mapping[str, str],
    command: str,
) -> str:
    plans = [entrant.plan for entrant in comparison.entrants]
    cards = {plan.device.name: plan.device for plan in plans}
    nets = list(dict.fromkeys(str(plan.net) for plan in plans))
    return template("comparison.html.j2").render(
        title=f"Energy of {OF[purpose]}: {listed(list(dict.fromkeys(p.learner for p in plans)))} on {listed([*cards])}",
        of=OF,
        purpose=purpose,
        purposes=PURPOSES,
        cards={name: card_hash(card) for name, card in cards.items()},
        nets=listed(nets),
        classes=plans[0].net.n_classes,
        task=comparison.task,
        draws=comparison.draws,
        first=comparison.entrants[0].name,
        headlines=headlines(comparison, purpose, fought),
        sentences=sentences(comparison, purpose, fought),
        left_out=left_out,
        costs={each: rows.cost_rows(comparison, each) for each in PURPOSES},
        areas=rows.area_rows(comparison),
        shares=rows.share_table(comparison, purpose),
        movers=rows.mover_rows(comparison, purpose),
        plates=plates(_drawn(comparison, purpose, fought)),
        held=held(comparison),
        assumptions=assumptions(comparison),
        omissions=omissions(comparison, PURPOSES),
        prices=[(entrant.name, rows.price_rows(entrant)) for entrant in comparison.entrants],
        own_constants=own_constants(comparison),
        command=command,
        version=__version__,
    )


def _drawn(
    comparison: Comparison, purpose: Purpose, fought: Sequence[Duel]
) -> list[tuple[Drawing, str]]:
    """Costs, and break-even where there is a rival for it, each with its SVG file."""
    with report_style():
        figures = [draw_costs(comparison, fought, purpose)]
        if fought:
            figures.append(draw_break_even(fought, purpose))
        return [(figure, to_svg(figure)) for figure in figures]
