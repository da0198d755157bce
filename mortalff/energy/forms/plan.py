"""A network before it is built."""

from __future__ import annotations

import math
from collections.abc import Sequence, Sized
from dataclasses import dataclass
from typing import Protocol

from mortalff.cards import Card
from mortalff.energy.forms.widths import SIMULATED, Widths

ImageShape = tuple[int, int, int]


class Fields(Protocol):
    """Local receptive fields, such as :class:`mortalff.networks.LocalFields`."""

    @property
    def channels(self) -> int:
        """Units at each place."""
        ...

    def shape(self, below: ImageShape) -> ImageShape:
        """Height and width of the grid, and channels."""
        ...

    def lines(self, below: ImageShape) -> Sequence[Sized]:
        """What each place sees of the layer below."""
        ...


@dataclass(frozen=True)
class NetworkPlan:
    """What a network is to be made of.

    Attributes:
        card: the chips'; ``ideal`` for weights in digital memory.
        image_shape: height, width and planes of an input; ``(1, n, 1)`` for n numbers that are no image.
        hidden: the hidden layers from the input up, widths or local fields; learners with output units add them.
        n_classes: number of classes.
        activities: ``digital`` or ``analog``.
        scheme: how layers hold their weights, such as :class:`mortalff.hardware.TwoArrays`; None for one array each.
        stage: whether an unknown stage stands behind each array.
        widths: of numbers in digital memory; as simulation counts them unless an architecture has others.
    """

    card: Card
    image_shape: ImageShape
    hidden: tuple[int | Fields, ...]
    n_classes: int = 10
    activities: str = "digital"
    scheme: object | None = None
    stage: bool = False
    widths: Widths = SIMULATED

    @property
    def n_in(self) -> int:
        """Numbers an input has."""
        return math.prod(self.image_shape)
