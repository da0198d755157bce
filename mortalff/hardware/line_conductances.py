"""What the cells of each line of an array conduct together, kept until devices change.

Conductances are in units of weights:

    reference:  g = max(w − w_min, 0), beside a cell fixed at w = 0
    pair:       g⁺ + g⁻; |w| where one number stands for both

A pair is a one-sided pair, whose devices have states of their own, or devices that are only ever programmed; all
others are read against a reference: a cell each, one a line where weights are mapped by offset, or none where a weight
is one cell. Devices' slow noise is taken to be none, and a reference to hold w = 0 exactly, whatever the read path's
``reference_weight`` says of its mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from torch import Tensor

from mortalff.cards import Card, OneSidedPair, Periphery
from mortalff.hardware.cell import Cell
from mortalff.hardware.load_kernels import add_conductances
from mortalff.hardware.load_reference import conductances_reference
from mortalff.hardware.tiles import Block

_F32 = np.float32
_Lines: TypeAlias = tuple[int, int, int, int]

Conductances: TypeAlias = npt.NDArray[np.float32] | Tensor
"""An array on a CPU, as compiled loops take it; else a tensor."""


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

    def of(self, block: Block, *, transposed: bool = False) -> Conductances:
        """Of each line that drives a block, (chips, lines): the same array each time, with what is so now.

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
        self.of_inputs, self.of_outputs = (_room(like, n) for n in (inputs, outputs))
        self.due = True

    def add_up(self, states: Sequence[Tensor]) -> None:
        """Take states as they are now."""
        zero, both_ways = self._mapping.zero, self._mapping.both_ways
        for sums, fixed in zip((self.of_inputs, self.of_outputs), self._fixed, strict=True):
            sums[:] = fixed
        for each in states:
            if isinstance(self.of_inputs, np.ndarray):
                to = self.of_inputs, self.of_outputs
                add_conductances(each.numpy(), self._lines, zero, both_ways, *to)
            else:
                found = conductances_reference(each, self._lines, float(zero), both_ways=both_ways)
                self.of_inputs += found[0]
                self.of_outputs += found[1]
        self.due = False


def _room(like: Tensor, lines: int) -> Conductances:
    if like.device.type == "cpu":
        return np.empty((like.shape[0], lines), np.float32)
    return like.new_empty(like.shape[0], lines)


def make_line_conductances(card: Card, periphery: Periphery, cell: Cell) -> LineConductances | None:
    """As :class:`LineConductances`; None where the card says no conductances."""
    return None if card.conductance is None else LineConductances(card, periphery, cell)
