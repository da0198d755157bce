"""How many pulses an outer product takes: measured in trainings, and carried over to other cards.

Closed forms leave pulses out, for they depend on values. Here they are rates: pulses on a line, and coincidences at a
weight, in one outer product. The file ``measured/pulse_rates.toml`` says what they were in which trainings.

A card that was not measured is given the rates of the measured card whose mean step is nearest: coincidences go as
1/dw_min, for the change asked for is the learner's own, and pulses on lines as its root, for trains are about one slot
long. Among the measured cards themselves this is off by less than :data:`CARRIED_OVER`, and for all learners by
nearly as much: it is the card's doing. So it is a factor of its own, which learners on a card have in common.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pydantic import Field

from mortalff.cards import Card
from mortalff.cards.quantity import Section
from mortalff.energy.architectures.measured_file import read_measured
from mortalff.energy.library import Price

CARRIED_OVER = 3.0
"""By what factor rates carried over to another card may be off."""

_FILE = "pulse_rates.toml"


class MeasuredRates(Section):
    """Rates in one training. Bounds are the least and the most of any sixth of it."""

    line: tuple[float, float, float] = Field(
        strict=False, description="pulses on a line in an outer product: low, mean, high"
    )
    device: tuple[float, float, float] = Field(
        strict=False, description="coincidences at a weight in an outer product: low, mean, high"
    )
    dw_min: float = Field(gt=0, description="mean step of the card")
    source: str = Field(min_length=10, description="which training")


@dataclass(frozen=True)
class PulseRates:
    """Pulses in one outer product.

    Attributes:
        line: on a line.
        device: coincidences at a weight.
        carried: by what factor both may be off, as they are of another card; None where they are of this one.
        source: which training.
    """

    line: Price
    device: Price
    carried: Price | None
    source: str


@cache
def measured_rates() -> Mapping[str, Mapping[str, MeasuredRates]]:
    """What was measured: learner → card → rates."""
    return read_measured(_FILE, MeasuredRates)


def pulse_rates(learner: str, card: Card) -> PulseRates | None:
    """The rates of a learner on a card.

    Returns:
        Measured ones, or carried over from another card; None where the learner was not measured, or no pulse moves the
        card's devices.
    """
    return rates_among(measured_rates().get(learner, {}), card)


def rates_among(known: Mapping[str, MeasuredRates], card: Card) -> PulseRates | None:
    """The rates on a card, of those measured on cards: its own, or those of the card whose mean step is nearest.

    Args:
        known: what was measured, by card.
        card: the card.
    """
    if not known or card.device is None or card.law.kind in ("Digital", "ProgramOnly"):
        return None
    if card.name in known and math.isclose(known[card.name].dw_min, float(card.device.dw_min)):
        found = known[card.name]
        return PulseRates(Price(*found.line), Price(*found.device), None, found.source)
    step = float(card.device.dw_min)
    name = min(known, key=lambda other: abs(math.log(known[other].dw_min / step)))
    ratio = known[name].dw_min / step
    return PulseRates(
        Price(*known[name].line) * math.sqrt(ratio),
        Price(*known[name].device) * ratio,
        Price(1.0 / CARRIED_OVER, 1.0, CARRIED_OVER),
        f"carried over from card {name!r} by the mean step, {ratio:.3g} times: {known[name].source}",
    )
