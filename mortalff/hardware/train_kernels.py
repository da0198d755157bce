"""Compiled passes over a batch's pulse trains: what they add up to, and the factors of their moments.

They give what :class:`mortalff.physics.pulse_trains.Trains` and :func:`~mortalff.physics.pulse_trains.signed_operands`
do, in one pass each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from numba import njit
from torch import Tensor

from mortalff.physics.pulse_trains import Trains

_F32 = np.float32
Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Totals:
    """What a batch's trains add up to, for each chip or the one that all share.

    Attributes:
        line_pulses: expected pulses on all lines of all arrays.
        coincidences: expected coincidences at all devices.
        words: random words that drawing every slot of every line takes.
    """

    line_pulses: Float64
    coincidences: Float64
    words: Float64


def totals(trains: Trains, down: int = 1, across: int = 1) -> Totals:
    """Add up trains, (chips or 1, batch, lines), on any torch device.

    Args:
        trains: of a batch.
        down: arrays that share out the rows, each with columns of its own.
        across: arrays that share out the columns, each with rows of its own.
    """
    rows, columns, slots = trains.rows, trains.columns, trains.slots
    if rows.device.type == "cpu":
        x, d, length = (t.contiguous().numpy() for t in (rows, columns, slots))
        own = _totals(x, d, length, down, across)
        return Totals(own[0], own[1], own[2])
    lines = (rows != 0).sum(2, dtype=torch.float64) + (columns != 0).sum(2, dtype=torch.float64)
    words = (slots * lines).sum(1)
    # Moved together, as each move waits for all that the device has to do.
    every = torch.stack((trains.line_pulses(down, across), trains.coincidences(), words))
    return Totals(*every.cpu().numpy())


def _has(instructions: str) -> bool:
    supported = getattr(
        torch.cpu, f"_is_{instructions}_supported", None
    )  # of torch's own, so not in each version
    return supported is not None and bool(supported())


MULTIPLIES_BFLOAT16: Final = _has("avx512_bf16") or _has("amx_tile")
"""Whether this CPU has instructions for products of bfloat16."""


def bfloat16_operands(
    trains: Trains, lines: npt.NDArray[np.int32]
) -> tuple[tuple[Tensor, ...] | None, tuple[Tensor, ...] | None]:
    """Factors of one chip's moments in bfloat16, up and down; None for a direction that cannot occur.

    On a CPU that has no instructions for bfloat16, torch takes some fifteen times as long over a product of them as
    over one of float32, so there they are given as float32, with the same eight bits.

    Args:
        trains: of one chip, as :meth:`~mortalff.physics.pulse_trains.Trains.chip` gives them, on a CPU.
        lines: the input lines whose moments are wanted; empty for all.

    Returns:
        (a, b, c, d) with N = aᵀ b and Q = cᵀ d, of shapes (k, n_out), (k, lines), (k, n_out) and (k, lines).
    """
    rows, columns, slots = (
        t.contiguous().numpy() for t in (trains.rows, trains.columns, trains.slots)
    )
    if lines.size > 0:
        rows = np.take(rows, lines, axis=1)
    row_signs, column_signs = signs(rows), signs(columns)
    return tuple(  # type: ignore[return-value]
        _as_bfloat16(_factors(rows, columns, slots, row_signs, column_signs, sign))
        for sign in (1, -1)
    )


def _as_bfloat16(factors: tuple[npt.NDArray[np.uint16], ...]) -> tuple[Tensor, ...] | None:
    if factors[0].shape[0] == 0:
        return None
    exact = (torch.from_numpy(f).view(torch.bfloat16) for f in factors)
    return tuple(exact if MULTIPLIES_BFLOAT16 else (f.to(torch.float32) for f in exact))


@njit(cache=True, fastmath={"reassoc", "contract", "nsz"})
def _sum_abs(line):  # type: ignore[no-untyped-def]
    total = np.float64(0.0)
    for j in range(line.size):
        total += np.float64(abs(line[j]))
    return total


@njit(cache=True)
def _lit(line):  # type: ignore[no-untyped-def]
    count = 0
    for j in range(line.size):
        count += line[j] != _F32(0.0)
    return count


@njit(cache=True)
def _totals(rows, columns, slots, down, across):  # type: ignore[no-untyped-def]
    chips = max(rows.shape[0], columns.shape[0])
    out = np.zeros((3, chips))
    for chip in range(chips):
        x, d = rows[min(chip, rows.shape[0] - 1)], columns[min(chip, columns.shape[0] - 1)]
        length = slots[min(chip, slots.shape[0] - 1)]
        for b in range(length.size):
            if length[b] > _F32(0.0):
                over_rows, over_columns = _sum_abs(x[b]), _sum_abs(d[b])
                out[0, chip] += length[b] * (across * over_rows + down * over_columns)
                out[1, chip] += length[b] * over_rows * over_columns
                out[2, chip] += length[b] * (_lit(x[b]) + _lit(d[b]))
    return out


@njit(cache=True)
def signs(lines):  # type: ignore[no-untyped-def]
    """Which signs each sample's lines have: 1 above zero, 2 below, 3 both."""
    out = np.zeros(lines.shape[0], np.int64)
    for b in range(lines.shape[0]):
        lowest, highest = _F32(0.0), _F32(0.0)
        for j in range(lines.shape[1]):
            lowest, highest = min(lowest, lines[b, j]), max(highest, lines[b, j])
        out[b] = (highest > _F32(0.0)) + 2 * (lowest < _F32(0.0))
    return out


