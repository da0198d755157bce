"""What a law is to the fits: parameters of each device, parameters that all share, and the response they make.

Every law has the first four parameters of each device, which the card's ``[device]`` and ``[variability]`` describe
(:mod:`mortalff.physics.device_spread` has the equations):

    u = (Δ⁺ + Δ⁻)/2,  v = (Δ⁺ − Δ⁻)/2,  b_max,  b_min

u has the spread of the gain and v that of the asymmetry, independently of each other, as on a card.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from mortalff.fitting.readings import Array
from mortalff.fitting.response import Response
from mortalff.fitting.rough import Rough

STEP, ASYMMETRY, UPPER, LOWER = range(4)
NOISES = 2
"""Shared parameters before a law's own: ln s and ln σ_w."""

_BEYOND = 0.3

Numbers = Mapping[str, Array]


@dataclass(frozen=True)
class Population:
    """How devices are distributed; arrays may have further axes, of bootstrap resamples.

    Attributes:
        mean: mean of each device parameter, (p, ...).
        std: standard deviation of each, (p, ...).
        shared: a law's own shared parameters, (q, ...).
    """

    mean: Array
    std: Array
    shared: Array


class LawModel(ABC):
    """A law and the kind of its cycle noise."""

    kind: ClassVar[str]
    """``law.kind`` on a card."""

    shaped: ClassVar[bool] = True
    """Whether steps depend on where the bounds are."""

    soft: ClassVar[bool] = False
    """Whether steps vanish at the bounds, so that the steps tell where those are."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The law with its noise, for tables."""

    @property
    def device_parameters(self) -> int:
        """Parameters of each device, p."""
        return 4

    @property
    def shared_parameters(self) -> int:
        """Parameters of its own that all devices share, q; the two noises are not counted."""
        return 0

    @property
    def complexity(self) -> int:
        """Numbers that describe the population: mean and spread of each device parameter, and the rest."""
        return 2 * self.device_parameters + self.shared_parameters + NOISES

    @abstractmethod
    def response(self, device: Array, shared: Array, cycle_std: Array) -> Response:
        """The law with numbers.

        Args:
            device: (p, lanes, n).
            shared: (q, lanes, 1).
            cycle_std: s, (lanes, 1).
        """

    def start(self, guess: Rough) -> tuple[Array, Array]:
        """First values, (p, n) and (q,); here of a law whose steps do not vanish at the bounds.

        A bound that was not come to starts well beyond the weights: too near it would be a wall.
        """
        up, down = guess.up_at_zero, guess.down_at_zero
        beyond = _BEYOND * guess.span
        upper = np.where(guess.stays_high, guess.high, guess.high + beyond)
        lower = np.where(guess.stays_low, guess.low, guess.low - beyond)
        return np.stack([(up + down) / 2, (up - down) / 2, upper, lower]), np.zeros(0)

    def starts(self, guess: Rough) -> list[tuple[Array, Array]]:
        """First values to try; the fit that gets furthest from them in a few rounds goes on."""
        return [self.start(guess)]

    def scales(self, guess: Rough) -> tuple[Array, Array]:
        """How far parameters may move in one step, (p,) and (q,)."""
        return np.array([guess.step, guess.step, guess.span / 4, guess.span / 4]), np.zeros(0)

    def valid(self, device: Array, shared: Array) -> npt.NDArray[np.bool_]:
        """Which devices' numbers make sense, (n,), from (p, n) and (q,).

        u and v exchanged are the same steps (:func:`steps`). Only the larger is the mean step; a device
        taken the other way about would stand far from all others and spoil the spread of the asymmetry.
        """
        del shared
        above = device[STEP] > np.abs(device[ASYMMETRY])
        sound: npt.NDArray[np.bool_] = (device[UPPER] > device[LOWER]) & above
        return sound

    def numbers(self, population: Population) -> Numbers:
        """The law's own numbers, by their keys in a card's ``[law]``."""
        del population
        return {}

    def settings(self, population: Population) -> Mapping[str, object]:
        """What else stands in ``[law]`` and is no number."""
        del population
        return {}


class SoftStart(LawModel):
    """A law whose steps vanish at the bounds."""

    soft = True

    def start(self, guess: Rough) -> tuple[Array, Array]:
        """First values: bounds are where straight lines through the steps vanish."""
        device, shared = super().start(guess)
        device[UPPER], device[LOWER] = guess.up_end(), guess.down_end()
        return device, shared


def steps(device: Array) -> tuple[Array, Array]:
    """Δ⁺ and Δ⁻ of devices."""
    return np.abs(device[STEP] + device[ASYMMETRY]), np.abs(device[STEP] - device[ASYMMETRY])


def larger_first(step: Array, asymmetry: Array) -> Array:
    """Numbers u and v, (2, n), of the same steps, u being the larger: on cards steps are absolute values."""
    one, other = np.abs(step), np.abs(asymmetry)
    sign = np.sign(step) * np.sign(asymmetry)
    return np.stack([np.maximum(one, other), sign * np.minimum(one, other)])
