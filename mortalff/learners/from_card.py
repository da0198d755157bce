"""What a learner's rule sets from a card, and what the rule may look at."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from mortalff.hardware.scheme import Scheme
from mortalff.networks.shapes import ImageShape
from mortalff.networks.sizes import Hidden


@dataclass(frozen=True)
class Task:
    """What a network is to learn, as far as it is known before any training.

    Attributes:
        image_shape: an image's height, width and planes.
        n_classes: number of classes.
        hidden: the hidden layers from the input up.
        examples: training images.
        epochs: times through them.
        activities: ``digital`` or ``analog``.
    """

    image_shape: ImageShape
    n_classes: int
    hidden: Hidden
    examples: int
    epochs: int
    activities: str = "digital"

    @property
    def n_in(self) -> int:
        """Pixels of an image."""
        return math.prod(self.image_shape)


@dataclass(frozen=True)
class FromCard:
    """What a rule chose.

    Attributes:
        settings: the learner's settings that it sets; the others keep what was given, or their defaults.
        scheme: how layers hold their weights; None for one array each.
    """

    settings: Mapping[str, JsonValue]
    scheme: Scheme | None = None
