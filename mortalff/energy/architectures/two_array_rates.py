"""How many pulses two arrays a layer take: measured in trainings by the rule that makes them from a card.

The learner's outer products go to the fast array, at a rate of their own. The rule of ``docs/in_situ.md`` asks the fast
arrays of all cards for like changes, so that these pulses are carried over to another card as
:mod:`mortalff.energy.architectures.pulse_rates` carries over those of one array; how far that is off was not seen here,
where one card was measured. What transfers pulse into the slow array goes with the noise and the memory of a card's
devices, and with the length of a training: it is not carried over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pydantic import Field

from mortalff.cards import Card
from mortalff.cards.quantity import Section
from mortalff.energy.architectures.measured_file import read_measured
from mortalff.energy.architectures.pulse_rates import MeasuredRates, PulseRates, rates_among
from mortalff.energy.library import Price

_FILE = "two_array_rates.toml"
_Band = tuple[float, float, float]


class MeasuredTwoArrays(Section):
    """Rates in one training. Bounds are the least and the most of any sixth of it."""

    fast_line: _Band = Field(
        strict=False, description="pulses on a line of the fast array in an outer product"
    )
    fast_device: _Band = Field(
        strict=False, description="coincidences at a weight of the fast array in an outer product"
    )
    transfer_line: _Band = Field(
        strict=False, description="pulses on lines of the slow array for a number that is read"
    )
    transfer_device: _Band = Field(
        strict=False, description="coincidences in the slow array for a number that is read"
    )
    dw_min: float = Field(gt=0, description="mean step of the card")
    source: str = Field(min_length=10, description="which training")


@dataclass(frozen=True)
class TwoArrayRates:
    """Pulses of two arrays a layer.

    Attributes:
        fast: of the fast array, in one outer product.
        transfer: of the slow one, for a number that a transfer reads; None where that was not measured.
    """

    fast: PulseRates
    transfer: PulseRates | None


@cache
def measured_two_arrays() -> Mapping[str, Mapping[str, MeasuredTwoArrays]]:
    """What was measured: learner → card → rates."""
    return read_measured(_FILE, MeasuredTwoArrays)


def two_array_rates(learner: str, card: Card) -> TwoArrayRates | None:
    """The rates of a learner on two arrays of a card, as its rule makes them.

    Returns:
        Measured ones, or of the fast array carried over from another card; None where the learner was not measured on
        two arrays, or no pulse moves the card's devices.
    """
    known = measured_two_arrays().get(learner, {})
    fast = rates_among({name: _of_fast(rates) for name, rates in known.items()}, card)
    if fast is None:
        return None
    if fast.carried is not None:
        return TwoArrayRates(fast, None)
    found = known[card.name]
    line, device = Price(*found.transfer_line), Price(*found.transfer_device)
    return TwoArrayRates(fast, PulseRates(line, device, None, found.source))


def _of_fast(rates: MeasuredTwoArrays) -> MeasuredRates:
    return MeasuredRates(
        line=rates.fast_line,
        device=rates.fast_device,
        dw_min=rates.dw_min,
        source=rates.source,
    )
