"""A law as compiled loops take it: a kind, arrays of constants, a few shared numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mortalff.hardware.step_kernels import (
    ADDITIVE,
    AFFINE,
    COMPLEX,
    CONSTANT,
    EXPONENTIAL,
    MULTIPLICATIVE,
    PIECEWISE,
    POWER,
    SOFT,
)
from mortalff.physics.affine_step import AffineStep
from mortalff.physics.exp_step import ExpStep
from mortalff.physics.law import Law
from mortalff.physics.piecewise_step import PiecewiseStep
from mortalff.physics.pow_step import PowStep
from mortalff.physics.soft_bounds_step import SoftBoundsStep

Array = npt.NDArray[np.float32]
Direction = tuple[Array, Array, Array]
Shared = tuple[int, int, np.float32, Array, Array, Array, Array]

_NONE: Array = np.empty((0, 0, 0), np.float32)


@dataclass(frozen=True)
class LawTables:
    """Constants of every device of every chip, on a CPU.

    Attributes:
        low: lower bounds, (chips, n_out, n_in).
        high: upper bounds.
        up: for up pulses, the law's constants and the constant part that additive noise scales with, each
            (chips, n_out, n_in), or empty where the law has none.
        down: likewise for down pulses.
        shared: kind of law, kind of noise, cycle-to-cycle spread, then numbers that all devices share: of up and down
            steps, nodes of up and down steps.
    """

    low: Array
    high: Array
    up: Direction
    down: Direction
    shared: Shared

    def block(self, chips: slice, rows: slice) -> tuple[Array, Array, Direction, Direction]:
        """Low, high, up and down of some chips' rows."""
        up, down = (
            tuple(t[chips, rows] if t.size else t for t in way) for way in (self.up, self.down)
        )
        return self.low[chips, rows], self.high[chips, rows], up, down  # type: ignore[return-value]


def law_tables(law: Law) -> LawTables | None:
    """The tables of a law; None for a law that no compiled loop knows, which plain torch then serves."""
    up: tuple[Tensor, Tensor | None, Tensor | None]
    down: tuple[Tensor, Tensor | None, Tensor | None]
    match law:
        case SoftBoundsStep():
            noise = MULTIPLICATIVE if law.noise_up is None else ADDITIVE
            up, down = (law.rate_up, None, law.noise_up), (law.rate_down, None, law.noise_down)
            shared = (SOFT, noise, *_numbers(law.cycle_std))
        case AffineStep():
            noise = MULTIPLICATIVE if law.noise_up is None else ADDITIVE
            kind = CONSTANT if law.slope_up is None and law.slope_down is None else AFFINE
            up = (law.step_up, law.slope_up, law.noise_up)
            down = (law.step_down, law.slope_down, law.noise_down)
            if kind == AFFINE and (law.slope_up is None or law.slope_down is None):
                flat = torch.zeros_like(law.step_up)
                up = (up[0], flat if up[1] is None else up[1], up[2])
                down = (down[0], flat if down[1] is None else down[1], down[2])
            shared = (kind, noise, *_numbers(law.cycle_std))
        case ExpStep():
            of, extra = law.law, (float(law.law.noise_add), float(law.law.noise_slope))
            noise = MULTIPLICATIVE if extra == (0.0, 0.0) else COMPLEX
            z = (2.0 * float(of.a), float(of.b))
            up, down = (law.devices.step_up, None, None), (law.devices.step_down, None, None)
            shared_up = (*z, float(of.amplitude_up), float(of.gamma_up), *extra)
            shared_down = (*z, float(of.amplitude_down), -float(of.gamma_down), *extra)
            shared = (EXPONENTIAL, noise, *_numbers(law.cycle_std, shared_up, shared_down))
        case PowStep():
            up = (law.devices.step_up, law.gamma_up, None)
            down = (law.devices.step_down, law.gamma_down, None)
            shared = (POWER, MULTIPLICATIVE, *_numbers(law.cycle_std))
        case PiecewiseStep():
            up, down = (law.devices.step_up, None, None), (law.devices.step_down, None, None)
            nodes = (law.law.nodes_up.values, law.law.nodes_down.values)
            shared = (PIECEWISE, MULTIPLICATIVE, *_numbers(law.cycle_std, nodes=nodes))
        case _:
            return None
    return LawTables(
        low=_array(law.w_min),
        high=_array(law.w_max),
        up=_direction(up),
        down=_direction(down),
        shared=shared,
    )


def _numbers(
    cycle_std: float,
    up: tuple[float, ...] = (0.0,) * 6,
    down: tuple[float, ...] = (0.0,) * 6,
    nodes: tuple[Sequence[float], Sequence[float]] = ((0.0,), (0.0,)),
) -> tuple[np.float32, Array, Array, Array, Array]:
    return (
        np.float32(cycle_std),
        np.array(up, np.float32),
        np.array(down, np.float32),
        np.array(nodes[0], np.float32),
        np.array(nodes[1], np.float32),
    )


def _direction(tensors: tuple[Tensor, Tensor | None, Tensor | None]) -> Direction:
    step, second, constant = tensors
    return (
        _array(step),
        _NONE if second is None else _array(second),
        _NONE if constant is None else _array(constant),
    )


def _array(tensor: Tensor) -> Array:
    return tensor.contiguous().numpy()
