"""How far fast pulses depart from exact ones, against how far a batch moves devices across their range.

Chips of one device each, all alike, get a batch of ten samples of four pulses each, all up or every other sample down.
Shown, for a batch treated at once and in the parts that it is cut into (the line of SoftBounds followed over each), is
the difference of the mean change from that of exact pulses, and in brackets that of the spread, both in per cent of the
range.

    python benchmarks/fast_departure.py [--chips 10000]
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import torch
from rich.console import Console
from rich.table import Table

from mortalff import load_card
from mortalff.cards import Card
from mortalff.hardware.device_laws import device_law
from mortalff.hardware.law_tables import law_tables
from mortalff.hardware.pulse_parts import parts
from mortalff.hardware.pulses import NO_HITS, NO_STATES, Seen, exact_update, fast_update
from mortalff.physics.pulse_trains import Trains
from mortalff.seeds import Seeds
from mortalff.streams import Stream

Array = npt.NDArray[np.float64]
SAMPLES, SLOTS = 10, 16  # rows and columns fire every other slot
RATIOS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
LAWS: Mapping[str, Mapping[str, float]] = {
    "ConstantStep": {},
    "SoftBounds": {},
    "ExpStep": {},
    "PowStep": {"gamma": 2.0, "gamma_dtod": 0.0},
}
STARTS = {"mid-range": 0.0, "near the top": 0.8}


def card(law: str, step: float) -> Card:
    """Devices all alike with bounds of ±1."""
    spreads = ("dw_min_dtod", "up_down_dtod", "w_max_dtod", "w_min_dtod")
    changes: dict[str, object] = {f"variability.{name}": 0.0 for name in spreads}
    changes |= {f"law.{name}": value for name, value in LAWS[law].items()}
    return load_card("gokmen_vlasov").replace(
        **{"law": {"kind": law}, "device.dw_min": step, **changes}
    )


def changes(law: str, ratio: float, start: float, both_ways: bool, chips: int) -> list[Array]:
    """How far devices move: by exact pulses, by fast ones at once, and in parts."""
    slots = torch.full((1, SAMPLES), float(SLOTS))
    rows, columns = torch.full((1, SAMPLES, 1), 0.5), torch.full((1, SAMPLES, 1), 0.5)
    if both_ways:
        columns[:, 1::2] *= -1.0
    trains = Trains(slots, rows, columns)
    step = 2.0 * ratio / (SAMPLES * SLOTS * 0.25)
    fabrication, bits, noise = (
        Stream(Seeds(0), name, range(chips), torch.device("cpu"))
        for name in ("fabrication", "pulse_trains", "pulse_noise")
    )
    tables = law_tables(device_law(card(law, step), fabrication, 1, 1))
    assert tables is not None
    found, every = [], range(chips)
    for way in ("exact", "at once", "in parts"):
        w = torch.full((chips, 1, 1), start)
        if way == "exact":
            exact_update(w, NO_HITS, tables, trains, every, 0, (bits, 0), (noise, 0))
        else:
            reach = 0.0 if way == "at once" else step / 2.0
            for part in parts(trains, every, reach, follows=law == "SoftBounds"):
                seen = Seen(noise, 0, NO_STATES, 0.0)
                place = noise, 1 + part.place
                fast_update(w, NO_HITS, tables, part.trains, part.chips, 0, seen, place, part.bends)
        found.append((w - start).double().numpy().ravel())
    return found


def departure(exact: Array, fast: Array) -> str:
    """Of the mean, and of the spread, in per cent of the range of 2."""
    mean = 50.0 * float(fast.mean() - exact.mean())
    return f"{mean:+.2f} ({50.0 * float(fast.std() - exact.std()):+.2f})"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chips", type=int, default=10_000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    table = Table("law", "from", "pulses", "treated", *(f"N s / range = {r:g}" for r in RATIOS))
    for law in LAWS:
        for where, start in STARTS.items():
            for both_ways in (False, True):
                found = [changes(law, r, start, both_ways, options.chips) for r in RATIOS]
                for way, name in ((1, "at once"), (2, "in parts")):
                    cells = [departure(each[0], each[way]) for each in found]
                    table.add_row(law, where, "both ways" if both_ways else "up", name, *cells)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
