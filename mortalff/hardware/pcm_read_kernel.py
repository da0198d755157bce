"""How far reads of phase-change devices scatter, in one compiled pass over them."""

from __future__ import annotations

import numpy as np
from numba import njit

from mortalff.hardware.step_kernels import exponential
from mortalff.philox import log

_F32 = np.float32


@njit(forceinline=True, cache=True, error_model="numpy")
def _scatter(now, then, noise, scale):  # type: ignore[no-untyped-def]
    """Standard deviation of one device's reads over √(what has gathered), siemens, from its own part of the weight."""
    g, x = now * scale[2] + scale[3], (then * scale[2] + scale[3]) / scale[4]
    powered = exponential(max(noise[1] * log(max(x, _F32(1e-30))), noise[2]))
    return g * min(noise[0] / powered, noise[3])


@njit(cache=True, fastmath={"contract"}, error_model="numpy")
def pcm_read_stds(present, programmed, ages, noise, scale, read_s, by, pair, out):  # type: ignore[no-untyped-def]
    """What :func:`mortalff.hardware.programming.read_noise_std` gives for PCM, in single precision.

    Takes:
        present, programmed: weights now and as they were programmed, float32, (n,).
        ages: seconds since then, float32, (n,).
        noise: Q at full scale, exponent of the conductance in it, logarithm of the least power, greatest Q.
        scale: lower and upper end of weights, siemens a weight, least and greatest conductance.
        read_s: duration of a read.
        by: a factor on all.
        pair: whether a weight is two devices, each for one sign.
        out: standard deviations in units of weights, (n,), to be filled.
    """
    low, high, zero = scale[0], scale[1], _F32(0.0)
    for i in range(out.size):
        now, then = min(max(present[i], low), high), min(max(programmed[i], low), high)
        gathered = max(log((ages[i] + read_s) / (_F32(2.0) * read_s)), zero)
        if pair:
            plus = _scatter(max(now, zero), max(then, zero), noise, scale)
            minus = _scatter(max(-now, zero), max(-then, zero), noise, scale)
            own = np.sqrt(plus * plus + minus * minus)
        else:
            own = _scatter(now - low, then - low, noise, scale)
        out[i] = by * np.sqrt(gathered) * own / scale[2]
