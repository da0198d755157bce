"""LinearStep: Δw⁺ = Δ⁺(1 − |γ⁺| w/w_max), Δw⁻ = −Δ⁻(1 − |γ⁻| w/w_min), γ± = γ + γ_dtod ξ for each device.

The slopes refer to the card's mean bounds, not to the device's own (aihwkit's LinearStepDevice with mean bound
reference).
"""

from __future__ import annotations

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
        law: slopes and their spread.
        device: the mean device, whose bounds the slopes refer to.
        devices: per-device constants.
        cycle_std: cycle-to-cycle spread s.
        xi: standard normals for the up and the down slope, each (chips, n_out, n_in).
    """
    gamma_up = (float(law.gamma_up) + float(law.gamma_up_dtod) * xi[0]).abs()
    gamma_down = (float(law.gamma_down) + float(law.gamma_down_dtod) * xi[1]).abs()
    additive = law.cycle_noise == "additive"
    w_min = float(device.w_min)
    return AffineStep(
        step_up=devices.step_up,
        step_down=devices.step_down,
        slope_up=-gamma_up * devices.step_up / float(device.w_max),
        slope_down=-gamma_down * devices.step_down / w_min if w_min else None,
        w_min=devices.bound_down,
        w_max=devices.bound_up,
        cycle_std=cycle_std,
        noise_up=devices.step_up if additive else None,
        noise_down=devices.step_down if additive else None,
    )
