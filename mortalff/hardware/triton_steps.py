"""The laws' steps inside a Triton kernel; the equations and numbers of :mod:`mortalff.hardware.step_kernels`."""

from __future__ import annotations

import triton
import triton.language as tl

from mortalff.hardware import step_kernels
from mortalff.philox_triton import log

CONSTANT = tl.constexpr(step_kernels.CONSTANT)
AFFINE = tl.constexpr(step_kernels.AFFINE)
SOFT = tl.constexpr(step_kernels.SOFT)
EXPONENTIAL = tl.constexpr(step_kernels.EXPONENTIAL)
POWER = tl.constexpr(step_kernels.POWER)
PIECEWISE = tl.constexpr(step_kernels.PIECEWISE)
MULTIPLICATIVE = tl.constexpr(step_kernels.MULTIPLICATIVE)
ADDITIVE = tl.constexpr(step_kernels.ADDITIVE)


@triton.jit
def exponential(x):  # type: ignore[no-untyped-def]
    """e^x in single precision (Cephes expf's polynomial); |x| below 87."""
    x = tl.minimum(tl.maximum(x, -87.0), 87.0)
    shifted = x * 1.44269504 + 12582912.0  # adding 1.5·2^23 rounds to an integer
    n = shifted - 12582912.0
    x = x - n * 0.693359375 + n * 2.12194440e-4
    y = 1.9875691500e-4 * x + 1.3981999507e-3
    y = y * x + 8.3334519073e-3
    y = y * x + 4.1665795894e-2
    y = y * x + 1.6666665459e-1
    y = y * x + 5.0000001201e-1
    y = y * x * x + x + 1.0
    power = (shifted.to(tl.int32, bitcast=True) - 0x4B400000 + 127) << 23
    return y * power.to(tl.float32, bitcast=True)


@triton.jit
def _saturating(w, step, low, high, numbers):  # type: ignore[no-untyped-def]
    """ExpStep."""
    z = tl.load(numbers) * w / tl.maximum(high - low, 1e-30) + tl.load(numbers + 1)
    rise = exponential(tl.load(numbers + 3) * z)
    return step * tl.maximum(1.0 - tl.load(numbers + 2) * rise, 0.0)


@triton.jit
def _power(w, step, gamma, low, high, UP: tl.constexpr):  # type: ignore[no-untyped-def]
    """PowStep."""
    width = high - low
    distance = high - w if UP else w - low
    left = distance / tl.maximum(width, 1e-30)
    share = exponential(gamma * log(tl.minimum(tl.maximum(left, 1e-30), 1.0)))
    share = tl.where((left > 0.0) | (gamma < 0.0), tl.minimum(share, 1e6), 0.0)
    return tl.where(width > 0.0, step * share, 0.0)


@triton.jit
def _lerp(w, step, low, high, nodes, LAST: tl.constexpr):  # type: ignore[no-untyped-def]
    """PiecewiseStep."""
    width = high - low
    share = tl.where(width > 0.0, (w - low) / tl.maximum(width, 1e-30), 0.0)
    place = tl.minimum(tl.maximum(share, 0.0), 1.0) * LAST
    left = tl.minimum(place.to(tl.int32), LAST - 1 if LAST > 0 else 0)
    right = tl.minimum(left + 1, LAST)
    rest = place - left.to(tl.float32)
    return step * (tl.load(nodes + left) * (1.0 - rest) + tl.load(nodes + right) * rest)


@triton.jit
def mean_steps(  # type: ignore[no-untyped-def]
    w, step, second, low, high, numbers, nodes,
    LAST: tl.constexpr, UP: tl.constexpr, KIND: tl.constexpr,
):  # fmt: skip
    """The mean step of each device.

    Takes:
        w: weights.
        step, second: the law's constants.
        low, high: bounds.
        numbers, nodes: pointers to what all devices share.
        LAST: number of the last node.
        UP: whether pulses are up.
        KIND: which law.
    """
    if KIND == CONSTANT:
        mean = step
    elif KIND == AFFINE:
        mean = step + second * w
    elif KIND == SOFT:
        mean = step * (high - w if UP else w - low)
    elif KIND == EXPONENTIAL:
        mean = _saturating(w, step, low, high, numbers)
    elif KIND == POWER:
        mean = _power(w, step, second, low, high, UP)
    else:
        tl.static_assert(KIND == PIECEWISE)
        mean = _lerp(w, step, low, high, nodes, LAST)
    return mean


@triton.jit
def spreads(w, mean, constant, numbers, cycle, NOISE: tl.constexpr):  # type: ignore[no-untyped-def]
    """The cycle-to-cycle standard deviation of each device, given its mean step."""
    if NOISE == MULTIPLICATIVE:
        scale = tl.abs(mean)
    elif NOISE == ADDITIVE:
        scale = constant
    else:
        scale = tl.abs(mean) + tl.load(numbers + 4) + tl.load(numbers + 5) * tl.abs(w)
    return cycle * scale
