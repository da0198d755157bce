"""A linear softmax read-out in digital memory."""

from __future__ import annotations

from dataclasses import dataclass

from mortalff.energy.forms.counts import Counts
from mortalff.energy.forms.widths import SIMULATED


@dataclass(frozen=True)
class HeadForm:
    """What a read-out counts.

    Attributes:
        features: numbers it is given for a vector.
        classes: logits it gives.
        smoothed: whether gradients are smoothed, which takes a second number a weight.
        decayed: whether weights are decayed.
        word_bytes: bytes of a weight.
    """

    features: int
    classes: int
    smoothed: bool = True
    decayed: bool = True
    word_bytes: float = SIMULATED.word_bytes

    @property
    def weights(self) -> int:
        """How many it has."""
        return self.features * self.classes

    def logits(self, vectors: int) -> Counts:
        """A product, or one with the transposed weights: a multiply-add a weight and vector; each weight fetched."""
        return {
            "digital_mac": vectors * self.weights,
            "memory_byte": self.word_bytes * self.weights,
        }

    def learn(self, vectors: int) -> Counts:
        """The gradient, the step, smoothing and decay; an error a logit; what is kept a weight read and written."""
        macs = vectors + 1 + 2 * self.smoothed + self.decayed
        return {
            "digital_mac": macs * self.weights,
            "digital_op": vectors * self.classes,
            "memory_byte": (2 + 2 * self.smoothed) * self.word_bytes * self.weights,
        }
