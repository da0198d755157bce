"""A compiled loop that pulses devices one coincidence at a time, in the order in which they happen.

The trains of a stretch of samples are drawn first: for each slot the rows that fire, for each column the slots in which
it fires. Then each column's devices are visited together, whose constants stay in the nearest cache, and every
coincidence moves its device. So the work is that of the pulses that happen, not of the devices that are there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit

from mortalff.hardware.step_kernels import (
    AFFINE,
    CONSTANT,
    EXPONENTIAL,
    PIECEWISE,
    POWER,
    SOFT,
    spread_of,
    step_of,
)
from mortalff.philox import normals_row, words_row

_F32 = np.float32
_FULL = np.uint16(65_534)
_DRAWN = 4_096
"""Normals drawn together, as a few at a time cost more."""
_STRETCH = 16_384
"""Fired rows after which a stretch of samples ends, so that what is drawn of it stays in the second cache."""


@njit(cache=True)
def _lit(line, index, threshold, negative):  # type: ignore[no-untyped-def]
    """List the lines that may fire: where, the largest word at which they do, whether they are negative."""
    count = 0
    for j in range(line.size):
        p = abs(line[j])
        if p > _F32(0.0):
            index[count] = j
            threshold[count] = np.uint32(min(np.float64(p) * 4294967296.0, 4294967295.0))
            negative[count] = line[j] < _F32(0.0)
            count += 1
    return count


@njit(cache=True)
def _fired(count, index, threshold, negative, words, offset, out):  # type: ignore[no-untyped-def]
    """Append each line that fires in a slot, as 2·line + negative; return how many."""
    found = 0
    for n in range(count):
        out[found] = 2 * index[n] + negative[n]
        found += words[offset + n] <= threshold[n]
    return found


@njit(cache=True)
def pulse_chips(  # type: ignore[no-untyped-def]
    which, w, hits, low, high, up, down, law, only, rows, columns, slots, bits, bit_call, keys, call
):
    """Pulse the devices of some chips with a batch of trains, in place.

    Takes:
        which: positions of the chips.
        w: weights, (chips, n_out, n_in).
        hits: pulses each device got are added here, uint16; empty where nobody asks.
        low, high: bounds, shaped as w.
        up, down: constants of either direction: (step, second, noise constant), each shaped as w or empty.
        law: (kind, noise, cycle std, shared numbers up, down, nodes up, down).
        only: 0 for both directions; 1 or -1 takes the coincidences of that sign alone, as up pulses.
        rows, columns: firing probabilities with signs, (1 or chips, batch, n_in) and (1 or chips, batch, n_out).
        slots: length of each sample's train, (1 or chips, batch).
        bits, bit_call, keys, call: where the trains' and the pulses' random numbers come from.
    """
    n_in, n_out = rows.shape[2], columns.shape[2]
    longest = np.int64(slots.max())  # train, by which a stretch may overrun
    size = min(rows.shape[1] * longest, _STRETCH + longest)
    lists = (
        np.empty(min(size * n_in, _STRETCH + longest * n_in) + 1, np.int32),
        np.empty(min(size * n_out, _STRETCH + longest * n_out) + 1, np.int32),
        np.empty(min(size * n_out, _STRETCH + longest * n_out) + 1, np.int32),
        np.empty(size + 1, np.int32),
        np.empty(size + 1, np.int32),
        np.empty(n_out + 2, np.int32),
    )
    for chip in which:
        _pulse_chip(
            w[chip],
            _of_chip(hits, chip),
            low[chip],
            high[chip],
            (up[0][chip], _of_chip(up[1], chip), _of_chip(up[2], chip)),
            (down[0][chip], _of_chip(down[1], chip), _of_chip(down[2], chip)),
            law,
            only,
            rows[min(chip, rows.shape[0] - 1)],
            columns[min(chip, columns.shape[0] - 1)],
            slots[min(chip, slots.shape[0] - 1)],
            bits[chip],
            bit_call,
            keys[chip],
            call,
            lists,
        )


@njit(inline="always", cache=True)
def _of_chip(table, chip):  # type: ignore[no-untyped-def]
    return table[chip] if table.size > 0 else table.reshape(0, 0)


@njit(cache=True)
def _pulse_chip(  # type: ignore[no-untyped-def]
    w,
    hits,
    low,
    high,
    up,
    down,
    law,
    only,
    rows,
    columns,
    slots,
    bit_key,
    bit_call,
    key,
    call,
    lists,
):
    """One chip of :func:`pulse_chips`."""
    kind, noise, cycle, shared_up, shared_down, nodes_up, nodes_down = law
    rest = noise, cycle, shared_up, shared_down, nodes_up, nodes_down
    batch, n_in = rows.shape
    n_out = columns.shape[1]
    row_index, row_limit = np.empty(n_in, np.int32), np.empty(n_in, np.uint32)
    row_sign = np.empty(n_in, np.bool_)
    column_index, column_limit = np.empty(n_out, np.int32), np.empty(n_out, np.uint32)
    column_sign = np.empty(n_out, np.bool_)
    words = np.empty(4 * ((n_in + n_out + 3) // 4), np.uint32)
    row_list, column_list, column_slot, row_start, column_start, by_column = lists
    xi = np.empty(0, np.float32)
    sample, drawn, cursor = 0, 0, 0
    while sample < batch:
        n_rows, n_columns, n_slots = 0, 0, 0
        row_start[0] = 0
        column_start[0] = 0
        while sample < batch and n_rows < _STRETCH and n_columns < _STRETCH and n_slots < _STRETCH:
            length = np.int64(slots[sample])
            if length > 0:
                row_count = _lit(rows[sample], row_index, row_limit, row_sign)
                column_count = _lit(columns[sample], column_index, column_limit, column_sign)
                if row_count > 0 and column_count > 0:
                    size = 4 * ((row_count + column_count + 3) // 4)
                    for slot in range(length):
                        words_row(bit_key, sample, bit_call, slot, words[:size])
                        more = _fired(
                            column_count, column_index, column_limit, column_sign, words, 0,
                            column_list[n_columns:],
                        )  # fmt: skip
                        if more == 0:
                            continue
                        other = _fired(
                            row_count, row_index, row_limit, row_sign, words, column_count,
                            row_list[n_rows:],
                        )  # fmt: skip
                        if other == 0:
                            continue
                        n_columns += more
                        n_rows += other
                        n_slots += 1
                        row_start[n_slots] = n_rows
                        column_start[n_slots] = n_columns
            sample += 1
        # Sort what fired by column, slots in their order.
        by_column[:] = 0
        for n in range(n_columns):
            by_column[(column_list[n] >> 1) + 2] += 1
        for i in range(n_out):
            by_column[i + 2] += by_column[i + 1]
        for slot in range(n_slots):
            for n in range(column_start[slot], column_start[slot + 1]):
                i = column_list[n] >> 1
                column_slot[by_column[i + 1]] = 2 * slot + (column_list[n] & 1)
                by_column[i + 1] += 1
        left = 0
        for slot in range(n_slots):
            left += (row_start[slot + 1] - row_start[slot]) * (
                column_start[slot + 1] - column_start[slot]
            )
        for i in range(n_out):
            first, last = by_column[i], by_column[i + 1]
            if first == last:
                continue
            total = 0
            for n in range(first, last):
                slot = column_slot[n] >> 1
                total += row_start[slot + 1] - row_start[slot]
            if cycle > _F32(0.0) and cursor + total > xi.size:
                more = max(total, min(left, _DRAWN))
                xi = np.empty(more, np.float32)
                normals_row(key, drawn, call, 0, np.empty(4 * ((more + 3) // 4), np.uint32), xi)
                drawn, cursor = drawn + 1, 0
            _pulse_column(
                kind,
                w[i],
                hits[i] if hits.size > 0 else hits.reshape(hits.size),
                low[i],
                high[i],
                (up[0][i], _of_row(up[1], i), _of_row(up[2], i)),
                (down[0][i], _of_row(down[1], i), _of_row(down[2], i)),
                rest,
                only,
                column_slot[first:last],
                row_start,
                row_list,
                xi[cursor:],
            )
            cursor += total
            left -= total


@njit(inline="always", cache=True)
def _of_row(table, i):  # type: ignore[no-untyped-def]
    return table[i] if table.size > 0 else table.reshape(table.size)


def _column_of(law: int) -> Callable[..., None]:
    """The inner loop for one law, as code of its own: where laws share it, each pulse would work out all of them."""

    @njit(cache=True, error_model="numpy")
    def pulse_column(  # type: ignore[no-untyped-def]
        w, hits, low, high, up, down, rest, only, fired, row_start, row_list, xi
    ):
        noise, cycle, shared_up, shared_down, nodes_up, nodes_down = rest
        step_up, second_up, constant_up = up
        step_down, second_down, constant_down = down
        drawn = 0
        for n in range(fired.size):
            slot, negative = fired[n] >> 1, fired[n] & 1
            for m in range(row_start[slot], row_start[slot + 1]):
                j = row_list[m] >> 1
                is_down = (row_list[m] & 1) ^ negative
                drawn += 1
                if only != 0:
                    if (is_down == 1) == (only > 0):
                        continue
                    is_down = 0
                v = w[j]
                if is_down == 0:
                    s = step_of(law, True, v, j, step_up, second_up, low, high, shared_up, nodes_up)
                    if cycle > _F32(0.0):
                        std = spread_of(noise, cycle, v, j, s, constant_up, shared_up)
                        s += std * xi[drawn - 1]
                    v += s
                else:
                    s = step_of(
                        law, False, v, j, step_down, second_down, low, high, shared_down, nodes_down
                    )
                    if cycle > _F32(0.0):
                        std = spread_of(noise, cycle, v, j, s, constant_down, shared_down)
                        s += std * xi[drawn - 1]
                    v -= s
                w[j] = min(max(v, low[j]), high[j])
                if hits.size > 0:
                    hits[j] = min(hits[j], _FULL) + np.uint16(1)

    return pulse_column


_constant = _column_of(CONSTANT)
_affine = _column_of(AFFINE)
_soft = _column_of(SOFT)
_exponential = _column_of(EXPONENTIAL)
_powers = _column_of(POWER)
_piecewise = _column_of(PIECEWISE)


@njit(cache=True)
def _pulse_column(  # type: ignore[no-untyped-def]
    law, w, hits, low, high, up, down, rest, only, fired, row_start, row_list, xi
):
    """Pulse the devices of one column in each slot in which it fires."""
    if law == CONSTANT:
        _constant(w, hits, low, high, up, down, rest, only, fired, row_start, row_list, xi)
    elif law == AFFINE:
        _affine(w, hits, low, high, up, down, rest, only, fired, row_start, row_list, xi)
    elif law == SOFT:
        _soft(w, hits, low, high, up, down, rest, only, fired, row_start, row_list, xi)
    elif law == EXPONENTIAL:
        _exponential(w, hits, low, high, up, down, rest, only, fired, row_start, row_list, xi)
    elif law == POWER:
        _powers(w, hits, low, high, up, down, rest, only, fired, row_start, row_list, xi)
    else:
        _piecewise(w, hits, low, high, up, down, rest, only, fired, row_start, row_list, xi)


@njit(cache=True)
def pulse_counted(w, low, high, up, down, law, counts, keys, call):  # type: ignore[no-untyped-def]
    """Give each device a number of pulses of its own, in place.

    Takes:
        w: weights, (chips, n_out, n_in).
        low, high, up, down, law: as for :func:`pulse_chips`.
        counts: pulses, (chips, n_out, n_in), int32; below zero for down pulses.
        keys, call: where the random numbers come from.
    """
    kind, noise, cycle, shared_up, shared_down, nodes_up, nodes_down = law
    rest = noise, cycle, shared_up, shared_down, nodes_up, nodes_down
    n_chips, n_out, n_in = w.shape
    row_list, row_start = np.empty(0, np.int32), np.zeros(2, np.int32)
    once = np.zeros(1, np.int32)
    no_hits = np.empty(0, np.uint16)
    for chip in range(n_chips):
        for i in range(n_out):
            total = 0
            for j in range(n_in):
                total += abs(counts[chip, i, j])
            if total == 0:
                continue
            if row_list.size < total:
                row_list = np.empty(total, np.int32)
            n = 0
            for j in range(n_in):
                number = counts[chip, i, j]
                for _ in range(abs(number)):
                    row_list[n] = 2 * j + (number < 0)
                    n += 1
            row_start[1] = total
            xi = np.empty(total if cycle > _F32(0.0) else 0, np.float32)
            normals_row(keys[chip], i, call, 0, np.empty(4 * ((xi.size + 3) // 4), np.uint32), xi)
            _pulse_column(
                kind,
                w[chip, i],
                no_hits,
                low[chip, i],
                high[chip, i],
                (
                    up[0][chip, i],
                    _of_row(_of_chip(up[1], chip), i),
                    _of_row(_of_chip(up[2], chip), i),
                ),
                (
                    down[0][chip, i],
                    _of_row(_of_chip(down[1], chip), i),
                    _of_row(_of_chip(down[2], chip), i),
                ),
                rest,
                0,
                once,
                row_start,
                row_list,
                xi,
            )


@njit(cache=True)
def scatter_seen(which, seen, w, low, high, hits, std, keys, call):  # type: ignore[no-untyped-def]
    """Draw anew what is seen of some chips' devices, where pulses reached them and they have a range."""
    n_out, n_in = w.shape[1:]
    reached = np.empty(n_in + 1, np.int32)
    words, xi = np.empty(4 * ((n_in + 3) // 4), np.uint32), np.empty(n_in, np.float32)
    for chip in which:
        for i in range(n_out):
            hit, count = hits[chip, i], 0
            for j in range(n_in):
                reached[count] = j
                count += hit[j] > np.uint16(0)
            if count == 0:
                continue
            normals_row(keys[chip], i, call, 0, words[: 4 * ((count + 3) // 4)], xi[:count])
            for n in range(count):
                j = reached[n]
                if low[chip, i, j] < high[chip, i, j]:  # others' numbers do not depend on it
                    seen[chip, i, j] = w[chip, i, j] + std * xi[n]
