"""Compiled loops that draw which slots of a batch's pulse trains fire."""

from __future__ import annotations

import numpy as np
from numba import njit

from mortalff.philox import words_row

_F32 = np.float32
STRETCH = 16_384
"""Fired rows after which a stretch of samples ends, so that what is drawn of it stays in the second cache."""


@njit(cache=True)
def lit_lines(lines):  # type: ignore[no-untyped-def]
    """The lines of each sample that may fire.

    Takes firing probabilities with signs, (chips, batch, lines). Gives three arrays: how many there are, (chips,
    batch); then, padded, (chips, batch, lines), each as 2·line + (1 where negative), and the largest random word at
    which it fires.
    """
    chips, batch, n_lines = lines.shape
    count = np.zeros((chips, batch), np.int64)
    line = np.empty((chips, batch, n_lines), np.int32)
    limit = np.empty((chips, batch, n_lines), np.uint32)
    for chip in range(chips):
        for b in range(batch):
            found = 0
            for j in range(n_lines):
                p = lines[chip, b, j]
                if p != _F32(0.0):
                    line[chip, b, found] = 2 * j + (p < _F32(0.0))
                    words = min(np.float64(abs(p)) * 4294967296.0, 4294967295.0)
                    limit[chip, b, found] = np.uint32(words)
                    found += 1
            count[chip, b] = found
    return count, line, limit


@njit(cache=True)
def _fired(count, line, limit, words, offset, out, place):  # type: ignore[no-untyped-def]
    """Append each line that fires in a slot; the place behind them."""
    for n in range(count):
        out[place] = line[n]
        place += words[offset + n] <= limit[n]
    return place


@njit(cache=True)
def draw_stretch(sample, slots, rows, columns, chip, key, call, words, lists):  # type: ignore[no-untyped-def]
    """Draw slots from a sample on until there is enough for a stretch; which sample is next, and how many slots fired.

    Takes the lengths of trains, (chips or 1, batch), rows and columns as :func:`lit_lines` gives them, and fills
    ``lists``: the rows that fire, slot after slot, and where each slot's begin; the slots (2·slot + negative) in which
    columns fire, column after column, and where each column's begin.
    """
    row_list, row_start, column_slot, column_begin, column_list, column_start = lists
    row_count, row_line, row_limit = rows
    column_count, column_line, column_limit = columns
    length_of = slots[min(chip, slots.shape[0] - 1)]
    r, c = min(chip, row_count.shape[0] - 1), min(chip, column_count.shape[0] - 1)
    n_rows, n_columns, n_slots = 0, 0, 0
    row_start[0] = 0
    column_start[0] = 0
    while (
        sample < length_of.size and n_rows < STRETCH and n_columns < STRETCH and n_slots < STRETCH
    ):
        rows_here, columns_here = row_count[r, sample], column_count[c, sample]
        if rows_here > 0 and columns_here > 0:
            size = 4 * ((rows_here + columns_here + 3) // 4)
            for slot in range(np.int64(length_of[sample])):
                words_row(key, sample, call, slot, words[:size])
                after = _fired(
                    columns_here, column_line[c, sample], column_limit[c, sample], words, 0,
                    column_list, n_columns,
                )  # fmt: skip
                if after == n_columns:
                    continue
                last = _fired(
                    rows_here, row_line[r, sample], row_limit[r, sample], words, columns_here,
                    row_list, n_rows,
                )  # fmt: skip
                if last == n_rows:
                    continue
                n_columns, n_rows, n_slots = after, last, n_slots + 1
                row_start[n_slots] = n_rows
                column_start[n_slots] = n_columns
        sample += 1
    # Sort by column, slots in their order: entry i + 1 is where column i is written next, then where i + 1 begins.
    n_out = column_begin.size - 2
    column_begin[:] = 0
    for n in range(n_columns):
        column_begin[(column_list[n] >> 1) + 2] += 1
    for i in range(n_out):
        column_begin[i + 2] += column_begin[i + 1]
    for slot in range(n_slots):
        for n in range(column_start[slot], column_start[slot + 1]):
            i = column_list[n] >> 1
            column_slot[column_begin[i + 1]] = 2 * slot + (column_list[n] & 1)
            column_begin[i + 1] += 1
    return sample, n_slots
