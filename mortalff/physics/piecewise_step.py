"""PiecewiseStep: the step is read off nodes v, equally spaced over the device's own range, by linear interpolation.

With n + 1 nodes and u = n (w − b_min)/(b_max − b_min), i = min(⌊u⌋, n − 1), t = u − i:

    Δw± = ±Δ± ((1 − t) v±_i + t v±_{i+1}) (1 + sξ)

Nodes are in units of dw_min (aihwkit's PiecewiseStepDevice). A device without a range keeps to the first node.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mortalff.cards import Nodes, PiecewiseStepLaw
from mortalff.physics.device_spread import Spread
from mortalff.physics.law import Step


@dataclass(frozen=True)
class PiecewiseStep:
    """Devices with an interpolated step; tensors are (chips, n_out, n_in) in weight units."""

    law: PiecewiseStepLaw
    devices: Spread
    cycle_std: float

    @property
    def w_min(self) -> Tensor:
        """Hard lower bound of each device."""
        return self.devices.bound_down

    @property
    def w_max(self) -> Tensor:
        """Hard upper bound of each device."""
        return self.devices.bound_up

    def up(self, w: Tensor) -> Step:
        """The effect of an up pulse at weight w."""
        return self._step(self.devices.step_up, self.law.nodes_up, w)

    def down(self, w: Tensor) -> Step:
        """The effect of a down pulse at weight w."""
        return self._step(self.devices.step_down, self.law.nodes_down, w)

    def _step(self, step: Tensor, nodes: Nodes, w: Tensor) -> Step:
        mean = step * self._share(nodes, w)
        return Step(mean, self.cycle_std * mean.abs())

    def _share(self, nodes: Nodes, w: Tensor) -> Tensor:
        values = torch.tensor(nodes.values, dtype=w.dtype, device=w.device)
        sections = values.numel() - 1
        if sections == 0:
            return values
        width = self.w_max - self.w_min
        place = (w - self.w_min) / width * sections
        place = place.where(width > 0, torch.zeros_like(place)).clamp_(0.0, float(sections))
        index = place.long().clamp_max_(sections - 1)
        t = place - index
        return torch.lerp(values[index], values[index + 1], t)
