"""Noise of the devices during a read, summed over an output's line."""

from __future__ import annotations

from torch import Tensor

from mortalff.array_math import apply_weights


def device_noise_variance(lines: Tensor, weights: Tensor, std: float, share: float) -> Tensor:
    """Variance of each output where every device's noise is independent: Σ_j (σ² + s² w_oj²) v_j².

    A sum of many independent Gaussian terms is Gaussian, so that no device's noise need be drawn by itself. Another
    law of the spread of one device, σ²(w), takes the place of the bracket.

    Args:
        lines: line voltages, (1 or chips, batch, n_in).
        weights: (chips, n_out, n_in).
        std: σ, in units of weight.
        share: s.

    Returns:
        (1 or chips, batch, 1 or n_out).
    """
    power = lines.square()
    variance = std**2 * power.sum(2, keepdim=True)
    if share > 0.0:
        variance = variance + share**2 * apply_weights(power, weights.square())
    return variance
