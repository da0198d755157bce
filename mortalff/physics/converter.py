"""A uniform converter: 2^b − 1 levels between −bound and +bound, zero among them."""

from __future__ import annotations

from torch import Tensor


def convert(values: Tensor, bits: int | None, bound: float | None) -> Tensor:
    """Round to the converter's levels and clip to its range.

    The step is 2·bound/(2^b − 2), as a mid-tread converter has; one bit keeps the sign alone.

    Args:
        values: any shape.
        bits: resolution, sign included; None leaves values analog.
        bound: full scale; None leaves values unclipped.
    """
    if bound is None:
        return values
    if bits is None:
        return values.clamp(-bound, bound)
    if bits == 1:
        return values.sign() * bound
    step = 2.0 * bound / (2**bits - 2)
    levels: Tensor = (values / step).round_()
    converted: Tensor = levels.mul_(step).clamp_(-bound, bound)
    return converted
