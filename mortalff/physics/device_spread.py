"""Device-to-device variation of pulsed devices: what a fab makes of a card.

With ξ independent standard normals (Gokmen and Vlasov 2016; parametrised as in aihwkit's PulsedDevice):

    b_max = |w_max (1 + σ_max ξ)|,  b_min = −|w_min (1 + σ_min ξ)|
    g = 1 + σ_g ξ  or  exp(σ_g ξ),  r = σ_r ξ
    Δ⁺ = |g + min(β, 0) + r| dw_min,  Δ⁻ = |g − max(β, 0) − r| dw_min

so the gain g is common to both directions of a device. Bounds that cross are swapped before their absolute values are
taken. Where the card does not enforce consistency, the absolute values are left out, and a device whose bounds cross is
fixed half-way between them.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from mortalff.cards import Device, Variability


@dataclass(frozen=True)
class Spread:
    """Per-device constants, each of shape (chips, n_out, n_in), in weight units.

    ``around_zero`` says that every device's range reaches to both sides of zero.
    """

    step_up: Tensor
    step_down: Tensor
    bound_up: Tensor
    bound_down: Tensor
    around_zero: bool = True


def spread(device: Device, variability: Variability, xi: tuple[Tensor, ...]) -> Spread:
    """Turn four fields of standard normals (upper bound, lower bound, gain, asymmetry) into devices.

    Args:
        device: the mean device.
        variability: its spread.
        xi: four tensors of shape (chips, n_out, n_in).
    """
    xi_max, xi_min, xi_gain, xi_asymmetry = xi
    gain = float(variability.dw_min_dtod) * xi_gain
    gain = gain.exp() if variability.dw_min_dtod_log_normal else 1.0 + gain
    asymmetry = float(variability.up_down_dtod) * xi_asymmetry
    beta, dw_min = float(device.up_down), float(device.dw_min)
    up = gain + min(beta, 0.0) + asymmetry
    down = gain - max(beta, 0.0) - asymmetry
    high = float(device.w_max) * (1.0 + float(variability.w_max_dtod) * xi_max)
    low = float(device.w_min) * (1.0 + float(variability.w_min_dtod) * xi_min)
    crossed = low > high
    if not variability.enforce_consistency:
        middle = (low + high) / 2.0
        return Spread(
            step_up=up * dw_min,
            step_down=down * dw_min,
            bound_up=high.where(~crossed, middle),
            bound_down=low.where(~crossed, middle),
            around_zero=False,
        )
    return Spread(
        step_up=up.abs() * dw_min,
        step_down=down.abs() * dw_min,
        bound_up=high.where(~crossed, low).abs(),
        bound_down=-low.where(~crossed, high).abs(),
        around_zero=float(device.w_min) < 0.0,
    )
