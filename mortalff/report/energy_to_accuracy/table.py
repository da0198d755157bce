"""Energies to accuracies as rows and sentences of a report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mortalff.energy.library import Price
from mortalff.report.energy_to_accuracy.candidate import EnergyToTarget
from mortalff.report.energy_to_accuracy.candidates import EnergyToAccuracy
from mortalff.report.text import joules, percent, plural


@dataclass(frozen=True)
class EnergyRow:
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


def energy_rows(found: EnergyToAccuracy) -> tuple[EnergyRow, ...]:
    """A row for each learner on an architecture; a column for each of ``found.targets``."""
    best = [found.best(target) for target in found.targets]
    return tuple(
        EnergyRow(
            hardware,
            name,
            candidates[0].trained.counted,
            len(candidates),
            not any(candidate.prices.unpriced for candidate in candidates),
            tuple(_cell(found, reached[hardware, name]) for reached in best),
        )
        for (hardware, name), candidates in found.rivals.items()
    )


def energy_sentences(found: EnergyToAccuracy) -> Iterator[str]:
    """For each hardware, the greatest and the least error that FF and another learner came to, and what they took."""
    for hardware in dict.fromkeys(hardware for hardware, _ in found.rivals):
        told = [words for target in found.targets if (words := _compared(found, hardware, target))]
        yield from dict.fromkeys([*told[:1], *told[-1:]])


def _compared(found: EnergyToAccuracy, hardware: str, target: float) -> str:
    """A sentence on one error; empty where FF, or all others, did not come to it on all chips."""
    there = [
        result
        for (where, _), result in found.best(target).items()
        if where == hardware and result.everywhere
    ]
    ours = [result for result in there if result.candidate.group.setup.learner == "ff"]
    theirs = [result for result in there if result.candidate.group.setup.learner != "ff"]
    if not ours:
        return ""
    best = min(ours, key=_joules)
    rivals = [result for result in theirs if result.comparable(best)]
    return _sentence(hardware, best, sorted(rivals, key=_joules)) if rivals else ""


def _sentence(hardware: str, ours: EnergyToTarget, theirs: list[EnergyToTarget]) -> str:
    parts = [
        f"{result.candidate.name} {ratio.value:.2g} times as much ({ratio.low:.2g}–{ratio.high:.2g})"
        + ("" if result.candidate.trained.counted else ", by closed forms")
        for result in theirs
        for ratio in (result.over(ours),)
    ]
    return (
        f"On {hardware}, coming to {100 * ours.target:g} % test error took {ours.candidate.name}"
        f" {_band(ours.energy_j)}; {'; '.join(parts)}."
    )


def _cell(found: EnergyToAccuracy, result: EnergyToTarget) -> str:
    if not result.everywhere:
        last = percent(result.candidate.last_error)
        return f"{result.reached} of {plural(len(result.epochs), 'chip')} ({last} at the end)"
    settings = found.settings(result.candidate)
    return _band(result.energy_j, f"; {settings}" if settings else "")


def _band(price: Price, more: str = "") -> str:
    return f"{joules(price.value)} ({joules(price.low)}–{joules(price.high)}{more})"


def _joules(result: EnergyToTarget) -> float:
    return result.energy_j.value
