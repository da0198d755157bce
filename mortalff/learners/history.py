"""What is measured while a learner trains: one record an epoch, with evaluations within it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation within an epoch found.

    Attributes:
        epoch: epochs done, such as 2.25 after a quarter of the third epoch's updates.
        measured: name → value per chip: errors, and ``device_pulses``.
        counts: as in :class:`EpochRecord`, up to this update.
    """

    epoch: float
    measured: Mapping[str, list[float]]
    counts: Mapping[str, list[float]]


@dataclass(frozen=True)
class EpochRecord:
    """Measurements of one epoch, each a list with one value a chip.

    Attributes:
        epoch: number of epochs finished, so that the first record has 1.
        measured: name → value per chip, such as ``goodness_positive_layer1`` or ``error_softmax``.
        counts: action → how often training did it up to the end of this epoch, per chip; validation is left out, and
            so are actions that did not happen.
        evaluations: those within the epoch, in order; that at its end is the record's own.
    """

    epoch: int
    measured: Mapping[str, list[float]] = field(default_factory=dict)
    counts: Mapping[str, list[float]] = field(default_factory=dict)
    evaluations: tuple[Evaluation, ...] = ()

    @classmethod
    def from_plain(cls, told: Mapping[str, Any]) -> EpochRecord:
        """The inverse of :func:`dataclasses.asdict`, also of what JSON makes of that."""
        within = tuple(Evaluation(**one) for one in told.get("evaluations", ()))
        return cls(**{**told, "evaluations": within})


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
