"""How fast, as ratios measured in one run: ours against aihwkit, an in-situ step against the same with plain weights.

Then how much memory devices take, and how time grows with their number.

Each pair is timed in turn, A B A B, and the median of the ratios is shown with its range, so that a machine whose speed
drifts does not decide. One thread.

    python benchmarks/ratios.py [--rounds 7] [--skip-aihwkit] [--skip-sizes]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import one_size
import torch
from rich.console import Console
from rich.table import Table

from mortalff import FF, FFSettings, Network, fabricate, load_card
from mortalff.cards import Card

Run = Callable[[], object]


class Row(NamedTuple):
    """A comparison: its name, the time of its denominator, the ratio of each round."""

    name: str
    time_s: float
    ratios: list[float]


def seconds(run: Run, repeat: int) -> float:
    """Time of one call, the mean of a few in a row."""
    start = time.perf_counter()
    for _ in range(repeat):
        run()
    return (time.perf_counter() - start) / repeat


def compare(
    ours: Run, theirs: Run, rounds: int, repeat: tuple[int, int]
) -> tuple[float, list[float]]:
    """Our median time, and the ratios theirs/ours of each round."""
    ours()
    theirs()
    pairs = [(seconds(ours, repeat[0]), seconds(theirs, repeat[1])) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), [b / a for a, b in pairs]


def batch(n_out: int, n_in: int, samples: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs and errors as FF has them: a fifth of the inputs lit, half of the units."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(samples, n_in, generator=generator)
    x = x * (torch.rand(samples, n_in, generator=generator) < 0.2)
    return x, torch.randn(samples, n_out, generator=generator).clamp_min(0)


def soft_bounds() -> Card:
    """The devices of ``gokmen_vlasov`` with soft bounds."""
    return load_card("gokmen_vlasov").replace(law={"kind": "SoftBounds"})


def update_against_aihwkit(lr: float, rounds: int, dense: bool = False) -> Row:
    """A batch of 100 pulsed into 2000x784 soft-bounds devices.

    aihwkit works pulse by pulse, so its time grows with the rate; ours does so only up to where moments are cheaper.
    ``dense`` takes uniform inputs and errors, and aihwkit's default device.
    """
    from aihwkit.simulator.configs import SingleRPUConfig, SoftBoundsDevice

    from mortalff import AihwkitTile

    x, d = batch(2000, 784, 100)
    card, device = soft_bounds(), SoftBoundsDevice(dw_min=0.0016, w_max=1.0, w_min=-1.0)
    if dense:
        x, d = torch.rand(100, 784), torch.rand(100, 2000)
        card = card.replace(**{"device.dw_min": 0.001, "device.w_max": 0.6, "device.w_min": -0.6})
        device = SoftBoundsDevice()
    ours = fabricate(card, n_out=2000, n_in=784)
    tile = AihwkitTile(SingleRPUConfig(device=device), 2000, 784)
    time_s, ratios = compare(
        lambda: ours.pulse(x, d, lr), lambda: tile.pulse(x, d, lr), rounds, (5, 1)
    )
    before = ours.counts
    ours.pulse(x, d, lr)
    pulses = float((ours.counts - before)["device_pulse"][0]) / (2000 * 784)
    name = (
        f"aihwkit / ours: update of 2000x784 soft bounds, batch 100, {pulses:.2g} pulses a device"
    )
    return Row(name, time_s, ratios)


def ff_step(card: str, rounds: int) -> Row:
    """One FF step of 784-500-500 with batch 100, on a card's chip and on digital weights."""
    images, _ = batch(10, 784, 100)
    targets = torch.nn.functional.one_hot(torch.arange(100) % 10, 10).to(torch.float32)[None]

    def step(name: str) -> Run:
        learner = FF(Network.build(load_card(name), (784, 500, 500)), FFSettings(lr=0.003))
        return lambda: learner.step(images, targets, 0.003)

    time_s, ratios = compare(step("ideal"), step(card), rounds, (3, 3))
    return Row(f"{card} / digital weights: FF step, 784-500-500, batch 100", time_s, ratios)


