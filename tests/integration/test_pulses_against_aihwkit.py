"""Batches of pulses on our crossbars and on aihwkit's tiles: mean, spread, correlation, cut trains.

Devices are all alike, and the experiment is repeated: on many chips here, time after time there. Random batches on
random devices are in test_pulses_random_batches.py.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest
import torch

from mortalff.cards import Card, Pulses
from mortalff.hardware.crossbar import PulseMode
from mortalff.physics.pulse_trains import pulse_trains
from tests.strategies.devices import crossbar, made_up, no_spread
from tests.strategies.reads import uniform
from tests.strategies.statistics import (
    SIGNIFICANCE,
    Array,
    p_mean,
    p_same_mean,
    p_same_variance,
)
from tests.strategies.tiles import get_weights, pulse, set_weights, tile

N_OUT, N_IN, BATCH, REPEATS = 4, 5, 6, 4000
X, D = uniform(0, BATCH, N_IN), uniform(1, BATCH, N_OUT)
# One sample whose lines fire about every other slot, where sharing a train shows most.
LINES = torch.tensor([[1.0, 0.6, 0.5, 0.5, 0.4]]), torch.tensor([[1.0, 0.6, 0.5, 0.4]])
MODES: tuple[PulseMode, PulseMode] = ("fast", "exact")
START = 0.2


def alike(law: str) -> Card:
    return made_up(law, variability=no_spread(dw_min_std=0.3))


@functools.cache
def by_aihwkit(law: str, lr: float, lines: bool = False) -> Array:
    """Changes of a tile's weights by the batch, (repeats, n_out, n_in)."""
    x, d = LINES if lines else (X, D)
    theirs = tile(alike(law), N_OUT, N_IN)
    start = torch.full((N_OUT, N_IN), START)
    changes = []
    for _ in range(REPEATS):
        set_weights(theirs, start)
        pulse(theirs, x, d, lr / len(x))
        changes.append(get_weights(theirs) - start)
    return torch.stack(changes).double().numpy()


@functools.cache
def by_us(law: str, lr: float, mode: PulseMode, lines: bool = False) -> Array:
    """Changes of chips' weights by the batch, (chips, n_out, n_in)."""
    x, d = LINES if lines else (X, D)
    chips = crossbar(alike(law), N_OUT, N_IN, REPEATS, mode=mode)
    chips.probe().program(torch.full((N_OUT, N_IN), START))
    chips.pulse(x, d, lr)
    return (chips.probe().read_weights() - START).double().numpy()


@pytest.mark.parametrize("lr", [0.003, 0.02])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("law", ["ConstantStep", "SoftBounds"])
def test_a_batch_moves_weights_as_far_and_as_widely(law: str, mode: PulseMode, lr: float) -> None:
    ours, theirs = by_us(law, lr, mode), by_aihwkit(law, lr)
    share = SIGNIFICANCE / (2 * N_OUT * N_IN)
    for o, i in np.ndindex(N_OUT, N_IN):
        assert p_same_mean(ours[:, o, i], theirs[:, o, i]) > share, (o, i)
        assert p_same_variance(ours[:, o, i], theirs[:, o, i]) > share, (o, i)
    assert np.abs(theirs.mean(0)).max() > 5 * theirs.std(0).max() / np.sqrt(REPEATS)


@pytest.mark.parametrize("mode", MODES)
def test_what_is_beyond_the_longest_train_is_cut_alike(mode: PulseMode) -> None:
    """k > 31: the largest errors are cut, others keep their share."""
    ours, theirs = by_us("ConstantStep", 1.0, mode), by_aihwkit("ConstantStep", 1.0)
    assert float(pulse_trains(X[None], D[None], 1.0 / BATCH, 1e-3, Pulses()).slots.min()) == 31.0
    for o, i in np.ndindex(N_OUT, N_IN):
        assert p_same_mean(ours[:, o, i], theirs[:, o, i]) > SIGNIFICANCE / (N_OUT * N_IN), (o, i)
    asked = 1.0 * (D.T @ X).numpy() / BATCH
    assert np.abs(theirs.mean(0)).max() < 0.7 * np.abs(asked).max()


def covariance(change: Array, one: tuple[int, int], other: tuple[int, int]) -> Array:
    """Products of two devices' deviations, repeat by repeat."""
    a, b = change[:, one[0], one[1]], change[:, other[0], other[1]]
    return (a - a.mean()) * (b - b.mean()) / (a.std() * b.std())


def test_devices_on_a_line_are_correlated_as_aihwkits() -> None:
    """Pulse by pulse as there; at once not at all, which is what the fast mode leaves out."""
    theirs, exact, fast = (
        by_aihwkit("ConstantStep", 0.02, lines=True),
        by_us("ConstantStep", 0.02, "exact", lines=True),
        by_us("ConstantStep", 0.02, "fast", lines=True),
    )
    pairs = [((1, 1), (1, 2)), ((2, 3), (2, 4)), ((1, 2), (2, 2)), ((2, 4), (3, 4))]
    for pair in pairs:
        one, other = (covariance(c, *pair) for c in (exact, theirs))
        assert p_same_mean(one, other) > SIGNIFICANCE / 4, pair
        assert p_mean(other, 0.0) < SIGNIFICANCE, pair
        assert p_mean(covariance(fast, *pair), 0.0) > SIGNIFICANCE / 4, pair
