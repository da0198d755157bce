"""Compiled sums of what a read's inputs put on cells and wires: each array is gone over once."""

from __future__ import annotations

import numpy as np
from numba import njit

_F32 = np.float32
_SUMS = {"reassoc", "nsz", "contract"}


@njit(cache=True, error_model="numpy", fastmath=_SUMS)
def add_conductances(states, out_0, out_1, in_0, in_1, zero, full, both_ways, transposed, sums):  # type: ignore[no-untyped-def]
    """Add to ``sums`` (chips, lines driven) what the cells of each line conduct: (state − zero)/full, no less than 0.

    ``states`` are (chips, n_out, n_in), of which outputs ``out_0`` to ``out_1`` and inputs ``in_0`` to ``in_1`` are
    read, driven at the outputs where ``transposed``. ``both_ways``, states below ``zero`` conduct as those above.
    """
    floor = _F32(-np.inf) if both_ways else _F32(0.0)
    per = _F32(1.0) / full
    for chip in range(states.shape[0]):
        own = sums[chip]
        for o in range(out_0, out_1):
            row = states[chip, o, in_0:in_1]
            if transposed:
                total = _F32(0.0)
                for j in range(row.size):
                    total += abs(max(row[j] - zero, floor))
                own[o - out_0] += total * per
            else:
                for j in range(row.size):
                    own[j] += abs(max(row[j] - zero, floor)) * per


@njit(cache=True, error_model="numpy", fastmath=_SUMS)
def add_loads(lines, drive, conductance, which, by_duration, loads):  # type: ignore[no-untyped-def]
    """Add to ``loads`` (2, chips) sums of line voltages squared times lines' conductances, and of the squares alone.

    ``by_duration``, sums of the sizes of line inputs times lines' conductances, and the number of those that are not 0.
    ``lines`` are voltages (1 or some chips, batch, n) and ``drive`` what they drive cells with, the same array where
    cells are linear; ``which`` names the chips, whose ``conductance`` is (chips, n).
    """
    squares, driven = np.zeros(lines.shape[2], np.float32), np.zeros(lines.shape[2], np.float32)
    for number in range(which.size):
        chip = which[number]
        if number < lines.shape[0]:
            squares[:] = _F32(0.0)
            driven[:] = _F32(0.0)
            for row in range(lines.shape[1]):
                v, u = lines[number, row], drive[number, row]
                if by_duration:
                    for j in range(v.size):
                        squares[j] += _F32(1.0) if v[j] != _F32(0.0) else _F32(0.0)
                        driven[j] += abs(v[j])
                else:
                    for j in range(v.size):
                        squares[j] += v[j] * v[j]
                        driven[j] += v[j] * u[j]
        wire, cells = 0.0, 0.0
        for j in range(squares.size):
            wire += squares[j]
            cells += driven[j] * conductance[chip, j]
        loads[0, chip] += cells
        loads[1, chip] += wire
