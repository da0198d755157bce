"""A resistive line with a conductance to ground at each cell: the voltage left at each.

A line of n cells is a ladder. Its terminal, at 1 V behind ``terminal_ohm``, is one ``wire_ohm`` from the first cell,
which is one from the next, and so on. With Y the admittance and J the short-circuit current looking away from the
terminal, conductance G of cell k included,

    Yₖ = Gₖ + Yₖ₊₁ / (1 + r Yₖ₊₁),  Jₖ = Jₖ₊₁ / (1 + r Yₖ₊₁),  uₖ = (uₖ₋₁ + rₖ Jₖ) / (1 + rₖ Yₖ),  u₋₁ = 1 V,

which is exact, and has no subtraction in which float32 could lose digits. J is zero unless the far end is a terminal
too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numba import njit
from torch import Tensor

from mortalff.cards.wires import End


@dataclass(frozen=True)
class Line:
    """One kind of line of an array.

    Attributes:
        wire_ohm: resistance per cell.
        terminal_ohm: resistance in series with each terminal.
        terminals: the ends that have one.
    """

    wire_ohm: float
    terminal_ohm: float
    terminals: End


def ladder_voltages(conductance: Tensor, line: Line) -> Tensor:
    """The voltage at each cell for terminals at 1 V, with the other side of every cell at 0 V.

    By reciprocity also the share of the current of each cell that reaches the terminals, when these are at 0 V.

    Args:
        conductance: (chips, n, lines), in siemens; the lines run along n.
        line: what they are made of.

    Returns:
        The like, in volts, at most 1.
    """
    if line.terminals == "last":
        turned = Line(line.wire_ohm, line.terminal_ohm, "first")
        return ladder_voltages(conductance.flip(1), turned).flip(1)
    if line.wire_ohm == 0.0:
        ends = 2.0 if line.terminals == "both" else 1.0
        total = conductance.cumsum(1)[:, -1:]  # cumsum's order of adding does not depend on chips
        return (1.0 / (1.0 + (line.terminal_ohm / ends) * total)).expand_as(conductance)
    both, voltages = line.terminals == "both", torch.empty_like(conductance).contiguous()
    if conductance.device.type == "cpu":
        given = conductance.contiguous().numpy()
        ohms = np.array([line.wire_ohm, line.wire_ohm + line.terminal_ohm], given.dtype)
        compiled_steps(given, ohms, both, voltages.numpy())
    else:
        tensor_steps(conductance, line, both, voltages)
    return voltages.clamp_(max=1.0)  # rounding


def tensor_steps(conductance: Tensor, line: Line, both: bool, voltages: Tensor) -> None:
    """The recursion, cell by cell, in tensors on any device: ``voltages`` is filled."""
    r, first = line.wire_ohm, line.wire_ohm + line.terminal_ohm
    n = conductance.shape[1]
    y = torch.full_like(conductance[:, 0], 1.0 / first if both else 0.0)
    j = y.clone()
    admittances, currents = torch.empty_like(voltages), torch.empty_like(voltages)
    for k in range(n - 1, -1, -1):
        # A far terminal is an admittance already; between cells there is a wire.
        f = 1.0 if k == n - 1 else 1.0 / (1.0 + r * y)
        y, j = conductance[:, k] + y * f, j * f
        admittances[:, k], currents[:, k] = y, j
    u = torch.ones_like(y)
    for k in range(n):
        ohm = first if k == 0 else r
        u = (u + ohm * currents[:, k]) / (1.0 + ohm * admittances[:, k])
        voltages[:, k] = u


@njit(cache=True)
def compiled_steps(conductance, ohms, both, voltages):  # type: ignore[no-untyped-def]
    """The same in compiled loops over numpy arrays; ohms: of a wire, and of a wire and a terminal."""
    chips, n, lines = conductance.shape
    one = ohms.dtype.type(1.0)
    r, first = ohms[0], ohms[1]
    admittances = np.empty((n, lines), ohms.dtype)
    currents = np.zeros((n, lines), ohms.dtype)
    for chip in range(chips):
        g, u = conductance[chip], voltages[chip]
        for i in range(lines):
            far = one / first if both else ohms.dtype.type(0.0)
            admittances[n - 1, i] = g[n - 1, i] + far
            currents[n - 1, i] = far
        for k in range(n - 2, -1, -1):
            for i in range(lines):
                f = one / (one + r * admittances[k + 1, i])
                admittances[k, i] = g[k, i] + admittances[k + 1, i] * f
                currents[k, i] = currents[k + 1, i] * f
        for i in range(lines):
            u[0, i] = (one + first * currents[0, i]) / (one + first * admittances[0, i])
        for k in range(1, n):
            for i in range(lines):
                u[k, i] = (u[k - 1, i] + r * currents[k, i]) / (one + r * admittances[k, i])
