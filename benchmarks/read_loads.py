"""Loads of reads in a training: what mortalff/energy/architectures/measured/read_loads.toml holds.

MNIST, 784-500-500 (and 10 output units where the learner has them), batch 100, one chip, seed 0, half-linear rate by
updates. Printed are, of the cells that reads drive, the mean conductance times input squared (over the card's largest
at full scale) and the mean input squared: the least of six parts of the training, its mean, and the most. Inputs are
voltages unless the card, or ``--inputs``, says otherwise; of durations it is their mean size, and the share of lines
that are driven at all. FF has analog activities and no head; ``ff_rule`` is FF as its rule for cards has it, by two
arrays where that asks for them. One to ten minutes a run on one core.

    python benchmarks/read_loads.py bp ecram [--updates 600] [--inputs duration] [--data FOLDER]
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import torch
from pulse_rates import BATCH, CLASSES, LEARNERS, PARTS, TESTED

import mortalff
from mortalff.actions import ActionCounts
from mortalff.cards import Card
from mortalff.data import Split
from mortalff.hardware.two_array import TwoArrays
from mortalff.learners import (
    FF,
    FFSettings,
    Learner,
)
from mortalff.learners.from_card import Task
from mortalff.networks.arrays import CardArrays

IMAGE, HIDDEN, EPOCHS = (28, 28, 1), (500, 500), 15
CHOICES = (*LEARNERS, "ff_rule")


class Loads(NamedTuple):
    """Shares of the cells read."""

    conduction: float
    square: float


class Transferred(NamedTuple):
    """Cells that transfers drove, and cells of all lines in their reads."""

    driven: float
    read: float


def loads(counts: ActionCounts, transferred: Transferred) -> Loads:
    """Of what was counted, less transfers between two arrays: of each one line is driven in full.

    Transfers' conduction is taken off at the passes' ratio, which of durations is too little: by .3 % of what is left
    where every fifth update transfers.
    """
    wire, cells = counts["cell_wire"][0], counts["cell_read"][0]
    square = (wire - transferred.driven) / (cells - transferred.read)
    return Loads(square * counts["cell_conduction"][0] / wire, square)


def transfers(learner: Learner, scheme: object, updates: int) -> Transferred:
    """Of so many updates, each of which pulses once."""
    if not isinstance(scheme, TwoArrays):
        return Transferred(0.0, 0.0)
    arrays = [layer.hardware for layer in learner.network.layers]
    often = updates // scheme.every
    driven = sum(2 * often * array.n_in * array.n_out for array in arrays)
    read = sum(2 * often * array.n_in**2 * array.n_out for array in arrays)
    return Transferred(driven * scheme.reads, read * scheme.reads)


def built(name: str, card: Card, examples: int) -> tuple[Learner, float, object]:
    """A learner on one chip, its rate, and how its layers hold weights."""
    if name == "ff_rule":
        chosen = FF.from_card(
            card, Task(IMAGE, CLASSES, HIDDEN, examples, EPOCHS), {"batch": BATCH}
        )
        own = FFSettings.model_validate(dict(chosen.settings))
        arrays = CardArrays(card, chips=1, scheme=chosen.scheme)
        print(f"{chosen.scheme!r}, lr = {own.lr:g}", flush=True)
        return FF(FF.build(arrays, IMAGE, HIDDEN, CLASSES, own), own), own.lr, chosen.scheme
    kind, settings, rate = LEARNERS[name]
    activities = "analog" if name == "ff" else "digital"
    arrays = CardArrays(card, chips=1, activities=activities)
    return kind(kind.build(arrays, IMAGE, HIDDEN, CLASSES, settings), settings), rate, None


def main() -> None:
    """Train one learner on one card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("learner", choices=CHOICES)
    parser.add_argument("card")
    parser.add_argument("--updates", type=int, default=600)
    parser.add_argument("--inputs", choices=("amplitude", "duration"))
    parser.add_argument("--data")
    given = parser.parse_args()
    data = mortalff.load("mnist", given.data)
    examples = len(data.train.labels)
    card = mortalff.load_card(given.card)
    if given.inputs is not None:
        card = card.replace(**{"conductance.inputs": given.inputs})
    learner, rate, scheme = built(given.learner, card, examples)
    order = torch.randperm(examples, generator=torch.Generator().manual_seed(0))
    parts: list[Loads] = []
    before = start = learner.network.counts
    for number in range(given.updates):
        first = number * BATCH % examples
        batch = order[first : first + BATCH]
        targets = torch.eye(CLASSES)[data.train.labels[batch]].unsqueeze(0)
        now = rate * min(1.0, 2.0 * (1.0 - number / given.updates))
        learner.step(data.train.images[batch], targets, now)
        if (number + 1) % (given.updates // PARTS) == 0:
            between = transfers(learner, scheme, given.updates // PARTS)
            parts.append(loads(learner.network.counts - before, between))
            before = learner.network.counts
    mean = loads(before - start, transfers(learner, scheme, PARTS * (given.updates // PARTS)))
    for index, name in enumerate(Loads._fields):
        values = [part[index] for part in parts]
        print(f"{name} = [{min(values):.5f}, {mean[index]:.5f}, {max(values):.5f}]")
    tested = Split(data.test.images[:TESTED], data.test.labels[:TESTED])
    print(f"{float(learner.error(tested)):.1%} of {TESTED:,} test images wrong at the end")


if __name__ == "__main__":
    main()
