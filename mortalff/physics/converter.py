"""A uniform converter: 2^b − 1 levels between −bound and +bound, zero among them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

# What a converter does: nothing, clip, keep the sign alone, round and clip.
THROUGH, CLAMP, SIGN, LEVELS = 0, 1, 2, 3


class Converter(NamedTuple):
    """A converter in the numbers that a loop takes; tensors are float32, (1 or chips,).

    Attributes:
        kind: :data:`THROUGH`, :data:`CLAMP`, :data:`SIGN` or :data:`LEVELS`.
        top: level of full scale, 2^(b−1) − 1.
        bound: full scale.
        step: from level to level.
        per_step: its inverse.
        clips_above: where a value clips: half a step above full scale, up to which it is rounded like any other.
    """

    kind: int
    top: float
    bound: Tensor
    step: Tensor
    per_step: Tensor
    clips_above: Tensor

    def on(self, device: torch.device) -> Converter:
        """The same with its numbers on a device."""
        return self._replace(
            bound=self.bound.to(device),
            step=self.step.to(device),
            per_step=self.per_step.to(device),
            clips_above=self.clips_above.to(device),
        )

    def of(self, chips: Tensor) -> Converter:
        """The converters of some chips."""
        if self.bound.numel() == 1:
            return self
        return self._replace(
            bound=self.bound[chips],
            step=self.step[chips],
            per_step=self.per_step[chips],
            clips_above=self.clips_above[chips],
        )


def converter(bits: int | None, bound: float | Tensor | None) -> Converter:
    """A converter of a resolution and a full scale.

    The step is 2·bound/(2^b − 2), as a mid-tread converter has; one bit keeps the sign alone.

    Args:
        bits: resolution, sign included; None leaves values analog.
        bound: full scale, one or (chips,); None leaves values unclipped.
    """
    if bound is None:
        unused = torch.ones(1)
        return Converter(THROUGH, 1.0, unused, unused, unused, unused)
    full = torch.as_tensor(bound, dtype=torch.float64).reshape(-1)
    if bits is None or bits == 1:
        scale = full.float()
        return Converter(CLAMP if bits is None else SIGN, 1.0, scale, scale, 1.0 / scale, scale)
    top = 2.0 ** (bits - 1) - 1.0
    return Converter(
        LEVELS,
        top,
        full.float(),
        (full / top).float(),
        (top / full).float(),
        (full * (1.0 + 0.5 / top)).float(),
    )


def convert(values: Tensor, bits: int | None, bound: float | None) -> Tensor:
    """Round to the converter's levels and clip to its range.

    Args:
        values: any shape.
        bits: resolution, sign included; None leaves values analog.
        bound: full scale; None leaves values unclipped.
    """
    return converted(values, converter(bits, bound))


def converted(values: Tensor, by: Converter) -> Tensor:
    """Values through converters, one for all or one a chip, chips being the first of three axes."""
    if by.kind == THROUGH:
        return values

    def wide(numbers: Tensor) -> Tensor:
        shape = (-1, 1, 1) if numbers.numel() > 1 else ()
        return numbers.reshape(shape).to(values.device)

    bound = wide(by.bound)
    if by.kind == CLAMP:
        return torch.minimum(torch.maximum(values, -bound), bound)
    if by.kind == SIGN:
        return values.sign() * bound
    levels = (values * wide(by.per_step)).clamp_(-by.top, by.top).round_()
    clipped: Tensor = torch.minimum(torch.maximum(levels * wide(by.step), -bound), bound)
    return clipped
