"""Height, width and planes of an image that comes as a row of numbers."""

from __future__ import annotations

import math

from mortalff.errors import InputError, message


def image_shape(n_in: int) -> tuple[int, int, int]:
    """The shape of a square image of one plane or of three, channels last.

    Args:
        n_in: how many numbers: 784 for 28×28, 3072 for 32×32×3.

    Raises:
        InputError: it is neither.
    """
    for planes in (1, 3):
        side = math.isqrt(n_in // planes)
        if side > 0 and planes * side * side == n_in:
            return side, side, planes
    rule = "masks and shifts are for square images of one or three planes"
    raise InputError(message("inputs", n_in, rule, "give images of 784 or 3072 pixels, say"))