def many_chips(rounds: int, samples: int) -> Row:
    """64 chips of 64x100 in one call against one at a time."""
    card = load_card("gokmen_vlasov")
    x, d = batch(100, 64, samples)

    def use(chips: list[int]) -> Run:
        hardware = fabricate(card, n_out=100, n_in=64, chips=chips)

        def run() -> None:
            hardware.forward(x)
            hardware.pulse(x, d, 0.0005 * samples)

        return run

    together, single = use(list(range(64))), [use([i]) for i in range(64)]
    time_s, ratios = compare(together, lambda: [run() for run in single], rounds, (3, 1))
    name = f"one at a time / together: 64 chips of 64x100, read and update of batch {samples}"
    return Row(name, time_s, ratios)


def in_child(what: str, *arguments: int) -> dict[str, float]:
    """A measurement of a process of its own, whose memory nobody else has used."""
    command = [sys.executable, str(Path(__file__).with_name("one_size.py")), what]
    done = subprocess.run(
        [*command, *map(str, arguments)], check=True, capture_output=True, text=True
    )
    return {key: float(value) for key, value in json.loads(done.stdout).items()}


def memory(cards: Sequence[str]) -> list[tuple[str, str, str, str]]:
    """Floats a device: what a chip holds, and the most that is held while it is made, read and pulsed."""
    rows = []
    for index, name in enumerate(cards):
        found = in_child("memory", index, 6000)
        floats = {key: found[key] / 6000**2 / 4 for key in ("held", "used", "made")}
        rows.append((name, *(f"{floats[key]:.2f}" for key in ("held", "used", "made"))))
    return rows


def scaling(by_chips: bool) -> tuple[list[tuple[float, float]], float, float, float]:
    """Seconds of a read and an update against devices, and a fixed time and one a device that fit them.

    Returns:
        Devices and seconds; the fixed time; the time of a device; by what share the fit is off at most.
    """
    points = []
    for thousands in (10, 30, 100, 300, 1000, 3000, 10_000):
        side = round((thousands * 1000) ** 0.5)
        shape = (thousands, 25, 40) if by_chips else (1, side, side)
        points.append((float(np.prod(shape)), in_child("time", *shape)["seconds"]))
    devices, seconds = np.array(points).T
    terms = np.stack(
        [1.0 / seconds, devices / seconds], axis=1
    )  # so that shares are what is fitted
    (fixed, each), *_ = np.linalg.lstsq(terms, np.ones_like(seconds), rcond=None)
    worst = np.abs((fixed + each * devices) / seconds - 1.0).max()
    return points, float(fixed), float(each), float(worst)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--skip-aihwkit", action="store_true")
    parser.add_argument("--skip-sizes", action="store_true", help="no memory, no scaling")
    options = parser.parse_args()
    torch.set_num_threads(1)
    console = Console(width=120)
    cards = ("gokmen_vlasov", "ecram", "reram_sb", "reram_es", "reram_array_om", "pcm")
    rows = [ff_step(card, options.rounds) for card in cards]
    rows += [many_chips(options.rounds, samples) for samples in (1, 20)]
    if not options.skip_aihwkit:
        rows += [
            update_against_aihwkit(lr, min(options.rounds, most))
            for lr, most in ((0.01, 7), (0.1, 7), (1.0, 7), (5.0, 3))
        ]
        rows.append(update_against_aihwkit(1.0, min(options.rounds, 3), dense=True))
    table = Table("what", "ratio, median", "range", "denominator, ms")
    for row in rows:
        spread = f"{min(row.ratios):.3g} to {max(row.ratios):.3g}"
        middle = f"{statistics.median(row.ratios):.3g}"
        table.add_row(row.name, middle, spread, f"{1e3 * row.time_s:.3g}")
    console.print(table)
    if options.skip_sizes:
        return
    table = Table("card", "floats a device held", "the most in use", "the most while made")
    for line in memory(one_size.CARDS):
        table.add_row(*line)
    console.print(table)
    for by_chips, what in ((False, "one chip, larger"), (True, "more chips of 25x40")):
        points, fixed, each, worst = scaling(by_chips)
        table = Table(f"{what}: devices", "read and update of batch 20, ms", "ns a device")
        for devices, time_s in points:
            table.add_row(f"{devices:.3g}", f"{1e3 * time_s:.3g}", f"{1e9 * time_s / devices:.3g}")
        console.print(table)
        line = f"{1e3 * fixed:.2g} ms and {1e9 * each:.3g} ns a device"
        console.print(f"{line}: within {100 * worst:.0f} % over three decades")


if __name__ == "__main__":
    main()