@njit(forceinline=True, cache=True, error_model="numpy")
def _rounded(value):  # type: ignore[no-untyped-def]
    """The bits of the nearest bfloat16 of a number that is finite."""
    bits = _F32(value).view(np.uint32)
    return np.uint16((bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> 16)


@njit(cache=True)
def _factors(rows, columns, slots, row_signs, column_signs, sign):  # type: ignore[no-untyped-def]
    """Samples that can give coincidences of a sign, first by rows above zero, then by those below."""
    batch, n_in = rows.shape
    n_out = columns.shape[1]
    kept = _kept(row_signs, column_signs, sign)
    number, line = np.empty((kept, n_out), np.uint16), np.empty((kept, n_in), np.uint16)
    number_twice, line_twice = np.empty((kept, n_out), np.uint16), np.empty((kept, n_in), np.uint16)
    k = 0
    for side in (1, -1):
        of_rows, of_columns = _F32(side), _F32(side * sign)
        for b in range(batch):
            if not _contributes(row_signs[b], column_signs[b], side, sign):
                continue
            for i in range(n_out):
                fired = max(columns[b, i] * of_columns, _F32(0.0))
                number[k, i] = _rounded(fired * slots[b])
                number_twice[k, i] = _rounded(fired * fired * slots[b])
            for j in range(n_in):
                lit = max(rows[b, j] * of_rows, _F32(0.0))
                line[k, j] = _rounded(lit)
                line_twice[k, j] = _rounded(lit * lit)
            k += 1
    return number, line, number_twice, line_twice


@njit(cache=True)
def _kept(row_signs, column_signs, sign):  # type: ignore[no-untyped-def]
    """How many samples, each counted once for either side of its rows, can give coincidences of a sign."""
    kept = 0
    for b in range(row_signs.size):
        for side in (1, -1):
            kept += _contributes(row_signs[b], column_signs[b], side, sign)
    return kept


@njit(forceinline=True, cache=True, error_model="numpy")
def _contributes(row_signs, column_signs, side, sign):  # type: ignore[no-untyped-def]
    rows_bit = 1 if side > 0 else 2
    columns_bit = 1 if side * sign > 0 else 2
    return (row_signs & rows_bit) > 0 and (column_signs & columns_bit) > 0


@njit(cache=True)
def moments(which, rows, columns, slots, sign):  # type: ignore[no-untyped-def]
    """Number and excess of some chips' coincidences of a sign.

    Takes positions of the chips, and firing probabilities and lengths as :class:`mortalff.physics.pulse_trains.Trains`
    has them. Gives (these chips, n_out, n_in), float32, or one chip's where all have the same trains; empty if there
    can be none.
    """
    if rows.shape[0] == 1 and columns.shape[0] == 1 and slots.shape[0] == 1:
        which = which[:1]
    batch, n_in = rows.shape[1:]
    n_out = columns.shape[2]
    number = np.empty((which.size, n_out, n_in), np.float32)
    excess = np.empty_like(number)
    fired, lit = np.empty((2 * batch, n_out), np.float32), np.empty((2 * batch, n_in), np.float32)
    twice = np.empty_like(fired)
    most = 0
    for k in range(which.size):
        chip = which[k]
        x, d = rows[min(chip, rows.shape[0] - 1)], columns[min(chip, columns.shape[0] - 1)]
        length = slots[min(chip, slots.shape[0] - 1)]
        row_signs, column_signs, kept = signs(x), signs(d), 0
        for side in (1, -1):
            of_rows, of_columns = _F32(side), _F32(side * sign)
            for b in range(batch):
                if _contributes(row_signs[b], column_signs[b], side, sign):
                    for i in range(n_out):
                        own = max(d[b, i] * of_columns, _F32(0.0))
                        fired[kept, i] = own * length[b]
                        twice[kept, i] = own * own * length[b]
                    for j in range(n_in):
                        lit[kept, j] = max(x[b, j] * of_rows, _F32(0.0))
                    kept += 1
        most = max(most, kept)
        if kept == 0:
            number[k] = _F32(0.0)
            excess[k] = _F32(0.0)
        else:
            lines = lit[:kept]
            np.dot(fired[:kept].T, lines, number[k])
            np.dot(twice[:kept].T, lines * lines, excess[k])
    if most == 0:
        return number[:0], excess[:0]
    return number, excess
