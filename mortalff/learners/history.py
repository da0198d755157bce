"""What is measured while a learner trains: one record an epoch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class EpochRecord:
    """Measurements of one epoch, each a list with one value a chip.

    Attributes:
        epoch: number of epochs finished, so that the first record has 1.
        measured: name → value per chip, such as ``goodness_positive_layer1`` or ``error_softmax``.
        counts: action → how often training did it up to the end of this epoch, per chip; validation is left out, and
            so are actions that did not happen.
    """

    epoch: int
    measured: Mapping[str, list[float]] = field(default_factory=dict)
    counts: Mapping[str, list[float]] = field(default_factory=dict)


class Means:
    """Means of what steps measure, each over the steps that measured it."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._times: Counter[str] = Counter()

    def add(self, measured: Mapping[str, Tensor]) -> None:
        """Take note of a step's measurements, (chips,) each."""
        for name, value in measured.items():
            self._sums[name] = self._sums.get(name, 0.0) + value.to(torch.float64)
        self._times.update(measured.keys())

    def lists(self) -> dict[str, list[float]]:
        """Each measurement's mean, one value a chip."""
        return {name: (total / self._times[name]).tolist() for name, total in self._sums.items()}
