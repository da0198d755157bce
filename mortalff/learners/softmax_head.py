"""A linear softmax read-out in digital memory, one a chip, trained by its own cross-entropy alone.

It sees features and never passes anything back. Defaults are those of Hinton's code: rate .1, decay .003, gradients
smoothed 0.9/0.1, zero start. His batches have a hundred examples; a few give so rough a gradient that at such a rate
the head chases single ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from mortalff.actions import Tally
from mortalff.array_math import apply_weights, outer_sum

_BYTES = 4
_LR: Final = 0.1
# docs/in_situ.md, "An update an example"; batches of 2 to 9 were not tried.
_LR_AN_EXAMPLE: Final = 0.01


@dataclass(frozen=True)
class HeadSettings:
    """How a head learns."""

    lr: float = _LR
    decay: float = 0.003
    smoothing: float = 0.9

    @classmethod
    def for_batch(cls, batch: int) -> HeadSettings:
        """The defaults, with a rate of .01 an example for batches of fewer than ten."""
        return cls(lr=min(_LR, _LR_AN_EXAMPLE * batch))


class SoftmaxHead:
    """Class probabilities from features.

    Args:
        chips: number of chips.
        n_features: features a vector.
        n_classes: number of classes.
        tally: where its digital operations are counted.
        device: torch device.
        settings: how it learns.
    """

    def __init__(
        self,
        chips: int,
        n_features: int,
        n_classes: int,
        tally: Tally,
        device: torch.device,
        settings: HeadSettings | None = None,
    ) -> None:
        self._weights = torch.zeros(chips, n_classes, n_features, device=device)
        self._smoothed = torch.zeros_like(self._weights)
        self._tally = tally
        self._settings = HeadSettings() if settings is None else settings

    def logits(self, features: Tensor) -> Tensor:
        """Logits (chips, batch, n_classes) of features (chips, batch, n_features)."""
        size = self._weights[0].numel()
        self._tally.add("digital_mac", features.shape[1] * size)
        self._tally.add("memory_byte", _BYTES * size)
        return apply_weights(features, self._weights)

    def learn(self, features: Tensor, logits: Tensor, targets: Tensor, rate: float) -> None:
        """One step down the cross-entropy.

        Counts, for a batch of B and each weight, B multiply-adds for the gradient and one for the step, and the weight
        read and written; smoothing takes two more and a second number a weight, decay one more. An operation a logit
        for its error.

        Args:
            features: (chips, batch, n_features).
            logits: what :meth:`logits` gave for them.
            targets: class probabilities, (chips or 1, batch, n_classes).
            rate: share of the head's own rate, from the learner's schedule.
        """
        settings, size = self._settings, self._weights[0].numel()
        wrong = targets - logits.softmax(-1)
        gradient = outer_sum(wrong, features) / features.shape[1]
        self._smoothed.mul_(settings.smoothing).add_(gradient, alpha=1.0 - settings.smoothing)
        step = self._smoothed - settings.decay * self._weights
        self._weights.add_(step, alpha=settings.lr * rate)
        smoothed, decayed = settings.smoothing > 0.0, settings.decay > 0.0
        self._tally.add("digital_mac", (features.shape[1] + 1 + 2 * smoothed + decayed) * size)
        self._tally.add("digital_op", logits.shape[1] * logits.shape[2])
        self._tally.add("memory_byte", (2 + 2 * smoothed) * _BYTES * size)

    def state_dict(self) -> dict[str, Tensor]:
        """Weights and smoothed gradient; a copy."""
        return {"weights": self._weights.clone(), "smoothed": self._smoothed.clone()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state."""
        self._weights.copy_(state["weights"])
        self._smoothed.copy_(state["smoothed"])
