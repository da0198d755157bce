"""``mortalff report``: one HTML page of a study's results."""

from __future__ import annotations

from pathlib import Path


def report(folder: Path) -> None:
    """Make the report of a study that was run: one HTML file that opens offline.

    Args:
        folder: the results folder, as given to ``mortalff run --out``.
    """
    from mortalff.report import write_report

    print(write_report(folder))
