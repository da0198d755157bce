"""Energies to accuracies as rows and sentences of a report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mortalff.energy.library import Price
from mortalff.report.reach.reaches import Reach, Reaches
from mortalff.report.text import joules, percent, plural


@dataclass(frozen=True)
class ReachRow:
    """One learner on an architecture, on one hardware.

    Attributes:
        hardware: the hardware.
        name: as in ``FF on ff_analog``.
        counted: whether the architecture does what was simulated.
        tried: among how many settings each energy is the least.
        whole: whether every action that happened has a price.
        cells: for each target, what it took, and with which setting.
    """

    hardware: str
    name: str
    counted: bool
    tried: int
    whole: bool
    cells: tuple[str, ...]


def reach_rows(found: Reaches) -> tuple[ReachRow, ...]:
    """A row for each learner on an architecture; a column for each of ``found.targets``."""
    best = [found.best(target) for target in found.targets]
    return tuple(
        ReachRow(
            hardware,
            name,
            ways[0].offer.counted,
            len(ways),
            not any(way.prices.unpriced for way in ways),
            tuple(_cell(found, reached[hardware, name]) for reached in best),
        )
        for (hardware, name), ways in found.rivals.items()
    )


def reach_sentences(found: Reaches) -> Iterator[str]:
    """For each hardware, the greatest and the least error that FF and another learner came to, and what they took."""
    for hardware in dict.fromkeys(hardware for hardware, _ in found.rivals):
        told = [words for target in found.targets if (words := _compared(found, hardware, target))]
        yield from dict.fromkeys([*told[:1], *told[-1:]])


def _compared(found: Reaches, hardware: str, target: float) -> str:
    """A sentence on one error; empty where FF, or all others, did not come to it on all chips."""
    there = [
        reach
        for (where, _), reach in found.best(target).items()
        if where == hardware and reach.everywhere
    ]
    ours = [reach for reach in there if reach.way.group.setup.learner == "ff"]
    theirs = [reach for reach in there if reach.way.group.setup.learner != "ff"]
    if not ours:
        return ""
    best = min(ours, key=_joules)
    rivals = [reach for reach in theirs if reach.comparable(best)]
    return _sentence(hardware, best, sorted(rivals, key=_joules)) if rivals else ""


def _sentence(hardware: str, ours: Reach, theirs: list[Reach]) -> str:
    parts = [
        f"{reach.way.name} {ratio.value:.2g} times as much ({ratio.low:.2g}–{ratio.high:.2g})"
        + ("" if reach.way.offer.counted else ", by closed forms")
        for reach in theirs
        for ratio in (reach.over(ours),)
    ]
    return (
        f"On {hardware}, coming to {100 * ours.target:g} % test error took {ours.way.name}"
        f" {_band(ours.energy_j)}; {'; '.join(parts)}."
    )


def _cell(found: Reaches, reach: Reach) -> str:
    if not reach.everywhere:
        last = percent(reach.way.last_error)
        return f"{reach.reached} of {plural(len(reach.epochs), 'chip')} ({last} at the end)"
    settings = found.settings(reach.way)
    return _band(reach.energy_j, f"; {settings}" if settings else "")


def _band(price: Price, more: str = "") -> str:
    return f"{joules(price.value)} ({joules(price.low)}–{joules(price.high)}{more})"


def _joules(reach: Reach) -> float:
    return reach.energy_j.value
