"""What inputs and weights make of reads: measured in trainings, and carried over to other cards and learners.

Closed forms count reads and the cells these drive, and cannot know with what. Here that is two shares of the cells
read: their mean conductance times input squared, in units of the card's largest at full scale, and their mean input
squared, which charges the wires. The file ``measured/read_loads.toml`` says what they were in which trainings.

A learner that was measured on other cards alone is given the middle and the range of these; one that was not measured,
those of all that were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pydantic import Field

from mortalff.cards import Card
from mortalff.cards.quantity import Section
from mortalff.energy.architectures.measured_file import read_measured
from mortalff.energy.library import Price

_FILE = "read_loads.toml"
_Band = tuple[float, float, float]


class MeasuredLoads(Section):
    """Loads in one training. Bounds are the least and the most of any sixth of it."""

    conduction: _Band = Field(
        strict=False, description="conductance times input squared of a cell: low, mean, high"
    )
    square: _Band = Field(strict=False, description="input squared of a cell: low, mean, high")
    source: str = Field(min_length=10, description="which training")


@dataclass(frozen=True)
class ReadLoads:
    """Loads of reads by which vectors pass, as shares of the cells read.

    Attributes:
        key: whose they are: uncertain together wherever it is the same.
        conduction: mean conductance times input squared, over the card's largest at full scale.
        square: mean input squared, over full scale.
        source: which trainings.
    """

    key: str
    conduction: Price
    square: Price
    source: str

    @property
    def conductance(self) -> Price:
        """Mean conductance of a cell over the card's largest, as these reads weighted it."""
        pairs = zip(_bounds(self.conduction), _bounds(self.square), strict=True)
        low, value, high = (conducted / square for conducted, square in pairs)
        return Price(min(low, value, high), value, max(low, value, high))


@cache
def measured_loads() -> Mapping[str, Mapping[str, MeasuredLoads]]:
    """What was measured: learner → card → loads."""
    return read_measured(_FILE, MeasuredLoads)


def read_loads(learner: str, card: Card) -> ReadLoads | None:
    """The loads of a learner's reads on a card.

    Args:
        learner: its name.
        card: the card.

    Returns:
        Measured or carried over; None where the card says no conductances, or its inputs are durations, of which
        nothing was measured.
    """
    if card.conductance is None or card.conductance.inputs != "amplitude":
        return None
    known = {
        (who, where): loads
        for who, cards in measured_loads().items()
        for where, loads in cards.items()
    }
    if (learner, card.name) in known:
        found = known[learner, card.name]
        return ReadLoads(learner, Price(*found.conduction), Price(*found.square), found.source)
    own = {key: loads for key, loads in known.items() if key[0] == learner}
    taken = own or known
    names = ", ".join(f"{who} on {where}" for who, where in taken)
    return ReadLoads(
        learner,
        _range([loads.conduction for loads in taken.values()]),
        _range([loads.square for loads in taken.values()]),
        f"carried over from {names}",
    )


def _bounds(price: Price) -> tuple[float, float, float]:
    return price.low, price.value, price.high


def _range(bands: list[_Band]) -> Price:
    """From the least to the most of several, about the mean of their means."""
    means = [mean for _, mean, _ in bands]
    low, high = min(low for low, _, _ in bands), max(high for _, _, high in bands)
    return Price(low, sum(means) / len(means), high)
