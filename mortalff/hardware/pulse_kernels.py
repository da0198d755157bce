"""Compiled loops for batch updates on a CPU: each weight is read and written once, its noise drawn on the way.

They compute what :func:`mortalff.hardware.pulses.fast_update_reference` does, row by row, with the same random numbers.
Rows are short enough that their scratch stays in the nearest cache, and every inner loop is free of branches.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit
from torch import Tensor

from mortalff.philox import normals_row
from mortalff.physics.affine_step import AffineStep
from mortalff.physics.exp_step import ExpStep
from mortalff.physics.pulse_trains import Coincidences
from mortalff.streams import Stream

_F32 = np.float32
_ROUND = np.float32(12582912.0)  # 1.5·2^23: adding and taking it away rounds to an integer
_ROUND_BITS = np.int32(0x4B400000)
_NONE: npt.NDArray[np.float32] = np.empty((0, 0, 0), np.float32)


@njit(inline="always", cache=True)
def _exp(x):  # type: ignore[no-untyped-def]
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


@njit(cache=True)
def _affine(w, number, excess, step, slope, constant, sign, cycle, mean, variance):  # type: ignore[no-untyped-def]
    """Add one direction's moments to a row; ``slope`` and ``constant`` may be empty."""
    size = w.size
    if slope.size == 0 and constant.size == 0:
        for j in range(size):
            s = step[j]
            mean[j] += sign * number[j] * s
            variance[j] += (number[j] * (_F32(1.0) + cycle) - excess[j]) * s * s
    elif constant.size == 0:
        for j in range(size):
            s = step[j] + slope[j] * w[j]
            mean[j] += sign * number[j] * s
            variance[j] += (number[j] * (_F32(1.0) + cycle) - excess[j]) * s * s
    elif slope.size == 0:
        for j in range(size):
            s = step[j]
            noise = cycle * constant[j] * constant[j]
            mean[j] += sign * number[j] * s
            variance[j] += (number[j] - excess[j]) * s * s + number[j] * noise
    else:
        for j in range(size):
            s = step[j] + slope[j] * w[j]
            noise = cycle * constant[j] * constant[j]
            mean[j] += sign * number[j] * s
            variance[j] += (number[j] - excess[j]) * s * s + number[j] * noise


@njit(cache=True, error_model="numpy")
def _exponential(  # type: ignore[no-untyped-def]
    w, number, excess, step, w_min, w_max, law, sign, cycle, mean, variance
):
    """Likewise for ExpStep; ``law`` is (a, b, amplitude, exponent, noise_add, noise_slope)."""
    a, b, amplitude, gamma, add, slope = law[0], law[1], law[2], law[3], law[4], law[5]
    for j in range(w.size):
        z = _F32(2.0) * a * w[j] / (w_max[j] - w_min[j]) + b
        s = step[j] * max(_F32(1.0) - amplitude * _exp(gamma * z), _F32(0.0))
        std = s + add + slope * abs(w[j])
        mean[j] += sign * number[j] * s
        variance[j] += (number[j] - excess[j]) * s * s + number[j] * cycle * std * std


@njit(cache=True)
def _move(w, mean, variance, xi, w_min, w_max):  # type: ignore[no-untyped-def]
    for j in range(w.size):
        moved = w[j] + mean[j] + np.sqrt(max(variance[j], _F32(0.0))) * xi[j]
        w[j] = min(max(moved, w_min[j]), w_max[j])


@njit(inline="always", cache=True)
def _row(table, chip, row):  # type: ignore[no-untyped-def]
    """A row of a table that may be empty or shared by all chips."""
    if table.shape[0] == 0:
        return table.reshape(table.size)
    return table[min(chip, table.shape[0] - 1), row]


@njit(cache=True)
def _update(kind, w, w_min, w_max, up, down, cycle, law_up, law_down, keys, call):  # type: ignore[no-untyped-def]
    chips, rows, columns = w.shape
    words = np.empty(4 * ((columns + 3) // 4), np.uint32)
    xi = np.empty(columns, np.float32)
    mean = np.empty(columns, np.float32)
    variance = np.empty(columns, np.float32)
    for chip in range(chips):
        for row in range(rows):
            here = w[chip, row]
            low, high = w_min[chip, row], w_max[chip, row]
            normals_row(keys[chip], row, call, 0, words, xi)
            mean[:] = _F32(0.0)
            variance[:] = _F32(0.0)
            for direction in range(2):
                number, excess, step, slope, constant = up if direction == 0 else down
                law = law_up if direction == 0 else law_down
                sign = _F32(1.0) if direction == 0 else _F32(-1.0)
                if number.size == 0:
                    continue
                n, q = _row(number, chip, row), _row(excess, chip, row)
                s = step[chip, row]
                if kind == 0:
                    b, c = _row(slope, chip, row), _row(constant, chip, row)
                    _affine(here, n, q, s, b, c, sign, cycle, mean, variance)
                else:
                    _exponential(here, n, q, s, low, high, law, sign, cycle, mean, variance)
            _move(here, mean, variance, xi, low, high)


def fast_update_compiled(
    w: Tensor,
    law: AffineStep | ExpStep,
    up: Coincidences | None,
    down: Coincidences | None,
    noise: Stream,
) -> None:
    """Move weights by a whole batch's pulses, in place; arguments as for the reference, all on a CPU."""
    call = noise.next_call()
    if up is None and down is None:
        return
    up_terms: tuple[Tensor | None, ...]
    down_terms: tuple[Tensor | None, ...]
    if isinstance(law, ExpStep):
        shared = (float(law.law.a), float(law.law.b))
        extra = (float(law.law.noise_add), float(law.law.noise_slope))
        law_up = (*shared, float(law.law.amplitude_up), float(law.law.gamma_up), *extra)
        law_down = (*shared, float(law.law.amplitude_down), -float(law.law.gamma_down), *extra)
        up_terms = (law.devices.step_up, None, None)
        down_terms = (law.devices.step_down, None, None)
    else:
        law_up = law_down = (0.0,) * 6
        up_terms = (law.step_up, law.slope_up, law.noise_up)
        down_terms = (law.step_down, law.slope_down, law.noise_down)
    _update(
        int(isinstance(law, ExpStep)),
        w.numpy(),
        law.w_min.numpy(),
        law.w_max.numpy(),
        _tables(up, *up_terms),
        _tables(down, *down_terms),
        np.float32(law.cycle_std**2),
        np.array(law_up, np.float32),
        np.array(law_down, np.float32),
        noise.keys,
        call,
    )


def _tables(
    coincidences: Coincidences | None, *terms: Tensor | None
) -> tuple[npt.NDArray[np.float32], ...]:
    moments = (None, None) if coincidences is None else (coincidences.mean, coincidences.excess)
    return tuple(_NONE if t is None else t.contiguous().numpy() for t in (*moments, *terms))
