"""Retention loss: w(t) = w_rest + (w₀ − w_rest) e^(−t/τ), as a capacitor leaks.

aihwkit decays weights by 1 − 1/L once an update. With updates of T seconds that is τ = −T/ln(1 − 1/L), L T for long
lifetimes L.
"""

from __future__ import annotations

import torch
from torch import Tensor


def lost_share(age_s: Tensor, tau_s: Tensor | float) -> Tensor:
    """1 − e^(−t/τ), exact to rounding where t is a small part of τ.

    Args:
        age_s: seconds since devices last moved, (chips, n_out, n_in).
        tau_s: time constants, seconds.
    """
    return (age_s / tau_s).neg_().expm1_().neg_()


def retained(w: Tensor, lost: Tensor, rest: Tensor) -> Tensor:
    """Weights of which a share is lost: w itself where that is 0, the rest state where it is 1.

    Args:
        w: weights as moves left them, (chips, n_out, n_in).
        lost: share from :func:`lost_share`.
        rest: states that weights tend to, of a shape that broadcasts to that.
    """
    return torch.lerp(w, rest, lost)


def time_constants(tau_s: float, dtod: float, xi: Tensor) -> Tensor:
    """Each device's own τ: |τ (1 + σ ξ)|, seconds (parametrised as the lifetime of aihwkit's PulsedDevice)."""
    return (tau_s * (1.0 + dtod * xi)).abs()
