"""How fast on a GPU: an in-situ step against one with plain weights, the update's kernel, a thousand chips at once.

Pairs are timed in turn, A B A B, by the GPU's clock after a warm-up in which kernels are compiled; the median is shown
with its range. Without a GPU it says so and ends.

    python benchmarks/gpu.py [--rounds 20] [--chips 1000]
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable
from importlib.util import find_spec
from itertools import pairwise

import torch
from rich.console import Console
from rich.table import Table

from mortalff import FF, FFSettings, Network, load_card
from mortalff.cards import Pulses
from mortalff.hardware.device_array import DeviceArray
from mortalff.hardware.fused_update import FusedUpdate, Precision
from mortalff.hardware.law_terms import law_terms
from mortalff.hardware.pulse_references import fast_update_reference
from mortalff.physics.pulse_trains import expected_coincidences, pulse_trains
from mortalff.seeds import Seeds
from mortalff.streams import Stream

Run = Callable[[], object]
SIZES, BATCH, LR = (784, 500, 500), 100, 0.003
LAYERS = tuple(pairwise(SIZES))
GPU = torch.device("cuda")
PRECISIONS: tuple[Precision, ...] = ("tf32x3", "ieee", "tf32")


def seconds(run: Run) -> float:
    """Time of one call on the GPU, what it launches included."""
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize()
    start.record()
    run()
    end.record()
    torch.cuda.synchronize()
    return float(start.elapsed_time(end)) / 1e3


def compare(ours: Run, theirs: Run, rounds: int) -> tuple[float, float, list[float]]:
    """Both median times, and the ratios ours/theirs of each round."""
    for _ in range(3):
        ours()
        theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    mine, other = (statistics.median(times) for times in zip(*pairs, strict=True))
    return mine, other, [a / b for a, b in pairs]


def images_of_digits() -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs as lit as MNIST's, and their labels."""
    generator = torch.Generator().manual_seed(0)
    lit = torch.rand(BATCH, SIZES[0], generator=generator) < 0.2
    images = torch.rand(BATCH, SIZES[0], generator=generator) * lit
    targets = torch.nn.functional.one_hot(torch.arange(BATCH) % 10, 10).to(torch.float32)[None]
    return images.to(GPU), targets.to(GPU)


def ff_step(card: str, chips: int = 1) -> Run:
    """One FF step of chips of a card; those of ``ideal`` hold plain torch weights."""
    learner = FF(Network.build(load_card(card), SIZES, chips=chips, device=GPU), FFSettings(lr=LR))
    images, targets = images_of_digits()
    return lambda: learner.step(images, targets, LR)


def updates(card: str, chips: int) -> dict[str, Run]:
    """The update of the first layer by plain torch, and by the kernel in each precision."""
    n_in, n_out = LAYERS[0]
    law = DeviceArray(load_card(card), n_out, n_in, range(chips), Seeds.of(0), GPU).law
    noise = Stream(Seeds.of(0), "pulse_noise", range(chips), GPU)
    terms, w = law_terms(law), torch.zeros_like(law.w_min)
    assert terms is not None
    x = images_of_digits()[0][None]
    d = torch.randn(chips, BATCH, n_out, device=GPU).clamp_min(0.0)
    trains = pulse_trains(x, d, LR / BATCH, 0.001, Pulses())

    def plain() -> None:
        up, down = expected_coincidences(trains)
        fast_update_reference(w, law, up, down, noise)

    def fused(kernel: FusedUpdate) -> Run:
        return lambda: kernel.move(w, trains, 0, noise.next_call())

    kernels = {p: FusedUpdate(terms, noise, noise, 0.0, p) for p in PRECISIONS}
    return {"plain torch": plain, **{f"kernel, {p}": fused(k) for p, k in kernels.items()}}


def many_chips(card: str, chips: int, rounds: int) -> tuple[float, int, int]:
    """Seconds of an FF step of all chips, and bytes they take at rest and at most."""
    torch.cuda.empty_cache()
    before = torch.cuda.memory_allocated()
    run = ff_step(card, chips)
    at_rest = torch.cuda.memory_allocated() - before
    run()
    torch.cuda.reset_peak_memory_stats()
    median = statistics.median(seconds(run) for _ in range(rounds))
    return median, at_rest, torch.cuda.max_memory_allocated() - before


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--chips", type=int, default=1000)
    options = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit(
            f"there is no GPU that this torch ({torch.__version__}) can use: run this where "
            "torch.cuda.is_available()"
        )
    if find_spec("triton") is None:
        sys.exit("Triton is not installed, without which plain torch works: pip install triton")
    console = Console(width=120)
    console.print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
    table = Table("what", "ratio, median", "range", "ours, ms", "other, ms")

    def row(name: str, ours: Run, theirs: Run) -> None:
        mine, other, ratios = compare(ours, theirs, options.rounds)
        spread = f"{min(ratios):.3g} to {max(ratios):.3g}"
        times = f"{1e3 * mine:.3g}", f"{1e3 * other:.3g}"
        table.add_row(name, f"{statistics.median(ratios):.3g}", spread, *times)

    plain = ff_step("ideal")
    sizes = "-".join(map(str, SIZES))
    for card in ("gokmen_vlasov", "ecram", "reram_es"):
        row(f"{card} / plain weights: FF step, {sizes}, batch {BATCH}", ff_step(card), plain)
    for chips in (1, 32):
        runs = updates("gokmen_vlasov", chips)
        for name, run in runs.items():
            if name != "plain torch":
                row(f"{name} / plain torch: update, {chips} x 500x784", run, runs["plain torch"])
    console.print(table)
    devices = sum(n_in * n_out for n_in, n_out in LAYERS)
    time_s, at_rest, at_most = many_chips("gokmen_vlasov", options.chips, 3)
    chip = f"{1e3 * time_s / options.chips:.3g} ms a chip"
    floats = at_rest / (4 * devices * options.chips)
    console.print(
        f"{options.chips} chips of {sizes} at once: {time_s:.3g} s an FF step of batch {BATCH}, {chip}; "
        f"{at_rest / 2**30:.3g} GiB, {floats:.3g} floats a device, at most {at_most / 2**30:.3g} GiB"
    )


if __name__ == "__main__":
    main()
