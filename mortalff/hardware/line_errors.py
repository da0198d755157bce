"""The fixed errors of a row of converters or outputs, drawn once when a chip is made."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mortalff.cards import Periphery, Quantity
from mortalff.physics.line_curve import with_gain_and_offset, with_inl
from mortalff.physics.output_curve import calibrated_slope, s_shape
from mortalff.streams import Stream

# Places in the fabrication stream, of which 0 to 19 are the devices'.
_FIRST, _TRANSPOSED, _REFERENCE = 20, 20, 10
_KAPPA, _REFERENCE_DEVICES = 60, 61
_GAIN, _OFFSET, _BOW, _WAVE, _DAC, _CURVE = 0, 1, 2, 3, 4, 8


@dataclass(frozen=True)
class ConverterErrors:
    """Gain, offset and integral nonlinearity of each line's converter, (chips, 1, lines); None where there is none."""

    gain: Tensor | None
    offset: Tensor | None
    bow: Tensor | None
    wave: Tensor | None
    bound: float

    def apply(self, values: Tensor) -> Tensor:
        """Values (1 or chips, batch, lines) with these errors."""
        if self.bow is not None and self.wave is not None:
            values = with_inl(values, self.bow, self.wave, self.bound)
        return with_gain_and_offset(values, self.gain, self.offset)

    def of(self, chips: Tensor) -> ConverterErrors:
        """The errors of some chips."""
        return replace(
            self,
            gain=_rows(self.gain, chips),
            offset=_rows(self.offset, chips),
            bow=_rows(self.bow, chips),
            wave=_rows(self.wave, chips),
        )


class Lines:
    """Draws what differs from line to line of one array.

    Args:
        periphery: how large the errors are.
        fabrication: the stream they are drawn from; each has a place of its own in it.
        array: number of the array, likewise.
        transposed: for the converters of transposed reads, which are others.
    """

    def __init__(
        self, periphery: Periphery, fabrication: Stream, array: int, *, transposed: bool
    ) -> None:
        self._periphery = periphery
        self._fabrication = fabrication
        self._array = array
        self._first = _FIRST + (_TRANSPOSED if transposed else 0)

    def dac(self, lines: int) -> ConverterErrors | None:
        """Errors of the input converters."""
        p = self._periphery
        spreads = (float(p.dac_gain_std), float(p.dac_offset_std), float(p.dac_inl_std))
        return self._errors(spreads, lines, _full_scale(p.input_bound), self._first + _DAC)

    def adc(self, lines: int, *, reference: bool = False) -> ConverterErrors | None:
        """Errors of the output converters, or of the reference column's."""
        p = self._periphery
        spreads = (float(p.adc_gain_std), float(p.adc_offset_std), float(p.adc_inl_std))
        first = self._first + (_REFERENCE if reference else 0)
        return self._errors(spreads, lines, _full_scale(p.output_bound), first)

    def curve(self, lines: int, *, reference: bool = False) -> tuple[Tensor, Tensor] | None:
        """Strength (chips, 1, lines) and slope (chips, 1, 1) of the outputs' S-shape."""
        p = self._periphery
        mean, bound = float(p.output_nonlinearity), _full_scale(p.output_bound)
        if mean == 0.0:
            return None
        place = self._first + _CURVE + (_REFERENCE if reference else 0)
        spread = float(p.output_nonlinearity_dtod)
        xi = self._normal(place, 1, lines)
        strength = (mean / bound * (1.0 + spread * xi)).abs()
        return strength, calibrated_slope(strength, float(p.output_slope_calibration) * bound)

    def reference(self, lines: int) -> Tensor:
        """How far the devices of the reference column are off, (chips, 1, lines)."""
        place = _REFERENCE_DEVICES + (1 if self._first > _FIRST else 0)
        return float(self._periphery.reference_dtod) * self._normal(place, 1, lines)

    def _errors(
        self, spreads: tuple[float, float, float], lines: int, bound: float, first: int
    ) -> ConverterErrors | None:
        gain, offset, inl = spreads
        if gain == offset == inl == 0.0:
            return None
        return ConverterErrors(
            1.0 + gain * self._normal(first + _GAIN, 1, lines) if gain > 0.0 else None,
            offset * self._normal(first + _OFFSET, 1, lines) if offset > 0.0 else None,
            inl * self._normal(first + _BOW, 1, lines) if inl > 0.0 else None,
            inl * self._normal(first + _WAVE, 1, lines) if inl > 0.0 else None,
            bound,
        )

    def _normal(self, place: int, *shape: int) -> Tensor:
        return self._fabrication.normal(*shape, call=place, sub=self._array)


def device_kappa(
    periphery: Periphery, fabrication: Stream, n_out: int, n_in: int, *, transposed: bool
) -> Tensor | None:
    """κ of each device of a layer, (chips, n_out, n_in); None where all have one.

    A transposed read meets the same devices.
    """
    mean, spread = float(periphery.iv_cubic), float(periphery.iv_cubic_dtod)
    if mean == 0.0 or spread == 0.0:
        return None
    rows, columns = (n_in, n_out) if transposed else (n_out, n_in)
    xi = fabrication.normal(rows, columns, call=_KAPPA)
    kappa = torch.clamp(mean * (1.0 + spread * xi), min=0.0)
    return kappa.transpose(1, 2) if transposed else kappa


def apply_curve(y: Tensor, curve: tuple[Tensor, Tensor] | None) -> Tensor:
    """Outputs through their S-shape."""
    return y if curve is None else s_shape(y, *curve)


def _full_scale(bound: Quantity | None) -> float:
    return 1.0 if bound is None else float(bound)


def _rows(values: Tensor | None, chips: Tensor) -> Tensor | None:
    return None if values is None else values[chips]
