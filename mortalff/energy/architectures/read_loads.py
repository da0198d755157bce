"""What inputs and weights make of reads: measured in trainings, and carried over to other cards and learners.

Closed forms count reads and the cells these drive, and cannot know with what. Here that is two shares of the cells
read: their mean conductance times input squared, in units of the card's largest at full scale, and their mean input
squared, which charges the wires; where inputs are durations at full voltage, their mean conductance times input, and
how many are driven at all. Files in ``measured`` say what they were in which trainings.

A learner that was measured on other cards alone is given the middle and the range of these; one that was not measured,
those of all that were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from pydantic import Field

from mortalff.cards import Card
from mortalff.cards.quantity import Section
from mortalff.energy.architectures.measured_file import read_measured
from mortalff.energy.library import Price

_FILES = {"amplitude": "read_loads.toml", "duration": "read_loads_duration.toml"}
_Band = tuple[float, float, float]


class MeasuredLoads(Section):
    """Loads in one training. Bounds are the least and the most of any sixth of it."""

    conduction: _Band = Field(
        strict=False,
        description="conductance times input squared of a cell, times a duration: low, mean, high",
    )
    square: _Band = Field(
        strict=False, description="input squared of a cell, 1 of any duration: low, mean, high"
    )
    source: str = Field(min_length=10, description="which training")


@dataclass(frozen=True)
class ReadLoads:
    """Loads of reads by which vectors pass, as shares of the cells read.

    Attributes:
        key: whose they are: uncertain together wherever it is the same.
        conduction: mean conductance times input squared, or times a duration, over the card's largest at full scale.
        square: mean input squared, over full scale; of durations, how many are not 0.
        conductance: mean of a cell, over the card's largest, as reads of voltages weighted it.
        source: which trainings.
    """

    key: str
    conduction: Price
    square: Price
    conductance: Price
    source: str


@cache
def measured_loads(inputs: str) -> Mapping[str, Mapping[str, MeasuredLoads]]:
    """What was measured: learner → card → loads.

    Args:
        inputs: "amplitude" or "duration", as cards say.
    """
    return read_measured(_FILES[inputs], MeasuredLoads)


def read_loads(learner: str, card: Card) -> ReadLoads | None:
    """The loads of a learner's reads on a card.

    Args:
        learner: its name.
        card: the card.

    Returns:
        Measured or carried over; None where the card says no conductances.
    """
    if card.conductance is None:
        return None
    conduction, square, source = _found(learner, card.name, card.conductance.inputs)
    volts = _found(learner, card.name, "amplitude")
    return ReadLoads(learner, conduction, square, _over(volts.conduction, volts.square), source)


class _Found(NamedTuple):
    conduction: Price
    square: Price
    source: str


def _found(learner: str, card: str, inputs: str) -> _Found:
    """Measured for these inputs, or carried over."""
    known = {
        (who, where): loads
        for who, cards in measured_loads(inputs).items()
        for where, loads in cards.items()
    }
    if (learner, card) in known:
        own = known[learner, card]
        return _Found(Price(*own.conduction), Price(*own.square), own.source)
    taken = {key: loads for key, loads in known.items() if key[0] == learner} or known
    names = ", ".join(f"{who} on {where}" for who, where in taken)
    return _Found(
        _range([loads.conduction for loads in taken.values()]),
        _range([loads.square for loads in taken.values()]),
        f"carried over from {names}",
    )


def _over(one: Price, other: Price) -> Price:
    low, value, high = one.low / other.low, one.value / other.value, one.high / other.high
    return Price(min(low, value, high), value, max(low, value, high))


def _range(bands: list[_Band]) -> Price:
    """From the least to the most of several, about the mean of their means."""
    means = [mean for _, mean, _ in bands]
    low, high = min(low for low, _, _ in bands), max(high for _, _, high in bands)
    return Price(low, sum(means) / len(means), high)
