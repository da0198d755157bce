"""The read of the arrays behind one row of output converters."""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.array_math import apply_weights
from mortalff.cards import Periphery
from mortalff.hardware.input_slices import slices
from mortalff.hardware.line_errors import ConverterErrors, Lines, apply_curve
from mortalff.hardware.ranging import InputRange, OutputRange
from mortalff.hardware.read_load import ReadLoad
from mortalff.hardware.read_place import (
    DEVICE,
    INPUT,
    OUTPUT,
    REFERENCE_DEVICE,
    REFERENCE_OUTPUT,
    Place,
)
from mortalff.hardware.read_steps import add_noise, finish, prepare
from mortalff.hardware.tiles import Block
from mortalff.physics.conduction import cubic_drive, linear_and_cubic_weights
from mortalff.physics.converter import converter
from mortalff.physics.read_noise import device_noise_variance

# Multiply-adds a chip, above which clipped vectors alone are read again, and below which whole batches are.
_VECTORS_ALONE_ABOVE = 4_000_000


class BlockRead:
    """Converters, ranges and noise of one block of arrays.

    Args:
        periphery: what they are made of.
        block: which lines.
        lines: draws its fixed errors.
        chips: how many.
        device: torch device.
        kappa: κ of each device, (chips, n_out, n_in), where devices differ in it.
    """

    def __init__(
        self,
        periphery: Periphery,
        block: Block,
        lines: Lines,
        chips: int,
        device: torch.device,
        kappa: Tensor | None,
    ) -> None:
        p = periphery
        self.block = block
        self.input_range = InputRange(p, chips, device)
        self.output_range = OutputRange(p, chips, device)
        self._chips = chips
        self._bound = None if p.input_bound is None else float(p.input_bound)
        self._bits, self._slice_bits = p.dac_bits, p.input_slice_bits
        self._dac = converter(p.dac_bits, self._bound).on(device)
        self._dac_errors = lines.dac(block.n_in)
        self._adc_errors = lines.adc(block.n_out)
        self._curve = lines.curve(block.n_out)
        self._input_noise = torch.full((1, 1, 1), float(p.input_noise_std), device=device)
        self._noisy_inputs = float(p.input_noise_std) > 0.0
        self._output_noise = float(p.output_noise_std)
        self._weight_noise = (float(p.weight_noise_std), float(p.weight_noise_share))
        self._cubic, self._kappa = float(p.iv_cubic), kappa
        self._offset, self._common_mode = p.weight_mapping == "offset", float(p.reference_weight)
        self._digital_reference = p.reference_subtraction == "digital"
        if self._offset:
            self._reference = lines.reference(block.n_in)
            self._reference_errors = lines.adc(1, reference=True)
            self._reference_curve = lines.curve(1, reference=True)

    def read(
        self, x: Tensor, weights: Tensor, place: Place, load: ReadLoad | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Read a batch, again where outputs clip.

        Args:
            x: inputs, (1 or chips, batch, n_in).
            weights: (chips, n_out, n_in), the effective ones where wires resist.
            place: where it draws noise.
            load: takes up what cells and wires are driven with.

        Returns:
            Outputs (chips, batch, n_out), and how many vectors of each chip were read again, (chips,), counted at each
            attempt; None where none was.
        """
        abs_max, scale = self.input_range.scale(x)
        y, clipped, scale = self._once(x, abs_max, scale, weights, place, None, load)
        self.output_range.passed(x.shape[1])
        if self.output_range.halvings_max == 0 or clipped is None or not bool(clipped.any()):
            return y, None
        base = y.new_ones(1, 1) if scale is None else scale
        base = base.expand(self._chips, x.shape[1])
        repeated = clipped.new_zeros(self._chips, dtype=torch.float64)
        rowwise = x.shape[1] * weights[0].numel() > _VECTORS_ALONE_ABOVE
        again = clipped
        for attempt in range(1, self.output_range.halvings_max + 1):
            repeated += again.sum(1)
            here = place.part(attempt=attempt)
            halved = base * 2.0**attempt
            clipped = torch.zeros_like(again)
            for chips, rows in _parts(again, rowwise):
                if load is not None:
                    load.asked = again[chips] if rows is None else None
                part, over = self._part(x, halved, weights, here, chips, rows, load)
                if rows is None:
                    take = again[chips]
                    y[chips] = torch.where(take.unsqueeze(2), part, y[chips])
                    clipped[chips] = over & take
                else:
                    y[int(chips)].index_copy_(0, rows, part[0])
                    clipped[int(chips)].index_copy_(0, rows, over[0])
            again = clipped
            if not bool(again.any()):
                break
        return y, repeated

    def _part(
        self,
        x: Tensor,
        scale: Tensor,
        weights: Tensor,
        place: Place,
        chips: Tensor,
        rows: Tensor | None,
        load: ReadLoad | None,
    ) -> tuple[Tensor, Tensor]:
        """Some chips' whole batches, or some vectors of one chip."""
        own = x[chips] if x.shape[0] > 1 else x
        scale = scale[chips]
        if rows is not None:
            own, scale = own[:, rows], scale[:, rows]
        numbers = None if rows is None else rows.cpu().numpy()
        place = Place(place.keys[chips.cpu().numpy()], place.call, place.sub, numbers)
        if chips.numel() == self._chips:
            which, held = None, weights
        elif chips.numel() == 1:
            which, held = chips, weights[int(chips) : int(chips) + 1]
        else:
            which, held = chips, weights[chips]
        y, clipped, _ = self._once(own, False, scale, held, place, which, load)
        assert clipped is not None
        return y, clipped

    def _once(
        self,
        x: Tensor,
        abs_max: bool,
        scale: Tensor | None,
        weights: Tensor,
        place: Place,
        which: Tensor | None,
        load: ReadLoad | None,
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """One attempt: outputs, which vectors clip, and what inputs were divided by."""
        lines, scale = prepare(x, abs_max, self.input_range.cap, scale, self._dac)
        if self._slice_bits is None or self._bits is None or self._bound is None:
            y, clipped = self._measured(lines, weights, place, which, scale, load)
            return y, clipped, scale
        total, any_clipped = None, None
        parts = slices(lines, self._bits, self._slice_bits, self._bound)
        for s, (voltages, share) in enumerate(parts):
            here = place.part(slice_=s)
            y, clipped = self._measured(voltages, weights, here, which, None, load)
            total = share * y if total is None else total.add_(y, alpha=share)
            if clipped is not None:
                any_clipped = clipped if any_clipped is None else any_clipped | clipped
        assert total is not None
        return total if scale is None else total * scale.unsqueeze(2), any_clipped, scale

    def _measured(
        self,
        lines: Tensor,
        weights: Tensor,
        place: Place,
        which: Tensor | None,
        scale: Tensor | None,
        load: ReadLoad | None,
    ) -> tuple[Tensor, Tensor | None]:
        """From line voltages to converted outputs."""
        if self._dac_errors is not None:
            lines = _of(self._dac_errors, which).apply(lines)
        if self._noisy_inputs:
            lines = lines.expand(weights.shape[0], -1, -1).clone()
            lines = add_noise(lines, place.of(INPUT), self._input_noise)
        drive = cubic_drive(lines, self._cubic) if self._cubic > 0.0 else lines
        if load is not None:
            load.add(lines, drive, which)
        y = self._currents(lines, drive, weights, which)
        device_std: Tensor | None = None
        if self._weight_noise != (0.0, 0.0):
            variance = device_noise_variance(drive, weights, *self._weight_noise)
            device_std = variance.sqrt_()
            y = add_noise(y, place.of(DEVICE), device_std)
        reference = self._reference_current(drive, place, which) if self._offset else None
        if reference is None:
            return self._converted(y, place.of(OUTPUT), which, scale)
        if not self._digital_reference:
            common = self._common_mode * drive.sum(2, keepdim=True)
            return self._converted(y - (reference - common), place.of(OUTPUT), which, scale)
        y = y + self._common_mode * drive.sum(2, keepdim=True)
        y, clipped = self._converted(y, place.of(OUTPUT), which, scale)
        column = apply_curve(reference, _curve_of(self._reference_curve, which))
        if self._reference_errors is not None:
            column = _of(self._reference_errors, which).apply(column)
        adc = self.output_range.adc()
        adc = adc if which is None else adc.of(which)
        there = place.of(REFERENCE_OUTPUT)
        column, too = finish(column.contiguous(), there, self._output_noise, adc, scale)
        both = clipped if clipped is None or too is None else clipped | too
        return y - column, both

    def _currents(
        self, lines: Tensor, drive: Tensor, weights: Tensor, which: Tensor | None
    ) -> Tensor:
        """Σ_j i_oj of the block's arrays."""
        if self._kappa is None:
            return apply_weights(drive, weights)
        kappa = self._kappa if which is None else self._kappa[which]
        linear, cubic = linear_and_cubic_weights(weights, kappa)
        return apply_weights(lines, linear).add_(apply_weights(lines * lines * lines, cubic))

    def _reference_current(self, drive: Tensor, place: Place, which: Tensor | None) -> Tensor:
        """Current of the reference column, (chips, batch, 1), its devices' noise included."""
        devices = self._common_mode + (self._reference if which is None else self._reference[which])
        current = (drive * devices).sum(2, keepdim=True)
        if self._weight_noise == (0.0, 0.0):
            return current
        shared = self._weight_noise[0] ** 2 * drive.square()
        own = self._weight_noise[1] ** 2 * (drive * devices).square()
        std = (shared + own).sum(2, keepdim=True).sqrt()
        return add_noise(current, place.of(REFERENCE_DEVICE), std)

    def _converted(
        self, y: Tensor, place: Place, which: Tensor | None, scale: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        y = apply_curve(y, _curve_of(self._curve, which))
        if self._adc_errors is not None:
            y = _of(self._adc_errors, which).apply(y)
        adc = self.output_range.adc()
        if not self.output_range.calibrating:
            adc = adc if which is None else adc.of(which)
            return finish(y, place, self._output_noise, adc, scale)
        y, clipped = finish(y, place, self._output_noise, adc, None)
        self.output_range.learn(y)
        return y if scale is None else y * scale.unsqueeze(2), clipped


def _parts(again: Tensor, rowwise: bool) -> list[tuple[Tensor, Tensor | None]]:
    """What to read again: chips with some of their vectors, or chips whole."""
    chips = again.any(1).nonzero()[:, 0]
    if not rowwise:
        return [(chips, None)]
    return [(chip.reshape(1), again[chip].nonzero()[:, 0]) for chip in chips]


def _of(errors: ConverterErrors, which: Tensor | None) -> ConverterErrors:
    return errors if which is None else errors.of(which)


def _curve_of(
    curve: tuple[Tensor, Tensor] | None, which: Tensor | None
) -> tuple[Tensor, Tensor] | None:
    return curve if curve is None or which is None else (curve[0][which], curve[1][which])
