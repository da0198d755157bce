"""Pulses of two arrays a layer in a training: what mortalff/energy/architectures/measured/two_array_rates.toml holds.

FF by its rule for a card that asks for two arrays (docs/in_situ.md, 15 epochs), as architecture ff_digital has it, with
head and hard negatives: MNIST, 784-500-500, batch 100, one chip, seed 0, half-linear rate by updates, the training cut
short so that the rate falls to zero within it. Printed are, of the learner's outer products, which fast arrays take,
pulses on a line and coincidences at a weight in one; of transfers, which pulse the slow array, pulses on lines and
coincidences for one number that they read: of each the least of six parts of the training, its mean, and the most. Nine
minutes on one core for 1500 updates.

    python benchmarks/two_array_pulse_rates.py reram_es [--updates 1500] [--data FOLDER]
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import torch
from pulse_rates import BATCH, CLASSES, PARTS, TESTED, Rates, rates

import mortalff
from mortalff.actions import ActionCounts
from mortalff.data import Split
from mortalff.hardware.saved_state import counts_from_tensor
from mortalff.learners import FF, FFSettings
from mortalff.learners.from_card import Task
from mortalff.networks import Network
from mortalff.networks.arrays import CardArrays

IMAGE, HIDDEN, EPOCHS = (28, 28, 1), (500, 500), 15


class Counted(NamedTuple):
    """What arrays of one kind counted, all layers together."""

    fast: ActionCounts
    slow: ActionCounts


def counted(network: Network) -> Counted:
    """Counts of the fast and of the slow arrays so far."""
    states = [layer.hardware.state_dict() for layer in network.layers]
    sums = []
    for kind in Counted._fields:
        each = [counts_from_tensor(state[f"{kind}.counts"]) for state in states]
        sums.append(sum(each[1:], start=each[0]))
    return Counted(*sums)


def between(now: Counted, before: Counted, weights: float) -> list[Rates]:
    """Rates of both kinds in a part of the training."""
    slow = now.slow - before.slow
    numbers = slow["outer_product"][0] * HIDDEN[0]  # one of each output of the line that is read
    taught = Rates(slow["line_pulse"][0] / numbers, slow["device_pulse"][0] / numbers)
    return [rates(now.fast - before.fast, weights), taught]


def main() -> None:
    """Train on one card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("--updates", type=int, default=1500)
    parser.add_argument("--data")
    given = parser.parse_args()
    data = mortalff.load("mnist", given.data)
    card = mortalff.load_card(given.card)
    examples = len(data.train.labels)
    chosen = FF.from_card(card, Task(IMAGE, CLASSES, HIDDEN, examples, EPOCHS), {"batch": BATCH})
    settings = FFSettings.model_validate(dict(chosen.settings))
    arrays = CardArrays(card, chips=1, scheme=chosen.scheme)
    learner = FF(FF.build(arrays, IMAGE, HIDDEN, CLASSES, settings), settings)
    layers = learner.network.layers
    weights = sum(each.hardware.n_in * each.hardware.n_out for each in layers) / len(layers)
    print(f"{chosen.scheme!r}\nlr = {settings.lr:g}", flush=True)

    order = torch.randperm(examples, generator=torch.Generator().manual_seed(0))
    parts: list[list[Rates]] = []
    before = start = counted(learner.network)
    for number in range(given.updates):
        first = number * BATCH % examples
        batch = order[first : first + BATCH]
        targets = torch.eye(CLASSES)[data.train.labels[batch]].unsqueeze(0)
        now = settings.lr * min(1.0, 2.0 * (1.0 - number / given.updates))
        learner.step(data.train.images[batch], targets, now)
        if (number + 1) % (given.updates // PARTS) == 0:
            done = counted(learner.network)
            parts.append(between(done, before, weights))
            before = done
            print(number + 1, parts[-1], flush=True)
    mean = between(before, start, weights)
    for index, kind in enumerate(("fast", "transfer")):
        for name in Rates._fields:
            values = [getattr(part[index], name) for part in parts]
            low, value, high = min(values), getattr(mean[index], name), max(values)
            print(f"{kind}_{name} = [{low:.6f}, {value:.6f}, {high:.6f}]")
    tested = Split(data.test.images[:TESTED], data.test.labels[:TESTED])
    for readout in learner.readouts:
        print(f"{readout}: {float(learner.error(tested, readout)):.1%} of {TESTED:,} test images")


if __name__ == "__main__":
    main()
