"""What accuracies took, as tables for people and as records for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from mortalff.cli.energy_compare_cells import joules, seconds, whole_or_short
from mortalff.energy.library import Price
from mortalff.energy.text import format_joules
from mortalff.report.energy_to_accuracy import EnergyToAccuracy, EnergyToTarget
from mortalff.report.text import percent, plural, span

_WIDTH = 110
_SETTINGS = 30


def page(found: EnergyToAccuracy, *, all_settings: bool) -> str:
    """All tables: one for each hardware and error.

    Args:
        found: what it took.
        all_settings: show all settings tried, not the best alone.
    """
    blocks = [[_head(found)]]
    for target in found.targets:
        for hardware, rows in _by_hardware(found, target, all_settings=all_settings).items():
            blocks.append([*_table(found, hardware, target, rows)])
    blocks += [
        [*_unpriced(found)],
        [*_not_timed(found)],
        [*_left_out(found)],
        [*_assumed(found)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def records(found: EnergyToAccuracy) -> dict[str, object]:
    """All of it, each setting by itself."""
    told = []
    for target in found.targets:
        best = found.best(target)
        for key, candidates in found.rivals.items():
            told += [
                _record(found, found.to_target(candidate, target))
                | {"best": candidate is best[key].candidate}
                for candidate in candidates
            ]
    return {
        "energies": told,
        "lasting": found.lasting,
        "left_out": dict(found.left_out),
        "draws": found.samples,
    }


def _record(found: EnergyToAccuracy, result: EnergyToTarget) -> dict[str, object]:
    candidate = result.candidate
    energy, time = result.energy_j if result.everywhere else None, result.seconds
    return {
        "hardware": candidate.group.hardware,
        "learner": candidate.group.setup.learner,
        "settings": found.settings(candidate),
        "architecture": candidate.trained.architecture,
        "counted": candidate.trained.counted,
        "readout": candidate.readout,
        "target": result.target,
        "chips": len(result.epochs),
        "reached": result.reached,
        "epochs": list(result.epochs),
        "energy_j": None if energy is None else _bounds(energy),
        "seconds": None if time is None else _bounds(time),
        "last_error": candidate.last_error,
        "not_timed": dict(candidate.not_timed),
        "unpriced": dict(candidate.prices.unpriced),
    }


def _bounds(price: Price) -> dict[str, float]:
    return {"low": price.low, "value": price.value, "high": price.high}


def _head(found: EnergyToAccuracy) -> str:
    numbers = [len(candidate.courses) for candidate in found.candidates]
    chips = "one chip" if max(numbers) == 1 else f"{span(numbers)} chips"
    which = (
        "evaluation from which on the test error was as small at the end of each epoch"
        if found.lasting
        else "first evaluation with so small a test error"
    )
    text = (
        f"Energy up to the {which}; mean over {chips} at best values,"
        f" in brackets 5 to 95 % of {found.samples} draws of the constants. It is given where all chips got there, with"
        " the setting that took least of those tried (number in brackets). *: not done as it was simulated (errors go"
        " back as voltages, other converters or tiles): closed forms, with the run's updates and pulses, at the run's"
        " accuracy. !: some actions have no price."
    )
    return "\n".join(textwrap.wrap(text, _WIDTH))


def _by_hardware(
    found: EnergyToAccuracy, target: float, *, all_settings: bool
) -> dict[str, list[tuple[EnergyToTarget, int]]]:
    """Hardware → rows, and among how many settings each was chosen."""
    best, rows = found.best(target), dict[str, list[tuple[EnergyToTarget, int]]]()
    for key, candidates in found.rivals.items():
        shown = (
            [found.to_target(candidate, target) for candidate in candidates]
            if all_settings
            else [best[key]]
        )
        rows.setdefault(key[0], []).extend((result, len(candidates)) for result in shown)
    return rows


def _table(
    found: EnergyToAccuracy,
    hardware: str,
    target: float,
    rows: Sequence[tuple[EnergyToTarget, int]],
) -> Iterator[str]:
    width = max(len(result.candidate.name) for result, _ in rows) + 3
    first = next((result for result, _ in rows if result.everywhere), None)
    yield (
        f"{hardware}, {100 * target:g} % error".ljust(width + _SETTINGS)
        + f"{'epochs':>12}{'energy':>10}{'band':>22}{'ratio':>10}{'band':>20}{'time':>10}"
    )
    for result, tried in rows:
        candidate = result.candidate
        name = (
            candidate.name
            + ("" if candidate.trained.counted else " *")
            + ("!" if candidate.prices.unpriced else "")
        )
        settings = textwrap.shorten(
            f"({tried}) {found.settings(candidate)}", _SETTINGS - 2, placeholder=" …"
        )
        start = f"  {name:<{width}}{settings:<{_SETTINGS - 2}}"
        if first is None or not result.everywhere:
            yield (
                f"{start}{'':>12}  {result.reached} of {plural(len(result.epochs), 'chip')} got there; at the end"
                f" {percent(candidate.last_error)}"
            )
            continue
        epochs = [epoch for epoch in result.epochs if epoch is not None]
        energy = result.energy_j
        yield (
            f"{start}{span(epochs):>12}{format_joules(energy.value):>10}{joules(energy):>22}"
            f"{_ratio(result, first)}{seconds(result.seconds):>10}"
        )
    if first is not None:
        yield f"  ratio: over {first.candidate.name}"


def _ratio(result: EnergyToTarget, first: EnergyToTarget) -> str:
    """A ratio with its band; dashes where one of the two leaves out what the other does not."""
    if not result.comparable(first):
        return f"{'-':>10}{'':>20}"
    ratio = result.over(first)
    bounds = f"{whole_or_short(ratio.low)} to {whole_or_short(ratio.high)}"
    return f"{whole_or_short(ratio.value):>10}{bounds:>20}"


def _unpriced(found: EnergyToAccuracy) -> Iterator[str]:
    told = {
        (candidate.trained.architecture, candidate.group.setup.hardware): candidate.prices.unpriced
        for candidate in found.candidates
    }
    for (architecture, hardware), actions in told.items():
        for action, why in actions.items():
            yield f"Not priced on {architecture}, {hardware}: {action}, for {why}"


def _not_timed(found: EnergyToAccuracy) -> Iterator[str]:
    told = {
        (candidate.trained.architecture, candidate.group.setup.hardware): candidate.not_timed
        for candidate in found.candidates
    }
    words = {
        f"Not timed on {architecture}, {hardware}: {what}: {why}"
        for (architecture, hardware), parts in told.items()
        for what, why in parts.items()
        if what != "digital work"  # of all alike
    }
    yield from sorted(words)


def _left_out(found: EnergyToAccuracy) -> Iterator[str]:
    """A line for each reason, with the first that it holds for."""
    labels: dict[str, list[str]] = {}
    for label, reason in found.left_out.items():
        labels.setdefault(reason, []).append(label)
    for reason, those in labels.items():
        more = "" if len(those) == 1 else f" and {len(those) - 1} more"
        yield f"Left out: {those[0]}{more}: {reason}"


def _assumed(found: EnergyToAccuracy) -> Iterator[str]:
    readouts = {candidate.readout for candidate in found.candidates}
    if len(readouts) > 1:
        yield "Errors are those of the softmax read-out where a learner has one, else of read-out by goodness."
    if any(candidate.trained.card_given for candidate in found.candidates):
        yield "Priced by the cards that were given, whether or not they are those that ran."
    yield "Settings were chosen on the test images, for all learners alike."
