"""aihwkit's devices and tiles, made to be compared with ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from mortalff.cards import (
    Card,
    LinearStepLaw,
    Periphery,
    PiecewiseStepLaw,
    PowStepLaw,
    Quantity,
    SoftBoundsReferenceLaw,
)
from mortalff.errors import MissingDependencyError
from mortalff.hardware.aihwkit_library import aihwkit_version
from mortalff.physics.constant_step import constant_step
from mortalff.physics.device_spread import Spread
from mortalff.physics.exp_step import ExpStep
from mortalff.physics.law import Law
from mortalff.physics.linear_step import linear_step
from mortalff.physics.piecewise_step import PiecewiseStep
from mortalff.physics.pow_step import PowStep
from mortalff.physics.soft_bounds import soft_bounds, soft_bounds_reference
from tests.strategies.closed_forms import device_of

try:
    aihwkit_version()
except MissingDependencyError as error:
    pytest.skip(str(error), allow_module_level=True)

from aihwkit.simulator import configs
from aihwkit.simulator.configs import (
    BoundManagementType,
    IOParameters,
    NoiseManagementType,
    SingleRPUConfig,
    UpdateParameters,
    WeightNoiseType,
)

PERFECT = IOParameters(is_perfect=True)
ONE_PULSE = UpdateParameters(
    desired_bl=1, fixed_bl=True, update_bl_management=False, update_management=False
)
"""With a rate of dw_min, x = 1 and d = ±1, one pulse that is sure to come."""

Tile = Any  # aihwkit ships no types


def device(card: Card, seed: int = 1) -> object:
    """aihwkit's device of a card's law and numbers."""
    mean, spread = device_of(card)
    law = card.law
    own: dict[str, object] = {}
    if isinstance(law, LinearStepLaw):
        names = ("gamma_up", "gamma_down", "gamma_up_dtod", "gamma_down_dtod")
        own = {name: float(getattr(law, name)) for name in names}
        own |= {name: getattr(law, name) for name in ("mean_bound_reference", "allow_increasing")}
    elif isinstance(law, SoftBoundsReferenceLaw):
        names = ("reference_mean", "reference_std", "slope_up_dtod", "slope_down_dtod")
        own = {name: float(getattr(law, name)) for name in names}
        own["subtract_symmetry_point"] = law.subtract_symmetry_point
    elif isinstance(law, PowStepLaw):
        pairs = {"gamma": "gamma", "gamma_dtod": "gamma_dtod"}
        pairs |= {"up_down": "gamma_up_down", "up_down_dtod": "gamma_up_down_dtod"}
        own = {f"pow_{theirs}": float(getattr(law, ours)) for theirs, ours in pairs.items()}
    elif isinstance(law, PiecewiseStepLaw):
        own = {"piecewise_up": list(law.nodes_up.values)}
        own["piecewise_down"] = list(law.nodes_down.values)
    elif law.kind == "ExpStep":
        pairs = {"a": "a", "b": "b", "A_up": "amplitude_up", "A_down": "amplitude_down"}
        pairs |= {"gamma_up": "gamma_up", "gamma_down": "gamma_down"}
        pairs |= {"dw_min_std_add": "noise_add", "dw_min_std_slope": "noise_slope"}
        own = {theirs: float(getattr(law, ours)) for theirs, ours in pairs.items()}
    if hasattr(law, "cycle_noise"):
        own["mult_noise"] = law.cycle_noise == "multiplicative"
    if hasattr(law, "reverse_up"):
        own |= {name: getattr(law, name) for name in ("reverse_up", "reverse_down")}
        own["reverse_offset"] = float(law.reverse_offset)
    if law.kind != "ConstantStep":  # which has none
        own["write_noise_std"] = float(spread.write_noise_std)
    make: Callable[..., object] = getattr(configs, f"{law.kind}Device")
    return make(
        construction_seed=seed,
        dw_min=float(mean.dw_min),
        w_max=float(mean.w_max),
        w_min=float(mean.w_min),
        up_down=float(mean.up_down),
        dw_min_dtod=float(spread.dw_min_dtod),
        dw_min_dtod_log_normal=spread.dw_min_dtod_log_normal,
        dw_min_std=float(spread.dw_min_std),
        up_down_dtod=float(spread.up_down_dtod),
        w_max_dtod=float(spread.w_max_dtod),
        w_min_dtod=float(spread.w_min_dtod),
        enforce_consistency=spread.enforce_consistency,
        **own,
    )


def tile(
    card: Card,
    n_out: int,
    n_in: int,
    update: UpdateParameters | None = None,
    read: IOParameters = PERFECT,
    seed: int = 1,
) -> Tile:
    """A tile of a card's devices, of its pulse trains where no others are given."""
    if update is None:
        update = UpdateParameters(
            desired_bl=card.pulses.bit_length_max,
            update_management=card.pulses.update_management,
            update_bl_management=card.pulses.bit_length_management,
        )
    config = SingleRPUConfig(device=device(card, seed), forward=read, backward=read, update=update)
    return config.tile_class(n_out, n_in, config)


