"""Energy is counts times prices: exact bookkeeping with a band.

Low and high totals add all low and all high prices. That is the band if every price erred the same
way at once (full correlation), so it is the widest band there is: independent errors would partly
cancel.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, TypedDict

import numpy as np

from mortalff.actions import ACTIONS, READ_LOADS, ActionCounts, Counts
from mortalff.cards import Card
from mortalff.energy.components import COMPONENT_OF, COMPONENTS, USUAL_PRICES
from mortalff.energy.library import Price, read_load_factors, read_load_prices
from mortalff.energy.read_prices import billed, reads_at_loads
from mortalff.energy.text import describe
from mortalff.errors import CardError, InputError, message


class Band(NamedTuple):
    """Energy in joules, shape (chips,) each: a lower bound, a best value, an upper bound."""

    low: Counts
    value: Counts
    high: Counts


@dataclass(frozen=True, eq=False)
class Entry:
    """What one action cost: count, shape (chips,), energy, and where the price is from."""

    count: Counts
    energy_j: Band
    source: str


class Row(TypedDict):
    """One line of the tidy table of an estimate: one action on one chip."""

    chip: int
    action: str
    component: str
    count: float
    energy_j_low: float
    energy_j: float
    energy_j_high: float
    source: str


@dataclass(frozen=True, eq=False)
class Estimate:
    """What counted actions cost, per action and chip.

    Attributes:
        chips: number of chips.
        table: for each action that happened and has a price, its count, energy and source.
        unpriced: actions that happened but have no price; their energy is missing from every sum.
    """

    chips: int
    table: Mapping[str, Entry]
    unpriced: tuple[str, ...] = ()

    @property
    def total(self) -> Band:
        """All the energy, in joules, shape (chips,) each."""
        return self._sum(ACTIONS)

    @property
    def by_component(self) -> dict[str, Band]:
        """Energy of each of :data:`COMPONENTS`, in order; zeros where nothing was spent."""
        return {
            component: self._sum(a for a, of in COMPONENT_OF.items() if of == component)
            for component in COMPONENTS
        }

    def __add__(self, other: Estimate) -> Estimate:
        """What both cost together, chip by chip: layers of a network, or phases of a run.

        Raises:
            InputError: the estimates are of different numbers of chips.
        """
        if self.chips != other.chips:
            rule = f"an estimate for {self.chips} chips adds only to one for as many"
            right = "take both from the same chips"
            raise InputError(message("chips of the other estimate", other.chips, rule, right))
        either = {**self.table, **other.table}
        for action in self.table.keys() & other.table.keys():
            either[action] = _joined(self.table[action], other.table[action])
        table = {action: either[action] for action in ACTIONS if action in either}
        unpriced = tuple(a for a in ACTIONS if a in self.unpriced or a in other.unpriced)
        return Estimate(self.chips, MappingProxyType(table), unpriced)

    def scaled(self, factor: float | Counts) -> Estimate:
        """Counts and energies times a factor; ``scaled(1 / updates)`` is the cost of one update.

        Args:
            factor: one number for all chips, or an array of shape (chips,); finite, at least 0.

        Raises:
            InputError: the factor is negative, not finite, or of another shape.
        """
        factors = np.asarray(factor, dtype=np.float64)
        if factors.shape not in ((), (self.chips,)):
            raise InputError(
                message(
                    "shape of factor",
                    factors.shape,
                    "it is one number, or one a chip",
                    f"give a number or an array of shape ({self.chips},)",
                )
            )
        if not np.isfinite(factors).all() or (factors < 0).any():
            right = "for joules per update give 1 / updates, with at least one update"
            raise InputError(message("factor", factor, "a factor is finite and at least 0", right))
        table = {
            action: Entry(
                _frozen(entry.count * factors),
                Band(*(_frozen(bound * factors) for bound in entry.energy_j)),
                entry.source,
            )
            for action, entry in self.table.items()
        }
        return Estimate(self.chips, MappingProxyType(table), self.unpriced)

    def rows(self) -> list[Row]:
        """The estimate as a tidy table: one row for each priced action that happened, and chip."""
        return [
            {
                "chip": chip,
                "action": action,
                "component": COMPONENT_OF[action],
                "count": float(entry.count[chip]),
                "energy_j_low": float(entry.energy_j.low[chip]),
                "energy_j": float(entry.energy_j.value[chip]),
                "energy_j_high": float(entry.energy_j.high[chip]),
                "source": entry.source,
            }
            for chip in range(self.chips)
            for action, entry in self.table.items()
        ]

    def __str__(self) -> str:
        """A table of components and their actions, averaged over chips."""
        spent = {a: (float(e.count.mean()), _means(e.energy_j)) for a, e in self.table.items()}
        components = {name: _means(band) for name, band in self.by_component.items()}
        return describe(self.chips, _means(self.total), components, spent, self.unpriced)

    def _sum(self, actions: Iterable[str]) -> Band:
        entries = [self.table[action] for action in actions if action in self.table]
        return Band(
            *(_exact_sum([e.energy_j[bound] for e in entries], self.chips) for bound in range(3))
        )


def estimate(counts: ActionCounts, card: Card, *, strict: bool = True) -> Estimate:
    """Price counted actions with a card: energy = Σ counts × price.

    Reads cost what their inputs and the chips' conductances made of them, where that was counted: see
    :mod:`mortalff.energy.read_prices`.

    Args:
        counts: how often each action happened on each chip.
        card: the card whose ``[energy.<action>]`` sections hold the prices.
        strict: whether an action without a price is an error. If not, it is named in ``unpriced``
            and costs nothing.

    Raises:
        CardError: an action happened that the card has no price for (strict).
        InputError: a count is negative or not finite.
    """
    checked = {action: _checked(action, counts[action]) for action in ACTIONS}
    happened = billed(
        {a: times for a, times in checked.items() if times.any()}, reads_at_loads(card)
    )
    unpriced = tuple(a for a in happened if a not in card.energy and a not in READ_LOADS)
    if strict and unpriced:
        raise CardError(_missing_prices(counts, card, unpriced))
    table = {}
    for action, times in happened.items():
        if action in unpriced:
            continue
        price, source = _price_of(action, card)
        bounds = (price.low, price.value, price.high)
        band = Band(*(_frozen(times * bound) for bound in bounds))
        table[action] = Entry(_frozen(times.copy()), band, source)
    return Estimate(counts.chips, MappingProxyType(table), unpriced)


def _price_of(action: str, card: Card) -> tuple[Price, str]:
    if action in READ_LOADS:
        factors = read_load_factors(card)[action]
        source = "; ".join(dict.fromkeys(factor.source for factor in factors))
        return read_load_prices(card)[action], source
    own = card.energy[action]
    return Price(own.low, own.value, own.high), own.source


def _checked(action: str, times: Counts) -> Counts:
    for chip, value in enumerate(times):
        if not 0.0 <= value < math.inf:
            rule = "an action happens a finite number of times, at least 0"
            right = "subtract the earlier counts from the later ones"
            where = f"counts of {action!r} on chip {chip}"
            raise InputError(message(where, float(value), rule, right))
    return times


def _missing_prices(counts: ActionCounts, card: Card, actions: tuple[str, ...]) -> str:
    lines = []
    for action in actions:
        usual = USUAL_PRICES[action]
        lines.append(
            message(
                f"card {card.name!r}, energy.{action}",
                None,
                f"{action!r} ({ACTIONS[action]}) happened up to {counts[action].max():g} times"
                " a chip and has no price",
                f"add a section [energy.{action}] to the card's card.toml with value, low, high,"
                f" unit, source and tag; the usual price is {usual.low_j:g} to {usual.high_j:g} J"
                f" ({usual.source})",
            )
        )
    return "\n".join(lines)


def _joined(first: Entry, second: Entry) -> Entry:
    pairs = zip(first.energy_j, second.energy_j, strict=True)
    band = Band(*(_frozen(one + other) for one, other in pairs))
    sources = dict.fromkeys((*first.source.split(" | "), *second.source.split(" | ")))
    return Entry(_frozen(first.count + second.count), band, " | ".join(sources))


def _exact_sum(terms: list[Counts], chips: int) -> Counts:
    """The sum over actions, chip by chip, rounded once, so that it depends on no order."""
    return _frozen(np.array([math.fsum(term[chip] for term in terms) for chip in range(chips)]))


def _means(band: Band) -> tuple[float, float, float]:
    return float(band.low.mean()), float(band.value.mean()), float(band.high.mean())


def _frozen(values: Counts) -> Counts:
    values.flags.writeable = False
    return values
