"""What leaving out input lines on which a batch sends nothing is worth: a step of FF with all lines over one without.

FF by its rule (docs/in_situ.md), MNIST, 784-500-500, batch 100, one chip, one thread. Both are timed in turn, A B A B,
and the median of the ratios is shown with its range. Two minutes a card.

    python benchmarks/live_lines.py reram_es [--rounds 7] [--steps 10] [--data FOLDER]
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch

import mortalff
from mortalff.hardware import live_lines
from mortalff.learners import FF, FFSettings
from mortalff.learners.from_card import Task
from mortalff.networks.arrays import CardArrays

IMAGE, HIDDEN, CLASSES, EPOCHS, BATCH = (28, 28, 1), (500, 500), 10, 15, 100
ALL_LINES = 0.0  # no share of the lines is small enough to be taken out
USUAL = live_lines._MOST


def main() -> None:
    """Time both on one card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--data")
    given = parser.parse_args()
    torch.set_num_threads(1)
    data = mortalff.load("mnist", given.data)
    card = mortalff.load_card(given.card)
    task = Task(IMAGE, CLASSES, HIDDEN, len(data.train.labels), EPOCHS)
    chosen = FF.from_card(card, task, {"batch": BATCH})
    settings = FFSettings.model_validate(dict(chosen.settings))
    arrays = CardArrays(card, chips=1, scheme=chosen.scheme)
    learner = FF(FF.build(arrays, IMAGE, HIDDEN, CLASSES, settings), settings)
    order = torch.randperm(len(data.train.labels), generator=torch.Generator().manual_seed(0))
    done = 0

    def seconds(share: float) -> float:
        nonlocal done
        live_lines._MOST = share  # type: ignore[misc]
        began = time.perf_counter()
        for _ in range(given.steps):
            chosen_now = order[torch.arange(done, done + BATCH) % len(order)]
            targets = torch.eye(CLASSES)[data.train.labels[chosen_now]][None]
            learner.step(data.train.images[chosen_now], targets, settings.lr)
            done += BATCH
        return (time.perf_counter() - began) / given.steps

    seconds(ALL_LINES), seconds(USUAL)  # kernels are compiled
    pairs = [(seconds(ALL_LINES), seconds(USUAL)) for _ in range(given.rounds)]
    ratios = sorted(every / live for every, live in pairs)
    least = statistics.median(live for _, live in pairs)
    print(
        f"{given.card}: all lines over live lines {statistics.median(ratios):.2f}"
        f" ({ratios[0]:.2f} to {ratios[-1]:.2f}); a step of live lines {1e3 * least:.0f} ms"
    )


if __name__ == "__main__":
    main()
