"""Steps proportional to the distance from the device's own bound: soft bounds with four numbers a device.

    Δw⁺ = ρ⁺ (b_max − w)(1 + sξ),  Δw⁻ = −ρ⁻ (w − b_min)(1 + sξ),  ρ± = Δ±/|b|

with the noise on the whole step (multiplicative) or on its part at w = 0, Δ, alone (additive).
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from mortalff.physics.law import Step


@dataclass(frozen=True)
class SoftBoundsStep:
    """Per-device constants, each (chips, n_out, n_in): rates are shares of the distance, bounds in weight units.

    ``noise_up`` and ``noise_down`` are the constant parts Δ that additive noise scales with; None makes it
    multiplicative.
    """

    rate_up: Tensor
    rate_down: Tensor
    w_min: Tensor
    w_max: Tensor
    cycle_std: float
    noise_up: Tensor | None = None
    noise_down: Tensor | None = None

    @property
    def step_up(self) -> Tensor:
        """The up step at w = 0."""
        return self.rate_up * self.w_max

    @property
    def step_down(self) -> Tensor:
        """The down step at w = 0."""
        return -self.rate_down * self.w_min

    @property
    def slope_up(self) -> Tensor:
        """How the up step changes with the weight."""
        return -self.rate_up

    @property
    def slope_down(self) -> Tensor:
        """How the down step changes with the weight."""
        return self.rate_down

    def up(self, w: Tensor) -> Step:
        """The effect of an up pulse at weight w."""
        mean = self.rate_up * (self.w_max - w)
        return Step(mean, self.cycle_std * (mean.abs() if self.noise_up is None else self.noise_up))

    def down(self, w: Tensor) -> Step:
        """The effect of a down pulse at weight w."""
        mean = self.rate_down * (w - self.w_min)
        scale = mean.abs() if self.noise_down is None else self.noise_down
        return Step(mean, self.cycle_std * scale)
