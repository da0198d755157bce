"""SoftBounds: Δw⁺ = Δ⁺(1 − w/b_max), Δw⁻ = −Δ⁻(1 − w/b_min); the step vanishes at the device's own bound.

A reversed direction vanishes beyond its other bound instead, at b_min − offset or b_max + offset.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from mortalff.cards import SoftBoundsLaw, SoftBoundsReferenceLaw
from mortalff.physics.affine_step import AffineStep
from mortalff.physics.device_spread import Spread
from mortalff.physics.soft_bounds_step import SoftBoundsStep


def soft_bounds(
    law: SoftBoundsLaw, devices: Spread, cycle_std: float
) -> AffineStep | SoftBoundsStep:
    """Devices with soft bounds."""
    if not (law.reverse_up or law.reverse_down) and devices.around_zero:
        return _soft(law, devices, cycle_std, None)
    offset = float(law.reverse_offset)
    vanish_up = devices.bound_down - offset if law.reverse_up else devices.bound_up
    vanish_down = devices.bound_up + offset if law.reverse_down else devices.bound_down
    additive = law.cycle_noise == "additive"
    return AffineStep(
        step_up=devices.step_up,
        step_down=devices.step_down,
        slope_up=_slope(devices.step_up, vanish_up, vanish_up != 0),
        slope_down=_slope(devices.step_down, vanish_down, vanish_down != 0),
        w_min=devices.bound_down,
        w_max=devices.bound_up,
        cycle_std=cycle_std,
        noise_up=devices.step_up if additive else None,
        noise_down=devices.step_down if additive else None,
    )


def soft_bounds_reference(
    law: SoftBoundsReferenceLaw,
    devices: Spread,
    cycle_std: float,
    xi: Tensor,
    xi_slopes: tuple[Tensor, Tensor] | None = None,
) -> AffineStep | SoftBoundsStep:
    """Soft bounds on w + ref: each device is read against a reference device that never moves.

    Args:
        law: mean and spread of the reference, whether it sits at the device's symmetry point
            (Δ⁺ − Δ⁻)/(Δ⁺/b_max − Δ⁻/b_min), where up and down steps are equal, and the spread of slopes.
        devices: per-device constants, of w + ref.
        cycle_std: cycle-to-cycle spread s.
        xi: standard normals of the reference, (chips, n_out, n_in).
        xi_slopes: likewise of the up and the down slope; None where slopes follow from ``devices`` alone.
    """
    if xi_slopes is not None:
        devices = _slopes_spread(law, devices, xi_slopes)
    reference = float(law.reference_mean) + float(law.reference_std) * xi
    if law.subtract_symmetry_point:
        around = (devices.bound_up > 0) & (devices.bound_down < 0)
        reference = reference + symmetry_point(devices).where(around, torch.zeros_like(reference))
    if devices.around_zero:
        return _soft(law, devices, cycle_std, reference)
    slope_up = _slope(devices.step_up, devices.bound_up, devices.bound_up > 0)
    slope_down = _slope(devices.step_down, devices.bound_down, devices.bound_down < 0)
    additive = law.cycle_noise == "additive"
    return AffineStep(
        step_up=devices.step_up + slope_up * reference,
        step_down=devices.step_down + slope_down * reference,
        slope_up=slope_up,
        slope_down=slope_down,
        w_min=devices.bound_down - reference,
        w_max=devices.bound_up - reference,
        cycle_std=cycle_std,
        noise_up=devices.step_up if additive else None,
        noise_down=devices.step_down if additive else None,
    )


def _soft(
    law: SoftBoundsLaw | SoftBoundsReferenceLaw,
    devices: Spread,
    cycle_std: float,
    reference: Tensor | None,
) -> SoftBoundsStep:
    additive = law.cycle_noise == "additive"
    high, low = devices.bound_up, devices.bound_down
    return SoftBoundsStep(
        rate_up=(devices.step_up / high).where(high > 0, torch.zeros_like(high)),
        rate_down=(-devices.step_down / low).where(low < 0, torch.zeros_like(low)),
        w_min=low if reference is None else low - reference,
        w_max=high if reference is None else high - reference,
        cycle_std=cycle_std,
        noise_up=devices.step_up if additive else None,
        noise_down=devices.step_down if additive else None,
    )


def symmetry_point(devices: Spread) -> Tensor:
    """Where the up and the down step of a soft-bounds device are equal, (chips, n_out, n_in), in weight units."""
    slopes = devices.step_up / devices.bound_up - devices.step_down / devices.bound_down
    return (devices.step_up - devices.step_down) / slopes


def _slopes_spread(
    law: SoftBoundsReferenceLaw, devices: Spread, xi: tuple[Tensor, Tensor]
) -> Spread:
    """Slopes times |1 + σξ|. A slope is the step over the bound, so the bound moves: b / |1 + σξ|."""
    around = (devices.bound_up > 0) & (devices.bound_down < 0)
    up = devices.bound_up / (1.0 + float(law.slope_up_dtod) * xi[0]).abs()
    down = devices.bound_down / (1.0 + float(law.slope_down_dtod) * xi[1]).abs()
    return replace(
        devices,
        bound_up=up.where(around, devices.bound_up),
        bound_down=down.where(around, devices.bound_down),
    )


def _slope(step: Tensor, vanish: Tensor, sloped: Tensor) -> Tensor:
    # A bound at zero leaves the step constant, as there is no range to fall over.
    return (-step / vanish).where(sloped, torch.zeros_like(step))
