"""How fast, as ratios measured in one run: ours against aihwkit, an in-situ step against the same with plain weights.

Each pair is timed in turn, A B A B, and the median of the ratios is shown with its range, so that a machine whose speed
drifts does not decide. One thread.

    python benchmarks/ratios.py [--rounds 7] [--skip-aihwkit]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from rich.console import Console
from rich.table import Table

from mortalff import FF, FFSettings, Network, fabricate, load_card
from mortalff.cards import Card

Run = Callable[[], object]


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
    law = {"kind": "SoftBounds"}
    card = load_card("gokmen_vlasov")
    return Card.model_validate({**card.model_dump(), "law": law})


def update_against_aihwkit(lr: float, rounds: int) -> tuple[str, float, list[float]]:
    """A batch of 100 pulsed into 2000x784 soft-bounds devices.

    aihwkit works pulse by pulse, so its time grows with the rate; ours does not depend on it. Both ends are shown.
    """
    from aihwkit.simulator.configs import SingleRPUConfig, SoftBoundsDevice

    from mortalff import AihwkitTile

    x, d = batch(2000, 784, 100)
    ours = fabricate(soft_bounds(), n_out=2000, n_in=784)
    device = SoftBoundsDevice(dw_min=0.0016, w_max=1.0, w_min=-1.0)
    tile = AihwkitTile(SingleRPUConfig(device=device), 2000, 784)
    time_s, ratios = compare(
        lambda: ours.pulse(x, d, lr), lambda: tile.pulse(x, d, lr), rounds, (5, 1)
    )
    before = ours.counts
    ours.pulse(x, d, lr)
    pulses = float((ours.counts - before)["device_pulse"][0]) / (2000 * 784)
    name = f"aihwkit / ours: update, 2000x784 soft bounds, batch 100, {pulses:.2g} pulses a device"
    return name, time_s, ratios


def ff_step(card: str, rounds: int) -> tuple[str, float, list[float]]:
    """One FF step of 784-500-500 with batch 100, on a card's chip and on digital weights."""
    images, _ = batch(10, 784, 100)
    targets = torch.nn.functional.one_hot(torch.arange(100) % 10, 10).to(torch.float32)[None]

    def step(name: str) -> Run:
        learner = FF(Network.build(load_card(name), (784, 500, 500)), FFSettings(lr=0.003))
        return lambda: learner.step(images, targets, 0.003)

    time_s, ratios = compare(step("ideal"), step(card), rounds, (3, 3))
    return f"{card} / digital weights: FF step, 784-500-500, batch 100", time_s, ratios


def many_chips(rounds: int) -> tuple[str, float, list[float]]:
    """64 chips of 64x100 in one call against one at a time."""
    card = load_card("gokmen_vlasov")
    x, d = batch(100, 64, 20)

    def use(chips: list[int]) -> Run:
        hardware = fabricate(card, n_out=100, n_in=64, chips=chips)

        def run() -> None:
            hardware.forward(x)
            hardware.pulse(x, d, 0.01)

        return run

    together, single = use(list(range(64))), [use([i]) for i in range(64)]
    time_s, ratios = compare(together, lambda: [run() for run in single], rounds, (3, 1))
    return "one at a time / together: 64 chips of 64x100, read and update", time_s, ratios


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--skip-aihwkit", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = [ff_step(card, options.rounds) for card in ("gokmen_vlasov", "ecram", "reram_es")]
    rows.append(many_chips(options.rounds))
    if not options.skip_aihwkit:
        rows += [update_against_aihwkit(lr, options.rounds) for lr in (0.01, 1.0)]
    table = Table("what", "ratio, median", "range", "denominator, ms")
    for name, time_s, ratios in rows:
        spread = f"{min(ratios):.3g} to {max(ratios):.3g}"
        table.add_row(name, f"{statistics.median(ratios):.3g}", spread, f"{1e3 * time_s:.3g}")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
