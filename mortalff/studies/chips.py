"""What a study's chips are made of: a card with its condition, or an aihwkit preset."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from mortalff.cards import Card, Periphery, card_hash
from mortalff.errors import InputError, message
from mortalff.hardware.aihwkit_config import checked_config, default_spread
from mortalff.hardware.aihwkit_tile import AihwkitTile
from mortalff.hardware.crossbar import PulseMode
from mortalff.networks.activities import activities_of
from mortalff.networks.layer import Layer
from mortalff.networks.network import Network
from mortalff.seeds import Seeds


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

    def identity(self) -> dict[str, JsonValue]:
        """What it was chosen by, for a run's specification; the condition left out."""
        ...

    def digest(self) -> str:
        """A hash of all its parameters and prices."""
        ...

    def network(
        self, sizes: Sequence[int], chips: Sequence[int], seed: int, n_classes: int, activities: str
    ) -> Network:
        """A network on chips of it.

        Args:
            sizes: widths from the input up.
            chips: the chips' numbers.
            seed: root seed.
            n_classes: number of classes.
            activities: ``digital`` or ``analog``.
        """
        ...


@dataclass(frozen=True)
class CardChips:
    """Chips of a card.

    Args:
        card: the card, its condition applied.
        pulse_mode: how pulses are worked out: ``auto``, ``fast`` or ``exact``.
    """

    card: Card
    pulse_mode: PulseMode = "auto"
    reproducible: bool = True

    @property
    def name(self) -> str:
        """The card's name, and how pulses are worked out where that was asked for."""
        if self.pulse_mode == "auto":
            return self.card.name
        return f"{self.card.name} ({self.pulse_mode} pulses)"

    @property
    def prices(self) -> Card:
        """The card's own."""
        return self.card

    def identity(self) -> dict[str, JsonValue]:
        """The card's name, and how pulses are worked out where that was asked for."""
        if self.pulse_mode == "auto":
            return {"card": self.card.name}
        return {"card": self.card.name, "pulse_mode": self.pulse_mode}

    def digest(self) -> str:
        """The hash of the card."""
        return card_hash(self.card)

    def network(
        self, sizes: Sequence[int], chips: Sequence[int], seed: int, n_classes: int, activities: str
    ) -> Network:
        """A network on crossbars of the card."""
        return Network.build(
            self.card,
            sizes,
            chips=chips,
            seed=seed,
            n_classes=n_classes,
            activities=activities,
            pulse_mode=self.pulse_mode,
        )


@dataclass(frozen=True)
class AihwkitChips:
    """Chips made of aihwkit tiles.

    Args:
        preset: a preset's name.
        w_init_std: spread of the initial weights; by default the tile's own.
        prices: the card with the prices of the tiles' actions; without it no energy is worked out.
    """

    preset: str
    w_init_std: float | None = None
    prices: Card | None = None
    reproducible: bool = False

    @property
    def name(self) -> str:
        """``aihwkit:`` and the preset's name."""
        return f"aihwkit:{self.preset}"

    def identity(self) -> dict[str, JsonValue]:
        """The preset and its options."""
        priced_as = None if self.prices is None else self.prices.name
        return {"aihwkit": self.preset, "w_init_std": self.w_init_std, "priced_as": priced_as}

    def digest(self) -> str:
        """A hash of preset, options and prices, not of aihwkit's version."""
        prices = None if self.prices is None else card_hash(self.prices)
        text = json.dumps([self.identity(), prices], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def network(
        self, sizes: Sequence[int], chips: Sequence[int], seed: int, n_classes: int, activities: str
    ) -> Network:
        """A network of tiles, one a layer and chip.

        Raises:
            InputError: there is no such preset, or activities are to stay analog.
            MissingDependencyError: aihwkit is missing or does not run.
        """
        if activities != "digital":
            rule = "an aihwkit tile converts its inputs and outputs itself"
            right = "give this hardware activities: digital, in a block of its own"
            raise InputError(message("activities", activities, rule, right))
        config, seeds, layers = checked_config(self.preset), Seeds.of(seed), []
        for index, (below, width) in enumerate(itertools.pairwise(sizes)):
            n_in = below + 1  # the bias line
            std = (
                default_spread(config.device, n_in) if self.w_init_std is None else self.w_init_std
            )
            tile = AihwkitTile(
                config, width, n_in, chips, seeds.child(f"layer{index + 1}"), w_init_std=std
            )
            layers.append(Layer(tile, 1.0 / (std * math.sqrt(n_in))))
        periphery = Periphery() if self.prices is None else self.prices.periphery
        between = activities_of(activities, periphery)
        return Network(layers, n_classes=n_classes, seeds=seeds, activities=between)
