"""What a comparison rests on: what is in no sum, what is assumed, constants and their sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from mortalff.energy.architectures import Comparison, Entrant, Factor, Purpose
from mortalff.energy.library import Price
from mortalff.energy.text import format_joules, format_measure


class Omission(NamedTuple):
    """Something that is in no sum.

    Attributes:
        kind: of which sum: energy, time or area.
        what: the action, step or part.
        why: the reason.
        whom: entrants that it is missing from.
    """

    kind: str
    what: str
    why: str
    whom: str


class Assumption(NamedTuple):
    """An architecture: what it is in a sentence, and what it assumes."""

    name: str
    summary: str
    notes: tuple[str, ...]


class Sourced(NamedTuple):
    """A number with its band and its source, as text."""

    name: str
    value: str
    band: str
    source: str


def omissions(comparison: Comparison, purposes: Sequence[Purpose]) -> list[Omission]:
    """What is in no sum of any of these purposes, and of whom."""
    found = []
    for kind in ("energy", "time", "area"):
        told: dict[tuple[str, str], dict[str, None]] = {}
        for entrant in comparison.entrants:
            for purpose in purposes:
                for missing in _missing(entrant, purpose)[kind].items():
                    told.setdefault(missing, {})[entrant.name] = None
        for (what, why), names in told.items():
            whom = "all" if len(names) == len(comparison.entrants) else ", ".join(names)
            found.append(Omission(kind, what, why, whom))
    return found


def assumptions(comparison: Comparison) -> list[Assumption]:
    """What each architecture is, and what it assumes."""
    architectures = [entrant.plan.architecture for entrant in comparison.entrants]
    return [
        Assumption(one.name, one.summary, tuple(one.notes))
        for one in {each.name: each for each in architectures}.values()
    ]


def own_constants(comparison: Comparison) -> list[Sourced]:
    """Constants that are not the built-in ones, which models of components may hold without naming them."""
    return [
        _sourced(name, constant.price, partial(format_measure, unit=constant.unit), constant.source)
        for name, constant in comparison.own_constants
    ]


def sourced(factor: Factor) -> Sourced:
    """A factor of a price: an energy, or a rate of pulses."""
    show = "{:.3g}".format if factor.key.startswith("pulses.") else format_joules
    return _sourced(factor.key, factor.price, show, factor.source)


def _sourced(name: str, price: Price, show: Callable[[float], str], source: str) -> Sourced:
    band = f"{show(price.low)} to {show(price.high)}"
    return Sourced(name, show(price.value), band, source)


def _missing(entrant: Entrant, purpose: Purpose) -> dict[str, Mapping[str, str]]:
    cost = entrant.costs[purpose]
    return {
        "energy": cost.bill.unpriced,
        "time": cost.latency.not_timed,
        "area": entrant.area.unpriced,
    }
