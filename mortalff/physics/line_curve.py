"""Fixed errors of the converters along a row of lines: gain, offset, integral nonlinearity."""

from __future__ import annotations

import math

from torch import Tensor

_CUBIC_PEAK = 1.5 * math.sqrt(3.0)  # makes the largest |u − u³| on 0..1 one


def with_gain_and_offset(values: Tensor, gain: Tensor | None, offset: Tensor | None) -> Tensor:
    """Gain · v + offset, line by line.

    Args:
        values: (chips, batch, lines).
        gain: (chips, 1, lines), or None for 1.
        offset: likewise, or None for 0.
    """
    if gain is not None:
        values = values * gain
    return values if offset is None else values + offset


def with_inl(values: Tensor, bow: Tensor, wave: Tensor, bound: float) -> Tensor:
    """Integral nonlinearity of a converter whose ends are calibrated: v + bound·(q (1 − u²) + c s(u)), u = v/bound.

    s(u) = (u − u³)·1.5√3 peaks at one, as does 1 − u²: the even and the odd error that gain and offset leave at
    second and third order. Beyond full scale there is none.

    Args:
        values: (chips, batch, lines).
        bow: q, (chips, 1, lines).
        wave: c, likewise.
        bound: full scale.
    """
    u = (values / bound).clamp(-1.0, 1.0)
    rest = 1.0 - u * u
    return values + bound * rest * (bow + wave * (_CUBIC_PEAK * u))
