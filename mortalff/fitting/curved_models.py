"""Laws whose steps are curved in the weight: exponential, power-law and piecewise devices.

Only what readings can tell is fitted. Of the exponential's numbers a and b could be taken up by γ and A, so they
are held at a = 1/2 and b = 0, that is, z = w/(b_max − b_min). Of a piecewise law's numbers the middle node is held
at 1.
"""

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

_GAMMA, _GAMMA_ASYMMETRY = 4, 5
_LEAST = 1e-3  # of the range: closer than that to its bound a power-law step is taken as there


@dataclass(frozen=True)
class ExpStep(LawModel):
    """Δw± = ±Δ± max(0, 1 − A e^{±γz}), noise s|Δw|.

    The two shared numbers of a direction, κ and γ, write the step's shape as one that is 1 at z = 0 and has the slope κ
    there: 1 + κ (e^{±γz} − 1)/γ, so that a straight line is an ordinary case (γ → 0). It is the card's shape with
    c = κ/γ, A = c/(c − 1), and Δ(1 − A) the step at 0; so c must stay below 1.
    """

    kind = "ExpStep"
    name = "ExpStep"

    @property
    def shared_parameters(self) -> int:
        """κ and γ of either direction."""
        return 4

    def response(self, device: Array, shared: Array, cycle_std: Array) -> Response:
        """The law with numbers."""
        up, down = steps(device)
        width = device[UPPER] - device[LOWER]
        return Response(
            device[LOWER],
            device[UPPER],
            _exponential(up, width, shared[0], shared[1], 1.0, cycle_std),
            _exponential(down, width, shared[2], shared[3], -1.0, cycle_std),
        )

    def start(self, guess: Rough) -> tuple[Array, Array]:
        """First values: nearly straight lines."""
        return self._start(guess, 1.0)

    def starts(self, guess: Rough) -> list[tuple[Array, Array]]:
        """First values: nearly straight lines, and lines bent either way."""
        return [self._start(guess, bend) for bend in (1.0, 2.0, 4.0, -4.0)]

    def _start(self, guess: Rough, bend: float) -> tuple[Array, Array]:
        device, _ = super().start(guess)
        shared = []
        for at_zero, slope, sign in (
            (guess.up_at_zero, guess.up_slope, 1.0),
            (guess.down_at_zero, guess.down_slope, -1.0),
        ):
            kappa = float(np.clip(sign * np.median(slope / at_zero) * guess.span, -2.0, 2.0))
            # With γ of the sign that c = κ/γ is negative, 1 − c is above 1 and A between 0 and 1.
            side = -1.0 if kappa >= 0.0 else 1.0
            shared += [kappa, side * bend * max(1.0, abs(kappa))]
        c = np.array([shared[0] / shared[1], shared[2] / shared[3]])
        up, down = guess.up_at_zero * (1.0 - c[0]), guess.down_at_zero * (1.0 - c[1])
        device[0], device[1] = (up + down) / 2, (up - down) / 2
        return device, np.array(shared)

    def scales(self, guess: Rough) -> tuple[Array, Array]:
        """How far parameters may move in one step."""
        device, _ = super().scales(guess)
        return device, np.ones(4)

    def valid(self, device: Array, shared: Array) -> npt.NDArray[np.bool_]:
        """Shapes that a card can hold."""
        shapes = all(_c(shared[i], shared[i + 1]) < 0.999 for i in (0, 2))
        return super().valid(device, shared) & shapes

    def numbers(self, population: Population) -> Numbers:
        """A and γ of either direction, and a and b as they are held."""
        kappa_up, gamma_up, kappa_down, gamma_down = population.shared
        c_up, c_down = _c(kappa_up, gamma_up), _c(kappa_down, gamma_down)
        return {
            "a": np.full_like(gamma_up, 0.5),
            "b": np.zeros_like(gamma_up),
            "amplitude_up": c_up / (c_up - 1.0),
            "amplitude_down": c_down / (c_down - 1.0),
            "gamma_up": gamma_up,
            "gamma_down": gamma_down,
        }


def _c(kappa: Array, gamma: Array) -> Array:
    small = np.abs(gamma) < 1e-6
    c: Array = kappa / np.where(small, 1e-6, gamma)
    return c


def _exponential(
    delta: Array, width: Array, kappa: Array, gamma: Array, sign: float, s: Array
) -> Step:
    c = _c(kappa, gamma)
    at_zero = delta / np.maximum(1.0 - c, 1e-3)
    rate = sign * gamma / width

    def step(w: Array) -> tuple[Array, Array]:
        shape = 1.0 + c * np.expm1(np.clip(rate * w, -50.0, 50.0))
        mean = at_zero * np.maximum(shape, 0.0)
        return mean, s * mean

    return step


