"""PowStep: the step falls as a power of the distance to the bound (Fusi and Abbott, Nat. Neurosci. 10:485, 2007).

With R = b_max − b_min:

    Δw⁺ = Δ⁺ ((b_max − w)/R)^γ⁺ (1 + sξ),  Δw⁻ = −Δ⁻ ((w − b_min)/R)^γ⁻ (1 + sξ)

and for each device, with β the asymmetry of γ and ξ independent standard normals,

    g = 1 + σ_γ ξ,  r = σ_β ξ,  γ⁺ = |g + min(β, 0) + r| γ,  γ⁻ = |g − max(β, 0) − r| γ.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mortalff.cards import PowStepLaw
from mortalff.physics.device_spread import Spread
from mortalff.physics.law import Step

_LARGEST = 1e6  # of a step in units of Δ, where a negative exponent meets its bound
_LEAST_LOG = -1e37  # in place of the logarithm of 0


@dataclass(frozen=True)
class PowStep:
    """Devices with a power-law step; tensors are (chips, n_out, n_in), steps and bounds in weight units."""

    devices: Spread
    gamma_up: Tensor
    gamma_down: Tensor
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
        return self._step(self.devices.step_up, self.w_max - w, self.gamma_up)

    def down(self, w: Tensor) -> Step:
        """The effect of a down pulse at weight w."""
        return self._step(self.devices.step_down, w - self.w_min, self.gamma_down)

    def _step(self, step: Tensor, distance: Tensor, gamma: Tensor) -> Step:
        width = self.w_max - self.w_min
        # A device without a range does not move.
        # Not pow(): where a device lies in memory decides how torch rounds that. Finite, so that 0⁰ is 1.
        log_left = (distance / width).clamp_(0.0, 1.0).log_().clamp_min_(_LEAST_LOG)
        share = log_left.mul_(gamma).exp_().clamp_max_(_LARGEST)
        mean = (step * share).where(width > 0, torch.zeros_like(step))
        return Step(mean, self.cycle_std * mean.abs())


def pow_step(
    law: PowStepLaw,
    devices: Spread,
    cycle_std: float,
    xi: tuple[Tensor, Tensor],
    *,
    consistent: bool = True,
) -> PowStep:
    """Devices with a power-law step.

    Args:
        law: exponent, its asymmetry, and the spread of both.
        devices: per-device constants.
        cycle_std: cycle-to-cycle spread s.
        xi: standard normals of the exponent and of its asymmetry, each (chips, n_out, n_in).
        consistent: whether exponents drawn below zero are turned round.
    """
    gain = 1.0 + float(law.gamma_dtod) * xi[0]
    r = float(law.gamma_up_down_dtod) * xi[1]
    beta, gamma = float(law.gamma_up_down), float(law.gamma)
    up = (gain + min(beta, 0.0) + r) * gamma
    down = (gain - max(beta, 0.0) - r) * gamma
    return PowStep(
        devices=devices,
        gamma_up=up.abs() if consistent else up,
        gamma_down=down.abs() if consistent else down,
        cycle_std=cycle_std,
    )
