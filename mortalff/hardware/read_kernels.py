"""Compiled loops of the read path on a CPU: inputs and outputs are each gone over once, row by row.

They compute what :mod:`mortalff.hardware.read_reference` does, bit for bit. Rows are short enough that they and their
noise stay in the nearest cache, and every inner loop is free of branches.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from mortalff.philox import normals_row

_F32 = np.float32
_ROUND = np.float32(12582912.0)  # 1.5·2^23: adding and taking it away rounds to an integer
_MAGNITUDE = np.int32(0x7FFFFFFF)


@njit(forceinline=True, cache=True, error_model="numpy")
def _largest(row):  # type: ignore[no-untyped-def]
    """Largest |v| of a row; magnitudes of floats order as their bits do."""
    bits = row.view(np.int32)
    most = np.int32(0)
    for j in range(bits.size):
        magnitude = bits[j] & _MAGNITUDE
        most = magnitude if magnitude > most else most
    return most


@njit(forceinline=True, cache=True, error_model="numpy")
def through_converter(row, out, kind, top, bound, step, per_step, by, factor):  # type: ignore[no-untyped-def]
    """A row over ``by``, through its converter and times a factor, into ``out``, which may be the row."""
    if kind == 3 and by == _F32(1.0):
        for j in range(row.size):
            level = min(max(row[j] * per_step, -top), top)
            level = _F32(level + _ROUND) - _ROUND
            out[j] = min(max(level * step, -bound), bound) * factor
    elif kind == 3:
        for j in range(row.size):
            level = min(max(row[j] / by * per_step, -top), top)
            level = _F32(level + _ROUND) - _ROUND
            out[j] = min(max(level * step, -bound), bound) * factor
    elif kind == 2:
        for j in range(row.size):
            above = bound if row[j] / by > _F32(0.0) else _F32(0.0)
            out[j] = (-bound if row[j] / by < _F32(0.0) else above) * factor
    elif kind == 1:
        for j in range(row.size):
            out[j] = min(max(row[j] / by, -bound), bound) * factor
    else:
        for j in range(row.size):
            out[j] = row[j] / by * factor


@njit(cache=True, error_model="numpy")
def prepare_rows(x, ranging, cap, scale, kind, top, bound, step, per_step, lines):  # type: ignore[no-untyped-def]
    """Inputs (1 or chips, batch, n) to line voltages ``lines`` (chips, batch, n).

    ``ranging``: 0 leaves inputs as they are, 1 divides each by its largest magnitude, at most ``cap``, which goes to
    ``scale`` (1 or chips, batch), 2 divides by ``scale``.
    """
    chips, rows, _ = lines.shape
    largest = np.empty(1, np.int32)
    for chip in range(chips):
        for row in range(rows):
            source, out = x[min(chip, x.shape[0] - 1), row], lines[chip, row]
            by = _F32(1.0)
            if ranging > 0:
                if ranging == 1:
                    largest[0] = _largest(source)
                    scale[chip, row] = min(largest.view(np.float32)[0], cap)
                by = scale[min(chip, scale.shape[0] - 1), row]
                by = by if by > _F32(0.0) else _F32(1.0)
            through_converter(source, out, kind, top, bound, step, per_step, by, _F32(1.0))


@njit(cache=True)
def add_noise_rows(values, keys, call, sub, rows, std):  # type: ignore[no-untyped-def]
    """Add std · ξ to values (chips, batch, n), in place; ``std`` is (1 or chips, 1 or batch, 1 or n)."""
    chips, batch, columns = values.shape
    words = np.empty(4 * ((columns + 3) // 4), np.uint32)
    xi = np.empty(columns, np.float32)
    for chip in range(chips):
        for row in range(batch):
            line = values[chip, row]
            spread = std[min(chip, std.shape[0] - 1), min(row, std.shape[1] - 1)]
            normals_row(keys[chip], rows[row], call, sub, words, xi)
            if spread.size == 1:
                for j in range(columns):
                    line[j] += spread[0] * xi[j]
            else:
                for j in range(columns):
                    line[j] += spread[j] * xi[j]


@njit(cache=True, error_model="numpy")
def finish_rows(  # type: ignore[no-untyped-def]
    y, keys, call, sub, rows, std, kind, top, bound, step, per_step, clips_above, scale, clipped
):
    """Noise, conversion and the scale undone, on outputs (chips, batch, n) in place.

    ``scale`` is (1 or chips, batch); ``clipped`` (chips, batch) takes whether any output of a vector clips.
    """
    chips, batch, columns = y.shape
    words = np.empty(4 * ((columns + 3) // 4), np.uint32)
    xi = np.empty(columns, np.float32)
    for chip in range(chips):
        own = min(chip, bound.size - 1)
        full, above = bound[own], clips_above[own]
        for row in range(batch):
            line = y[chip, row]
            if std > _F32(0.0):
                normals_row(keys[chip], rows[row], call, sub, words, xi)
                for j in range(columns):
                    line[j] += std * xi[j]
            if kind > 0:
                beyond = np.int32(0)
                for j in range(columns):
                    beyond += np.int32(1) if abs(line[j]) > above else np.int32(0)
                clipped[chip, row] = beyond > 0
            factor = scale[min(chip, scale.shape[0] - 1), min(row, scale.shape[1] - 1)]
            through_converter(
                line, line, kind, top, full, step[own], per_step[own], _F32(1.0), factor
            )
