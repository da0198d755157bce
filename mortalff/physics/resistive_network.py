"""A crossbar's resistive network, solved exactly: every cell, wire and terminal a resistor, one sparse solve.

Kirchhoff's current law at every node, Σ g (V − V') = 0, is a sparse linear system in the node voltages; currents at the
terminals follow from it. It checks :mod:`mortalff.physics.ir_drop`, and is too slow to train with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from mortalff.cards.wires import End, Wires

Floats = NDArray[np.float64]
Nodes = NDArray[np.int64]


@dataclass(frozen=True)
class Solution:
    """What the network does at some input.

    Attributes:
        currents: into the sensed terminals, (n_out,), in amperes.
        drawn: from the driven terminals, (n_in,), in amperes.
        input_side: voltage of each cell's input line at that cell, (n_out, n_in).
        output_side: voltage of its output line there, (n_out, n_in).
    """

    currents: Floats
    drawn: Floats
    input_side: Floats
    output_side: Floats


class ResistiveNetwork:
    """One array.

    Args:
        conductance: of the cells, (n_out, n_in), in siemens, none negative.
        wires: of the array.
    """

    def __init__(self, conductance: Floats, wires: Wires) -> None:
        self._n_out, self._n_in = n_out, n_in = conductance.shape
        cells = n_out * n_in
        inner: Nodes = np.arange(cells).reshape(n_out, n_in)
        drivers: Nodes = 2 * cells + np.arange(n_in)
        senses: Nodes = 2 * cells + n_in + np.arange(n_out)
        rows: list[tuple[Nodes, Nodes, Floats]] = []
        ohms = (float(wires.input_wire_ohm), float(wires.driver_ohm))
        rows += _lines(inner, drivers, *ohms, wires.driven_from)
        ohms = (float(wires.output_wire_ohm), float(wires.sense_ohm))
        rows += _lines((inner + cells).T, senses, *ohms, wires.sensed_from)
        one, other, ohm = (np.concatenate(column) for column in zip(*rows, strict=True))
        # What no resistance parts is one node.
        total, short = 2 * cells + n_in + n_out, ohm == 0.0
        joined = coo_array((np.ones(short.sum()), (one[short], other[short])), (total, total))
        count, self._node = connected_components(joined, directed=False)
        one = np.concatenate([one[~short], inner.ravel()])
        other = np.concatenate([other[~short], inner.ravel() + cells])
        siemens = np.concatenate([1.0 / ohm[~short], conductance.ravel()])
        a, b = self._node[one], self._node[other]
        entries = np.concatenate([siemens, siemens, -siemens, -siemens])
        places = (np.concatenate([a, b, a, b]), np.concatenate([a, b, b, a]))
        self._laplacian = coo_array((entries, places), (count, count)).tocsr()
        self._fixed = self._node[np.concatenate([drivers, senses])]
        free = np.ones(count, dtype=bool)
        free[self._fixed] = False
        self._free = np.flatnonzero(free)
        inside = self._laplacian[self._free][:, self._free].tocsc()
        self._factors = splu(inside) if self._free.size else None

    def solve(self, v: Floats) -> Solution:
        """Voltages and currents at line voltages v, (n_in,), in volts."""
        voltages, at_terminals = self._voltages(v[:, None])
        cells = self._n_out * self._n_in
        shape = (self._n_out, self._n_in)
        return Solution(
            currents=-at_terminals[self._n_in :, 0],
            drawn=at_terminals[: self._n_in, 0],
            input_side=voltages[self._node[:cells], 0].reshape(shape),
            output_side=voltages[self._node[cells : 2 * cells], 0].reshape(shape),
        )

    def effective_conductance(self) -> Floats:
        """The matrix E of I = E v, (n_out, n_in), in siemens."""
        return -self._voltages(np.eye(self._n_in))[1][self._n_in :]

    def _voltages(self, v: Floats) -> tuple[Floats, Floats]:
        """Node voltages and what flows out of the terminals, for each column of v, (n_in, any)."""
        voltages = np.zeros((self._laplacian.shape[0], v.shape[1]))
        voltages[self._fixed[: self._n_in]] = v
        if self._factors is not None:
            pushed = self._laplacian[self._free][:, self._fixed[: self._n_in]] @ v
            voltages[self._free] = self._factors.solve(-pushed)
        return voltages, self._laplacian[self._fixed] @ voltages


def _lines(
    nodes: Nodes, terminals: Nodes, wire_ohm: float, terminal_ohm: float, ends: End
) -> list[tuple[Nodes, Nodes, Floats]]:
    """Resistors of lines along the first axis of ``nodes``, (cells of a line, lines)."""
    resistors = [(nodes[:-1].ravel(), nodes[1:].ravel(), np.full(nodes[1:].size, wire_ohm))]
    for end, cells in (("first", nodes[0]), ("last", nodes[-1])):
        if ends in (end, "both"):
            resistors.append((cells, terminals, np.full(cells.size, wire_ohm + terminal_ohm)))
    return resistors
