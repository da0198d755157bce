"""A bill: components times how often each is used, added up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from mortalff.energy.library.library import Library
from mortalff.energy.library.price import Price, total
from mortalff.errors import InputError, message

BillUnit = Literal["J", "W", "um2"]


@dataclass(frozen=True)
class Line:
    """So many of one component.

    Attributes:
        component: its name in the library; of a model, what it is.
        times: how many there are, or how often it is used.
        rate_hz: how often each second, where energies are to become a power.
        seconds: for how long, where powers are to become an energy.
        each: what a model says one comes to, in the unit of the bill, where it is not a constant of the library.
    """

    component: str
    times: float
    rate_hz: float | None = None
    seconds: float | None = None
    each: Price | None = None


@dataclass(frozen=True)
class Bill:
    """What components come to together.

    Attributes:
        unit: J, W or um2.
        rows: each line with what it comes to, in order.
    """

    unit: BillUnit
    rows: tuple[tuple[Line, Price], ...]

    @property
    def total(self) -> Price:
        """All lines together."""
        return total(price for _, price in self.rows)

    def share(self, component: str) -> float:
        """The share of one component in the total."""
        own = sum(price.value for line, price in self.rows if line.component == component)
        return own / self.total.value


def bill(library: Library, lines: Iterable[Line], unit: BillUnit = "J") -> Bill:
    """Price lines from the library.

    Args:
        library: where the components are.
        lines: what is used, and how often.
        unit: what to add up: energy, power or area.

    Raises:
        InputError: there is no such component, or it does not come in that unit: energies make a power with a
            ``rate_hz``, powers an energy with ``seconds``.
    """
    return Bill(unit, tuple((line, _priced(library, line, unit)) for line in lines))


def _priced(library: Library, line: Line, unit: BillUnit) -> Price:
    if line.each is not None:
        return line.each * line.times
    constant = library[line.component]
    price = constant.price * line.times
    if constant.unit == unit:
        return price
    if (constant.unit, unit) == ("J", "W") and line.rate_hz is not None:
        return price * line.rate_hz
    if (constant.unit, unit) == ("W", "J") and line.seconds is not None:
        return price * line.seconds
    needed = {("J", "W"): "give rate_hz", ("W", "J"): "give seconds"}
    right = needed.get((constant.unit, unit), f"name a component in {unit!r}")
    rule = f"it is in {constant.unit!r} and the bill in {unit!r}"
    raise InputError(message(f"component {line.component!r}", line.times, rule, right))
