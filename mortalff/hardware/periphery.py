"""The read path around an array: ranging, DAC, input noise, the array, output noise, ADC, ranging undone.

Parametrised as in aihwkit's IOParameters: noise management ABS_MAX (``input_ranging = "abs_max"``) and bound management
ITERATIVE (``output_ranging = "iterative"``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mortalff.cards import Periphery
from mortalff.physics.converter import convert
from mortalff.streams import Stream

_HALVINGS_MAX = 10  # aihwkit's ITERATIVE gives up after a reduction of 1000


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
        self._iterative = (
            periphery.output_ranging == "iterative" and periphery.output_bound is not None
        )

    def read(self, x: Tensor, chips: int, multiply: Callable[[Tensor], Tensor]) -> ReadOut:
        """Send a batch through.

        Args:
            x: inputs, (1 or chips, batch, n_in).
            chips: how many chips answer.
            multiply: the ideal array, from line voltages to outputs (chips, batch, n_out).
        """
        call = self._noise.next_call()
        scale = torch.ones_like(x[..., :1])
        if self._abs_max:
            scale = x.abs().amax(2, keepdim=True)
            scale = torch.where(scale > 0, scale, 1.0)
            x = x / scale
        y, clipped = self._once(x, multiply, call, 0)
        reads = torch.ones(y.shape[:2], device=y.device)
        if self._iterative:
            shrink = torch.ones_like(y[..., :1])
            for attempt in range(1, _HALVINGS_MAX + 1):
                again = clipped.any(2, keepdim=True)
                if not bool(again.any()):
                    break
                shrink = torch.where(again, shrink * 0.5, shrink)
                retried, clipped_now = self._once(x * shrink, multiply, call, attempt)
                y = torch.where(again, retried / shrink, y)
                clipped = clipped_now & again
                reads = reads + again[..., 0]
        return ReadOut((y * scale).expand(chips, -1, -1), reads.expand(chips, -1))

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
        return convert(y, self._adc_bits, self._output_bound), y.abs() > self._output_bound


def _value(quantity: object) -> float | None:
    return None if quantity is None else float(quantity)  # type: ignore[arg-type]
