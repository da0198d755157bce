"""The read path around an array: ranging, DAC, input noise, the array, output noise, ADC, ranging undone.

Parametrised as in aihwkit's IOParameters: noise management ABS_MAX (``input_ranging = "abs_max"``) and bound management
ITERATIVE (``output_ranging = "iterative"``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mortalff.cards import Periphery
from mortalff.physics.converter import convert
from mortalff.streams import Stream

_REDUCTION_MAX = 1000.0  # where aihwkit's ITERATIVE gives up (max_bm_factor)
_STEP_MAX = 0.25  # and the share of the reduced full scale that a DAC step may be (max_bm_res)


@dataclass(frozen=True)
class ReadOut:
    """What a read gave.

    Attributes:
        y: outputs, (chips, batch, n_out).
        reads: array reads each vector took, (chips, batch); more than one where outputs clipped and were read again.
    """

    y: Tensor
    reads: Tensor


class ReadPath:
    """Converters, ranging and noise of one side of an array.

    Args:
        periphery: what it is made of.
        noise: the stream of read noise.
    """

    def __init__(self, periphery: Periphery, noise: Stream) -> None:
        self._noise = noise
        self._input_bound = _value(periphery.input_bound)
        self._output_bound = _value(periphery.output_bound)
        self._dac_bits = periphery.dac_bits
        self._adc_bits = periphery.adc_bits
        self._input_noise = float(periphery.input_noise_std)
        self._output_noise = float(periphery.output_noise_std)
        self._weight_noise = float(periphery.weight_noise_std)
        self._abs_max = periphery.input_ranging == "abs_max"
        self._clips_above = _clips_above(self._adc_bits, self._output_bound)
        iterative = periphery.output_ranging == "iterative" and self._output_bound is not None
        self._halvings_max = _halvings_max(self._dac_bits) if iterative else 0

    def read(self, x: Tensor, chips: int, multiply: Callable[[Tensor], Tensor]) -> ReadOut:
        """Send a batch through.

        Args:
            x: inputs, (1 or chips, batch, n_in).
            chips: how many chips answer.
            multiply: the ideal array, from line voltages to outputs (chips, batch, n_out).
        """
        call = self._noise.next_call()
        scale: Tensor | None = None
        if self._abs_max:
            scale = x.abs().amax(2, keepdim=True)
            x = x / torch.where(scale > 0, scale, 1.0)
        y, clipped = self._once(x, multiply, call, 0)
        reads = torch.ones(y.shape[:2], device=y.device)
        if self._halvings_max > 0:
            shrink = torch.ones_like(y[..., :1])
            for attempt in range(1, self._halvings_max + 1):
                again = clipped.any(2, keepdim=True)
                if not bool(again.any()):
                    break
                shrink = torch.where(again, shrink * 0.5, shrink)
                retried, clipped_now = self._once(x * shrink, multiply, call, attempt)
                y = torch.where(again, retried / shrink, y)
                clipped = clipped_now & again
                reads = reads + again[..., 0]
        if scale is not None:
            y = y * scale  # zero where all inputs are: there is nothing to undo then
        return ReadOut(y.expand(chips, -1, -1), reads.expand(chips, -1))

    def _once(
        self, x: Tensor, multiply: Callable[[Tensor], Tensor], call: int, attempt: int
    ) -> tuple[Tensor, Tensor]:
        lines = convert(x, self._dac_bits, self._input_bound)
        if self._input_noise > 0.0:
            xi = self._noise.normal(*x.shape[1:], call=call, sub=2 * attempt + 1)
            lines = lines + self._input_noise * xi
        y = multiply(lines)
        if self._output_noise > 0.0 or self._weight_noise > 0.0:
            # Independent noise of every device, summed over a row, is Gaussian with this variance.
            power = lines.square().sum(2, keepdim=True)
            std = (self._output_noise**2 + self._weight_noise**2 * power).sqrt()
            y = y.addcmul_(self._noise.normal(*y.shape[1:], call=call, sub=2 * attempt), std)
        if self._output_bound is None:
            return y, y.new_zeros((), dtype=torch.bool).expand(y.shape)
        return convert(y, self._adc_bits, self._output_bound), y.abs() > self._clips_above


def _halvings_max(dac_bits: int | None) -> int:
    """How often an input may be halved before the DAC has too few levels for what is left of it."""
    limit = _REDUCTION_MAX
    if dac_bits is not None:
        limit = min(limit, _STEP_MAX * (2 ** (dac_bits - 1) - 1))
    return math.floor(math.log2(limit)) + 1 if limit >= 1.0 else 0


def _clips_above(adc_bits: int | None, bound: float | None) -> float:
    """Where an output clips: half a step above full scale, up to which it is rounded like any other."""
    if bound is None:
        return math.inf
    return bound if adc_bits is None or adc_bits == 1 else bound * (1.0 + 1.0 / (2**adc_bits - 2))


def _value(quantity: object) -> float | None:
    return None if quantity is None else float(quantity)  # type: ignore[arg-type]
