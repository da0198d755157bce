"""Retention loss: w(t) = w_rest + (w₀ − w_rest) e^(−t/τ), as a capacitor leaks.

aihwkit decays weights by 1 − 1/L once an update. With updates of T seconds that is τ = −T/ln(1 − 1/L), L T for long
lifetimes L.
"""

from __future__ import annotations

from torch import Tensor


def retained(w: Tensor, age_s: Tensor, tau_s: Tensor | float, rest: Tensor | float) -> Tensor:
    """Weights at an age, without loss of precision where the age is a small part of the time constant.

    Args:
        w: weights at age 0, (chips, n_out, n_in).
        age_s: seconds since then, of that shape.
        tau_s: time constants.
        rest: states that weights tend to.
    """
    return w + (w - rest) * (-age_s / tau_s).expm1()


def time_constants(tau_s: float, dtod: float, xi: Tensor) -> Tensor:
    """Each device's own τ: |τ (1 + σ ξ)|, seconds (parametrised as the lifetime of aihwkit's PulsedDevice)."""
    return (tau_s * (1.0 + dtod * xi)).abs()
