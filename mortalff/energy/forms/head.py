"""A linear softmax read-out in digital memory."""

from __future__ import annotations

from dataclasses import dataclass

from mortalff.energy.forms.counts import Counts

_BYTES = 4


@dataclass(frozen=True)
class HeadForm:
    """What a read-out counts.

    Attributes:
        features: numbers it is given for a vector.
        classes: logits it gives.
    """

    features: int
    classes: int

    @property
    def weights(self) -> int:
        """How many it has."""
        return self.features * self.classes

    def logits(self, vectors: int) -> Counts:
        """A product, or one with the transposed weights: a multiply-add a weight and vector; each weight fetched."""
        return {"digital_mac": vectors * self.weights, "memory_byte": _BYTES * self.weights}

    def learn(self, vectors: int) -> Counts:
        """The gradient, its smoothing, decay and the step; an error a logit; weights and gradient read and written."""
        return {
            "digital_mac": (vectors + 4) * self.weights,
            "digital_op": vectors * self.classes,
            "memory_byte": 4 * _BYTES * self.weights,
        }
