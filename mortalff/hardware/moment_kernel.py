"""Compiled loops over devices for a batch treated at once: each weight is read and written once.

They compute what :func:`mortalff.hardware.pulse_references.fast_update_reference` does, row by row, with the same
random numbers. Rows are short enough that their scratch stays in the nearest cache, and every inner loop is free of
branches. Devices on input lines that send nothing are left out.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from mortalff.hardware.live_lines import live_normals, live_words, put, taken
from mortalff.hardware.step_kernels import SOFT, exponential, spreads_row, steps_row
from mortalff.philox import _uniform, log

_F32 = np.float32


@njit(forceinline=True, cache=True, error_model="numpy")
def _number(values, j):  # type: ignore[no-untyped-def]
    """An entry of a float32 array, or of the upper halves of one (bfloat16) as uint16."""
    if values.itemsize == 2:
        return np.uint32(np.uint32(values[j]) << np.uint32(16)).view(np.float32)
    return _F32(values[j])


@njit(cache=True, fastmath={"contract"})
def _add_moments(sign, number, excess, step, spread, mean, variance):  # type: ignore[no-untyped-def]
    for j in range(step.size):
        n, q, s = _number(number, j), _number(excess, j), step[j]
        mean[j] += sign * n * s
        variance[j] += (n - q) * s * s + n * spread[j] * spread[j]


@njit(cache=True)
def _add_expected(number, excess, hazard, expected):  # type: ignore[no-untyped-def]
    """Add −log of the probability of no coincidence, and the expected number of them.

    The probability is that of N²/Q slots of probability p = Q/N, which have the same moments: (1 − p)^(N/p).
    """
    for j in range(hazard.size):
        n, q = _number(number, j), _number(excess, j)
        p = min(q / max(n, _F32(1e-30)), _F32(1.0))
        few = _F32(1.0) + _F32(0.5) * p
        many = -log(max(_F32(1.0) - p, _F32(1e-30))) / max(p, _F32(1e-30))
        hazard[j] += n * (many if p > _F32(1e-3) else few)
        expected[j] += n


@njit(cache=True, fastmath={"contract"})
def _move(w, mean, variance, xi, low, high):  # type: ignore[no-untyped-def]
    for j in range(w.size):
        moved = w[j] + mean[j] + np.sqrt(max(variance[j], _F32(0.0))) * xi[j]
        w[j] = min(max(moved, low[j]), high[j])


@njit(cache=True)
def _mark(expected, hazard, words):  # type: ignore[no-untyped-def]
    """Draw which devices any pulse reached.

    ``expected`` becomes a number of pulses for these that keeps the mean, zero for the others; ``hazard`` the
    probability of being reached.
    """
    for j in range(expected.size):
        none, u = exponential(-hazard[j]), _uniform(words[j])
        share = max(_F32(1.0) - none, _F32(1e-30))
        # What is left of the uniform above its threshold is a uniform itself, and rounds without bias.
        number = np.floor((expected[j] + u - none) / share)
        expected[j] = min(max(number, _F32(1.0)), _F32(65535.0)) if u >= none else _F32(0.0)
        hazard[j] = share


@njit(cache=True, fastmath={"contract"})
def _move_reached(w, mean, variance, xi, number, share, low, high):  # type: ignore[no-untyped-def]
    """Move the devices that were reached, by the moments that this leaves them."""
    for j in range(w.size):
        own = mean[j] / share[j]
        rest = variance[j] / share[j] - own * own * (_F32(1.0) - share[j])
        moved = w[j] + own + np.sqrt(max(rest, _F32(0.0))) * xi[j]
        moved = min(max(moved, low[j]), high[j])
        w[j] = moved if number[j] > _F32(0.0) else w[j]


@njit(cache=True, fastmath={"contract"})
def _see(seen, w, low, high, number, std, xi):  # type: ignore[no-untyped-def]
    """Draw anew what is seen of devices that were reached and have a range."""
    for j in range(w.size):
        drawn = w[j] + std * xi[j]
        moved = number[j] > _F32(0.0) and low[j] < high[j]
        seen[j] = drawn if moved else seen[j]


@njit(forceinline=True, cache=True, error_model="numpy")
def _own(table, chip, i):  # type: ignore[no-untyped-def]
    """A row of a table that may be empty, or shared by all chips."""
    if table.size == 0:
        return table.reshape(table.size)
    return table[min(chip, table.shape[0] - 1), i]


@njit(forceinline=True, cache=True, error_model="numpy")
def _row_of(tables, chip, i, lines, out):  # type: ignore[no-untyped-def]
    return (
        taken(_own(tables[0], chip, i), lines, out[0]),
        taken(_own(tables[1], chip, i), lines, out[1]),
        taken(_own(tables[2], chip, i), lines, out[2]),
    )


@njit(forceinline=True, cache=True, error_model="numpy")
def _relaxed(b):  # type: ignore[no-untyped-def]
    """(e^b − 1)/b, the mean of e^(bτ) over τ from 0 to 1, by Padé's [2/2]: to 10⁻⁴ for |b| < 1."""
    above = _F32(1.0) + b * (_F32(1 / 10) + b * _F32(1 / 60))
    return above / (_F32(1.0) - b * (_F32(2 / 5) - b * _F32(1 / 20)))


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _follow(  # type: ignore[no-untyped-def]
    kind, noise, cycle, w, low, high, up, down, shared, moments_up, moments_down,
    mean, variance, step, spread, scratch,
):  # fmt: skip
    """Follow steps that are a line in the weight over a batch, whose pulses come evenly.

    With m the mean change at the weight before and b its slope, dw/dτ = m + b (w − w₀) moves a device by m (e^b − 1)/b.
    What scatters on the way relaxes likewise: its variance is that half-way times (e^2b − 1)/2b.
    """
    size = w.size
    rate, half_way, dropped = scratch
    rate[:] = _F32(0.0)
    for direction in range(2):
        number = moments_up[0] if direction == 0 else moments_down[0]
        first, second, constant = up if direction == 0 else down
        sign = _F32(1.0) if direction == 0 else _F32(-1.0)
        if kind == SOFT:
            for j in range(number.size):
                rate[j] -= _number(number, j) * first[j]
        else:
            for j in range(number.size):
                rate[j] += _number(number, j) * sign * second[j]
    for j in range(size):
        relaxed = _relaxed(rate[j])
        mean[j] *= relaxed
        rate[j] = relaxed * (_F32(1.0) + _F32(0.5) * rate[j] * relaxed)  # that of 2b
        half_way[j] = min(max(w[j] + _F32(0.5) * mean[j], low[j]), high[j])
    variance[:] = _F32(0.0)
    for direction in range(2):
        number, excess = moments_up if direction == 0 else moments_down
        if number.size == 0:
            continue
        first, second, constant = up if direction == 0 else down
        own = shared[0] if direction == 0 else shared[1]
        nodes = shared[2] if direction == 0 else shared[3]
        steps_row(kind, direction == 0, half_way, first, second, low, high, own, nodes, step)
        spreads_row(noise, cycle, half_way, step, constant, own, spread)
        _add_moments(_F32(1.0), number, excess, step, spread, dropped, variance)
    for j in range(size):
        variance[j] *= rate[j]


