"""The read path around a layer's arrays: ranging, DAC, the arrays, ADC, ranging undone, partial sums merged.

Scale → DAC → input noise → I–V curve → arrays → device noise → reference column → output curve → converter errors →
output noise → ADC → scale undone. Parametrised as in aihwkit's IOParameters: noise management ABS_MAX
(``input_ranging = "abs_max"``), bound management ITERATIVE (``output_ranging = "iterative"``).

A weight kept in several devices of few bits each (bit-sliced weights) is a matter of the cell, and not made here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from mortalff.actions import Counts
from mortalff.cards import Periphery, Tiling
from mortalff.errors import CardError, message
from mortalff.hardware.input_slices import slice_number
from mortalff.hardware.line_errors import Lines, device_kappa
from mortalff.hardware.ranging_work import ranging_work
from mortalff.hardware.read_block import BlockRead
from mortalff.hardware.read_place import Place
from mortalff.hardware.tiles import Block, blocks
from mortalff.streams import Stream


@dataclass(frozen=True)
class ReadOut:
    """What a read gave.

    Attributes:
        y: outputs, (chips, batch, n_out).
        counts: actions it took, by name; one number for all chips, or (chips,).
    """

    y: Tensor
    counts: Mapping[str, float | Counts]


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
    ) -> None:
        self._noise = noise
        self._shape = (n_out, n_in)
        self._transposed = transposed
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

    def read(self, x: Tensor, weights: Tensor) -> ReadOut:
        """Send a batch through.

        Args:
            x: inputs, (1 or chips, batch, n_in).
            weights: (chips, n_out, n_in), the effective ones where wires resist; for a transposed read, the
                transposed view.
        """
        place = Place(self._noise.keys, self._noise.next_call())
        counts: dict[str, float | Counts] = {}
        if len(self._blocks) == 1:
            y, again = self._blocks[0].read(x, weights, place)
            self._count(counts, self._blocks[0].block, x.shape[1], again)
            return ReadOut(y, counts)
        y = x.new_zeros(weights.shape[0], x.shape[1], self._shape[0])
        for each in self._blocks:
            block = each.block
            own = weights[:, block.lines_out, block.lines_in]
            here = place.part(array=block.number)
            part, again = each.read(x[..., block.lines_in], own, here)
            y[..., block.lines_out] += part
            self._count(counts, block, x.shape[1], again)
        _add(counts, "digital_op", x.shape[1] * (self._rows - 1) * self._shape[0])
        return ReadOut(y, counts)

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

    def _count(
        self, counts: dict[str, float | Counts], block: Block, batch: int, again: Tensor | None
    ) -> None:
        repeated: float | Counts = 0.0 if again is None else again.cpu().numpy()
        vectors = float(batch) + repeated
        reads = vectors * self._slices
        columns = block.n_out + (1 if self._digital_reference else 0)
        cells = block.n_in * block.n_out * self._cells + (block.n_in if self._offset else 0)
        action = "array_read_transposed" if self._transposed else "array_read"
        _add(counts, action, reads * len(block.arrays))
        _add(counts, "cell_read", reads * cells)
        if self._dac:
            _add(counts, "dac_conversion", reads * block.n_in)
            taken, shared = block.n_out if self._adc else 0, block.lines_out.start > 0
            work = ranging_work(
                self._ranging, float(batch), repeated, block.n_in, taken, shared=shared
            )
            for name, times in work.items():
                _add(counts, name, times)
        if self._adc:
            _add(counts, "adc_conversion", reads * columns)
        shifts = self._slices - 1 + (self._slices if self._digital_reference else 0)
        if shifts > 0:
            _add(counts, "digital_op", vectors * (shifts * block.n_out))

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


def _add(counts: dict[str, float | Counts], action: str, times: float | Counts) -> None:
    """Count an action that may not happen at all; then it gets no key."""
    if isinstance(times, float | int) and times == 0:
        return
    counts[action] = counts.get(action, 0.0) + times
