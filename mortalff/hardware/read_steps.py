"""The steps of a read before and after the product: compiled on a CPU, plain torch elsewhere."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from mortalff.hardware.read_kernels import add_noise_rows, finish_rows, prepare_rows
from mortalff.hardware.read_place import Place
from mortalff.hardware.read_reference import (
    add_noise_reference,
    finish_reference,
    prepare_reference,
)
from mortalff.physics.converter import THROUGH, Converter

_ONE = np.ones((1, 1), np.float32)
_F32 = np.float32


def prepare(
    x: Tensor, abs_max: bool, cap: float, scale: Tensor | None, dac: Converter
) -> tuple[Tensor, Tensor | None]:
    """Range inputs and convert them to line voltages.

    Args:
        x: inputs, (1 or chips, batch, n_in).
        abs_max: divide each vector by its largest magnitude.
        cap: the most it is divided by then.
        scale: what to divide by otherwise, (1 or chips, batch), or None.
        dac: the input converters.

    Returns:
        Line voltages, (1 or chips, batch, n_in), and what was divided by; a vector of zeros has scale 0.
    """
    if x.device.type != "cpu":
        return prepare_reference(x, abs_max, cap, scale, dac)
    ranging = 1 if abs_max else 0 if scale is None else 2
    if ranging == 0 and dac.kind == THROUGH:
        return x, None
    chips = x.shape[0] if scale is None else max(x.shape[0], scale.shape[0])
    lines = x.new_empty(chips, *x.shape[1:])
    if abs_max:
        scale = x.new_empty(x.shape[:2])
    prepare_rows(
        x.contiguous().numpy(),
        ranging,
        _F32(cap),
        _ONE if scale is None else scale.contiguous().numpy(),
        dac.kind,
        _F32(dac.top),
        _F32(dac.bound[0]),
        _F32(dac.step[0]),
        _F32(dac.per_step[0]),
        lines.numpy(),
    )
    return lines, scale


def add_noise(values: Tensor, place: Place, std: Tensor) -> Tensor:
    """Values (chips, batch, n) with Gaussian noise of spread ``std`` (1 or chips, 1 or batch, 1 or n) added.

    On a CPU ``values`` are overwritten.
    """
    if values.device.type != "cpu":
        return add_noise_reference(values, place, std)
    values = values.contiguous()
    add_noise_rows(
        values.numpy(),
        place.keys,
        place.call,
        place.sub,
        _rows(place, values.shape[1]),
        std.contiguous().numpy(),
    )
    return values


def finish(
    y: Tensor, place: Place, std: float, adc: Converter, scale: Tensor | None
) -> tuple[Tensor, Tensor | None]:
    """Add output noise, convert, undo the scale.

    Args:
        y: outputs of the array, (chips, batch, n_out); overwritten on a CPU.
        place: where the noise is drawn.
        std: its spread.
        adc: the output converters.
        scale: what to multiply by, (1 or chips, batch), or None.

    Returns:
        The outputs, and whether any output of a vector clipped, (chips, batch); None where nothing clips.
    """
    if y.device.type != "cpu":
        return finish_reference(y, place, std, adc, scale)
    if std == 0.0 and adc.kind == THROUGH and scale is None:
        return y, None
    y = y.contiguous()
    clipped = torch.empty(y.shape[:2], dtype=torch.bool)
    finish_rows(
        y.numpy(),
        place.keys,
        place.call,
        place.sub,
        _rows(place, y.shape[1]),
        _F32(std),
        adc.kind,
        _F32(adc.top),
        adc.bound.numpy(),
        adc.step.numpy(),
        adc.per_step.numpy(),
        adc.clips_above.numpy(),
        _ONE if scale is None else scale.contiguous().numpy(),
        clipped.numpy(),
    )
    return y, None if adc.kind == THROUGH else clipped


def _rows(place: Place, batch: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(batch) if place.rows is None else place.rows
