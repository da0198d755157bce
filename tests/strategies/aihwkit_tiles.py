"""What aihwkit tiles of our interface are made of: near-ideal devices, and vectors to read and pulse with."""

from __future__ import annotations

import torch
from torch import Tensor

from tests.strategies.tiles import PERFECT

from aihwkit.simulator.configs import ConstantStepDevice, SingleRPUConfig  # isort: skip

N_OUT, N_IN = 4, 5


def near_ideal(dw_min: float = 1e-4, **more: object) -> SingleRPUConfig:
    """Equal small constant steps within ±1, perfect reads."""
    device = ConstantStepDevice(
        dw_min=dw_min,
        dw_min_dtod=0.0,
        dw_min_std=0.0,
        up_down_dtod=0.0,
        w_max=1.0,
        w_min=-1.0,
        w_max_dtod=0.0,
        w_min_dtod=0.0,
        **more,
    )
    return SingleRPUConfig(device=device, forward=PERFECT, backward=PERFECT)


def uniform(*shape: int, seed: int = 0) -> Tensor:
    return 2.0 * torch.rand(shape, generator=torch.Generator().manual_seed(seed)) - 1.0
