"""From a word of the command line to a network, with local fields if need be."""

from __future__ import annotations

import math

from mortalff.energy.architectures import Net
from mortalff.errors import InputError, message
from mortalff.networks.local import LocalFields
from mortalff.networks.shapes import ImageShape
from mortalff.networks.sizes import read_sizes


def net_of(text: str, classes: int) -> Net:
    """A network written as tables show it, such as ``784-500-500`` or ``784-10x10/6x128-500``.

    Args:
        text: inputs, then hidden layers. Fields look at square images of one plane, or of three.
        classes: number of classes.

    Raises:
        InputError: it is not written so; there are fields, and no such image has so many numbers.
    """
    if "x" not in text:
        return Net.of(text, classes)
    n_in, *hidden = read_sizes(text)
    if not isinstance(n_in, int):
        rule = "a network begins with the numbers that an input has"
        raise InputError(message("net", text, rule, f"such as 784-{text}"))
    image = _image(n_in) if any(isinstance(size, LocalFields) for size in hidden) else None
    return Net(n_in, tuple(hidden), classes, image)


def _image(n_in: int) -> ImageShape:
    for planes in (1, 3):
        side = math.isqrt(n_in // planes)
        if side * side * planes == n_in:
            return (side, side, planes)
    rule = "local fields look at square images of one plane, or of three"
    raise InputError(message("net", n_in, rule, "such as 784 or 3072 inputs, or give widths alone"))
