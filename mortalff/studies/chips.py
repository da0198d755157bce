"""What a study's chips are made of: a card with its condition, or an aihwkit preset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

from pydantic import JsonValue

from mortalff.cards import Card, card_hash
from mortalff.hardware.crossbar import PulseMode
from mortalff.hardware.scheme import Plain, Scheme
from mortalff.networks.aihwkit_arrays import AihwkitArrays
from mortalff.networks.arrays import ArrayMaker, CardArrays
from mortalff.networks.stage_choice import UnknownStageChoice


class ChipSource(Protocol):
    """Something that chips are made of, and that prices what they do."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    @property
    def prices(self) -> Card | None:
        """The card with the prices of its actions, if there is one."""
        ...

    @property
    def reproducible(self) -> bool:
        """Whether the same seed gives the same numbers."""
        ...

    @property
    def around(self) -> Around:
        """What is built around its arrays."""
        ...

    def identity(self) -> dict[str, JsonValue]:
        """What it was chosen by, for a run's specification; the condition left out."""
        ...

    def digest(self) -> str:
        """A hash of all its parameters and prices."""
        ...

    def arrays(self, chips: Sequence[int], seed: int, activities: str) -> ArrayMaker:
        """Chips of it, on which a network's arrays can be made.

        Args:
            chips: the chips' numbers.
            seed: root seed.
            activities: ``digital`` or ``analog``.

        Raises:
            InputError: activities of this kind cannot be had.
            MissingDependencyError: a library that simulates it is missing or does not run.
        """
        ...


@dataclass(frozen=True)
class Around:
    """What is built around arrays, whatever these are made of.

    Args:
        stage: the unknown stage behind each; None for none.
        scheme: how each layer's weights are held; None for one array, unless a learner's rule chooses otherwise.
        device: torch device that simulates them. It is part of a run's specification, as other devices round otherwise.
    """

    stage: UnknownStageChoice | None = None
    scheme: Scheme | None = None
    device: str = "cpu"

    def named(self, name: str) -> str:
        """A hardware's name with what is built around it, as tables show it; not a scheme's settings."""
        if self._other_scheme is not None:
            name = f"{name} ({self._other_scheme.name})"
        name = name if self.stage is None else f"{name} + {self.stage.label}"
        return name if self.device == "cpu" else f"{name} on {self.device}"

    def identity(self) -> dict[str, JsonValue]:
        """What was chosen; empty where there is nothing around."""
        chosen: dict[str, JsonValue] = {}
        if self.stage is not None:
            chosen["stage"] = self.stage.model_dump(mode="json")
        if self._other_scheme is not None:
            options = self._other_scheme.model_dump(mode="json")
            chosen["scheme"] = {"name": self._other_scheme.name, **options}
        if self.device != "cpu":
            chosen["device"] = self.device
        return chosen

    @property
    def _other_scheme(self) -> Scheme | None:
        return None if isinstance(self.scheme, Plain) else self.scheme


@dataclass(frozen=True)
class CardChips:
    """Chips of a card.

    Args:
        card: the card, its condition applied.
        pulse_mode: how pulses are worked out: ``auto``, ``fast`` or ``exact``.
        around: what is built around its arrays.
    """

    card: Card
    pulse_mode: PulseMode = "auto"
    reproducible: bool = True
    around: Around = Around()

    @property
    def name(self) -> str:
        """The card's name, how pulses are worked out where that was asked for, and what is around the arrays."""
        name = self.card.name
        if self.pulse_mode != "auto":
            name = f"{name} ({self.pulse_mode} pulses)"
        return self.around.named(name)

    @property
    def prices(self) -> Card:
        """The card's own."""
        return self.card

    def identity(self) -> dict[str, JsonValue]:
        """The card's name, and what else was asked for."""
        mode = {} if self.pulse_mode == "auto" else {"pulse_mode": self.pulse_mode}
        return {"card": self.card.name, **mode, **self.around.identity()}

    def digest(self) -> str:
        """The hash of the card."""
        return card_hash(self.card)

    def arrays(self, chips: Sequence[int], seed: int, activities: str) -> CardArrays:
        """Crossbars of the card."""
        return CardArrays(
            self.card,
            chips=chips,
            seed=seed,
            activities=activities,
            device=self.around.device,
            pulse_mode=self.pulse_mode,
            stage=self.around.stage,
            scheme=self.around.scheme,
        )

    def held_in(self, scheme: Scheme | None) -> Self:
        """The same chips, with weights held in this scheme."""
        return replace(self, around=replace(self.around, scheme=scheme))


@dataclass(frozen=True)
class AihwkitChips:
    """Chips made of aihwkit tiles.

    Args:
        preset: a preset's name.
        w_init_std: spread of the initial weights; by default the tile's own.
        prices: the card with the prices of the tiles' actions; without it no energy is worked out.
        around: what is built around the tiles.
    """

    preset: str
    w_init_std: float | None = None
    prices: Card | None = None
    reproducible: bool = False
    around: Around = Around()

    @property
    def name(self) -> str:
        """``aihwkit:`` and the preset's name, and what is around the tiles."""
        return self.around.named(f"aihwkit:{self.preset}")

    def identity(self) -> dict[str, JsonValue]:
        """The preset and its options."""
        priced_as = None if self.prices is None else self.prices.name
        chosen = {"aihwkit": self.preset, "w_init_std": self.w_init_std, "priced_as": priced_as}
        return {**chosen, **self.around.identity()}

    def digest(self) -> str:
        """A hash of preset, options and prices, not of aihwkit's version."""
        prices = None if self.prices is None else card_hash(self.prices)
        text = json.dumps([self.identity(), prices], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def arrays(self, chips: Sequence[int], seed: int, activities: str) -> AihwkitArrays:
        """Tiles, one an array and chip."""
        return AihwkitArrays(
            self.preset,
            chips=chips,
            seed=seed,
            activities=activities,
            w_init_std=self.w_init_std,
            periphery=None if self.prices is None else self.prices.periphery,
            stage=self.around.stage,
            scheme=self.around.scheme,
        )
