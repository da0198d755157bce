"""Random batches of pulses on aihwkit's devices, repeated there and, on the very same devices, here."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from mortalff.cards import Card, load_card
from mortalff.hardware.aihwkit_state import weight_granularity
from mortalff.hardware.device_laws import granularity
from mortalff.hardware.law_tables import LawTables, law_tables
from mortalff.hardware.pulses import NO_HITS, NO_STATES, Seen, exact_update, fast_update
from mortalff.physics.law import Law
from mortalff.physics.pulse_trains import Trains, expected_coincidences, pulse_trains
from tests.strategies.devices import stream
from tests.strategies.random_cards import draws
from tests.strategies.run_seed import SEED_VARIABLE, run_seed
from tests.strategies.statistics import Array
from tests.strategies.tiles import get_weights, our_law, pulse, set_weights, tile

N_OUT, N_IN, REPEATS = 4, 5, 2500
Place = tuple[int, int]
Sharing = Literal["row", "column", "neither"]
SHARING: tuple[Sharing, ...] = ("row", "column", "neither")
PULSES: tuple[tuple[float, float], ...] = ((0.3, 3.0), (4.0, 25.0), (40.0, 200.0))
"""Ranges of k, the coincidences asked of the busiest device by its largest sample; the last is cut by any train."""


@dataclass(frozen=True)
class Trial:
    """A batch on a tile whose devices stand somewhere in their ranges.

    Attributes:
        name: what repeats it.
        card: the devices; their write noise is off.
        construction_seed: of aihwkit's devices.
        x, d: (batch, n_in) and (batch, n_out).
        lr: rate of one sample.
        place: where each device stands in its range, 0 to 1, (n_out, n_in).
    """

    name: str
    card: Card
    construction_seed: int
    x: Tensor
    d: Tensor
    lr: float
    place: Tensor


@dataclass(frozen=True)
class Outcome:
    """What became of a trial on a tile.

    Attributes:
        changes: how far each device moved, time after time, (repeats, n_out, n_in).
        law: the devices, as one chip.
        start: their weights before.
        trains: the batch as we send it. Where aihwkit manages the length of trains it also balances rows and columns,
            and its granularity of ExpStep is its own (docs/aihwkit_differences.md).
    """

    changes: Array
    law: Law
    start: Tensor
    trains: Trains


def random_trials(kind: str, count: int) -> Iterator[Trial]:
    """Trials of a law with random devices, few, some and more pulses than trains hold in turn."""
    rng = np.random.default_rng([run_seed(), *f"pulses {kind}".encode()])
    for draw in draws(kind, count):
        name = f"{kind} {draw.index} of {SEED_VARIABLE}={run_seed()}"
        yield _trial(name, draw.card, draw.construction_seed, PULSES[draw.index % 3], rng)


def trials_of_card(card: str, count: int) -> Iterator[Trial]:
    """Likewise of a card that ships."""
    rng = np.random.default_rng([run_seed(), *f"pulses {card}".encode()])
    for index in range(count):
        name = f"{card} {index} of {SEED_VARIABLE}={run_seed()}"
        seed = int(rng.integers(1, 2**31 - 2))
        yield _trial(name, load_card(card), seed, PULSES[index % 3], rng)


def with_small_steps(trial: Trial, share: float = 1e-5) -> Trial:
    """The same with steps of this share of the range, devices away from bounds, less spread of these and less noise."""
    device, spread = trial.card.device, trial.card.variability
    assert device is not None
    assert spread is not None
    step = share * (float(device.w_max) - float(device.w_min))
    most = {"dw_min_std": 1.0, "w_max_dtod": 0.1, "w_min_dtod": 0.1}
    less = {f"variability.{k}": min(float(getattr(spread, k)), v) for k, v in most.items()}
    card = trial.card.replace(**{"device.dw_min": step, **less})
    lr = trial.lr * granularity(card) / granularity(trial.card)
    return replace(trial, card=card, lr=lr, place=0.3 + 0.4 * trial.place)


def with_little_noise(trial: Trial) -> Trial:
    """The same with no more cycle noise than a third of a step."""
    spread = trial.card.variability
    assert spread is not None
    s = min(float(spread.dw_min_std), 0.3)
    return replace(trial, card=trial.card.replace(**{"variability.dw_min_std": s}))


def by_aihwkit(trial: Trial) -> Outcome:
    """Repeat a trial on a tile."""
    theirs = tile(trial.card, N_OUT, N_IN, seed=trial.construction_seed)
    law = our_law(trial.card, theirs)
    wanted = torch.lerp(law.w_min[0], law.w_max[0], trial.place)
    changes = torch.empty(REPEATS, N_OUT, N_IN, dtype=torch.float64)
    start = set_weights(theirs, wanted)
    for repeat in range(REPEATS):
        set_weights(theirs, start)
        pulse(theirs, trial.x, trial.d, trial.lr)
        changes[repeat] = get_weights(theirs).double() - start.double()
    settings = trial.card.pulses
    if settings.bit_length_management:
        settings = settings.model_copy(update={"update_management": True})
    g = weight_granularity(theirs)
    trains = pulse_trains(trial.x[None], trial.d[None], trial.lr, g, settings)
    return Outcome(changes.numpy(), law, start, trains)


def by_us(outcome: Outcome, mode: Literal["fast", "exact"]) -> Array:
    """Repeat a trial on as many chips with the devices of the tile, (repeats, n_out, n_in)."""
    w = outcome.start.repeat(REPEATS, 1, 1)
    tables, every = _widened(outcome.law), range(REPEATS)
    bits, noise = (stream(name, REPEATS, run_seed()) for name in ("pulse_trains", "pulse_noise"))
    if mode == "exact":
        exact_update(w, NO_HITS, tables, outcome.trains, every, 0, (bits, 0), (noise, 0))
    else:
        seen = Seen(noise, 1, NO_STATES, 0.0)
        fast_update(w, NO_HITS, tables, outcome.trains, every, 0, seen, (noise, 0))
    return (w.double() - outcome.start.double()).numpy()


def expected(outcome: Outcome) -> tuple[Array, Array]:
    """Expected pulses of each device, and how far noise moves it where every Gaussian is larger by one."""
    number, noise = np.zeros((N_OUT, N_IN)), np.zeros((N_OUT, N_IN))
    at = outcome.start[None]
    steps = outcome.law.up(at), outcome.law.down(at)
    for coincidences, step in zip(expected_coincidences(outcome.trains), steps, strict=True):
        if coincidences is not None:
            n = coincidences.mean[0].double().numpy()
            number += n
            noise += n * step.std[0].double().numpy()
    return number, noise


def pairs(sharing: Sharing) -> list[tuple[Place, Place]]:
    """Pairs of devices that share a row's train, a column's, or neither."""
    every = list(combinations(np.ndindex(N_OUT, N_IN), 2))
    same = {"row": (False, True), "column": (True, False), "neither": (False, False)}[sharing]
    found = [(a, b) for a, b in every if (a[0] == b[0], a[1] == b[1]) == same]
    return [((a[0], a[1]), (b[0], b[1])) for a, b in found]


def covariance_of_numbers(trains: Trains, one: Place, other: Place) -> float:
    """Of the net numbers of pulses of two devices on a line: Σ BL p_j p_k c (1 − c) with the signs of x_j x_k."""
    rows, columns = trains.rows[0].double(), trains.columns[0].double()
    shared, own = (columns[:, one[0]], (rows[:, one[1]], rows[:, other[1]]))
    if one[1] == other[1]:
        shared, own = (rows[:, one[1]], (columns[:, one[0]], columns[:, other[0]]))
    c = shared.abs()
    return float((trains.slots[0].double() * own[0] * own[1] * c * (1.0 - c)).sum())


def _trial(
    name: str, card: Card, seed: int, pulses: tuple[float, float], rng: np.random.Generator
) -> Trial:
    batch = int(rng.integers(2, 7))
    x = rng.uniform(-1.0, 1.0, (batch, N_IN)) * (rng.random((batch, N_IN)) < 0.8)
    d = rng.normal(size=(batch, N_OUT)) * (rng.random((batch, N_OUT)) < 0.8)
    if rng.random() < 0.3:  # FF's inputs and outputs are not negative
        x, d = np.abs(x), np.abs(d) * rng.choice([-1.0, 1.0], (batch, 1))
    x[0, 0] = d[0, 0] = 1.0  # a batch that asks for something
    x, d = x * 10.0 ** rng.uniform(-1.0, 1.0), d * 10.0 ** rng.uniform(-2.0, 1.0)
    settings = {
        "variability.write_noise_std": 0.0,
        "pulses.bit_length_max": int(rng.choice([7, 31, 31])),
        "pulses.update_management": bool(rng.random() < 0.7),
        "pulses.bit_length_management": bool(rng.random() < 0.7),
    }
    card = card.replace(**settings)
    k = math.exp(rng.uniform(*np.log(pulses)))
    busiest = (np.abs(x).max(1) * np.abs(d).max(1)).max()
    rows, columns = (torch.tensor(v, dtype=torch.float32) for v in (x, d))
    place = torch.tensor(rng.random((N_OUT, N_IN)), dtype=torch.float32)
    lr = float(k * granularity(card) / busiest)
    return Trial(f"{name}, {settings}, k {k:.3g}", card, seed, rows, columns, lr, place)


def _widened(law: Law) -> LawTables:
    """The tables of as many chips with one chip's devices."""
    tables = law_tables(law)
    assert tables is not None
    low, high = (np.repeat(t, REPEATS, 0) for t in (tables.low, tables.high))
    up, down = (
        tuple(np.repeat(t, REPEATS, 0) if t.size else t for t in way)
        for way in (tables.up, tables.down)
    )
    return LawTables(low, high, up, down, tables.shared)  # type: ignore[arg-type]  # three each
