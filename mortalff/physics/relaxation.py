"""Relaxation: in the time after a move a device's conductance wanders off, in proportion to the logarithm of time.

    Δw(t) = μ ln(t/t₀) + (σ₀ + σ₁ ln(t/t₀)) ξ  for t ≥ t₀, 0 before

with one ξ per device and move. Measured on conductive-metal-oxide/HfOx ReRAM arrays, where mean and spread are linear
in ln t from one second on and do not depend on the programmed state (Falcone et al., "All-in-one analog AI hardware",
arXiv:2502.04524, 2025; numbers for them are in aihwkit's ReRamCMONoiseModel).
"""

from __future__ import annotations

from torch import Tensor


def relaxation(
    age_s: Tensor, mean_rate: float, std: float, std_rate: float, t0_s: float
) -> tuple[Tensor, Tensor]:
    """Mean and spread of the shift at an age.

    Args:
        age_s: seconds since a device last moved, any shape.
        mean_rate: μ, weight per factor e of time.
        std: σ₀, weight.
        std_rate: σ₁, weight per factor e of time.
        t0_s: t₀, when relaxation is first seen.

    Returns:
        Two tensors of that shape, in weight units.
    """
    log_time = (age_s / t0_s).clamp_min_(1.0).log_()
    spread = (std_rate * log_time).add_(std).masked_fill_(age_s < t0_s, 0.0)
    return log_time.mul_(mean_rate), spread
