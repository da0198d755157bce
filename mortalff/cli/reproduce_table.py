"""The table of ``mortalff reproduce``: on the terminal, and in Markdown for documents."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mortalff.studies.experiments_file import Planned
from mortalff.studies.files import write_text
from mortalff.studies.reproduce import Judged, Sample

COLUMNS = ("experiment", "number", "published", "ours", "n", "target", "verdict")
UNITS = (
    "Test errors and their differences in per cent, ours as mean ± sample standard deviation over n. A chip of a seed "
    "counts as one; each seed fabricates chips and draws data order and noise of its own. Met is said of the mean."
)
_COLOURS = {"met": "green", "missed": "red", "no target": "default", "no results": "yellow"}


def print_results(judged: Sequence[Judged]) -> None:
    """Print what was found beside what was published."""
    table = Table(*COLUMNS, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    last = ""
    for one in judged:
        name, *cells, verdict = _cells(one)
        shown = "" if name == last else name
        colour = Text(verdict, style=_COLOURS[one.verdict])
        table.add_row(Text(shown), *(Text(cell) for cell in cells), colour)
        last = name
    _console().print(table)
    for line in reasons(judged):
        print(line)
    print(f"{_tally(judged)}. {UNITS}")


def write_markdown(path: Path, judged: Sequence[Judged], made_by: Iterable[str]) -> None:
    """Write the same table as Markdown, whole or not at all.

    Args:
        path: the file.
        judged: its rows.
        made_by: versions of mortalff that the results are of.
    """
    rows = [COLUMNS, ("---",) * len(COLUMNS), *(_cells(one) for one in judged)]
    lines = ["| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows]
    told = [f"- {line}" for line in reasons(judged)]
    origins = ", ".join(sorted(set(made_by)))
    made = [f"Made by mortalff {origins}."] if origins else []
    parts = ["\n".join(lines), "\n".join(told), f"{_tally(judged)}. {UNITS}", *made]
    write_text(path, "\n\n".join(part for part in parts if part) + "\n")


def print_experiments(planned: Sequence[Planned]) -> None:
    """Print which experiments there are."""
    columns = ("experiment", "size", "minutes", "study", "what is tried")
    table = Table(*columns, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for one in planned:
        own = one.experiment
        cells = (own.name, own.size, f"{own.minutes:g}", one.study, own.title)
        table.add_row(*(Text(cell) for cell in cells))
    _console().print(table)
    print("Minutes are of one core; the paper's sizes are meant for many cores or a night.")


def reasons(judged: Sequence[Judged]) -> list[str]:
    """Why experiments have no results, a line for each reason."""
    names: dict[str, dict[str, None]] = {}
    for one in judged:
        if one.found is None:
            names.setdefault(one.why, {})[one.experiment.name] = None
    return [f"{', '.join(those)}: {why}" for why, those in names.items()]


def _cells(one: Judged) -> tuple[str, ...]:
    result, found = one.result, one.found
    published = "" if result.published is None else _published(one)
    ours, n = ("", "") if found is None else (_ours(one, found), f"{found.n} ({found.units})")
    target = "" if result.target is None else str(result.target)
    name = one.experiment.name + (" (paper size)" if one.experiment.size == "paper" else "")
    return name, result.name, published, ours, n, target, one.verdict


def _published(one: Judged) -> str:
    published = one.result.published
    assert published is not None
    return f"{published.value:g} ({published.source})"


def _ours(one: Judged, found: Sample) -> str:
    text = f"{found.mean:.2f}" + ("" if found.sd is None else f" ± {found.sd:.2f}")
    chosen = [rows.readout == "better" for rows in (one.result.rows, one.result.minus) if rows]
    return text + (f" ({' less '.join(found.readouts)})" if any(chosen) else "")


def _tally(judged: Sequence[Judged]) -> str:
    verdicts = [one.verdict for one in judged]
    counts = [f"{verdicts.count(v)} {v}" for v in _COLOURS if v in verdicts]
    return f"{len(judged)} numbers: " + ", ".join(counts)


def _console() -> Console:
    """Where there is no terminal, lines may be long: they are read by programs."""
    return Console(width=None if sys.stdout.isatty() else 200)
