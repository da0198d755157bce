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

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from torch import Tensor

from mortalff.actions import Counts
from mortalff.cards import Card, OneSidedPair, Periphery
from mortalff.hardware.cell import Cell
from mortalff.hardware.load_kernels import add_conductances, add_loads
from mortalff.hardware.load_reference import conductances_reference, loads_reference
from mortalff.hardware.tiles import Block

_F32 = np.float32
_THE_VOLTAGES = np.zeros((0, 0, 0), np.float32)  # what cells are driven with, where that is all
_ALL_CHIPS = np.zeros(0, np.int64)
_Lines: TypeAlias = tuple[int, int, int, int]


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
        both_ways = card.law.kind == "ProgramOnly" and cells == 2 and not (one_sided or offset)
        paired = one_sided or both_ways
        self.largest = w_max if paired else w_max - w_min
        self.by_duration = card.conductance.inputs == "duration"
        self._arrays = tuple(cell.arrays.values())
        self._mapping = _Mapping(
            zero=_F32(0.0 if paired else w_min),
            both_ways=both_ways,
            fixed=0.0 if paired or (cells == 1 and not offset) else -w_min,
            a_line=offset,
        )
        self._version: list[int] = []
        self._crossings: dict[_Lines, LineCrossing] = {}

    def of(self, block: Block, *, transposed: bool = False) -> Tensor:
        """Of each line that drives a block, (chips, lines): the same tensor each time, with what is so now.

        Args:
            block: which lines drive, and which are read.
            transposed: driven at the outputs.

        Returns:
            Not to be written to.
        """
        version = [array.version for array in self._arrays]
        if version != self._version:
            self._version = version
            for each in self._crossings.values():
                each.due = True
        outputs, inputs = block.lines_out, block.lines_in
        if transposed:
            outputs, inputs = inputs, outputs
        lines = (outputs.start, outputs.stop, inputs.start, inputs.stop)
        if lines not in self._crossings:
            self._crossings[lines] = LineCrossing(lines, self._mapping, self._arrays[0].seen())
        crossing = self._crossings[lines]
        if crossing.due:
            crossing.add_up([array.seen() for array in self._arrays])
        return crossing.of_outputs if transposed else crossing.of_inputs


class _Mapping(NamedTuple):
    """How states are conductances.

    Attributes:
        zero: the state that conducts nothing.
        both_ways: whether states below that conduct as those above.
        fixed: what a cell beside conducts.
        a_line: whether there is one of these a line, rather than one a weight.
    """

    zero: np.float32
    both_ways: bool
    fixed: float
    a_line: bool


class LineCrossing:
    """Cells where some lines cross, and what those of each line conduct: one pass over states for both directions.

    Args:
        lines: outputs, from the first to the second of these, and inputs, from the third to the fourth.
        mapping: how states are conductances.
        like: states, (chips, n_out, n_in).

    Attributes:
        of_inputs: (chips, inputs).
        of_outputs: (chips, outputs).
        due: whether they have to be added up.
    """

    def __init__(self, lines: _Lines, mapping: _Mapping, like: Tensor) -> None:
        self._lines, self._mapping = lines, mapping
        outputs, inputs = lines[1] - lines[0], lines[3] - lines[2]
        each = (1, 1) if mapping.a_line else (outputs, inputs)
        self._fixed = (mapping.fixed * each[0], mapping.fixed * each[1])
        self.of_inputs, self.of_outputs = (
            like.new_empty(like.shape[0], n) for n in (inputs, outputs)
        )
        self._compiled = like.device.type == "cpu"
        if self._compiled:
            self._arrays = self.of_inputs.numpy(), self.of_outputs.numpy()
        self.due = True

    def add_up(self, states: Sequence[Tensor]) -> None:
        """Take states as they are now."""
        zero, both_ways = self._mapping.zero, self._mapping.both_ways
        if self._compiled:
            for sums, fixed in zip(self._arrays, self._fixed, strict=True):
                sums.fill(fixed)
            for each in states:
                add_conductances(each.numpy(), self._lines, zero, both_ways, *self._arrays)
        else:
            self.of_inputs.fill_(self._fixed[0])
            self.of_outputs.fill_(self._fixed[1])
            for each in states:
                found = conductances_reference(each, self._lines, float(zero), both_ways=both_ways)
                self.of_inputs += found[0]
                self.of_outputs += found[1]
        self.due = False


class ReadLoad:
    """Counts what reads of a block put on its cells and wires.

    Args:
        conductance: of each driven line, (chips, lines), kept and looked at when there are reads.
        per: what Σ V² G, and twice Σ V², are in counts, (3,). Of durations: Σ |x| G, and how many lines are driven.
        by_duration: whether inputs are durations at full voltage, rather than voltages.

    Attributes:
        asked: which vectors of the chips are really read, (chips, batch) bool, where a whole batch is worked out though
            only some of it is read again; None for all.
    """

    def __init__(self, conductance: Tensor, per: Counts, *, by_duration: bool = False) -> None:
        self._conductance, self._by_duration, self._per = conductance, by_duration, per
        self._compiled = conductance.device.type == "cpu"
        if self._compiled:
            self._array = conductance.numpy()
        self.begin(np.zeros((3, conductance.shape[0])))

    def begin(self, counts: Counts) -> None:
        """Count a read.

        Args:
            counts: of :data:`mortalff.actions.READ_LOADS`, (3, chips), added to in place.
        """
        self._counts = counts
        self.asked: Tensor | None = None

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
        if self._compiled:
            add_loads(
                lines.contiguous().numpy(),
                _THE_VOLTAGES if drive is lines else drive.contiguous().numpy(),
                self._array,
                _ALL_CHIPS if which is None else which.numpy(),
                self._by_duration,
                self._per,
                self._counts,
            )
            return
        own = self._conductance if which is None else self._conductance[which]
        sums = loads_reference(lines, drive, own, by_duration=self._by_duration).cpu().numpy()
        chips = slice(None) if which is None else which.cpu().numpy()
        self._counts[:, chips] += self._per[:, np.newaxis] * sums


def make_line_conductances(card: Card, periphery: Periphery, cell: Cell) -> LineConductances | None:
    """As :class:`LineConductances`; None where the card says no conductances."""
    return None if card.conductance is None else LineConductances(card, periphery, cell)
