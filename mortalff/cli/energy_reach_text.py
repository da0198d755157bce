"""What reaching accuracies took, as tables for people and as records for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from mortalff.cli.energy_compare_cells import joules, seconds, whole_or_short
from mortalff.energy.library import Price
from mortalff.energy.text import format_joules
from mortalff.report.reach import Reach, Reaches
from mortalff.report.text import percent, plural, span

_WIDTH = 110
_SETTINGS = 30


def page(found: Reaches, *, all_settings: bool) -> str:
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


def records(found: Reaches) -> dict[str, object]:
    """All of it, each setting by itself."""
    told = []
    for target in found.targets:
        best = found.best(target)
        for key, ways in found.rivals.items():
            told += [
                _record(found, found.reach(way, target)) | {"best": way is best[key].way}
                for way in ways
            ]
    return {
        "reaches": told,
        "lasting": found.lasting,
        "left_out": dict(found.left_out),
        "draws": found.samples,
    }


def _record(found: Reaches, reach: Reach) -> dict[str, object]:
    way = reach.way
    energy, time = reach.energy_j if reach.everywhere else None, reach.seconds
    return {
        "hardware": way.group.hardware,
        "learner": way.group.setup.learner,
        "settings": found.settings(way),
        "architecture": way.offer.architecture,
        "counted": way.offer.counted,
        "readout": way.readout,
        "target": reach.target,
        "chips": len(reach.epochs),
        "reached": reach.reached,
        "epochs": list(reach.epochs),
        "energy_j": None if energy is None else _bounds(energy),
        "seconds": None if time is None else _bounds(time),
        "last_error": way.last_error,
        "not_timed": dict(way.not_timed),
        "unpriced": dict(way.prices.unpriced),
    }


def _bounds(price: Price) -> dict[str, float]:
    return {"low": price.low, "value": price.value, "high": price.high}


def _head(found: Reaches) -> str:
    numbers = [len(way.courses) for way in found.ways]
    chips = "one chip" if max(numbers) == 1 else f"{span(numbers)} chips"
    which = (
        "epoch from which on the test error stayed as small"
        if found.lasting
        else "first epoch with so small a test error"
    )
    text = (
        f"Energy up to the end of the {which}; mean over {chips} at best values,"
        f" in brackets 5 to 95 % of {found.samples} draws of the constants. It is given where all chips got there, with"
        " the setting that took least of those tried (number in brackets). *: not done as it was simulated (errors go"
        " back as voltages, other converters or tiles): closed forms, with the run's updates and pulses, at the run's"
        " accuracy. !: some actions have no price."
    )
    return "\n".join(textwrap.wrap(text, _WIDTH))


def _by_hardware(
    found: Reaches, target: float, *, all_settings: bool
) -> dict[str, list[tuple[Reach, int]]]:
    """Hardware → rows, and among how many settings each was chosen."""
    best, rows = found.best(target), dict[str, list[tuple[Reach, int]]]()
    for key, ways in found.rivals.items():
        shown = [found.reach(way, target) for way in ways] if all_settings else [best[key]]
        rows.setdefault(key[0], []).extend((reach, len(ways)) for reach in shown)
    return rows


def _table(
    found: Reaches, hardware: str, target: float, rows: Sequence[tuple[Reach, int]]
) -> Iterator[str]:
    width = max(len(reach.way.name) for reach, _ in rows) + 3
    first = next((reach for reach, _ in rows if reach.everywhere), None)
    yield (
        f"{hardware}, {100 * target:g} % error".ljust(width + _SETTINGS)
        + f"{'epochs':>9}{'energy':>10}{'band':>22}{'ratio':>10}{'band':>20}{'time':>10}"
    )
    for reach, tried in rows:
        way = reach.way
        name = way.name + ("" if way.offer.counted else " *") + ("!" if way.prices.unpriced else "")
        settings = textwrap.shorten(
            f"({tried}) {found.settings(way)}", _SETTINGS - 2, placeholder=" …"
        )
        start = f"  {name:<{width}}{settings:<{_SETTINGS - 2}}"
        if first is None or not reach.everywhere:
            yield (
                f"{start}{'':>9}  {reach.reached} of {plural(len(reach.epochs), 'chip')} got there; at the end"
                f" {percent(way.last_error)}"
            )
            continue
        epochs = [epoch for epoch in reach.epochs if epoch is not None]
        energy = reach.energy_j
        yield (
            f"{start}{span(epochs):>9}{format_joules(energy.value):>10}{joules(energy):>22}"
            f"{_ratio(reach, first)}{seconds(reach.seconds):>10}"
        )
    if first is not None:
        yield f"  ratio: over {first.way.name}"


def _ratio(reach: Reach, first: Reach) -> str:
    """A ratio with its band; dashes where one of the two leaves out what the other does not."""
    if not reach.comparable(first):
        return f"{'-':>10}{'':>20}"
    ratio = reach.over(first)
    bounds = f"{whole_or_short(ratio.low)} to {whole_or_short(ratio.high)}"
    return f"{whole_or_short(ratio.value):>10}{bounds:>20}"


def _unpriced(found: Reaches) -> Iterator[str]:
    told = {
        (way.offer.architecture, way.group.setup.hardware): way.prices.unpriced
        for way in found.ways
    }
    for (architecture, hardware), actions in told.items():
        for action, why in actions.items():
            yield f"Not priced on {architecture}, {hardware}: {action}, for {why}"


def _not_timed(found: Reaches) -> Iterator[str]:
    told = {(way.offer.architecture, way.group.setup.hardware): way.not_timed for way in found.ways}
    words = {
        f"Not timed on {architecture}, {hardware}: {what}: {why}"
        for (architecture, hardware), parts in told.items()
        for what, why in parts.items()
        if what != "digital work"  # of all alike
    }
    yield from sorted(words)


def _left_out(found: Reaches) -> Iterator[str]:
    """A line for each reason, with the first that it holds for."""
    labels: dict[str, list[str]] = {}
    for label, reason in found.left_out.items():
        labels.setdefault(reason, []).append(label)
    for reason, those in labels.items():
        more = "" if len(those) == 1 else f" and {len(those) - 1} more"
        yield f"Left out: {those[0]}{more}: {reason}"


def _assumed(found: Reaches) -> Iterator[str]:
    readouts = {way.readout for way in found.ways}
    if len(readouts) > 1:
        yield "Errors are those of the softmax read-out where a learner has one, else of read-out by goodness."
    if any(way.offer.card_given for way in found.ways):
        yield "Priced by the cards that were given, whether or not they are those that ran."
    yield "Settings were chosen on the test images, for all learners alike."
