"""First guesses: straight lines through the changes of each device against its smoothed weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mortalff.fitting.readings import Array, Readings

Mask = npt.NDArray[np.bool_]

_STAY = 12  # pulses
_WINDOW = 9  # readings that are averaged where they are noisier than a step


@dataclass(frozen=True)
class Rough:
    """Rough numbers of each device, (n,) unless said otherwise, in weight units.

    Attributes:
        up_at_zero: change of an up pulse at w = 0. up_slope: its derivative in w.
        down_at_zero: change of a down pulse, counted downwards. down_slope: its derivative in w.
        high: highest weight. low: lowest weight.
        stays_high: whether up pulses were spent at the highest weight, as at a bound. stays_low: likewise.
        step: mean change of a pulse, over all devices, above 0.
        cycle_std: noise of a pulse as a share of its step, a number.
        read_std: noise of a reading, a number.
        span: mean range of the weights, a number.
    """

    up_at_zero: Array
    up_slope: Array
    down_at_zero: Array
    down_slope: Array
    high: Array
    low: Array
    stays_high: Mask
    stays_low: Mask
    step: float
    cycle_std: float
    read_std: float
    span: float

    def up_end(self) -> Array:
        """Where up steps would vanish: above all weights seen, by at most the range."""
        return _crossing(self.up_at_zero, -self.up_slope, self.high, self.span)

    def down_end(self) -> Array:
        """Where down steps would vanish: below all weights seen, by at most the range."""
        return -_crossing(self.down_at_zero, self.down_slope, -self.low, self.span)


def rough(readings: Readings) -> Rough:
    """Guess."""
    weight = _filled(readings.weight)
    change = np.diff(weight, axis=0)
    active = readings.direction != 0
    forward = change * readings.direction
    step = max(float(forward[active].mean()), 1e-3 * readings.span)
    residual = np.where(active, forward - _smooth(forward), 0.0)
    # A reading's noise is in two changes with opposite signs: their covariance is −σ².
    pairs = active[1:] & active[:-1] & (readings.direction[1:] == readings.direction[:-1])
    raw = np.where(active, change, 0.0)
    centred = raw - readings.direction * step
    lagged = float((centred[1:] * centred[:-1])[pairs].mean()) if pairs.any() else 0.0
    total = float(np.square(residual[active]).mean())
    read_variance = min(max(-lagged, 0.0), 0.49 * total)
    read_std = max(read_variance**0.5, readings.resolution)
    cycle = max(total - 2.0 * read_variance, 0.0) ** 0.5 / step
    noisy = read_std > 0.5 * step or cycle > 1.0
    smooth = _smooth(weight) if noisy else weight
    ends = smooth if noisy else readings.weight
    lines = [
        _line(smooth[:-1], forward, readings.direction == sign, step / readings.span)
        for sign in (1, -1)
    ]
    return Rough(
        up_at_zero=np.maximum(lines[0][0], 0.1 * step),
        up_slope=lines[0][1],
        down_at_zero=np.maximum(lines[1][0], 0.1 * step),
        down_slope=lines[1][1],
        high=np.nanmax(ends, 0),
        low=np.nanmin(ends, 0),
        stays_high=_stays(smooth[:-1], readings.direction > 0, step),
        stays_low=_stays(-smooth[:-1], readings.direction < 0, step),
        step=step,
        cycle_std=float(np.clip(cycle, 0.03, 10.0)),
        read_std=read_std,
        span=readings.span,
    )


def _stays(weight: Array, towards: Mask, step: float) -> Mask:
    """Whether pulses towards a bound were spent within one step of the outermost weight."""
    outermost = np.max(np.where(towards, weight, -np.inf), axis=0)
    spent: Mask = (towards & (weight > outermost - step)).sum(0) >= _STAY
    return spent


def _filled(weight: Array) -> Array:
    """Readings with gaps closed by straight lines."""
    times = np.arange(len(weight))
    filled = weight.copy()
    for column in filled.T:
        there = ~np.isnan(column)
        column[~there] = np.interp(times[~there], times[there], column[there])
    return filled


def _smooth(values: Array) -> Array:
    window = min(_WINDOW, len(values))
    padded = np.pad(values, ((window // 2, (window - 1) // 2), (0, 0)), mode="edge")
    sums = np.cumsum(np.vstack([np.zeros(values.shape[1]), padded]), axis=0)
    smoothed: Array = (sums[window:] - sums[:-window]) / window
    return smoothed


def _line(x: Array, y: Array, chosen: Array, stiffness: float) -> tuple[Array, Array]:
    """Least squares of each column, its slope shrunk to all devices' where it says little."""
    weight = chosen.astype(np.float64)
    count = np.maximum(weight.sum(0), 1.0)
    x_mean, y_mean = (weight * x).sum(0) / count, (weight * y).sum(0) / count
    dx, dy = weight * (x - x_mean), y - y_mean
    sxx, sxy = (dx * dx).sum(0), (dx * dy).sum(0)
    common = float(sxy.sum() / max(float(sxx.sum()), 1e-30))
    prior = 0.1 * float(sxx.mean()) + 1e-30
    slope = np.clip((sxy + prior * common) / (sxx + prior), -20 * stiffness, 20 * stiffness)
    return y_mean - slope * x_mean, slope


def _crossing(at_zero: Array, fall: Array, seen: Array, span: float) -> Array:
    margin = 0.02 * span
    falls = fall > 1e-3 * at_zero / span
    where = np.where(falls, at_zero / np.where(falls, fall, 1.0), seen + span)
    crossing: Array = np.clip(where, seen + margin, seen + span)
    return crossing
