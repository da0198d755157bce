"""Pulse responses of made-up devices of a fitted population, to be held beside the measured ones."""

from __future__ import annotations

import numpy as np

from mortalff.fitting.card_numbers import CardNumbers
from mortalff.fitting.hierarchy import Hierarchy
from mortalff.fitting.law_model import ASYMMETRY, NOISES, STEP, larger_first
from mortalff.fitting.readings import Array, Readings


def simulate(fitted: Hierarchy, numbers: CardNumbers, like: Readings, seed: int) -> Readings:
    """Devices drawn from the population, that start and are pulsed as those of some readings.

    Args:
        fitted: the law.
        numbers: its population.
        like: start and pulses of n devices.
        seed: of devices and noise.

    Returns:
        Readings of n devices after every pulse.
    """
    rng = np.random.default_rng(seed)
    n = len(like.devices)
    device = _draw(fitted, numbers, rng, n)
    shared = fitted.shared[NOISES:, None, None]
    cycle_std, read_std = np.exp(fitted.shared[:NOISES])
    response = fitted.model.response(device[:, None, :], shared, np.full((1, 1), cycle_std))
    w = np.clip(like.weight[:1], response.lower, response.upper)
    weight = np.empty(like.weight.shape)
    weight[0] = w[0] + read_std * rng.standard_normal(n)
    for t, signs in enumerate(like.direction):
        mean, std = response.pulse(signs, w)
        moved = w + mean + std * rng.standard_normal((1, n))
        w = np.where(signs != 0, np.clip(moved, response.lower, response.upper), w)
        weight[t + 1] = w[0] + read_std * rng.standard_normal(n)
    return Readings(tuple(str(k) for k in range(n)), weight, like.direction, like.resolution)


def _draw(fitted: Hierarchy, numbers: CardNumbers, rng: np.random.Generator, n: int) -> Array:
    """Parameters of n devices, (p, n); those that make no sense are drawn again."""
    mean, std = numbers.population.mean, numbers.population.std
    device = np.repeat(mean[:, None], n, axis=1)
    left = np.arange(n)
    for _ in range(100):
        drawn = mean[:, None] + std[:, None] * rng.standard_normal((len(mean), left.size))
        if numbers.log_normal:
            centre = numbers.numbers["device.dw_min"].value
            spread = numbers.numbers["variability.dw_min_dtod"].value
            gain = centre * np.exp(spread * rng.standard_normal(left.size))
            drawn[STEP] = np.maximum(gain - abs(mean[ASYMMETRY]), 1e-3 * centre)
        drawn[[STEP, ASYMMETRY]] = larger_first(drawn[STEP], drawn[ASYMMETRY])
        sound = fitted.model.valid(drawn, fitted.shared[NOISES:])
        device[:, left[sound]] = drawn[:, sound]
        left = left[~sound]
        if left.size == 0:
            break
    return device