def hidden(tile: Tile) -> dict[str, Tensor]:
    """The constants of each device, (n_out, n_in)."""
    return {name: value.detach() for name, value in tile.get_hidden_parameters().items()}


def our_law(card: Card, tile: Tile) -> Law:
    """Our law of a card with the very devices of a tile, as one chip."""
    mean, spread = device_of(card)
    found = {name: value[None] for name, value in hidden(tile).items()}
    devices = Spread(
        step_up=found["dwmin_up"],
        step_down=found["dwmin_down"],
        bound_up=found["max_bound"],
        bound_down=found["min_bound"],
        around_zero=spread.enforce_consistency and float(mean.w_min) < 0.0,
    )
    s, law = float(spread.dw_min_std), card.law
    match law.kind:
        case "ConstantStep":
            return constant_step(devices, s)
        case "SoftBounds":
            return soft_bounds(law, devices, s)
        case "ExpStep":
            return ExpStep(law, devices, s)
        case "PowStep":
            return PowStep(devices, found["gamma_up"], found["gamma_down"], s)
        case "PiecewiseStep":
            return PiecewiseStep(law, devices, s)
        case "LinearStep":
            ours = linear_step(law, mean, devices, s, (torch.zeros(()), torch.zeros(())))
            slopes = {name: found[name] for name in ("slope_up", "slope_down")}
            return replace(ours, **slopes)
        case "SoftBoundsReference":
            # The tile's bounds have its slopes in them, and its reference its symmetry points.
            one = Quantity(value=1.0, unit="weight", source="test")
            none = Quantity(value=0.0, unit="weight", source="test")
            changes = {"reference_mean": none, "reference_std": one}
            plain = law.model_copy(update={**changes, "subtract_symmetry_point": False})
            return soft_bounds_reference(plain, devices, s, found["reference"])
    raise AssertionError(law.kind)


def set_weights(tile: Tile, weights: Tensor) -> Tensor:
    """Put weights on a tile; what they are once the devices have clipped them."""
    tile.set_weights(weights)
    return get_weights(tile)


def get_weights(tile: Tile) -> Tensor:
    """A tile's weights, a copy."""
    return torch.as_tensor(tile.get_weights()[0]).clone()


def pulse(tile: Tile, x: Tensor, d: Tensor, lr: float) -> None:
    """Ask for lr Σ d xᵀ; aihwkit descends."""
    tile.set_learning_rate(lr)
    tile.update(x, -d)


def io(path: Periphery) -> IOParameters:
    """aihwkit's read path with a periphery's settings."""

    def steps(bits: int | None) -> float:
        return -1.0 if bits is None else 1.0 / (2**bits - 2)

    def bound(quantity: object) -> float:
        return -1.0 if quantity is None else float(quantity)  # type: ignore[arg-type]

    ranged, again = path.input_ranging == "abs_max", path.output_ranging == "iterative"
    weight_noise = float(path.weight_noise_std)
    return IOParameters(
        inp_bound=bound(path.input_bound),
        inp_res=steps(path.dac_bits),
        inp_noise=float(path.input_noise_std),
        out_bound=bound(path.output_bound),
        out_res=steps(path.adc_bits),
        out_noise=float(path.output_noise_std),
        w_noise=weight_noise,
        w_noise_type=WeightNoiseType.ADDITIVE_CONSTANT if weight_noise else WeightNoiseType.NONE,
        noise_management=NoiseManagementType.ABS_MAX if ranged else NoiseManagementType.NONE,
        bound_management=BoundManagementType.ITERATIVE if again else BoundManagementType.NONE,
    )
