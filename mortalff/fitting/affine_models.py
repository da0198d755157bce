"""Laws whose steps are straight lines in the weight, Δ (1 − κ w): constant, linear and soft-bounds devices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mortalff.fitting.law_model import (
    LOWER,
    UPPER,
    LawModel,
    Numbers,
    Population,
    SoftStart,
    steps,
)
from mortalff.fitting.readings import Array
from mortalff.fitting.response import Response, Step
from mortalff.fitting.rough import Rough

_KAPPA_UP, _KAPPA_DOWN = 4, 5
_REFERENCE = 4


def _line(at_zero: Array, slope: Array | None, noise: Array | None, s: Array) -> Step:
    """Steps ``at_zero + slope w`` with noise on the whole step or, where given, on ``noise`` alone."""

    def step(w: Array) -> tuple[Array, Array]:
        mean = np.broadcast_to(at_zero, w.shape) if slope is None else at_zero + slope * w
        return mean, s * (np.abs(mean) if noise is None else np.broadcast_to(noise, w.shape))

    return step


@dataclass(frozen=True)
class ConstantStep(LawModel):
    """Δw = ±Δ(1 + sξ) until a bound."""

    kind = "ConstantStep"
    name = "ConstantStep"
    shaped = False

    def response(self, device: Array, shared: Array, cycle_std: Array) -> Response:
        """The law with numbers."""
        del shared
        up, down = steps(device)
        return Response(
            device[LOWER],
            device[UPPER],
            _line(up, None, None, cycle_std),
            _line(down, None, None, cycle_std),
        )


@dataclass(frozen=True)
class _Noisy(LawModel):
    """A law with either kind of cycle noise."""

    additive: bool = False

    @property
    def name(self) -> str:
        """The law with its noise."""
        return f"{self.kind}, {'additive' if self.additive else 'multiplicative'} noise"

    def settings(self, population: Population) -> Mapping[str, object]:
        """The kind of noise."""
        del population
        return {"cycle_noise": "additive" if self.additive else "multiplicative"}


@dataclass(frozen=True)
class LinearStep(_Noisy):
    """Δw⁺ = Δ⁺(1 − κ⁺w), Δw⁻ = −Δ⁻(1 + κ⁻w), with κ⁺ = γ⁺/w_max and κ⁻ = −γ⁻/w_min of each device."""

    kind = "LinearStep"
    shaped = False

    @property
    def device_parameters(self) -> int:
        """Parameters of each device."""
        return 6

    def response(self, device: Array, shared: Array, cycle_std: Array) -> Response:
        """The law with numbers."""
        del shared
        up, down = steps(device)
        return Response(
            device[LOWER],
            device[UPPER],
            _line(up, -device[_KAPPA_UP] * up, up if self.additive else None, cycle_std),
            _line(down, device[_KAPPA_DOWN] * down, down if self.additive else None, cycle_std),
        )

    def start(self, guess: Rough) -> tuple[Array, Array]:
        """First values."""
        device, shared = super().start(guess)
        kappas = [-guess.up_slope / guess.up_at_zero, guess.down_slope / guess.down_at_zero]
        limit = 2.0 / guess.span
        return np.concatenate([device, np.clip(np.stack(kappas), -limit, limit)]), shared

    def scales(self, guess: Rough) -> tuple[Array, Array]:
        """How far parameters may move in one step."""
        device, shared = super().scales(guess)
        return np.append(device, [0.5 / guess.span, 0.5 / guess.span]), shared

    def numbers(self, population: Population) -> Numbers:
        """Slopes per mean bound, and their spread."""
        mean, std = population.mean, population.std
        high, low = np.abs(mean[UPPER]), np.abs(mean[LOWER])
        return {
            "gamma_up": mean[_KAPPA_UP] * high,
            "gamma_down": mean[_KAPPA_DOWN] * low,
            "gamma_up_dtod": std[_KAPPA_UP] * high,
            "gamma_down_dtod": std[_KAPPA_DOWN] * low,
        }

    def settings(self, population: Population) -> Mapping[str, object]:
        """The kind of noise, and whether steps may grow to the bound."""
        mean, std = population.mean[_KAPPA_UP:], population.std[_KAPPA_UP:]
        increasing = bool(np.any(mean < -0.1 * std))
        return {**super().settings(population), "allow_increasing": increasing}


@dataclass(frozen=True)
class SoftBounds(_Noisy, SoftStart):
    """Δw⁺ = Δ⁺(1 − w/b_max), Δw⁻ = −Δ⁻(1 − w/b_min)."""

    kind = "SoftBounds"

    def response(self, device: Array, shared: Array, cycle_std: Array) -> Response:
        """The law with numbers."""
        del shared
        return _soft(device, None, cycle_std, self.additive)

    def valid(self, device: Array, shared: Array) -> npt.NDArray[np.bool_]:
        """Bounds on either side of 0."""
        sound: npt.NDArray[np.bool_] = (device[UPPER] > 0.0) & (device[LOWER] < 0.0)
        return sound & super().valid(device, shared)

    def start(self, guess: Rough) -> tuple[Array, Array]:
        """First values, with bounds on either side of 0."""
        device, shared = SoftStart.start(self, guess)
        device[UPPER] = np.maximum(device[UPPER], 0.05 * guess.span)
        device[LOWER] = np.minimum(device[LOWER], -0.05 * guess.span)
        return device, shared


@dataclass(frozen=True)
class SoftBoundsReference(SoftBounds):
    """Soft bounds acting on w + r, with r the weight of a reference device, its symmetry point included or not."""

    kind = "SoftBoundsReference"
    subtract_symmetry_point: bool = False

    @property
    def name(self) -> str:
        """The law with its noise and its reference."""
        about = " about the symmetry point" if self.subtract_symmetry_point else ""
        return f"{super().name}{about}"

    @property
    def device_parameters(self) -> int:
        """Parameters of each device."""
        return 5

    def response(self, device: Array, shared: Array, cycle_std: Array) -> Response:
        """The law with numbers."""
        del shared
        reference = device[_REFERENCE]
        if self.subtract_symmetry_point:
            reference = reference + _symmetry_point(device)
        return _soft(device, reference, cycle_std, self.additive)

    def start(self, guess: Rough) -> tuple[Array, Array]:
        """First values: that a device is not symmetric at 0 is all the reference's doing."""
        visible, shared = super().start(guess)
        up, down = steps(visible)
        slope_up, slope_down = up / visible[UPPER], -down / visible[LOWER]
        reference = -_symmetry_point(visible)
        upper, lower = visible[UPPER] + reference, visible[LOWER] + reference
        up, down = slope_up * upper, -slope_down * lower
        hidden = [(up + down) / 2, (up - down) / 2, upper, lower, reference]
        return np.stack(hidden), shared

    def scales(self, guess: Rough) -> tuple[Array, Array]:
        """How far parameters may move in one step."""
        device, shared = super().scales(guess)
        return np.append(device, guess.span / 4), shared

    def numbers(self, population: Population) -> Numbers:
        """The reference's mean and spread."""
        return {
            "reference_mean": population.mean[_REFERENCE],
            "reference_std": population.std[_REFERENCE],
        }

    def settings(self, population: Population) -> Mapping[str, object]:
        """The kind of noise, and what the reference is."""
        own = {"subtract_symmetry_point": self.subtract_symmetry_point}
        return {**super().settings(population), **own}


def _symmetry_point(device: Array) -> Array:
    up, down = steps(device)
    point: Array = (up - down) / (up / device[UPPER] - down / device[LOWER])
    return point


def _soft(device: Array, reference: Array | None, s: Array, additive: bool) -> Response:
    up, down = steps(device)
    slope_up, slope_down = -up / device[UPPER], -down / device[LOWER]
    lower, upper, at_zero_up, at_zero_down = device[LOWER], device[UPPER], up, down
    if reference is not None:
        lower, upper = lower - reference, upper - reference
        at_zero_up, at_zero_down = up + slope_up * reference, down + slope_down * reference
    return Response(
        lower,
        upper,
        _line(at_zero_up, slope_up, up if additive else None, s),
        _line(at_zero_down, slope_down, down if additive else None, s),
    )
