"""How devices respond to a pulse, as the filter asks for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mortalff.fitting.readings import Array, Signs

Step = Callable[[Array], tuple[Array, Array]]


@dataclass(frozen=True)
class Response:
    """A law with numbers for its parameters.

    Attributes:
        lower: hard lower bound, (lanes, n), in weight units.
        upper: hard upper bound.
        up: from weights (..., lanes, n) to the mean change of an up pulse, at least 0 as a rule, and to the standard
            deviation of the change from pulse to pulse.
        down: the same for a down pulse, whose change is counted downwards.
    """

    lower: Array
    upper: Array
    up: Step
    down: Step

    def pulse(self, direction: Signs, w: Array) -> tuple[Array, Array]:
        """Signed mean change, and its standard deviation.

        Args:
            direction: of each device's pulse, (n,); a device without one may get either.
            w: weights, (..., lanes, n).
        """
        if not (direction < 0).any():
            return self.up(w)
        if not (direction > 0).any():
            mean, std = self.down(w)
            return -mean, std
        up_mean, up_std = self.up(w)
        down_mean, down_std = self.down(w)
        rises = direction > 0
        return np.where(rises, up_mean, -down_mean), np.where(rises, up_std, down_std)
