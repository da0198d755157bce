"""The laws' steps as compiled loops over a row of devices, and for one device at a time.

Each law is a kind, two arrays of constants a direction, and a few numbers shared by all devices
(:mod:`mortalff.hardware.law_tables`). The equations are those of :mod:`mortalff.physics`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from mortalff.philox import log

CONSTANT, AFFINE, SOFT, EXPONENTIAL, POWER, PIECEWISE = range(6)
MULTIPLICATIVE, ADDITIVE, COMPLEX = range(3)

_F32 = np.float32
_ROUND = np.float32(12582912.0)  # 1.5·2^23: adding and taking it away rounds to an integer
_ROUND_BITS = np.int32(0x4B400000)


@njit(forceinline=True, cache=True, error_model="numpy")
def exponential(x):  # type: ignore[no-untyped-def]
    """e^x in single precision (Cephes expf's polynomial), written so that loops vectorise; |x| below 87."""
    x = min(max(x, _F32(-87.0)), _F32(87.0))
    shifted = _F32(x * _F32(1.44269504) + _ROUND)
    n = shifted - _ROUND
    x = x - n * _F32(0.693359375) + n * _F32(2.12194440e-4)
    y = _F32(1.9875691500e-4)
    y = y * x + _F32(1.3981999507e-3)
    y = y * x + _F32(8.3334519073e-3)
    y = y * x + _F32(4.1665795894e-2)
    y = y * x + _F32(1.6666665459e-1)
    y = y * x + _F32(5.0000001201e-1)
    y = y * x * x + x + _F32(1.0)
    exponent = np.int32(shifted.view(np.int32) - _ROUND_BITS + np.int32(127))
    power = np.int32(exponent << np.int32(23)).view(np.float32)
    return y * power


@njit(forceinline=True, cache=True, error_model="numpy")
def _saturating(w, step, low, high, shared):  # type: ignore[no-untyped-def]
    """ExpStep; ``shared`` is (2a, b, amplitude, ±γ)."""
    z = shared[0] * w / max(high - low, _F32(1e-30)) + shared[1]
    return step * max(_F32(1.0) - shared[2] * exponential(shared[3] * z), _F32(0.0))


@njit(forceinline=True, cache=True, error_model="numpy")
def _power(w, step, gamma, low, high, up):  # type: ignore[no-untyped-def]
    """PowStep; the share of the range that is left, to the power γ of the device."""
    width = high - low
    left = (high - w if up else w - low) / max(width, _F32(1e-30))
    share = exponential(gamma * log(min(max(left, _F32(1e-30)), _F32(1.0))))
    share = min(share, _F32(1e6)) if left > _F32(0.0) or gamma < _F32(0.0) else _F32(0.0)
    return step * share if width > _F32(0.0) else _F32(0.0)


@njit(forceinline=True, cache=True, error_model="numpy")
def _lerp(w, step, low, high, nodes):  # type: ignore[no-untyped-def]
    """PiecewiseStep; nodes equally far apart over the device's own range."""
    last, width = nodes.size - 1, high - low
    share = (w - low) / width if width > _F32(0.0) else _F32(0.0)
    place = min(max(share, _F32(0.0)), _F32(1.0)) * _F32(last)
    left = min(np.int32(place), np.int32(max(last - 1, 0)))
    rest = place - _F32(left)
    return step * (nodes[left] * (_F32(1.0) - rest) + nodes[min(left + 1, last)] * rest)


@njit(cache=True, error_model="numpy")
def steps_row(kind, up, w, step, second, low, high, shared, nodes, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with the mean step of each device of a row."""
    if kind == CONSTANT:
        for j in range(w.size):
            out[j] = step[j]
    elif kind == AFFINE:
        for j in range(w.size):
            out[j] = step[j] + second[j] * w[j]
    elif kind == SOFT:
        if up:
            for j in range(w.size):
                out[j] = step[j] * (high[j] - w[j])
        else:
            for j in range(w.size):
                out[j] = step[j] * (w[j] - low[j])
    elif kind == EXPONENTIAL:
        for j in range(w.size):
            out[j] = _saturating(w[j], step[j], low[j], high[j], shared)
    elif kind == POWER:
        for j in range(w.size):
            out[j] = _power(w[j], step[j], second[j], low[j], high[j], up)
    else:
        for j in range(w.size):
            out[j] = _lerp(w[j], step[j], low[j], high[j], nodes)


@njit(cache=True)
def spreads_row(noise, cycle, w, step, constant, shared, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with the cycle-to-cycle standard deviation of each device of a row, given its mean step."""
    if noise == MULTIPLICATIVE:
        for j in range(w.size):
            out[j] = cycle * abs(step[j])
    elif noise == ADDITIVE:
        for j in range(w.size):
            out[j] = cycle * constant[j]
    else:
        for j in range(w.size):
            out[j] = cycle * (abs(step[j]) + shared[4] + shared[5] * abs(w[j]))


@njit(forceinline=True, cache=True, error_model="numpy")
def step_of(kind, up, w, j, step, second, low, high, shared, nodes):  # type: ignore[no-untyped-def]
    """The mean step of device ``j`` at weight ``w``."""
    if kind == CONSTANT:
        return step[j]
    if kind == AFFINE:
        return step[j] + second[j] * w
    if kind == SOFT:
        return step[j] * (high[j] - w if up else w - low[j])
    if kind == EXPONENTIAL:
        return _saturating(w, step[j], low[j], high[j], shared)
    if kind == POWER:
        return _power(w, step[j], second[j], low[j], high[j], up)
    return _lerp(w, step[j], low[j], high[j], nodes)


@njit(forceinline=True, cache=True, error_model="numpy")
def spread_of(noise, cycle, w, j, step, constant, shared):  # type: ignore[no-untyped-def]
    """Its cycle-to-cycle standard deviation there."""
    if noise == MULTIPLICATIVE:
        return cycle * abs(step)
    if noise == ADDITIVE:
        return cycle * constant[j]
    return cycle * (abs(step) + shared[4] + shared[5] * abs(w))
