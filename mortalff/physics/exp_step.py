"""ExpStep: the step saturates exponentially, fitted to ReRAM (Gong et al., Nat. Commun. 9:2102, 2018).

With z = 2aw/(b_max − b_min) + b:

    Δw⁺ = Δ⁺ max(0, 1 − A_up e^{γ_up z}),  Δw⁻ = −Δ⁻ max(0, 1 − A_dn e^{−γ_dn z})

and a cycle-to-cycle standard deviation s(|Δw| + add + slope |w|).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from mortalff.cards import ExpStepLaw
from mortalff.physics.device_spread import Spread
from mortalff.physics.law import Step


@dataclass(frozen=True)
class ExpStep:
    """Devices with exponential saturation; tensors are (chips, n_out, n_in) in weight units."""

    law: ExpStepLaw
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
        exponent = float(self.law.gamma_up) * self._z(w)
        share = (1.0 - float(self.law.amplitude_up) * exponent.exp()).clamp_min(0.0)
        return self._step(self.devices.step_up * share, w)

    def down(self, w: Tensor) -> Step:
        """The effect of a down pulse at weight w."""
        exponent = -float(self.law.gamma_down) * self._z(w)
        share = (1.0 - float(self.law.amplitude_down) * exponent.exp()).clamp_min(0.0)
        return self._step(self.devices.step_down * share, w)

    def _z(self, w: Tensor) -> Tensor:
        width = self.devices.bound_up - self.devices.bound_down
        width = width.masked_fill(width <= 0, math.inf)  # where z could not be told, and w is fixed
        return 2.0 * float(self.law.a) * w / width + float(self.law.b)

    def _step(self, mean: Tensor, w: Tensor) -> Step:
        extra = float(self.law.noise_add) + float(self.law.noise_slope) * w.abs()
        return Step(mean, self.cycle_std * (mean.abs() + extra))
