"""Compiled sums of what a read's inputs put on cells and wires: each array is gone over once.

In plain torch: :mod:`mortalff.hardware.load_reference`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_F32 = np.float32
_SUMS = {"reassoc", "nsz", "contract"}


@njit(cache=True, error_model="numpy", fastmath=_SUMS)
def add_conductances(states, lines, zero, both_ways, of_inputs, of_outputs):  # type: ignore[no-untyped-def]
    """Add what the cells of each line conduct, in units of states: how far these are above ``zero``, or 0.

    ``states`` are (chips, n_out, n_in), of which only ``lines`` count: outputs from the first to the second of these,
    inputs from the third to the fourth. Sums are (chips, inputs) and (chips, outputs). ``both_ways``, states below
    ``zero`` conduct as those above.
    """
    out_0, out_1, in_0, in_1 = lines
    for chip in range(states.shape[0]):
        own = of_inputs[chip]
        for o in range(out_0, out_1):
            row = states[chip, o, in_0:in_1]
            total = _F32(0.0)
            if both_ways:
                for j in range(row.size):
                    held = abs(row[j] - zero)
                    own[j] += held
                    total += held
            else:
                for j in range(row.size):
                    held = max(row[j] - zero, _F32(0.0))
                    own[j] += held
                    total += held
            of_outputs[chip, o - out_0] += total


@njit(cache=True, error_model="numpy", fastmath=_SUMS)
def add_loads(lines, drive, conductance, which, by_duration, per, loads):  # type: ignore[no-untyped-def]
    """Add to ``loads`` (3, chips) sums of squared voltages times conductances, and to two more of the squares alone.

    ``by_duration``, sums of the sizes of line inputs times lines' conductances, and the number of those that are not 0.
    Each is added ``per`` (3,) times. ``lines`` are voltages (1 or some chips, batch, n) and ``drive`` what they drive
    cells with, of no size where that is the voltages themselves; ``which`` names the chips, and is of no size for all,
    whose ``conductance`` is (chips, n).
    """
    squares, driven = np.zeros(lines.shape[2], np.float32), np.zeros(lines.shape[2], np.float32)
    alike = drive.size == 0 and not by_duration
    for number in range(which.size if which.size else loads.shape[1]):
        chip = which[number] if which.size else number
        if number < lines.shape[0]:
            squares[:] = _F32(0.0)
            driven[:] = _F32(0.0)
            for row in range(lines.shape[1]):
                v = lines[number, row]
                if by_duration:
                    for j in range(v.size):
                        squares[j] += _F32(1.0) if v[j] != _F32(0.0) else _F32(0.0)
                        driven[j] += abs(v[j])
                elif alike:
                    for j in range(v.size):
                        squares[j] += v[j] * v[j]
                else:
                    u = drive[number, row]
                    for j in range(v.size):
                        squares[j] += v[j] * v[j]
                        driven[j] += v[j] * u[j]
        of_cells = squares if alike else driven
        wire, cells = 0.0, 0.0
        for j in range(squares.size):
            wire += squares[j]
            cells += of_cells[j] * conductance[chip, j]
        loads[0, chip] += per[0] * cells
        loads[1, chip] += per[1] * wire
        loads[2, chip] += per[2] * wire
