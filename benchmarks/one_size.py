"""One measurement of memory or time, in a process of its own; printed as JSON.

python benchmarks/one_size.py memory CARD_NUMBER SIDE
python benchmarks/one_size.py time CHIPS N_OUT N_IN
"""

from __future__ import annotations

import json
import resource
import sys
import time

import torch

from mortalff import fabricate, load_card
from mortalff.cards import Card

CARDS = ("gokmen_vlasov, soft bounds", "gokmen_vlasov", "ecram", "reram_es", "reram_sb", "pcm")


def card_of(name: str) -> Card:
    """A card by its name, with soft bounds where the name says so."""
    base, _, law = name.partition(", ")
    card = load_card(base)
    return card.replace(law={"kind": "SoftBounds"}) if law else card


def present() -> float:
    """Bytes of memory that this process has now."""
    with open("/proc/self/statm") as file:
        return float(file.read().split()[1]) * resource.getpagesize()


def peak() -> float:
    """The most that it has had since the last call of :func:`forget`."""
    with open("/proc/self/status") as file:
        lines = dict(line.split(":", 1) for line in file)
    return float(lines["VmHWM"].split()[0]) * 1024.0


def forget() -> None:
    """Begin to look for the peak anew."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def memory(card: int, side: int) -> dict[str, float]:
    """Bytes held by a chip, at most in use by reads and updates, and at most while it was made."""
    x, d = torch.rand(2, side), torch.rand(2, side)
    warm = fabricate(card_of(CARDS[card]), n_out=8, n_in=8)
    for lr in (1e-3, 10.0):
        warm.forward(x[:, :8])
        warm.pulse(x[:, :8], d[:, :8], lr)
    start = present()
    forget()
    chip = fabricate(card_of(CARDS[card]), n_out=side, n_in=side)
    made, held = peak() - start, present() - start
    forget()
    for lr in (1e-3, 10.0):
        chip.forward(x)
        chip.pulse(x, d, lr)
    return {"held": held, "used": peak() - start, "made": made}


def seconds(chips: int, n_out: int, n_in: int) -> dict[str, float]:
    """The quickest of some reads and updates of ``gokmen_vlasov`` chips, batch 20."""
    hardware = fabricate(load_card("gokmen_vlasov"), n_out=n_out, n_in=n_in, chips=chips)
    x, d = torch.rand(20, n_in), torch.rand(20, n_out)
    best = float("inf")
    began = time.perf_counter()
    while time.perf_counter() - began < 2.0:
        start = time.perf_counter()
        hardware.forward(x)
        hardware.pulse(x, d, 0.1)
        best = min(best, time.perf_counter() - start)
    return {"seconds": best}


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    what, *numbers = sys.argv[1], *map(int, sys.argv[2:])
    print(json.dumps((memory if what == "memory" else seconds)(*numbers)))


if __name__ == "__main__":
    main()
