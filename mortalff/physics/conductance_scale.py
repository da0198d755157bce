"""What a normalised weight is in siemens.

    pair:    g⁺ = g_min + k max(w, 0),  g⁻ = g_min + k max(−w, 0),  w = (g⁺ − g⁻)/k
    offset:  g = g_min + k (w − w_min),                             w = w_min + (g − g_min)/k

with k = (g_max − g_min)/max(w_max, −w_min) for a pair, (g_max − g_min)/(w_max − w_min) for one device read against a
fixed reference. A device of a one-sided pair, which is a device by itself from 0 to w_max, is an offset with w_min = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from mortalff.errors import InputError, message

Encoding = Literal["pair", "offset"]


@dataclass(frozen=True)
class ConductanceScale:
    """Turns weights into the conductances of their devices, and back.

    Attributes:
        w_min: lower end of the nominal range of weights, at most 0.
        w_max: upper end, above 0.
        g_min: conductance of a device that holds nothing, siemens.
        g_max: conductance of a device that holds as much as it can, siemens.
        encoding: ``pair``: two devices, each for one sign; ``offset``: one device.
    """

    w_min: float
    w_max: float
    g_min: float
    g_max: float
    encoding: Encoding

    def __post_init__(self) -> None:
        """Check that the ranges are not empty."""
        if not 0.0 <= self.g_min < self.g_max:
            rule = f"it must be at least 0 and below g_max, {self.g_max:g} S"
            raise InputError(message("g_min", self.g_min, rule, "give a smaller g_min, in siemens"))
        if not self.w_min <= 0.0 < self.w_max:
            value = (self.w_min, self.w_max)
            rule = "the range of weights must begin at or below 0 and end above it"
            raise InputError(message("w_min, w_max", value, rule, "give w_min <= 0 < w_max"))

    @property
    def siemens_per_weight(self) -> float:
        """The factor k between weights and conductances."""
        pair = self.encoding == "pair"
        return (self.g_max - self.g_min) / (self.w_full if pair else self.w_max - self.w_min)

    @property
    def w_full(self) -> float:
        """The |w| that is g_max where weights are pairs."""
        return max(self.w_max, -self.w_min)

    def conductances(self, w: Tensor) -> tuple[Tensor, ...]:
        """Conductances of the devices of each weight, siemens, each of the weights' shape.

        Args:
            w: weights, any shape; what lies outside the nominal range is taken at its end, as no
                device is asked for a conductance outside [g_min, g_max].

        Returns:
            g⁺ and g⁻ of a pair, or the one g.
        """
        k = self.siemens_per_weight
        inside = w.clamp(self.w_min, self.w_max)
        if self.encoding == "pair":
            return inside.clamp_min(0.0) * k + self.g_min, (-inside).clamp_min(0.0) * k + self.g_min
        return ((inside - self.w_min) * k + self.g_min,)

    def weights(self, conductances: tuple[Tensor, ...]) -> Tensor:
        """The weights that devices of these conductances make; the inverse of :meth:`conductances`."""
        k = self.siemens_per_weight
        if self.encoding == "pair":
            plus, minus = conductances
            return (plus - minus) / k
        (g,) = conductances
        return (g - self.g_min) / k + self.w_min
