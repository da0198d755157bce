"""SoftBounds: Δw⁺ = Δ⁺(1 − w/b_max), Δw⁻ = −Δ⁻(1 − w/b_min); the step vanishes at the device's own bound."""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.cards import SoftBoundsLaw, SoftBoundsReferenceLaw
from mortalff.physics.affine_step import AffineStep
from mortalff.physics.device_spread import Spread


def soft_bounds(law: SoftBoundsLaw, devices: Spread, cycle_std: float) -> AffineStep:
    """Devices with soft bounds."""
    return _soft(devices, cycle_std, None, law.cycle_noise == "additive")


def soft_bounds_reference(
    law: SoftBoundsReferenceLaw, devices: Spread, cycle_std: float, xi: Tensor
) -> AffineStep:
    """Soft bounds on w + ref: each device is read against a reference device that never moves.

    Args:
        law: mean and spread of the reference, and whether it sits at the device's symmetry point
            (Δ⁺ − Δ⁻)/(Δ⁺/b_max − Δ⁻/b_min), where up and down steps are equal.
        devices: per-device constants, of w + ref.
        cycle_std: cycle-to-cycle spread s.
        xi: standard normals, (chips, n_out, n_in).
    """
    reference = float(law.reference_mean) + float(law.reference_std) * xi
    if law.subtract_symmetry_point:
        reference = reference + symmetry_point(devices)
    return _soft(devices, cycle_std, reference, law.cycle_noise == "additive")


def symmetry_point(devices: Spread) -> Tensor:
    """Where the up and the down step of a soft-bounds device are equal, (chips, n_out, n_in), in weight units."""
    slopes = devices.step_up / devices.bound_up - devices.step_down / devices.bound_down
    return (devices.step_up - devices.step_down) / slopes


def _soft(
    devices: Spread, cycle_std: float, reference: Tensor | None, additive: bool
) -> AffineStep:
    zero = torch.zeros_like(devices.step_up)
    # A bound at zero leaves the step constant, as there is no range to fall over.
    slope_up = torch.where(devices.bound_up > 0, -devices.step_up / devices.bound_up, zero)
    slope_down = torch.where(devices.bound_down < 0, -devices.step_down / devices.bound_down, zero)
    shift = zero if reference is None else reference
    return AffineStep(
        step_up=devices.step_up + slope_up * shift,
        step_down=devices.step_down + slope_down * shift,
        slope_up=slope_up,
        slope_down=slope_down,
        w_min=devices.bound_down - shift,
        w_max=devices.bound_up - shift,
        cycle_std=cycle_std,
        noise_up=devices.step_up if additive else None,
        noise_down=devices.step_down if additive else None,
    )
