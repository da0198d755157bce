"""Power-law drift: w(t) = w₀ max(t/t₀, 1)^−ν, t counted from when the device last moved."""

from __future__ import annotations

from torch import Tensor


def drift_factor(age_s: Tensor, nu: Tensor, t0_s: float) -> Tensor:
    """What share of its weight a device still has; tensors broadcast, ages are in seconds."""
    # Not pow(): where a device lies in memory decides how torch rounds that, by one unit in the last place.
    return ((age_s / t0_s).clamp_min_(1.0).log_() * -nu).exp_()
