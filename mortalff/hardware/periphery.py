"""The read path around a layer's arrays: ranging, DAC, the arrays, ADC, ranging undone, partial sums merged.

Scale → DAC → input noise → I–V curve → arrays → device noise → reference column → output curve → converter errors →
output noise → ADC → scale undone. Parametrised as in aihwkit's IOParameters: noise management ABS_MAX
(``input_ranging = "abs_max"``), bound management ITERATIVE (``output_ranging = "iterative"``).

A weight kept in several devices of few bits each (bit-sliced weights) is a matter of the cell, and not made here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from mortalff.actions import ACTIONS, METERED, READ_LOADS, Counts, table_of
from mortalff.cards import Periphery, Tiling
from mortalff.errors import CardError, message
from mortalff.hardware.input_slices import slice_number
from mortalff.hardware.line_errors import Lines, device_kappa
from mortalff.hardware.ranging_work import ranging_work
from mortalff.hardware.read_block import BlockRead
from mortalff.hardware.read_load import LineConductances, ReadLoad
from mortalff.hardware.read_place import Place
from mortalff.hardware.tiles import Block, blocks
from mortalff.streams import Stream

_LOADS = [list(ACTIONS).index(action) for action in READ_LOADS]


@dataclass(frozen=True)
class ReadOut:
    """What a read gave.

    Attributes:
        y: outputs, (chips, batch, n_out).
        table: how often each action happened, in the order of :data:`mortalff.actions.ACTIONS`, (actions, chips).
    """

    y: Tensor
    table: Counts

    @property
    def counts(self) -> Mapping[str, Counts]:
        """What happened, by name, (chips,) each."""
        return {a: times for a, times in zip(ACTIONS, self.table, strict=True) if times.any()}


class ReadPath:
    """Converters, ranging and noise of one side of a layer.

    Args:
        periphery: what it is made of.
        tiling: how the layer is laid over arrays.
        noise: the stream of read noise.
        fabrication: the stream in which fixed errors are drawn, at places of their own: it is not moved on.
        n_out: outputs of the read; for a transposed read, the layer's inputs.
        n_in: inputs of the read.
        cells_per_weight: devices a weight is made of, where it is not mapped by offset.
        transposed: whether arrays are driven at their output lines and read at their input lines.
        conductances: of the cells on each line, by which what reads take is counted; not counted without.

    Raises:
        CardError: outputs are to be added digitally that no ADC converts.
    """

    def __init__(
        self,
        periphery: Periphery,
        tiling: Tiling,
        noise: Stream,
        fabrication: Stream,
        n_out: int,
        n_in: int,
        *,
        cells_per_weight: int = 2,
        transposed: bool = False,
        conductances: LineConductances | None = None,
    ) -> None:
        self._noise = noise
        self._shape = (n_out, n_in)
        self._transposed, self._conductances = transposed, conductances
        self._offset = periphery.weight_mapping == "offset"
        self._cells = 1 if self._offset else cells_per_weight
        self._dac, self._adc = periphery.dac_bits is not None, periphery.adc_bits is not None
        self._ranging = periphery.input_ranging
        self._digital_reference = self._offset and periphery.reference_subtraction == "digital"
        self._slices = 1
        if periphery.dac_bits is not None and periphery.input_slice_bits is not None:
            self._slices = slice_number(periphery.dac_bits, periphery.input_slice_bits)
        laid = blocks(tiling, n_out, n_in, transposed=transposed)
        self._rows = len({block.lines_in.start for block in laid})
        self._check_converted()
        kappa = device_kappa(periphery, fabrication, n_out, n_in, transposed=transposed)
        chips, device = len(noise.keys), fabrication.device
        self._blocks = tuple(
            BlockRead(
                periphery,
                block,
                Lines(periphery, fabrication, block.number, transposed=transposed),
                chips,
                device,
                None if kappa is None else kappa[:, block.lines_out, block.lines_in],
            )
            for block in laid
        )
        merged = table_of({"digital_op": (self._rows - 1) * n_out})
        self._first = sum((self._of_vectors(block, 1.0, 0.0) for block in laid), start=merged)
        self._loads = tuple(
            np.array([[1.0, 0.0], [0.0, self._cells_on_line(block)], [0.0, self._cells]])
            for block in laid
        )
        self._again = tuple(self._of_vectors(block, 0.0, 1.0) for block in laid)

    def read(self, x: Tensor, weights: Tensor) -> ReadOut:
        """Send a batch through.

        Args:
            x: inputs, (1 or chips, batch, n_in).
            weights: (chips, n_out, n_in), the effective ones where wires resist; for a transposed read, the
                transposed view.
        """
        place = Place(self._noise.keys, self._noise.next_call())
        counts = self._counts_of(x.shape[1], weights.shape[0])
        if len(self._blocks) == 1:
            return ReadOut(self._read_block(0, x, weights, place, counts), counts)
        y = x.new_zeros(weights.shape[0], x.shape[1], self._shape[0])
        for number, each in enumerate(self._blocks):
            block = each.block
            own = weights[:, block.lines_out, block.lines_in]
            here = place.part(array=block.number)
            part = self._read_block(number, x[..., block.lines_in], own, here, counts)
            y[..., block.lines_out] += part
        return ReadOut(y, counts)

    def _read_block(
        self, number: int, x: Tensor, weights: Tensor, place: Place, counts: Counts
    ) -> Tensor:
        """The outputs of one block; its repeated vectors and what its cells took are added to ``counts``."""
        each, load = self._blocks[number], None
        if (known := self._conductances) is not None:
            of_lines = known.of(each.block, transposed=self._transposed)
            load = each.load(of_lines, by_duration=known.by_duration)
        y, again = each.read(x, weights, place, load)
        self._count_values(counts, number, again, load)
        return y

    def _counts_of(self, vectors: int, chips: int) -> Counts:
        """What so many vectors count, (actions, chips), but for what depends on their values."""
        counts = self._first * vectors
        return counts if chips == 1 else np.repeat(counts, chips, axis=1)

    def _count_values(
        self, counts: Counts, number: int, again: Tensor | None, load: ReadLoad | None
    ) -> None:
        if again is not None:
            counts += self._again[number] * again.cpu().numpy()
        if load is not None:
            counts[_LOADS] += self._loads[number] @ load.sums

    def state_dict(self) -> dict[str, Tensor]:
        """Ranges found so far; empty where ranges have no memory."""
        return {
            f"{side}_range_{each.block.number}": part.state.clone()
            for each in self._blocks
            for side, part in (("input", each.input_range), ("output", each.output_range))
            if part.state is not None
        }

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to ranges as :meth:`state_dict` gave them."""
        for each in self._blocks:
            for side, part in (("input", each.input_range), ("output", each.output_range)):
                if part.state is not None:
                    saved = state[f"{side}_range_{each.block.number}"]
                    part.state = saved.to(part.state.device, copy=True)
            each.output_range.forget_found()

    def _of_vectors(self, block: Block, vectors: float, again: float) -> Counts:
        """What vectors count that are read once, or again, but for what depends on their values."""
        every = vectors + again
        reads = every * self._slices
        columns = block.n_out + (1 if self._digital_reference else 0)
        read = "array_read_transposed" if self._transposed else "array_read"
        counts = {
            read: reads * len(block.arrays),
            "cell_read": reads * block.n_in * self._cells_on_line(block),
        }
        if self._conductances is not None:
            counts |= {METERED[action]: times for action, times in counts.items()}
        if self._dac:
            counts["dac_conversion"] = reads * block.n_in
        if self._adc:
            counts["adc_conversion"] = reads * columns
        shifts = self._slices - 1 + (self._slices if self._digital_reference else 0)
        counts["digital_op"] = every * (shifts * block.n_out)
        if self._dac:
            taken, shared = block.n_out if self._adc else 0, block.lines_out.start > 0
            work = ranging_work(self._ranging, vectors, again, block.n_in, taken, shared=shared)
            for name, times in work.items():
                counts[name] = counts.get(name, 0.0) + float(times)
        return table_of(counts)

    def _cells_on_line(self, block: Block) -> int:
        return block.n_out * self._cells + (1 if self._offset else 0)

    def _check_converted(self) -> None:
        if self._adc:
            return
        for does, key, value, right in (
            (self._rows > 1, "tiling.partial_sums", "digital", 'write partial_sums = "analog"'),
            (self._slices > 1, "periphery.input_slice_bits", "set", "leave it out"),
            (
                self._digital_reference,
                "periphery.reference_subtraction",
                "digital",
                'write reference_subtraction = "analog"',
            ),
        ):
            if does:
                rule = "outputs are added as numbers here, and no ADC makes them numbers"
                raise CardError(message(key, value, rule, f"set periphery.adc_bits, or {right}"))
