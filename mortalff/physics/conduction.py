"""The non-linear current of a device: cubic in its voltage."""

from __future__ import annotations

from torch import Tensor


def cubic_drive(v: Tensor, kappa: float) -> Tensor:
    """(v + κ v³)/(1 + κ): what a line voltage does to devices that all have one κ.

    Full scale, v = ±1, stays full scale. The odd expansion of a sinh-like I–V curve (i ∝ sinh(v/v₀) has
    κ = (V/v₀)²/6 for a full-scale voltage V).

    Args:
        v: line voltages in units of full scale, any shape.
        kappa: κ, at least 0.
    """
    return (v + kappa * v * v * v) / (1.0 + kappa)


def linear_and_cubic_weights(w: Tensor, kappa: Tensor) -> tuple[Tensor, Tensor]:
    """Where each device has a κ of its own: the weights that v meets, and those that v³ meets.

    Args:
        w: weights, (chips, n_out, n_in).
        kappa: κ of each, likewise, at least 0.

    Returns:
        w/(1 + κ) and w κ/(1 + κ): i = g (v + κ v³)/(1 + κ).
    """
    linear = w / (1.0 + kappa)
    return linear, linear * kappa
