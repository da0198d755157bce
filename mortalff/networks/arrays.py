"""What networks are made of: arrays on a row of chips, each with what may stand behind it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch

from mortalff.cards import Card
from mortalff.errors import InputError, message
from mortalff.hardware.base import Hardware
from mortalff.hardware.chip_numbers import chip_numbers
from mortalff.hardware.crossbar import PulseMode
from mortalff.hardware.fabricate import fabricate
from mortalff.hardware.scheme import Plain, Scheme
from mortalff.networks.activities import Activities, activities_of
from mortalff.networks.layer import Layer
from mortalff.networks.stage_choice import UnknownStageChoice
from mortalff.seeds import Seeds


class ArrayMaker(ABC):
    """A row of chips on which arrays can be made.

    An array's random numbers depend on the seeds, its name and the chip; not on what other arrays are made, nor when.

    Args:
        chips: how many, or which.
        seeds: the network's; an array has those of its name below them.
        activities: what stands between layers.
        device: torch device.
        stage: the unknown stage behind each array; None for none.
        scheme: how each layer's weights are held.
    """

    def __init__(
        self,
        chips: int | Sequence[int],
        seeds: int | Seeds,
        activities: Activities,
        *,
        device: str | torch.device = "cpu",
        stage: UnknownStageChoice | None = None,
        scheme: Scheme | None = None,
    ) -> None:
        if activities.name != "digital" and not (scheme is None or isinstance(scheme, Plain)):
            rule = f"scheme {scheme.name!r} reads its arrays as numbers, and adds and compares them"
            right = "choose 'digital', or leave the scheme out"
            raise InputError(message("activities", activities.name, rule, right))
        self.chip_ids = chip_numbers(chips)
        self.seeds = Seeds.of(seeds)
        self.activities = activities
        self.device = torch.device(device)
        self._stage = stage
        self._scheme = Plain() if scheme is None else scheme

    def array(
        self, n_out: int, n_in: int, name: str, *, first: bool = False
    ) -> tuple[Hardware, float]:
        """Make an array.

        Args:
            n_out: outputs.
            n_in: input lines, the bias line among them.
            name: its name in the network; each array has one of its own.
            first: whether its inputs are the network's, which come through DACs whatever passes between layers.

        Returns:
            The array, and the gain that gives its outputs unit variance at the start for inputs of mean square 1.
        """
        seeds = self.seeds.child(name)

        def make(part: str = "", *, w_init_std: float | None = None) -> Hardware:
            own = seeds.child(part) if part else seeds
            return self._fabricate(n_out, n_in, own, first=first, w_init_std=w_init_std)

        return self._scheme.wrap(make), self._gain(n_in)

    def stage(self, units: int, name: str, gain: float) -> Hardware | None:
        """The unknown stage behind an array; None where there is none.

        Args:
            units: the array's outputs.
            name: the array's name.
            gain: the array's.
        """
        if self._stage is None:
            return None
        return self._stage.make(
            units, self.chip_ids, self.seeds.child(name), scale=1.0 / gain, device=self.device
        )

    def layer(self, n_out: int, n_in: int, name: str, *, first: bool = False) -> Layer:
        """A layer: an array with a bias line, and the stage behind it.

        Args:
            n_out: units.
            n_in: inputs, the bias line not counted.
            name: the array's name.
            first: whether its inputs are the network's.
        """
        hardware, gain = self.array(n_out, n_in + 1, name, first=first)
        return Layer(hardware, gain, stage=self.stage(n_out, name, gain))

    @abstractmethod
    def _fabricate(
        self, n_out: int, n_in: int, seeds: Seeds, *, first: bool, w_init_std: float | None
    ) -> Hardware:
        """An array with ``n_in`` lines; ``w_init_std`` None for the usual spread of initial weights."""

    @abstractmethod
    def _gain(self, n_in: int) -> float:
        """The gain of an array with ``n_in`` lines."""


class CardArrays(ArrayMaker):
    """Arrays on chips of a card.

    Args:
        card: device, array and periphery.
        chips: how many, or which.
        seed: root seed, or seeds with single streams held.
        activities: ``digital`` converts at every layer; ``analog`` keeps activities as voltages from the first layer's
            outputs on.
        device: torch device.
        w_init_std: spread of initial weights, the card's by default.
        pulse_mode: ``auto``, ``fast`` or ``exact``.
        stage: the unknown stage behind each array; None for none.
        scheme: how each layer's weights are held; in one array by default.

    Raises:
        InputError: no chips, unknown activities, analog ones between digital weights.
    """

    def __init__(
        self,
        card: Card,
        *,
        chips: int | Sequence[int] = 1,
        seed: int | Seeds = 0,
        activities: str = "digital",
        device: str | torch.device = "cpu",
        w_init_std: float | None = None,
        pulse_mode: PulseMode = "auto",
        stage: UnknownStageChoice | None = None,
        scheme: Scheme | None = None,
    ) -> None:
        if card.law.kind == "Digital" and activities == "analog":
            rule = f"card {card.name!r} has digital weights, whose products are numbers"
            raise InputError(message("activities", activities, rule, "choose 'digital'"))
        between = activities_of(activities, card.periphery)
        super().__init__(chips, seed, between, device=device, stage=stage, scheme=scheme)
        self._card = card
        self._w_init_std = w_init_std
        self._pulse_mode = pulse_mode

    def _fabricate(
        self, n_out: int, n_in: int, seeds: Seeds, *, first: bool, w_init_std: float | None
    ) -> Hardware:
        converters = self.activities.periphery(self._card.periphery, first)
        return fabricate(
            self._card,
            n_out=n_out,
            n_in=n_in,
            chips=self.chip_ids,
            seed=seeds,
            device=self.device,
            w_init_std=self._w_init_std if w_init_std is None else w_init_std,
            periphery=None if self._card.law.kind == "Digital" else converters,
            pulse_mode=self._pulse_mode,
        )

    def _gain(self, n_in: int) -> float:
        return initial_gain(self._card, n_in, self._w_init_std)


def initial_gain(card: Card, n_in: int, w_init_std: float | None = None) -> float:
    """The gain 1/(w √n_in) that gives outputs of unit variance at the start, for initial weights of spread w.

    For digital weights with their usual spread of 1/√n_in it is 1.
    """
    std = w_init_std
    if std is None and card.device is not None:
        std = float(card.device.w_init_std)
    if std is None or card.device is None:
        return 1.0
    if std <= 0.0:
        std = min(abs(float(card.device.w_min)), float(card.device.w_max)) / 3.0
    return 1.0 / (std * math.sqrt(n_in))
