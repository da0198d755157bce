"""Reads of one input line at a time, which stand among the reads of vectors: transfers, refreshes."""

from __future__ import annotations

from typing import NamedTuple


class LineReads(NamedTuple):
    """Reads of arrays in which one line is driven and all others are at rest.

    Attributes:
        array_reads: as they are counted.
        cells: of all lines of these, as they are counted.
        lines: that are driven; each cell of a weight is on a line of its own, as is each array that lines cross.
        driven: cells on these lines.
    """

    array_reads: float = 0.0
    cells: float = 0.0
    lines: float = 0.0
    driven: float = 0.0

    def times(self, number: float) -> LineReads:
        """So many times over."""
        return LineReads(*(number * each for each in self))


def all_of(parts: list[LineReads]) -> LineReads:
    """All of them together."""
    return LineReads(*(sum(each) for each in zip(*parts, strict=True))) if parts else LineReads()
