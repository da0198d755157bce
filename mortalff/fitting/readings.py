"""Pulse responses of many devices, as the fits take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Signs = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Readings:
    """Weights read from devices between pulses.

    Attributes:
        devices: the devices' names, n of them.
        weight: the weight read at the start and after each pulse, (pulses + 1, n), in weight units; NaN where
            nothing was read.
        direction: +1 for an up pulse, −1 for a down pulse, 0 after a device's last one, (pulses, n).
        resolution: least step of the readings, in weight units; no law is held to more.
    """

    devices: tuple[str, ...]
    weight: Array
    direction: Signs
    resolution: float

    @property
    def read(self) -> npt.NDArray[np.bool_]:
        """After which pulses a weight was read, (pulses, n)."""
        found: npt.NDArray[np.bool_] = ~np.isnan(self.weight[1:]) & (self.direction != 0)
        return found

    @property
    def pulses(self) -> int:
        """Pulses on all devices together."""
        return int(np.count_nonzero(self.direction))

    @property
    def span(self) -> float:
        """Mean over devices of the range of their readings, in weight units."""
        return float(np.mean(np.nanmax(self.weight, 0) - np.nanmin(self.weight, 0)))

    def of(self, chosen: Sequence[int] | npt.NDArray[np.intp]) -> Readings:
        """The readings of some devices, by index."""
        index = np.asarray(chosen, dtype=np.intp)
        return Readings(
            tuple(self.devices[i] for i in index),
            self.weight[:, index],
            self.direction[:, index],
            self.resolution,
        )


def resolution_of(weight: Array, direction: Signs) -> float:
    """The step to which readings are taken as rounded, in weight units.

    The least difference between readings; but at least 1e-5 of their range, and so much that the rounding has a
    twentieth of the spread of the changes: where readings are exact, a law would otherwise be held to its last digit
    at a bound.
    """
    values = np.unique(weight[~np.isnan(weight)])
    gaps = np.diff(values)
    changes = np.diff(weight, axis=0) * direction
    changes = changes[(direction != 0) & ~np.isnan(changes)]
    spread = 1.48 * float(np.median(np.abs(changes - np.median(changes)))) if changes.size else 0.0
    span = float(values[-1] - values[0])
    least = max(1e-5 * span, 0.05 * min(spread, 0.1 * span) * 12.0**0.5)
    return max(float(gaps.min()) if gaps.size else 0.0, float(least))
