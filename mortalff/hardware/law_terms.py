"""A law as kernels take it: a kind, tensors of constants, a few numbers that all devices share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

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

_NO_NUMBERS = (0.0,) * 6


class DirectionTerms(NamedTuple):
    """What sets the steps of one direction; tensors are (chips, n_out, n_in), contiguous, and the law's own.

    Attributes:
        step: a law's first constant, such as the step at w = 0.
        second: its second, such as the slope; None where the law has one constant alone.
        constant: the part that additive noise scales with; None where noise is not additive.
        numbers: ExpStep's 2a, b, amplitude, ±γ, and its noise's constant part and slope; zeros elsewhere.
        nodes: PiecewiseStep's.
    """

    step: Tensor
    second: Tensor | None = None
    constant: Tensor | None = None
    numbers: tuple[float, ...] = _NO_NUMBERS
    nodes: tuple[float, ...] = (0.0,)


@dataclass(frozen=True)
class LawTerms:
    """Constants of every device of every chip.

    Attributes:
        kind: which equation (:mod:`mortalff.hardware.step_kernels`).
        noise: which cycle-to-cycle noise.
        cycle_std: its spread.
        low: lower bounds, (chips, n_out, n_in).
        high: upper bounds.
        up: terms of up pulses.
        down: terms of down pulses.
    """

    kind: int
    noise: int
    cycle_std: float
    low: Tensor
    high: Tensor
    up: DirectionTerms
    down: DirectionTerms


def law_terms(law: Law) -> LawTerms | None:
    """The terms of a law, on its own torch device; None for a law that no kernel knows, which plain torch serves."""
    match law:
        case SoftBoundsStep():
            kind, noise = SOFT, MULTIPLICATIVE if law.noise_up is None else ADDITIVE
            up = DirectionTerms(law.rate_up, None, law.noise_up)
            down = DirectionTerms(law.rate_down, None, law.noise_down)
        case AffineStep():
            noise = MULTIPLICATIVE if law.noise_up is None else ADDITIVE
            kind = CONSTANT if law.slope_up is None and law.slope_down is None else AFFINE
            slopes = (law.slope_up, law.slope_down)
            if kind == AFFINE and None in slopes:
                flat = torch.zeros_like(law.step_up)
                slopes = tuple(flat if slope is None else slope for slope in slopes)  # type: ignore[assignment]  # two
            up = DirectionTerms(law.step_up, slopes[0], law.noise_up)
            down = DirectionTerms(law.step_down, slopes[1], law.noise_down)
        case ExpStep():
            of, extra = law.law, (float(law.law.noise_add), float(law.law.noise_slope))
            kind, noise = EXPONENTIAL, MULTIPLICATIVE if extra == (0.0, 0.0) else COMPLEX
            z = (2.0 * float(of.a), float(of.b))
            shares = (
                (float(of.amplitude_up), float(of.gamma_up)),
                (float(of.amplitude_down), -float(of.gamma_down)),
            )
            up = DirectionTerms(law.devices.step_up, numbers=(*z, *shares[0], *extra))
            down = DirectionTerms(law.devices.step_down, numbers=(*z, *shares[1], *extra))
        case PowStep():
            kind, noise = POWER, MULTIPLICATIVE
            up = DirectionTerms(law.devices.step_up, law.gamma_up)
            down = DirectionTerms(law.devices.step_down, law.gamma_down)
        case PiecewiseStep():
            kind, noise = PIECEWISE, MULTIPLICATIVE
            up = DirectionTerms(law.devices.step_up, nodes=tuple(law.law.nodes_up.values))
            down = DirectionTerms(law.devices.step_down, nodes=tuple(law.law.nodes_down.values))
        case _:
            return None
    return LawTerms(
        kind=kind,
        noise=noise,
        cycle_std=law.cycle_std,
        low=law.w_min.contiguous(),
        high=law.w_max.contiguous(),
        up=_contiguous(up),
        down=_contiguous(down),
    )


def _contiguous(terms: DirectionTerms) -> DirectionTerms:
    return terms._replace(
        step=terms.step.contiguous(),
        second=None if terms.second is None else terms.second.contiguous(),
        constant=None if terms.constant is None else terms.constant.contiguous(),
    )
