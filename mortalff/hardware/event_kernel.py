"""A compiled loop that pulses devices one coincidence at a time, in the order in which they happen.

The trains of a stretch of samples are drawn first: for each slot the rows that fire, for each column the slots in which
it fires. Then each column's devices are visited together, whose constants stay in the nearest cache, and every
coincidence moves its device. So the work is that of the pulses that happen, not of the devices that are there.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from mortalff.hardware.slot_draws import STRETCH, draw_stretch, lit_lines
from mortalff.hardware.step_kernels import spread_of, step_of
from mortalff.philox import normals_row

_F32 = np.float32
_FULL = np.uint16(65_534)
_DRAWN = 4_096
"""Normals drawn together, as a few at a time cost more."""


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
        law: (a tuple longer by one than the kind's number, noise, cycle std, shared numbers up, down, nodes up, down).
        only: 0 for both directions; 1 or -1 takes the coincidences of that sign alone, as up pulses.
        rows, columns: firing probabilities with signs, (1 or chips, batch, n_in) and (1 or chips, batch, n_out).
        slots: length of each sample's train, (1 or chips, batch).
        bits, bit_call, keys, call: where the trains' and the pulses' random numbers come from.
    """
    n_in, n_out, batch = rows.shape[2], columns.shape[2], slots.shape[1]
    lit_rows, lit_columns = lit_lines(rows), lit_lines(columns)
    longest = np.int64(slots.max())  # train, by which a stretch may overrun
    most = min(batch * longest, STRETCH + longest)
    most_rows = min(batch * longest * n_in, STRETCH + longest * n_in) + 1
    most_columns = min(batch * longest * n_out, STRETCH + longest * n_out) + 1
    row_list, row_start = np.empty(most_rows, np.int32), np.empty(most + 1, np.int32)
    column_slot, column_begin = np.empty(most_columns, np.int32), np.empty(n_out + 2, np.int32)
    column_list, column_start = np.empty(most_columns, np.int32), np.empty(most + 1, np.int32)
    lists = row_list, row_start, column_slot, column_begin, column_list, column_start
    words = np.empty(4 * ((n_in + n_out + 3) // 4), np.uint32)
    xi = np.empty(_DRAWN, np.float32)
    for chip in which:
        sample, drawn, cursor, filled = 0, 0, 0, 0
        while sample < batch:
            sample, n_slots = draw_stretch(
                sample, slots, lit_rows, lit_columns, chip, bits[chip], bit_call, words, lists
            )
            left = 0
            for slot in range(n_slots):
                left += (row_start[slot + 1] - row_start[slot]) * (
                    column_start[slot + 1] - column_start[slot]
                )
            if left > 0:
                xi, drawn, cursor, filled = _pulse_columns(
                    law,
                    _flat(w, chip),
                    _flat(hits, chip),
                    _flat(low, chip),
                    _flat(high, chip),
                    (_flat(up[0], chip), _flat(up[1], chip), _flat(up[2], chip)),
                    (_flat(down[0], chip), _flat(down[1], chip), _flat(down[2], chip)),
                    only,
                    n_in,
                    column_begin,
                    column_slot,
                    row_start,
                    row_list,
                    (keys[chip], call),
                    (xi, drawn, cursor, filled, left),
                )


@njit(forceinline=True, cache=True, error_model="numpy")
def _flat(table, chip):  # type: ignore[no-untyped-def]
    """One chip's entries of a table that may be empty, as one axis."""
    own = table[chip : chip + 1] if table.size > 0 else table
    return own.reshape(own.size)


@njit(cache=True, error_model="numpy")
def _pulse_columns(  # type: ignore[no-untyped-def]
    law, w, hits, low, high, up, down, only, n_in,
    column_begin, column_slot, row_start, row_list, source, normals,
):  # fmt: skip
    """Pulse the devices of each column in each slot in which it fires."""
    tag, noise, cycle, shared_up, shared_down, nodes_up, nodes_down = law
    kind = len(tag) - 1  # known to the compiler, so that this law alone is compiled
    step_up, second_up, constant_up = up
    step_down, second_down, constant_down = down
    key, call = source
    xi, drawn, cursor, filled, left = normals
    for i in range(column_begin.size - 2):
        first, last = column_begin[i], column_begin[i + 1]
        if first == last:
            continue
        if cycle > _F32(0.0):
            total = 0
            for n in range(first, last):
                slot = column_slot[n] >> 1
                total += row_start[slot + 1] - row_start[slot]
            if cursor + total > filled:
                filled = max(total, min(left, _DRAWN))
                if xi.size < filled:
                    xi = np.empty(filled, np.float32)
                words = np.empty(4 * ((filled + 3) // 4), np.uint32)
                normals_row(key, drawn, call, 0, words, xi[:filled])
                drawn, cursor = drawn + 1, 0
            left -= total
        base = i * n_in
        for n in range(first, last):
            slot, negative = column_slot[n] >> 1, column_slot[n] & 1
            for m in range(row_start[slot], row_start[slot + 1]):
                j = base + (row_list[m] >> 1)
                is_down = (row_list[m] & 1) ^ negative
                cursor += 1
                if only != 0:
                    if (is_down == 1) == (only > 0):
                        continue
                    is_down = 0
                v = w[j]
                if is_down == 0:
                    s = step_of(
                        kind, True, v, j, step_up, second_up, low, high, shared_up, nodes_up
                    )
                    if cycle > _F32(0.0):
                        std = spread_of(noise, cycle, v, j, s, constant_up, shared_up)
                        s += std * xi[cursor - 1]
                    v += s
                else:
                    s = step_of(
                        kind, False, v, j, step_down, second_down, low, high, shared_down,
                        nodes_down,
                    )  # fmt: skip
                    if cycle > _F32(0.0):
                        std = spread_of(noise, cycle, v, j, s, constant_down, shared_down)
                        s += std * xi[cursor - 1]
                    v -= s
                w[j] = min(max(v, low[j]), high[j])
                if hits.size > 0:
                    hits[j] = min(hits[j], _FULL) + np.uint16(1)
    return xi, drawn, cursor, filled


@njit(cache=True)
def pulse_counted(w, low, high, up, down, law, counts, keys, call):  # type: ignore[no-untyped-def]
    """Give each device a number of pulses of its own, in place.

    Takes:
        w: weights, (chips, n_out, n_in).
        low, high, up, down, law: as for :func:`pulse_chips`.
        counts: pulses, (chips, n_out, n_in), int32; below zero for down pulses.
        keys, call: where the random numbers come from.
    """
    n_chips, n_out, n_in = w.shape
    row_list, row_start = np.empty(0, np.int32), np.zeros(2, np.int32)
    begin, once = np.zeros(n_out + 2, np.int32), np.zeros(1, np.int32)
    no_hits, xi = np.empty(0, np.uint16), np.empty(_DRAWN, np.float32)
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
            begin[: i + 1] = 0
            begin[i + 1 :] = 1
            _pulse_columns(
                law,
                _flat(w, chip),
                no_hits,
                _flat(low, chip),
                _flat(high, chip),
                (_flat(up[0], chip), _flat(up[1], chip), _flat(up[2], chip)),
                (_flat(down[0], chip), _flat(down[1], chip), _flat(down[2], chip)),
                0,
                n_in,
                begin,
                once,
                row_start,
                row_list,
                (keys[chip], call),
                (xi, i, 0, 0, total),
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
