"""The ``fast`` pulse update as one Triton kernel: moments, steps, noise and bounds of a block of devices at a time.

It computes what :func:`mortalff.hardware.pulse_references.fast_update_reference` does, with the same random numbers.
Each weight is read and written once, and the moments N, Q of coincidences never leave the registers. As Σ± are sums
over samples whose x and d agree or differ in sign, one product of magnitudes and one with signs give both:

    N⁺ + N⁻ = Σ BL |d| |x|,   N⁺ − N⁻ = Σ BL d x,   and likewise Q of squares.

A chip's numbers do not depend on the chips beside it: blocks have one size, and each sums in one order.
"""

from __future__ import annotations

import triton
import triton.language as tl

from mortalff.hardware.triton_steps import ADDITIVE, AFFINE, POWER, exponential, mean_steps, spreads
from mortalff.philox_triton import log, normals, uniforms, words


@triton.jit
def _moments(  # type: ignore[no-untyped-def]
    rows, columns, slots, i, j, n_out, n_in, batch,
    BLOCK_OUT: tl.constexpr, BLOCK_IN: tl.constexpr, BLOCK_BATCH: tl.constexpr,
    PRECISION: tl.constexpr,
):  # fmt: skip
    """N⁺, N⁻, Q⁺, Q⁻ of a block of devices; rows, columns and slots point to the chip's own."""
    number = tl.full((BLOCK_OUT, BLOCK_IN), 0.0, tl.float32)
    balance = tl.full((BLOCK_OUT, BLOCK_IN), 0.0, tl.float32)
    excess = tl.full((BLOCK_OUT, BLOCK_IN), 0.0, tl.float32)
    tilt = tl.full((BLOCK_OUT, BLOCK_IN), 0.0, tl.float32)
    for first in range(0, batch, BLOCK_BATCH):
        b = first + tl.arange(0, BLOCK_BATCH)
        here = b < batch
        length = tl.load(slots + b, mask=here, other=0.0)
        d = tl.load(
            columns + (b[None, :] * n_out + i[:, None]),
            mask=here[None, :] & (i < n_out)[:, None],
            other=0.0,
        )
        x = tl.load(
            rows + (b[:, None] * n_in + j[None, :]),
            mask=here[:, None] & (j < n_in)[None, :],
            other=0.0,
        )
        fired, d_size, x_size = d * length[None, :], tl.abs(d), tl.abs(x)
        fired_size = tl.abs(fired)
        balance = tl.dot(fired, x, balance, input_precision=PRECISION)
        number = tl.dot(fired_size, x_size, number, input_precision=PRECISION)
        tilt = tl.dot(fired * d_size, x * x_size, tilt, input_precision=PRECISION)
        excess = tl.dot(fired_size * d_size, x * x, excess, input_precision=PRECISION)
    return (
        0.5 * (number + balance),
        0.5 * (number - balance),
        0.5 * (excess + tilt),
        0.5 * (excess - tilt),
    )


@triton.jit
def _hazard(number, excess):  # type: ignore[no-untyped-def]
    """−log of the probability of no coincidence: that of N²/Q slots of probability p = Q/N."""
    p = tl.minimum(excess / tl.maximum(number, 1e-30), 1.0)
    many = -log(tl.maximum(1.0 - p, 1e-30)) / tl.maximum(p, 1e-30)
    return number * tl.where(p > 1e-3, many, 1.0 + 0.5 * p)


@triton.jit
def _change(  # type: ignore[no-untyped-def]
    w, number, excess, steps, seconds, constants, at, lit, low, high, numbers, nodes, cycle,
    LAST: tl.constexpr, UP: tl.constexpr, KIND: tl.constexpr, NOISE: tl.constexpr,
):  # fmt: skip
    """Mean and variance of what one direction's coincidences change, the mean in that direction."""
    step = tl.load(steps + at, mask=lit, other=0.0)
    second, constant = step, step
    if (KIND == AFFINE) | (KIND == POWER):
        second = tl.load(seconds + at, mask=lit, other=0.0)
    if NOISE == ADDITIVE:
        constant = tl.load(constants + at, mask=lit, other=0.0)
    mean = mean_steps(w, step, second, low, high, numbers, nodes, LAST, UP, KIND)
    spread = spreads(w, mean, constant, numbers, cycle, NOISE)
    return number * mean, (number - excess) * mean * mean + number * spread * spread


@triton.jit
def _word(four, piece):  # type: ignore[no-untyped-def]
    """The words of one quarter of a row."""
    early = tl.where(piece == 0, four[0], four[1])
    return tl.where(piece < 2, early, tl.where(piece == 2, four[2], four[3]))


