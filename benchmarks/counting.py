"""What counting actions costs, as a share of a run: of updates and read-outs.

What a run counts is recorded, call by call, and then done again by itself. Its time, over that of the run, is the
share. Times are those of the processor, so that other processes take no part; the median of some rounds is shown with
its range. Pulse trains are added up whether or not they are counted, as how pulses are applied depends on it, and are
left out; so are conductances that a refresh of pairs adds up as it looks at them.

    python benchmarks/counting.py [--rounds 15]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any, NamedTuple
from unittest import mock

import torch
from rich.console import Console
from rich.table import Table

from mortalff import FF, FFSettings, Network, load_card
from mortalff.actions import Tally
from mortalff.cards import Card
from mortalff.hardware.crossbar import Crossbar
from mortalff.hardware.line_conductances import LineCrossing
from mortalff.hardware.read_counts import ReadCounts
from mortalff.hardware.read_load import ReadLoad
from mortalff.learners import BP, DFA, Learner
from mortalff.networks.activities import AnalogActivities, DigitalActivities

CLASSES = 10
TILES = {"tiling.rows_max": 256, "tiling.columns_max": 256, "tiling.partial_sums": "analog"}
COUNTS: tuple[tuple[type, str], ...] = (
    (Tally, "add"),
    (Tally, "add_table"),
    (ReadCounts, "of"),
    (ReadCounts, "meter"),
    (ReadCounts, "add_again"),
    (ReadLoad, "add"),
    (Crossbar, "_count_pulses"),
    (Crossbar, "_count_refresh"),
    *((DigitalActivities, name) for name in vars(DigitalActivities) if name.startswith("count_")),
    *((AnalogActivities, name) for name in vars(AnalogActivities) if name.startswith("count_")),
)
"""All that counts."""
ANEW = (LineCrossing, "add_up")
"""Within these too: counting a read again finds nothing due."""


class Case(NamedTuple):
    """A run to be timed: its name, what is called, how often in a row."""

    name: str
    run: Callable[[], object]
    repeat: int


def recorded(run: Callable[[], object]) -> list[Callable[[], object]]:
    """What a run counts: each call of its that counts, but for those made within another."""
    calls: list[Callable[[], object]] = []
    within = [False]

    def recorder(original: Callable[..., object], *, anew: bool) -> Callable[..., object]:
        def call(*given: Any) -> object:
            if within[0] and not anew:
                return original(*given)
            calls.append(partial(original, *given))
            before, within[0] = within[0], True
            try:
                return original(*given)
            finally:
                within[0] = before

        return call

    with ExitStack() as stack:
        for owner, name in (*COUNTS, ANEW):
            call = recorder(getattr(owner, name), anew=(owner, name) == ANEW)
            patch = mock.patch.object(owner, name, call)
            stack.enter_context(patch)
        run()
    return calls


def seconds(run: Callable[[], object], repeat: int) -> float:
    """The processor's time for one call, the mean of a few in a row."""
    start = time.process_time()
    for _ in range(repeat):
        run()
    return (time.process_time() - start) / repeat


def shares(case: Case, rounds: int) -> tuple[float, list[float]]:
    """The median time of a run, and the share of each round's that counting takes."""
    case.run()
    calls = recorded(case.run)

    def count() -> None:
        for call in calls:
            call()

    times = [(seconds(case.run, case.repeat), seconds(count, 20)) for _ in range(rounds)]
    return statistics.median(run for run, _ in times), [own / run for run, own in times]


def cases(
    card: Card, sizes: tuple[int, ...], chips: int, batch: int, repeat: int, layout: str = ""
) -> list[Case]:
    """An update of FF, of BP and of DFA, and a read-out of FF."""
    images = torch.rand(batch, sizes[0], generator=torch.Generator().manual_seed(0))
    targets = torch.eye(CLASSES)[torch.arange(batch) % CLASSES].unsqueeze(0)
    shape = f"{'-'.join(map(str, sizes))} on {card.name}{layout}, {chips} chips, batch {batch}"

    def network(learner: type[Learner], activities: str = "digital") -> Network:
        widths = (sizes[0], *learner.sizes(sizes[1:], CLASSES))
        return Network.build(card, widths, chips=chips, activities=activities)

    ff, analog = (FF(network(FF, kind), FFSettings()) for kind in ("digital", "analog"))
    learners: dict[str, Learner] = {"FF": ff, "FF, analog activities": analog}
    learners |= {"BP": BP(network(BP)), "DFA": DFA(network(DFA))}
    found = [
        Case(f"{name}, update: {shape}", lambda run=run: run.step(images, targets, 0.003), repeat)
        for name, run in learners.items()
    ]
    found.append(Case(f"FF, read-out: {shape}", lambda: ff.scores(images, "softmax"), repeat))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    table = Table("what", "counting, %: median", "range", "ms")
    single, pairs = load_card("gokmen_vlasov"), load_card("pcm")
    tiled = single.replace(**TILES)
    for case in (
        *cases(single, (784, 500, 500), chips=1, batch=100, repeat=3),
        *cases(tiled, (784, 500, 500), chips=1, batch=100, repeat=3, layout=", tiles of 256²"),
        *cases(pairs, (784, 500, 500), chips=1, batch=100, repeat=1),
        *cases(single, (64, 50, 50), chips=1, batch=20, repeat=20),
        *cases(single, (64, 50, 50), chips=16, batch=20, repeat=5),
    ):
        time_s, found = shares(case, rounds)
        middle = f"{100 * statistics.median(found):.2f}"
        spread = f"{100 * min(found):.1f} to {100 * max(found):.1f}"
        table.add_row(case.name, middle, spread, f"{1e3 * time_s:.3g}")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
