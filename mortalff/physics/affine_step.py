"""Steps that are affine in the weight; constant, linear and soft-bounds devices are its cases.

    Δw⁺ = (α⁺ + β⁺ w)(1 + sξ),  Δw⁻ = −(α⁻ + β⁻ w)(1 + sξ)

with the noise on the whole step (multiplicative) or on a constant part Δ of it alone (additive), then clipped to the
device's bounds.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from mortalff.physics.law import Step


@dataclass(frozen=True)
class AffineStep:
    """Per-device constants of an affine law, each (chips, n_out, n_in) in weight units.

    ``noise_up`` and ``noise_down`` are the constant parts Δ that additive noise scales with; None makes it
    multiplicative. ``slope_up`` and ``slope_down`` are None where the step does not depend on the weight.
    """

    step_up: Tensor
    step_down: Tensor
    slope_up: Tensor | None
    slope_down: Tensor | None
    w_min: Tensor
    w_max: Tensor
    cycle_std: float
    noise_up: Tensor | None = None
    noise_down: Tensor | None = None

    def up(self, w: Tensor) -> Step:
        """The effect of an up pulse at weight w."""
        mean = self.step_up if self.slope_up is None else self.step_up + self.slope_up * w
        scale = mean.abs() if self.noise_up is None else self.noise_up
        return Step(mean, self.cycle_std * scale)

    def down(self, w: Tensor) -> Step:
        """The effect of a down pulse at weight w."""
        mean = self.step_down if self.slope_down is None else self.step_down + self.slope_down * w
        scale = mean.abs() if self.noise_down is None else self.noise_down
        return Step(mean, self.cycle_std * scale)