@triton.jit(do_not_specialize=["call", "seen_call", "batch"])
def update(  # type: ignore[no-untyped-def]
    w, seen, hits, lows, highs,
    steps_up, seconds_up, constants_up, steps_down, seconds_down, constants_down,
    numbers, nodes_up, nodes_down, cycle,
    rows, columns, slots, rows_apart, columns_apart, slots_apart, batch,
    keys, call, seen_keys, seen_call, seen_std,
    n_out, n_in, blocks_out, blocks_in,
    KIND: tl.constexpr, NOISE: tl.constexpr, LAST_UP: tl.constexpr, LAST_DOWN: tl.constexpr,
    ONLY: tl.constexpr, HITS: tl.constexpr, SEEN: tl.constexpr, PRECISION: tl.constexpr,
    BLOCK_OUT: tl.constexpr, BLOCK_IN: tl.constexpr, BLOCK_BATCH: tl.constexpr,
):  # fmt: skip
    """Move a block of devices of one chip by a batch's pulses, in place.

    Takes:
        w: weights, (chips, n_out, n_in).
        seen: what reads see of the devices, drawn anew where pulses came, if SEEN.
        hits: pulses each device got, float32, are written here, if HITS.
        lows, highs: bounds.
        steps_up, ..., constants_down: the law's terms, shaped as w where the law has them.
        numbers: (2, 6), of up and of down pulses.
        nodes_up, nodes_down: of PiecewiseStep.
        cycle: spread of the noise.
        rows, columns, slots: the trains; ..._apart is how far chips lie apart in them, 0 where all share them.
        keys, call, seen_keys, seen_call: where random numbers come from.
        seen_std: how far what is seen scatters.
        blocks_out, blocks_in: blocks of columns and of rows; a block of rows is as many in each quarter.
        ONLY: 0 for both directions; 1 or -1 takes the coincidences of that sign alone, as up pulses.
    """
    program = tl.program_id(0)
    chip = (program // (blocks_out * blocks_in)).to(tl.int64)
    block = program % (blocks_out * blocks_in)
    i = (block // blocks_in) * BLOCK_OUT + tl.arange(0, BLOCK_OUT)
    quarter = (n_in + 3) // 4
    place = (block % blocks_in) * BLOCK_IN + tl.arange(0, BLOCK_IN)
    own = words(tl.load(keys + chip), i[:, None], place[None, :], call, 0)
    if HITS | SEEN:
        seen_key = tl.load(seen_keys + chip)
        reach = words(seen_key, i[:, None], place[None, :], seen_call, 0)
    if SEEN:
        scatter = words(seen_key, i[:, None], place[None, :], seen_call, 1)
    first = chip * n_out * n_in
    # Entries j, j + q, j + 2q and j + 3q of a row share a block of random words.
    for piece in tl.range(4, num_stages=1):
        j = tl.where(place < quarter, place + piece * quarter, n_in)
        lit = (i < n_out)[:, None] & (j < n_in)[None, :]
        at = i[:, None] * n_in + j[None, :]
        n_up, n_down, q_up, q_down = _moments(
            rows + chip * rows_apart, columns + chip * columns_apart, slots + chip * slots_apart,
            i, j, n_out, n_in, batch, BLOCK_OUT, BLOCK_IN, BLOCK_BATCH, PRECISION,
        )  # fmt: skip
        if ONLY == -1:
            n_up, q_up = n_down, q_down
        here = tl.load(w + first + at, mask=lit, other=0.0)
        low = tl.load(lows + first + at, mask=lit, other=0.0)
        high = tl.load(highs + first + at, mask=lit, other=0.0)
        mean, variance = _change(
            here, n_up, q_up, steps_up + first, seconds_up + first, constants_up + first, at, lit,
            low, high, numbers, nodes_up, cycle, LAST_UP, True, KIND, NOISE,
        )  # fmt: skip
        if ONLY == 0:
            fall, more = _change(
                here, n_down, q_down,
                steps_down + first, seconds_down + first, constants_down + first, at, lit,
                low, high, numbers + 6, nodes_down, cycle, LAST_DOWN, False, KIND, NOISE,
            )  # fmt: skip
            mean, variance = mean - fall, variance + more
        xi = normals(_word(own, piece))
        if HITS | SEEN:
            hazard, expected = _hazard(n_up, q_up), n_up
            if ONLY == 0:
                hazard, expected = hazard + _hazard(n_down, q_down), expected + n_down
            none, u = exponential(-hazard), uniforms(_word(reach, piece))
            reached, share = u >= none, tl.maximum(1.0 - none, 1e-30)
            # Only devices that pulses reached move, by the moments that this leaves them.
            mean = mean / share
            variance = variance / share - mean * mean * (1.0 - share)
        moved = here + mean + tl.sqrt(tl.maximum(variance, 0.0)) * xi
        moved = tl.minimum(tl.maximum(moved, low), high)
        if HITS | SEEN:
            moved = tl.where(reached, moved, here)
        tl.store(w + first + at, moved, mask=lit)
        if HITS:
            # What is left of the uniform above its threshold is a uniform itself, and rounds without bias.
            count = tl.floor((expected + u - none) / share)
            count = tl.minimum(tl.maximum(count, 1.0), 65535.0)
            tl.store(hits + first + at, tl.where(reached, count, 0.0), mask=lit)
        if SEEN:
            drawn = moved + seen_std * normals(_word(scatter, piece))
            tl.store(seen + first + at, drawn, mask=lit & reached & (low < high))