@dataclass(frozen=True)
class PowStep(SoftStart):
    """Δw⁺ = Δ⁺((b_max − w)/R)^γ⁺, Δw⁻ = −Δ⁻((w − b_min)/R)^γ⁻, with γ± = γ_i ± r_i of each device."""

    kind = "PowStep"
    name = "PowStep"

    @property
    def device_parameters(self) -> int:
        """Parameters of each device."""
        return 6

    def response(self, device: Array, shared: Array, cycle_std: Array) -> Response:
        """The law with numbers."""
        del shared
        up, down = steps(device)
        lower, upper = device[LOWER], device[UPPER]
        gamma, difference = device[_GAMMA], device[_GAMMA_ASYMMETRY]
        gamma_up, gamma_down = np.abs(gamma + difference), np.abs(gamma - difference)
        width = upper - lower

        def rise(w: Array) -> tuple[Array, Array]:
            mean = up * np.maximum((upper - w) / width, _LEAST) ** gamma_up
            return mean, cycle_std * mean

        def fall(w: Array) -> tuple[Array, Array]:
            mean = down * np.maximum((w - lower) / width, _LEAST) ** gamma_down
            return mean, cycle_std * mean

        return Response(lower, upper, rise, fall)

    def start(self, guess: Rough) -> tuple[Array, Array]:
        """First values: soft bounds, γ = 1."""
        device, shared = super().start(guess)
        width = device[UPPER] - device[LOWER]
        up = guess.up_at_zero * width / np.maximum(device[UPPER], 0.1 * width)
        down = guess.down_at_zero * width / np.maximum(-device[LOWER], 0.1 * width)
        device[0], device[1] = (up + down) / 2, (up - down) / 2
        one = np.ones_like(up)
        return np.concatenate([device, one[None], 0.0 * one[None]]), shared

    def scales(self, guess: Rough) -> tuple[Array, Array]:
        """How far parameters may move in one step."""
        device, shared = super().scales(guess)
        return np.append(device, [0.5, 0.5]), shared

    def valid(self, device: Array, shared: Array) -> npt.NDArray[np.bool_]:
        """Exponents that a filter can follow."""
        sound: npt.NDArray[np.bool_] = (device[_GAMMA] > 0.0) & (device[_GAMMA] < 10.0)
        return sound & super().valid(device, shared)

    def numbers(self, population: Population) -> Numbers:
        """The exponent, its asymmetry, and their spreads, as shares of γ."""
        mean, std = population.mean, population.std
        half = mean[_GAMMA_ASYMMETRY]
        gamma = mean[_GAMMA] + np.abs(half)
        return {
            "gamma": gamma,
            "gamma_dtod": std[_GAMMA] / gamma,
            "gamma_up_down": 2.0 * half / gamma,
            "gamma_up_down_dtod": std[_GAMMA_ASYMMETRY] / gamma,
        }


@dataclass(frozen=True)
class PiecewiseStep(LawModel):
    """Δw± = ±Δ± lerp(nodes over [b_min, b_max]), the middle node being 1."""

    kind = "PiecewiseStep"
    nodes: int = 5

    @property
    def name(self) -> str:
        """The law with its number of nodes."""
        return f"PiecewiseStep, {self.nodes} nodes"

    @property
    def shared_parameters(self) -> int:
        """All nodes but the middle one, of either direction."""
        return 2 * (self.nodes - 1)

    def response(self, device: Array, shared: Array, cycle_std: Array) -> Response:
        """The law with numbers."""
        up, down = steps(device)
        lower, upper = device[LOWER], device[UPPER]
        half = self.nodes - 1
        place = (self.nodes - 1) / (upper - lower)

        def share(nodes: Array, w: Array) -> Array:
            # Each node weighs 1 where it stands and falls to 0 at its neighbours.
            u = np.clip((w - lower) * place, 0.0, self.nodes - 1.0)
            total: Array = np.zeros_like(u)
            for k, node in enumerate(nodes):
                total += np.maximum(1.0 - np.abs(u - k), 0.0) * np.maximum(node, 0.0)
            return total

        def rise(w: Array) -> tuple[Array, Array]:
            mean = up * share(self._whole(shared[:half]), w)
            return mean, cycle_std * mean

        def fall(w: Array) -> tuple[Array, Array]:
            mean = down * share(self._whole(shared[half:]), w)
            return mean, cycle_std * mean

        return Response(lower, upper, rise, fall)

    def start(self, guess: Rough) -> tuple[Array, Array]:
        """First values: nodes on the straight lines."""
        device, _ = super().start(guess)
        low, high = device[LOWER], device[UPPER]
        shared = []
        middles = []
        for at_zero, slope in (
            (guess.up_at_zero, guess.up_slope),
            (guess.down_at_zero, guess.down_slope),
        ):
            middle = np.maximum(at_zero + slope * (low + high) / 2, 0.1 * guess.step)
            places = low + np.linspace(0.0, 1.0, self.nodes)[:, None] * (high - low)
            nodes = np.median((at_zero + slope * places) / middle, axis=1)
            shared.append(np.delete(np.clip(nodes, 0.05, 5.0), self.nodes // 2))
            middles.append(middle)
        device[0], device[1] = (middles[0] + middles[1]) / 2, (middles[0] - middles[1]) / 2
        return device, np.concatenate(shared)

    def scales(self, guess: Rough) -> tuple[Array, Array]:
        """How far parameters may move in one step."""
        device, _ = super().scales(guess)
        return device, np.full(self.shared_parameters, 0.5)

    def settings(self, population: Population) -> Mapping[str, object]:
        """The nodes; their source is added with the card's other sources."""
        half = self.nodes - 1
        named = (("nodes_up", population.shared[:half]), ("nodes_down", population.shared[half:]))
        return {
            key: {"values": tuple(float(max(v, 0.0)) for v in self._whole(shared))}
            for key, shared in named
        }

    def _whole(self, shared: Array) -> Array:
        """Nodes with the middle one put back."""
        middle = self.nodes // 2
        return np.concatenate([shared[:middle], np.ones_like(shared[:1]), shared[middle:]])
