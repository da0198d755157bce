"""The network that an architecture is to hold, and its task."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mortalff.energy.forms.plan import Fields, ImageShape
from mortalff.errors import InputError, message


@dataclass(frozen=True)
class Net:
    """A network and its task.

    Attributes:
        n_in: numbers an input has.
        hidden: the hidden layers, widths or local fields such as :class:`mortalff.networks.LocalFields`; output units
            are added for learners that have them.
        n_classes: number of classes.
        image: height, width and planes of an input, which local fields look at; left out, a row of numbers.
    """

    n_in: int
    hidden: tuple[int | Fields, ...]
    n_classes: int = 10
    image: ImageShape | None = None

    def __post_init__(self) -> None:
        """Check that an image has as many numbers as an input.

        Raises:
            InputError: it has not.
        """
        if math.prod(self.image_shape) != self.n_in:
            rule = f"an input has {self.n_in} numbers"
            raise InputError(message("image", self.image, rule, "give height, width and planes"))

    @property
    def image_shape(self) -> ImageShape:
        """Height, width and planes of an input."""
        return (1, self.n_in, 1) if self.image is None else self.image

    @classmethod
    def of(cls, text: str, n_classes: int = 10) -> Net:
        """A fully connected network written as ``784-500-500``: inputs, then hidden layers.

        Raises:
            InputError: it is not written so.
        """
        parts = text.split("-")
        sizes = [int(part) for part in parts if part.isdecimal()]
        if len(sizes) != len(parts) or len(sizes) < 2 or min(sizes) < 1:
            rule = "a network is its inputs and hidden layers, joined by '-'"
            raise InputError(message("net", text, rule, "such as 784-500-500"))
        return cls(sizes[0], tuple(sizes[1:]), n_classes)

    def __str__(self) -> str:
        """As it is read."""
        return "-".join(str(size) for size in (self.n_in, *self.hidden))
