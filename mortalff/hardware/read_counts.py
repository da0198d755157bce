"""What reads of a layer count: so much a vector, worked out once, and what depends on values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from mortalff.actions import ACTIONS, METERED, READ_LOADS, Counts, table_of
from mortalff.cards import Periphery
from mortalff.hardware.input_slices import slice_number
from mortalff.hardware.line_conductances import LineConductances
from mortalff.hardware.ranging_work import ranging_work
from mortalff.hardware.read_load import ReadLoad
from mortalff.hardware.tiles import Block

_LOADS = slice(list(ACTIONS).index(READ_LOADS[0]), list(ACTIONS).index(READ_LOADS[-1]) + 1)
assert tuple(ACTIONS)[_LOADS] == READ_LOADS


class ReadCounts:
    """Counts of reads on one side of a layer, all in the order of :data:`mortalff.actions.ACTIONS`.

    Args:
        periphery: what stands around the arrays.
        blocks: how the layer is laid over them.
        n_out: outputs of the read.
        cells_per_weight: devices a weight is made of, where it is not mapped by offset.
        transposed: whether arrays are driven at their output lines.
        loads: by which loads of reads are summed up; none are without.
    """

    def __init__(
        self,
        periphery: Periphery,
        blocks: Sequence[Block],
        n_out: int,
        *,
        cells_per_weight: int,
        transposed: bool,
        loads: LineConductances | None,
    ) -> None:
        self._periphery, self._transposed, self._metered = periphery, transposed, loads is not None
        self._blocks, self._known = tuple(blocks), loads
        self._offset = periphery.weight_mapping == "offset"
        self._cells = 1 if self._offset else cells_per_weight
        rows = len({block.lines_in.start for block in blocks})
        self._first = table_of({"digital_op": (rows - 1) * n_out})  # partial sums are merged
        for block in blocks:
            self._first += self._of_a_vector(block, again=False)
        self._again = tuple(self._of_a_vector(block, again=True) for block in blocks)
        self._meters: dict[int, ReadLoad] = {}

    def of(self, vectors: int, chips: int) -> Counts:
        """What so many vectors count, but for what depends on their values, (actions, chips)."""
        counts = self._first * vectors
        return counts if chips == 1 else np.repeat(counts, chips, axis=1)

    def meter(self, counts: Counts, number: int) -> ReadLoad | None:
        """What is to take up what a read of one block puts on cells and wires; None where that is not counted.

        Args:
            counts: (actions, chips), added to in place.
            number: which block.
        """
        if (known := self._known) is None:
            return None
        conductance = known.of(self._blocks[number], transposed=self._transposed)
        if number not in self._meters:
            per = self._in_counts(self._blocks[number], known)
            self._meters[number] = ReadLoad(conductance, per, by_duration=known.by_duration)
        meter = self._meters[number]
        meter.begin(counts[_LOADS])
        return meter

    def add_again(self, counts: Counts, number: int, again: Tensor | None) -> None:
        """Add what reading one block's vectors again takes.

        Args:
            counts: (actions, chips), added to in place.
            number: which block.
            again: how many vectors of each chip were read again, counted at each attempt; None where none was.
        """
        if again is not None:
            counts += self._again[number] * again.cpu().numpy()

    def _in_counts(self, block: Block, known: LineConductances) -> Counts:
        """What sums of squared voltages are in each of :data:`READ_LOADS`."""
        full = 1.0 if self._periphery.input_bound is None else float(self._periphery.input_bound)
        cell, line = (full, 1.0) if known.by_duration else (full**2, full**2)
        a_cell = 1.0 / (cell * known.largest)
        return np.array([a_cell, self._cells_on_line(block) / line, self._cells / line])

    def _of_a_vector(self, block: Block, *, again: bool) -> Counts:
        """What a vector counts in a block that is read for the first time, or again because an output clipped."""
        periphery = self._periphery
        dac, adc = periphery.dac_bits is not None, periphery.adc_bits is not None
        slices = slices_of(periphery)
        digital_reference = self._offset and periphery.reference_subtraction == "digital"
        read = "array_read_transposed" if self._transposed else "array_read"
        counts = {
            read: float(slices * len(block.arrays)),
            "cell_read": float(slices * block.n_in * self._cells_on_line(block)),
        }
        if self._metered:
            counts |= {METERED[action]: times for action, times in counts.items()}
        if adc:
            counts["adc_conversion"] = slices * (block.n_out + digital_reference)
        shifts = slices - 1 + slices * digital_reference
        counts["digital_op"] = shifts * block.n_out
        if dac:
            counts["dac_conversion"] = slices * block.n_in
            taken, shared = block.n_out if adc else 0, block.lines_out.start > 0
            vectors = (0.0, 1.0) if again else (1.0, 0.0)
            ranging = periphery.input_ranging
            work = ranging_work(ranging, *vectors, block.n_in, taken, shared=shared)
            for action, times in work.items():
                counts[action] = counts.get(action, 0.0) + float(times)
        return table_of(counts)

    def _cells_on_line(self, block: Block) -> int:
        return block.n_out * self._cells + (1 if self._offset else 0)


def slices_of(periphery: Periphery) -> int:
    """How many slices of bits an input is applied in."""
    if periphery.dac_bits is None or periphery.input_slice_bits is None:
        return 1
    return slice_number(periphery.dac_bits, periphery.input_slice_bits)
