"""What the inputs of reads put on the cells and wires of arrays: Σ V² G of cells, and Σ V² of lines.

A read costs V² G t in each cell that a line drives, and C V² for the wire over it. What V and G are depends on inputs
and weights, so that it is summed up as reads are made. Counts have it in units of the card's largest conductance and of
full scale; energy is worked out elsewhere.

    reference:  g = max(w − w_min, 0)/(w_max − w_min), beside a cell fixed at w = 0
    pair:       g⁺ + g⁻, each over w_max; |w|/w_max where one number stands for both

Where an input is a duration at full voltage ([conductance] inputs), a cell takes |x| g, and the wire of every line that
is driven at all is charged in full.

A pair is a one-sided pair, whose devices have states of their own, or devices that are only ever programmed; all
others are read against a reference: a cell each, one a line where weights are mapped by offset, or none where a weight
is one cell. Wires are taken to lose nothing of the voltage, devices' slow noise to be none, and a reference to hold w =
0 exactly, whatever the read path's ``reference_weight`` says of its mean.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from mortalff.actions import Counts
from mortalff.cards import Card, OneSidedPair, Periphery
from mortalff.hardware.cell import Cell
from mortalff.hardware.load_kernels import add_conductances, add_loads
from mortalff.hardware.load_reference import conductances_reference, loads_reference
from mortalff.hardware.tiles import Block

_F32 = np.float32
_Lines: TypeAlias = tuple[int, int, int, int]
"""Outputs from the first to the second, inputs from the third to the fourth."""

_THE_VOLTAGES = np.zeros((0, 0, 0), np.float32)  # what cells are driven with, where that is all


class LineConductances:
    """What the cells of each driven line conduct together, in units of weights.

    Args:
        card: says how weights are conductances; it has a device and [conductance].
        periphery: says how weights are mapped.
        cell: the devices.

    Attributes:
        largest: what the cell that conducts most does, in these units.
        by_duration: whether inputs are durations at full voltage, rather than voltages.
    """

    def __init__(self, card: Card, periphery: Periphery, cell: Cell) -> None:
        assert card.device is not None
        assert card.conductance is not None
        w_min, w_max = float(card.device.w_min), float(card.device.w_max)
        offset, cells = periphery.weight_mapping == "offset", card.conductance.cells_per_weight
        one_sided = isinstance(card.cell, OneSidedPair)
        self._arrays = tuple(cell.arrays.values())
        self._both_ways = (
            card.law.kind == "ProgramOnly" and cells == 2 and not (one_sided or offset)
        )
        paired = one_sided or self._both_ways
        self._zero = _F32(0.0 if paired else w_min)
        self.largest = w_max if paired else w_max - w_min
        self.by_duration = card.conductance.inputs == "duration"
        self._fixed = 0.0 if paired or (cells == 1 and not offset) else -w_min
        self._a_line = offset
        self._version: list[int] = []
        self._sums: dict[_Lines, tuple[Tensor, Tensor]] = {}
        self._due: set[_Lines] = set()

    def of(self, block: Block, *, transposed: bool = False) -> Tensor:
        """Of each line that drives a block, (chips, lines); not to be written to, and good until devices change.

        Args:
            block: which lines drive, and which are read.
            transposed: driven at the outputs.
        """
        version = [array.version for array in self._arrays]
        if version != self._version:
            self._version = version
            self._due = set(self._sums)
        outputs, inputs = block.lines_out, block.lines_in
        if transposed:
            outputs, inputs = inputs, outputs
        lines = (outputs.start, outputs.stop, inputs.start, inputs.stop)
        if lines not in self._sums:
            self._sums[lines] = self._room(lines)
            self._due.add(lines)
        if lines in self._due:
            self._add_up(lines)
            self._due.remove(lines)
        return self._sums[lines][transposed]

    def _room(self, lines: _Lines) -> tuple[Tensor, Tensor]:
        """For sums of input lines, (chips, inputs), and of output lines, (chips, outputs)."""
        out_0, out_1, in_0, in_1 = lines
        states = self._arrays[0].seen()
        chips, device = states.shape[0], states.device
        return (
            torch.empty(chips, in_1 - in_0, device=device),
            torch.empty(chips, out_1 - out_0, device=device),
        )

    def _add_up(self, lines: _Lines) -> None:
        """Both sums of the lines that cross: states are gone over once."""
        of_inputs, of_outputs = self._sums[lines]
        fixed = self._fixed
        of_inputs.fill_(fixed if self._a_line else fixed * of_outputs.shape[1])
        of_outputs.fill_(fixed if self._a_line else fixed * of_inputs.shape[1])
        zero, both_ways = self._zero, self._both_ways
        for array in self._arrays:
            states = array.seen()
            if states.device.type == "cpu":
                sums = of_inputs.numpy(), of_outputs.numpy()
                add_conductances(states.numpy(), lines, zero, both_ways, *sums)
            else:
                one, other = conductances_reference(states, lines, float(zero), both_ways=both_ways)
                of_inputs += one
                of_outputs += other


class ReadLoad:
    """Sums of one read of a block.

    Args:
        conductance: of each driven line, (chips, lines).
        by_duration: whether inputs are durations at full voltage, rather than voltages.

    Attributes:
        sums: Σ V² G of the cells and Σ V² of the lines, (2, chips), in units of conductances and line voltages. Of
            durations: Σ |x| G, and how many lines were driven.
        asked: which vectors of the chips are really read, (chips, batch) bool, where a whole batch is worked out though
            only some of it is read again; None for all.
    """

    asked: Tensor | None = None

    def __init__(self, conductance: Tensor, *, by_duration: bool = False) -> None:
        self._conductance, self._by_duration = conductance, by_duration
        self.sums: Counts = np.zeros((2, conductance.shape[0]))

    def add(self, lines: Tensor, drive: Tensor, which: Tensor | None) -> None:
        """Take in voltages that were applied.

        Args:
            lines: voltages, (1 or chips, batch, n).
            drive: what cells are driven with; the voltages themselves where cells are linear.
            which: the chips; None for all.
        """
        if self.asked is not None:
            plain, read = drive is lines, self.asked.unsqueeze(2)
            lines = lines * read
            drive = lines if plain else drive * read
        chips = np.arange(self.sums.shape[1]) if which is None else which.cpu().numpy()
        if lines.device.type == "cpu":
            volts = lines.contiguous().numpy()
            driven = _THE_VOLTAGES if drive is lines else drive.contiguous().numpy()
            held = self._conductance.numpy()
            add_loads(volts, driven, held, chips, self._by_duration, self.sums)
            return
        own = self._conductance if which is None else self._conductance[which]
        sums = loads_reference(lines, drive, own, by_duration=self._by_duration)
        self.sums[:, chips] += sums.cpu().numpy()


def make_line_conductances(card: Card, periphery: Periphery, cell: Cell) -> LineConductances | None:
    """As :class:`LineConductances`; None where the card says no conductances."""
    return None if card.conductance is None else LineConductances(card, periphery, cell)
