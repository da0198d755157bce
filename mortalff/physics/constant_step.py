"""ConstantStep: Δw± = ±Δ±(1 + sξ) until a hard bound (Gokmen and Vlasov, Front. Neurosci. 10:333, 2016)."""

from __future__ import annotations

from mortalff.physics.affine_step import AffineStep
from mortalff.physics.device_spread import Spread


def constant_step(devices: Spread, cycle_std: float) -> AffineStep:
    """Devices whose step does not depend on the weight."""
    return AffineStep(
        step_up=devices.step_up,
        step_down=devices.step_down,
        slope_up=None,
        slope_down=None,
        w_min=devices.bound_down,
        w_max=devices.bound_up,
        cycle_std=cycle_std,
    )
