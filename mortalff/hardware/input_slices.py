"""Bit-serial inputs: an input's bits applied a few at a time, each slice read and converted by itself."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor


def slice_number(dac_bits: int, width: int) -> int:
    """How many slices an input is cut into: its sign goes with each."""
    return max(1, -(-(dac_bits - 1) // width))


def slices(
    lines: Tensor, dac_bits: int, width: int, bound: float
) -> Iterator[tuple[Tensor, float]]:
    """Cut converted inputs into slices, least significant first.

    The level n of an input is Σ_s 2^(k s) n_s with n_s of 0 to 2^k − 1; slice s drives the line with
    sign · n_s / (2^k − 1) of full scale. Digitally, y = Σ_s share_s y_s.

    Args:
        lines: converted inputs, on the levels of a converter of ``dac_bits`` and full scale ``bound``.
        dac_bits: resolution, sign included.
        width: k, bits in a slice.
        bound: full scale.

    Yields:
        The line voltages of each slice, and its share.
    """
    number = slice_number(dac_bits, width)
    if number == 1:
        yield lines, 1.0
        return
    top = 2 ** (dac_bits - 1) - 1
    levels = torch.round(lines * (top / bound))
    sign, rest = levels.sign(), levels.abs().to(torch.int32)
    full = 2**width - 1
    for s in range(number):
        digit = (rest >> (width * s)) & full
        yield sign * digit * (bound / full), 2 ** (width * s) * full / top
