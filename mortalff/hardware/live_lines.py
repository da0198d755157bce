"""The input lines on which a batch sends pulses: devices on the others stay as they are, and cost nothing.

Images are dark at their rims. The halves of FF's pairs differ in their labels alone, so that parts of a batch that hold
differences only reach ten lines; but for what rounding leaves elsewhere, which is taken for nothing.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from mortalff.philox import as_normals, words_of_blocks, words_row

_MOST: Final = 0.9
"""Share of the lines above which taking them out costs more than it saves."""

_ROUNDING: Final = np.float32(1e-6)
"""Of a sample's largest probability: what is not above it comes of differences between equal numbers in float32."""

Float32 = npt.NDArray[np.float32]


class LiveLines(NamedTuple):
    """Lines of an array, and where a row's random words for them are.

    Attributes:
        lines: int32, (lines,), from the first up; empty where all are meant.
        blocks: those of a row's blocks of four words that they draw from, uint32.
        place: of each line's word among the words of these blocks, int32, (lines,).
    """

    lines: npt.NDArray[np.int32]
    blocks: npt.NDArray[np.uint32]
    place: npt.NDArray[np.int32]


ALL: Final = LiveLines(np.empty(0, np.int32), np.empty(0, np.uint32), np.empty(0, np.int32))
"""Every line of an array."""


def live_lines(rows: Float32) -> LiveLines | None:
    """The lines on which any sample sends pulses; all where nearly all do, None where none does.

    Args:
        rows: firing probabilities with signs, (batch, n_in).
    """
    n_in = rows.shape[1]
    lines = np.flatnonzero(_live(rows)).astype(np.int32)
    if lines.size == 0:
        return None
    if lines.size > _MOST * n_in:
        return ALL
    quarter = -(-n_in // 4)
    blocks, own = np.unique(lines % quarter, return_inverse=True)
    place = (lines // quarter) * blocks.size + own
    return LiveLines(lines, blocks.astype(np.uint32), place.astype(np.int32))


@njit(cache=True)
def _live(rows):  # type: ignore[no-untyped-def]
    live = np.zeros(rows.shape[1], np.bool_)
    for b in range(rows.shape[0]):
        largest = np.float32(0.0)
        for j in range(rows.shape[1]):
            largest = max(largest, abs(rows[b, j]))
        for j in range(rows.shape[1]):
            live[j] |= abs(rows[b, j]) > _ROUNDING * largest
    return live


@njit(forceinline=True, cache=True, error_model="numpy")
def taken(row, lines, out):  # type: ignore[no-untyped-def]
    """A row's numbers on some lines, in ``out``; the row itself where all are meant or it is empty."""
    if lines.size == 0 or row.size == 0:
        return row
    for n in range(lines.size):
        out[n] = row[lines[n]]
    return out


@njit(forceinline=True, cache=True, error_model="numpy")
def put(values, lines, row):  # type: ignore[no-untyped-def]
    """Write a row's numbers on some lines back; :func:`taken` gave the row itself where all are meant."""
    for n in range(lines.size):
        row[lines[n]] = values[n]


@njit(cache=True)
def live_words(key, row, call, sub, live, words, drawn):  # type: ignore[no-untyped-def]
    """A row's random words on some lines, from the first entry of what is given back on, until the next call.

    ``words`` and ``drawn`` are scratch, of 4·ceil(n_in/4) and as many as the lines; one of them is given back.
    """
    lines, blocks, place = live
    if lines.size == 0:
        words_row(key, row, call, sub, words)
        return words
    words_of_blocks(key, row, call, sub, blocks, words)
    for n in range(lines.size):
        drawn[n] = words[place[n]]
    return drawn


@njit(cache=True)
def live_normals(key, row, call, sub, live, words, drawn, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with a row's standard normals on some lines; scratch as for :func:`live_words`."""
    as_normals(live_words(key, row, call, sub, live, words, drawn), out)
