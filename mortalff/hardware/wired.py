"""The weights that reads meet where the wires of arrays resist.

A layer lies over arrays that each have wires of their own, so effective conductances are those of each array
(:mod:`mortalff.physics.ir_drop`). They are fixed by the conductances of the cells, and worked out again only when what
is seen of these has changed; reads stay products of a matrix and a vector.

Conductances are those of :class:`mortalff.physics.conductance_scale.ConductanceScale`. A one-sided pair is two devices
in states of their own. One device that stands for a pair is split as that scale has it, so that one of the two holds
nothing. One that stands for itself (``weight_mapping = "offset"``, or one cell a weight) is read against a reference
line, the last output line of its array, whose cells all have the conductance of weight zero and which drops as the
others do; its own spread is the read path's.

A transposed read meets the transposed matrix, by reciprocity: each driven end then is sensed, each sensed end driven,
and a reference line driven against the sum of the inputs. What is not affected by wires: programming and pulses, whose
voltages are taken to arrive; the reads of programming and of refreshes, one cell at a time; and privileged reads, which
show what devices hold. A bent I–V curve is applied to effective weights: the drop is that of straight ones.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.cards import Card, OneSidedPair, Periphery
from mortalff.errors import CardError, message
from mortalff.hardware.cell import Cell
from mortalff.hardware.conductance_models import conductance_scale
from mortalff.hardware.tiles import blocks
from mortalff.physics.conductance_scale import Encoding
from mortalff.physics.ir_drop import IRDrop


class WiredWeights:
    """The effective weights of a row of chips. Made only where wires resist: see :func:`make_wired`.

    Args:
        card: its wires, arrays, conductances and cells.
        periphery: says how weights are mapped.
        cell: the devices.

    Raises:
        CardError: the card has no [conductance], or arrays are out of the range of the approximation as chips leave
            the fab.
    """

    def __init__(self, card: Card, periphery: Periphery, cell: Cell) -> None:
        if card.conductance is None:
            rule = "what is lost in wires depends on conductances, which [conductance] gives"
            right = "add [conductance], or leave the resistances of [wires] out"
            raise CardError(message(f"card {card.name!r}: conductance", None, rule, right))
        offset = periphery.weight_mapping == "offset" or card.conductance.cells_per_weight == 1
        self._split = not (offset or isinstance(card.cell, OneSidedPair))
        encoding: Encoding = "pair" if self._split else "offset"
        self._scale = conductance_scale(card, card.programming, encoding)
        self._ir_drop, self._cell = IRDrop(card.wires), cell
        n_out, n_in = cell.weights().shape[1:]
        self._arrays = [
            (block.lines_out, slice(block.lines_in.start + a.start, block.lines_in.start + a.stop))
            for block in blocks(card.tiling, n_out, n_in)
            for a in block.arrays
        ]
        self._known: tuple[tuple[int, ...], Tensor] | None = None
        self.effective()

    def effective(self, noise: Tensor | None = None) -> Tensor:
        """The weights by which a read multiplies, (chips, n_out, n_in); not to be written to.

        Args:
            noise: what the devices' own noise adds to each weight now, of that shape; devices of a one-sided pair get
                half of it each. With it, the work is done at every read.

        Raises:
            CardError: an array is out of the range of the approximation.
        """
        if noise is not None:
            return self._worked_out(noise)
        version = tuple(array.version for array in self._cell.arrays.values())
        if self._known is None or self._known[0] != version:
            self._known = version, self._worked_out(None)
        return self._known[1]

    def _worked_out(self, noise: Tensor | None) -> Tensor:
        states = [array.seen() for array in self._cell.arrays.values()]
        if noise is not None:
            share = noise / len(states)
            states = [state + sign * share for state, sign in zip(states, (1, -1), strict=False)]
        if self._split:
            states = [states[0].clamp_min(0.0), (-states[0]).clamp_min(0.0)]
        zero = 0.0 if self._split else self._scale.w_min
        k, g_min = self._scale.siemens_per_weight, self._scale.g_min
        devices = [(state - zero) * k + g_min for state in states]
        effective = torch.empty_like(devices[0])
        for lines_out, lines_in in self._arrays:
            own = [device[:, lines_out, lines_in] for device in devices]
            effective[:, lines_out, lines_in] = self._of_array(own)
        return effective.div_(k)

    def _of_array(self, devices: list[Tensor]) -> Tensor:
        """Effective conductances of one array, the reference or the other device of each pair taken off.

        A device below its nominal range may call for less than no conductance. Wires see none there, and what is
        missing is added unchanged.
        """
        cells = [device.clamp_min(0.0) for device in devices]
        missing = [device - cell for device, cell in zip(devices, cells, strict=True)]
        if len(cells) == 2:
            return self._ir_drop.effective_pair(cells[0], cells[1]) + (missing[0] - missing[1])
        zero = -self._scale.w_min * self._scale.siemens_per_weight + self._scale.g_min
        reference = torch.full_like(cells[0][:, :1], zero)
        whole = self._ir_drop.effective_conductance(torch.cat([cells[0], reference], 1))
        return whole[:, :-1] - whole[:, -1:] + missing[0]


def make_wired(card: Card, periphery: Periphery, cell: Cell) -> WiredWeights | None:
    """The effective weights of chips, arguments as for :class:`WiredWeights`; None where wires are ideal."""
    return WiredWeights(card, periphery, cell) if card.wires.resist else None
