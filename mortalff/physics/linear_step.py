"""LinearStep: Δw⁺ = Δ⁺(1 − |γ⁺| w/w_max), Δw⁻ = −Δ⁻(1 − |γ⁻| w/w_min), γ± = γ + γ_dtod ξ for each device.

The slopes refer to the card's mean bounds w, or to the device's own (aihwkit's LinearStepDevice with and without mean
bound reference). A reversed direction vanishes beyond its other bound instead, at w_min − offset or w_max + offset.
Where a law allows increasing steps, the absolute values are left out.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.cards import Device, LinearStepLaw
from mortalff.physics.affine_step import AffineStep
from mortalff.physics.device_spread import Spread


def linear_step(
    law: LinearStepLaw,
    device: Device,
    devices: Spread,
    cycle_std: float,
    xi: tuple[Tensor, Tensor],
) -> AffineStep:
    """Devices whose step falls linearly with the weight.

    Args:
        law: slopes, their spread, and what they refer to.
        device: the mean device, whose bounds the slopes refer to.
        devices: per-device constants.
        cycle_std: cycle-to-cycle spread s.
        xi: standard normals for the up and the down slope, each (chips, n_out, n_in).
    """
    gamma_up = float(law.gamma_up) + float(law.gamma_up_dtod) * xi[0]
    gamma_down = float(law.gamma_down) + float(law.gamma_down_dtod) * xi[1]
    if not law.allow_increasing:
        gamma_up, gamma_down = gamma_up.abs(), gamma_down.abs()
    high: Tensor | float = float(device.w_max) if law.mean_bound_reference else devices.bound_up
    low: Tensor | float = float(device.w_min) if law.mean_bound_reference else devices.bound_down
    offset = float(law.reverse_offset)
    additive = law.cycle_noise == "additive"
    return AffineStep(
        step_up=devices.step_up,
        step_down=devices.step_down,
        slope_up=slope(gamma_up * devices.step_up, low - offset if law.reverse_up else high),
        slope_down=slope(
            gamma_down * devices.step_down, high + offset if law.reverse_down else low
        ),
        w_min=devices.bound_down,
        w_max=devices.bound_up,
        cycle_std=cycle_std,
        noise_up=devices.step_up if additive else None,
        noise_down=devices.step_down if additive else None,
    )


def slope(fall: Tensor, where: Tensor | float) -> Tensor | None:
    """The slope of a step that falls by so much from w = 0 to a weight; none where that weight is 0."""
    if isinstance(where, Tensor):
        return (-fall / where).where(where != 0.0, torch.zeros_like(fall))
    return -fall / where if where else None
