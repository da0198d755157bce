"""Endurance: how many pulses devices survive.

Log-normal lifetimes N = N₅₀ e^(σ ξ), or Weibull's N = N₅₀ (−ln u / ln 2)^(1/k); both have the median N₅₀.
"""

from __future__ import annotations

import math

from torch import Tensor


def log_normal_lifetimes(median: float, sigma: float, xi: Tensor) -> Tensor:
    """Lifetimes in pulses from standard normals."""
    return median * (sigma * xi).exp()


def weibull_lifetimes(median: float, shape: float, u: Tensor) -> Tensor:
    """Lifetimes in pulses from uniforms in (0, 1)."""
    # Not pow(): where a device lies in memory decides how torch rounds that.
    return median * ((-u.log() / math.log(2.0)).log() / shape).exp()
