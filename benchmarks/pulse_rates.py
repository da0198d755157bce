"""Pulses that outer products take in a training: what mortalff/energy/architectures/measured/pulse_rates.toml holds.

MNIST, 784-500-500 (and 10 output units where the learner has them), batch 100, one chip, seed 0, half-linear rate by
updates. Printed are pulses on a line and coincidences at a weight in one outer product: the least of six parts of the
training, its mean, and the most. Two to five minutes a run on one core.

    python benchmarks/pulse_rates.py bp ecram [--rate 0.1] [--updates 1800] [--data FOLDER]
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import torch

import mortalff
from mortalff.actions import ActionCounts
from mortalff.data import Split
from mortalff.learners import (
    BP,
    DFA,
    FF,
    BPSettings,
    DFASettings,
    FFSettings,
    Learner,
    NodePerturbation,
    NodePerturbationSettings,
    Settings,
)
from mortalff.networks.arrays import CardArrays

BATCH, CLASSES, PARTS, TESTED = 100, 10, 6, 2000
ALONE = FFSettings(
    loss="symba",
    temperature_share=0.03,
    hold=0.6,
    pulses="difference",
    head=False,
    negatives="random",
    peer=0.0,
    batch=BATCH,
)
"""docs/in_situ.md's rule without the head, as architecture ff_analog has it; its activities are analog."""

PERTURBED = NodePerturbationSettings(
    batch=BATCH, sigma=0.5, antithetic=True, activation="tanh", draws=4
)
"""As in studies/energy_to_accuracy.yaml."""

LEARNERS: dict[str, tuple[type[Learner], Settings, float]] = {
    "ff": (FF, ALONE, 0.04),
    "bp": (BP, BPSettings(batch=BATCH), 0.1),
    "dfa": (DFA, DFASettings(batch=BATCH), 0.03),
    "node_perturbation": (NodePerturbation, PERTURBED, 0.03),
}


class Rates(NamedTuple):
    """Pulses on a line and coincidences at a weight, in one outer product."""

    line: float
    device: float


def rates(counts: ActionCounts, weights: float) -> Rates:
    """Rates of what was counted on layers of so many weights on average."""
    lines, outer = counts["voltage_to_pulse"][0], counts["outer_product"][0]
    return Rates(counts["line_pulse"][0] / lines, counts["device_pulse"][0] / (outer * weights))


def main() -> None:
    """Train one learner on one card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("learner", choices=LEARNERS)
    parser.add_argument("card")
    parser.add_argument("--rate", type=float)
    parser.add_argument("--updates", type=int, default=1800)
    parser.add_argument("--data")
    given = parser.parse_args()
    kind, settings, usual = LEARNERS[given.learner]
    rate = usual if given.rate is None else given.rate
    settings = settings.model_copy(update={"lr": rate})
    data = mortalff.load("mnist", given.data)
    activities = "analog" if given.learner == "ff" else "digital"
    arrays = CardArrays(mortalff.load_card(given.card), chips=1, activities=activities)
    network = kind.build(arrays, (1, 784, 1), (500, 500), CLASSES, settings)
    learner = kind(network, settings)
    layers = network.layers
    weights = sum(each.hardware.n_in * each.hardware.n_out for each in layers) / len(layers)

    order = torch.randperm(len(data.train.labels), generator=torch.Generator().manual_seed(0))
    parts: list[Rates] = []
    before = start = network.counts
    for number in range(given.updates):
        first = number * BATCH % len(order)
        chosen = order[first : first + BATCH]
        targets = torch.eye(CLASSES)[data.train.labels[chosen]].unsqueeze(0)
        now = rate * min(1.0, 2.0 * (1.0 - number / given.updates))
        learner.step(data.train.images[chosen], targets, now)
        if (number + 1) % (given.updates // PARTS) == 0:
            parts.append(rates(network.counts - before, weights))
            before = network.counts
    mean = rates(network.counts - start, weights)
    for name, each in zip(Rates._fields, zip(*parts, strict=True), strict=True):
        low, high = min(each), max(each)
        print(f"{name} = [{low:.6f}, {getattr(mean, name):.6f}, {high:.6f}]")
    tested = Split(data.test.images[:TESTED], data.test.labels[:TESTED])
    print(
        f"rate {rate:g}; {float(learner.error(tested)):.1%} of {TESTED:,} test images wrong at the end"
    )


if __name__ == "__main__":
    main()
