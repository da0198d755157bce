"""What every device law answers: how far one pulse moves a device, and how much that varies."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from torch import Tensor


class Step(NamedTuple):
    """One pulse's effect on each device, shape (chips, n_out, n_in), in weight units.

    Attributes:
        mean: mean change in the direction of the pulse (down steps are positive too).
        std: standard deviation of the change from pulse to pulse.
    """

    mean: Tensor
    std: Tensor


class Law(Protocol):
    """The equations of a device under pulses."""

    @property
    def w_min(self) -> Tensor:
        """Hard lower bound of each device, shape (chips, n_out, n_in)."""
        ...

    @property
    def w_max(self) -> Tensor:
        """Hard upper bound of each device."""
        ...

    def up(self, w: Tensor) -> Step:
        """The effect of an up pulse at weight w."""
        ...

    def down(self, w: Tensor) -> Step:
        """The effect of a down pulse at weight w."""
        ...