@njit(cache=True, error_model="numpy")
def pulse_block(  # type: ignore[no-untyped-def]
    which, w, seen, hits, low, high, up, down, law, moments_up, moments_down, first,
    keys, call, seen_std, seen_keys, seen_call, bends, live,
):  # fmt: skip
    """Move a block of devices of some chips by a batch's pulses, in place.

    Takes:
        which: positions of the chips, int64.
        w: weights, (chips, rows, n_in).
        seen: what reads see of the devices, shaped as w, is drawn anew where pulses came; empty where it is w itself.
        hits: pulses each device got, uint16, are written here over zeros; empty where nobody asks.
        low, high: bounds.
        up, down: constants of either direction: (step, second, noise constant), shaped as w or empty.
        law: (a tuple longer by one than the kind's number, noise, cycle std, shared numbers up, down, nodes up, down).
        moments_up, moments_down: number and excess of coincidences, (these chips or 1, rows, live lines), float32
            or the bits of bfloat16; empty for a direction that cannot occur.
        first: number of the block's first row in the array.
        keys, call: where the pulses' random numbers come from.
        seen_std: how far what is seen scatters.
        seen_keys, seen_call: where the random numbers of this, and of who was reached, come from.
        bends: whether to follow a law that is a line in the weight over the batch.
        live: the input lines that send pulses, :class:`mortalff.hardware.live_lines.LiveLines`.
    """
    tag, noise, cycle, shared_up, shared_down, nodes_up, nodes_down = law
    kind = len(tag) - 1  # known to the compiler, so that this law alone is compiled
    n_rows, n_in = w.shape[1:]
    lines = live[0]
    # Subs of a place in a stream; no literals, for each of which callees would be compiled anew.
    to_move, to_see = np.int64(0), np.int64(1)
    size = n_in if lines.size == 0 else lines.size
    marks = hits.size > 0 or seen.size > 0
    words, drawn = np.empty(4 * ((n_in + 3) // 4), np.uint32), np.empty(size, np.uint32)
    xi = np.empty(size, np.float32)
    mean, variance = np.empty(size, np.float32), np.empty(size, np.float32)
    step, spread = np.empty(size, np.float32), np.empty(size, np.float32)
    hazard, expected = np.empty(size, np.float32), np.empty(size, np.float32)
    rate, half_way = np.empty(size, np.float32), np.empty(size, np.float32)
    dropped = np.empty(size, np.float32)
    own = np.empty((10, size), np.float32)  # what is taken out of rows
    for k in range(which.size):
        chip = which[k]
        for i in range(n_rows):
            here = taken(w[chip, i], lines, own[0])
            lower, upper = taken(low[chip, i], lines, own[1]), taken(high[chip, i], lines, own[2])
            first_up, second_up, constant_up = _row_of(up, chip, i, lines, own[3:6])
            first_down, second_down, constant_down = _row_of(down, chip, i, lines, own[6:9])
            mean[:] = _F32(0.0)
            variance[:] = _F32(0.0)
            hazard[:] = _F32(0.0)
            expected[:] = _F32(0.0)
            for direction in range(2):
                number, excess = moments_up if direction == 0 else moments_down
                if number.size == 0:
                    continue
                a = first_up if direction == 0 else first_down
                second = second_up if direction == 0 else second_down
                constant = constant_up if direction == 0 else constant_down
                shared = shared_up if direction == 0 else shared_down
                nodes = nodes_up if direction == 0 else nodes_down
                of = min(k, number.shape[0] - 1)
                steps_row(kind, direction == 0, here, a, second, lower, upper, shared, nodes, step)
                spreads_row(noise, cycle, here, step, constant, shared, spread)
                sign = _F32(1.0) if direction == 0 else _F32(-1.0)
                _add_moments(sign, number[of, i], excess[of, i], step, spread, mean, variance)
                if marks:
                    _add_expected(number[of, i], excess[of, i], hazard, expected)
            if bends:
                _follow(
                    kind, noise, cycle, here, lower, upper,
                    (first_up, second_up, constant_up), (first_down, second_down, constant_down),
                    (shared_up, shared_down, nodes_up, nodes_down),
                    (_own(moments_up[0], k, i), _own(moments_up[1], k, i)),
                    (_own(moments_down[0], k, i), _own(moments_down[1], k, i)),
                    mean, variance, step, spread, (rate, half_way, dropped),
                )  # fmt: skip
            live_normals(keys[chip], first + i, call, to_move, live, words, drawn, xi)
            if not marks:
                _move(here, mean, variance, xi, lower, upper)
            else:
                at = first + i
                marking = live_words(seen_keys[chip], at, seen_call, to_move, live, words, drawn)
                _mark(expected, hazard, marking)
                _move_reached(here, mean, variance, xi, expected, hazard, lower, upper)
                if hits.size > 0:
                    for n in range(size):
                        j = n if lines.size == 0 else lines[n]
                        hits[chip, i, j] = np.uint16(expected[n])
                if seen.size > 0:
                    live_normals(seen_keys[chip], at, seen_call, to_see, live, words, drawn, xi)
                    visible = taken(seen[chip, i], lines, own[9])
                    _see(visible, here, lower, upper, expected, seen_std, xi)
                    put(visible, lines, seen[chip, i])
            put(here, lines, w[chip, i])
