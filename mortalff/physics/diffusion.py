"""Diffusion: a device's state walks at random, by ρ √(t/t₀) ξ in a time t."""

from __future__ import annotations

import torch
from torch import Tensor


def diffusion_step(seconds: Tensor, std: Tensor | float, t0_s: float, xi: Tensor) -> Tensor:
    """How far devices walk in a time; walks of successive times add up to one of their sum, in distribution.

    Args:
        seconds: how long, of a shape that broadcasts to the devices'.
        std: ρ, spread after ``t0_s``, weight units.
        t0_s: t₀.
        xi: standard normals, (chips, n_out, n_in).
    """
    return xi * (std * torch.sqrt(seconds / t0_s)).to(xi.dtype)


def diffusion_rates(std: float, dtod: float, xi: Tensor) -> Tensor:
    """Each device's own ρ: |ρ (1 + σ ξ)| (parametrised as in aihwkit's PulsedDevice)."""
    return (std * (1.0 + dtod * xi)).abs()
