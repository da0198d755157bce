"""What is measured while a learner trains: one record an epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class EpochRecord:
    """Measurements of one epoch, each a list with one value a chip.

    Attributes:
        epoch: number of epochs finished, so that the first record has 1.
        measured: name → value per chip, such as ``goodness_positive_layer1`` or ``error_softmax``.
    """

    epoch: int
    measured: Mapping[str, list[float]] = field(default_factory=dict)
