"""The read path around a layer's arrays: ranging, DAC, the arrays, ADC, ranging undone, partial sums merged.

Scale → DAC → input noise → I–V curve → arrays → device noise → reference column → output curve → converter errors →
output noise → ADC → scale undone. Parametrised as in aihwkit's IOParameters: noise management ABS_MAX
(``input_ranging = "abs_max"``), bound management ITERATIVE (``output_ranging = "iterative"``).

A weight kept in several devices of few bits each (bit-sliced weights) is a matter of the cell, and not made here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from mortalff.actions import ACTIONS, Counts
from mortalff.cards import Periphery, Tiling
from mortalff.errors import CardError, message
from mortalff.hardware.line_conductances import LineConductances
from mortalff.hardware.line_errors import Lines, device_kappa
from mortalff.hardware.read_block import BlockRead
from mortalff.hardware.read_counts import ReadCounts, slices_of
from mortalff.hardware.read_place import Place
from mortalff.hardware.tiles import Block, blocks
from mortalff.streams import Stream


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
        self._periphery = periphery
        laid = blocks(tiling, n_out, n_in, transposed=transposed)
        self._check_converted(laid)
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
        self._counts = ReadCounts(
            periphery,
            laid,
            n_out,
            cells_per_weight=cells_per_weight,
            transposed=transposed,
            loads=conductances,
        )

    def read(self, x: Tensor, weights: Tensor) -> ReadOut:
        """Send a batch through.

        Args:
            x: inputs, (1 or chips, batch, n_in).
            weights: (chips, n_out, n_in), the effective ones where wires resist; for a transposed read, the
                transposed view.
        """
        place = Place(self._noise.keys, self._noise.next_call())
        counts = self._counts.of(x.shape[1], weights.shape[0])
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
        meter = self._counts.meter(counts, number)
        y, again = self._blocks[number].read(x, weights, place, meter)
        self._counts.add_again(counts, number, again)
        return y

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

    def _check_converted(self, laid: Sequence[Block]) -> None:
        periphery = self._periphery
        if periphery.adc_bits is not None:
            return
        rows = len({block.lines_in.start for block in laid})
        offset = periphery.weight_mapping == "offset"
        for does, key, value, right in (
            (rows > 1, "tiling.partial_sums", "digital", 'write partial_sums = "analog"'),
            (slices_of(periphery) > 1, "periphery.input_slice_bits", "set", "leave it out"),
            (
                offset and periphery.reference_subtraction == "digital",
                "periphery.reference_subtraction",
                "digital",
                'write reference_subtraction = "analog"',
            ),
        ):
            if does:
                rule = "outputs are added as numbers here, and no ADC makes them numbers"
                raise CardError(message(key, value, rule, f"set periphery.adc_bits, or {right}"))
