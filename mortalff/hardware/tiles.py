"""How the lines of a layer are shared out over arrays, and which of these share a converter."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from mortalff.cards import Tiling


@dataclass(frozen=True)
class Block:
    """Arrays that are read as one: whose currents meet before one row of output converters.

    Attributes:
        number: position among the layer's blocks, row of arrays by row of arrays.
        lines_in: input lines it is driven by.
        lines_out: output lines it is read at.
        arrays: the input lines of each of its arrays, counted from its own first.
    """

    number: int
    lines_in: slice
    lines_out: slice
    arrays: tuple[slice, ...]

    @property
    def n_in(self) -> int:
        """How many input lines."""
        return int(self.lines_in.stop - self.lines_in.start)

    @property
    def n_out(self) -> int:
        """How many output lines."""
        return int(self.lines_out.stop - self.lines_out.start)


def blocks(tiling: Tiling, n_out: int, n_in: int, *, transposed: bool = False) -> tuple[Block, ...]:
    """Lay a layer over arrays.

    Args:
        tiling: the largest array, and how partial sums meet.
        n_out: outputs of the read.
        n_in: inputs of the read.
        transposed: driven at the arrays' output lines and read at their input lines.
    """
    most_in, most_out = tiling.rows_max, tiling.columns_max
    if transposed:
        most_in, most_out = most_out, most_in
    across = _shares(n_out, most_out)
    down = _shares(n_in, most_in)
    if tiling.partial_sums == "analog":
        return tuple(Block(i, slice(0, n_in), out, down) for i, out in enumerate(across))
    return tuple(
        Block(r * len(across) + c, lines, out, (slice(0, lines.stop - lines.start),))
        for r, lines in enumerate(down)
        for c, out in enumerate(across)
    )


def grid(tiling: Tiling, n_out: int, n_in: int) -> tuple[int, int]:
    """How many arrays a layer takes: down its input lines, and across its output lines."""
    return len(_shares(n_in, tiling.rows_max)), len(_shares(n_out, tiling.columns_max))


def _shares(lines: int, most: int | None) -> tuple[slice, ...]:
    """Lines in as few parts as there may be, of sizes that differ by one at most."""
    parts = 1 if most is None else math.ceil(lines / most)
    edges = [math.ceil(i * lines / parts) for i in range(parts + 1)]
    return tuple(slice(a, b) for a, b in itertools.pairwise(edges))
