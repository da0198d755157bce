"""What a batch of pulse trains does to devices.

``exact`` draws every slot of every train and moves the devices where a row and a column fire together, one pulse after
another in the order of samples and slots. Its work is that of the pulses that happen.

``fast`` treats a batch at once: each device's change is a Gaussian with the mean and the variance that the batch's
trains give it at the weight it had before,

    mean = N⁺ s⁺ − N⁻ s⁻,   variance = Σ± (N± − Q±) s±² + N± σ±²

with N, Q from :mod:`mortalff.physics.pulse_trains` and s, σ the mean and spread of one pulse. It drops the correlation
between devices that share a row or a column, the order of pulses within the batch, the discreteness of single pulses,
and the bend of the law over the batch's change; batches that move devices across more than a tenth of their range are
cut into parts first (:mod:`mortalff.hardware.pulse_parts`, with what errors are left). Where it matters whom pulses
reached at all (write noise, ageing, wear), that is drawn first, and only they move, by the moments that this leaves
them. Firing probabilities of large arrays, and N, Q where the CPU multiplies them so, keep eight bits (bfloat16), far
finer than the scatter of pulses. The work grows with the number of parts, for large arrays also with that of the input
lines on which they send anything, and not with that of pulses.

What it drops, learning may feel: FF on the digits has the same test errors by fast pulses as by exact ones and on
aihwkit's tiles, within the spread of chips, but on ``ecram`` its error in training ends lower
(``reports/reference/ff_pulses``).

``auto`` is ``exact`` for the chips whose batch has few pulses, so that this costs less, and ``fast`` for the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mortalff.hardware.event_kernel import pulse_chips
from mortalff.hardware.law_tables import LawTables
from mortalff.hardware.live_lines import ALL, LiveLines, live_lines
from mortalff.hardware.moment_kernel import pulse_block
from mortalff.hardware.train_kernels import Totals, bfloat16_operands, moments
from mortalff.physics.pulse_trains import Trains
from mortalff.streams import Stream

T = TypeVar("T")
Hits = npt.NDArray[np.uint16]
NO_HITS: Final[Hits] = np.empty((0, 0, 0), np.uint16)

NO_STATES: Final[npt.NDArray[np.float32]] = np.empty((0, 0, 0), np.float32)


@dataclass(frozen=True)
class Seen:
    """What reads see of devices, which scatters about their states and is drawn anew where pulses come.

    Attributes:
        noise: the stream of that scatter.
        call: the place in it.
        states: what is seen, float32, shaped as the weights; empty where it is the states themselves.
        std: how far it scatters, in weight units.
    """

    noise: Stream
    call: int
    states: npt.NDArray[np.float32]
    std: float


_BLOCK = 262_144  # devices whose moments are worked out together, so that they stay in the cache
_SMALL = 40_000  # devices a chip, up to which a call for each chip costs more than it saves
_TOGETHER = 16_384  # devices of such chips that are treated in one call, so that their moments stay in the cache
_FIRST = np.zeros(1, np.int64)
# What things cost, in nanoseconds on one core, to choose between the two ways; only their ratios matter.
_WORD_NS, _PULSE_NS, _DEVICE_NS, _PRODUCT_NS = 3.0, 7.0, 4.0, 0.01


def pulses_are_few(total: Totals, batch: int, n_out: int, n_in: int) -> npt.NDArray[np.bool_]:
    """For each chip (or the one that all share) whether drawing each pulse costs less than moments do.

    Args:
        total: what the batch's trains add up to.
        batch: number of samples.
        n_out: columns.
        n_in: rows.
    """
    draws = _WORD_NS * total.words + _PULSE_NS * total.coincidences
    few: npt.NDArray[np.bool_] = draws < n_out * n_in * (_DEVICE_NS + _PRODUCT_NS * batch)
    return few


def exact_update(
    w: Tensor,
    hits: Hits,
    tables: LawTables,
    trains: Trains,
    which: Sequence[int],
    only: int,
    bits: tuple[Stream, int],
    noise: tuple[Stream, int],
) -> None:
    """Move weights pulse by pulse, in place; compiled, on a CPU.

    Args:
        w: weights (chips, n_out, n_in).
        hits: pulses each device got are added here, uint16, shaped as w; empty where nobody asks.
        tables: how devices respond.
        trains: the batch's trains.
        which: positions of the chips that are pulsed.
        only: 0; or 1 or -1 to take up or down coincidences alone, as up pulses.
        bits: stream that decides which slots fire, and the place in it.
        noise: stream of cycle-to-cycle variation, and the place in it.
    """
    pulse_chips(
        np.asarray(which, np.int64),
        w.numpy(),
        hits,
        tables.low,
        tables.high,
        tables.up,
        tables.down,
        tables.shared,
        only,
        trains.rows.contiguous().numpy(),
        trains.columns.contiguous().numpy(),
        trains.slots.contiguous().numpy(),
        bits[0].keys,
        bits[1],
        noise[0].keys,
        noise[1],
    )


def fast_update(
    w: Tensor,
    hits: Hits,
    tables: LawTables,
    trains: Trains,
    which: Sequence[int],
    only: int,
    seen: Seen,
    noise: tuple[Stream, int],
    bends: bool = False,
) -> None:
    """Move weights by a whole batch's pulses, in place; compiled, on a CPU.

    Arguments as for :func:`exact_update`, weights within their bounds and ``hits`` zero; it gets the expected number
    where any pulse came, and ``seen`` is drawn anew there. With ``bends`` steps that are a line in the weight are
    followed over the batch.
    """
    if w[0].numel() <= _SMALL:
        _update_small(w, hits, tables, trains, which, only, seen, noise, bends)
        return
    for chip in which:
        own = trains.chip(chip)
        live = live_lines(own.rows.contiguous().numpy())
        if live is None:
            continue
        operands = _directed(*bfloat16_operands(own, live.lines), only)
        kind = next((o[0].dtype for o in operands if o is not None), None)
        if kind is None:
            continue
        rows_at_once = max(1, _BLOCK // (live.lines.size or w.shape[2]))
        for first in range(0, w.shape[1], rows_at_once):
            rows = slice(first, first + rows_at_once)
            up_moments, down_moments = (_products(o, rows, kind) for o in operands)
            _pulse_block(
                _FIRST,
                w,
                hits,
                tables,
                slice(chip, chip + 1),
                rows,
                up_moments,
                down_moments,
                seen,
                noise,
                bends,
                live,
            )


def _update_small(
    w: Tensor,
    hits: Hits,
    tables: LawTables,
    trains: Trains,
    which: Sequence[int],
    only: int,
    seen: Seen,
    noise: tuple[Stream, int],
    bends: bool,
) -> None:
    """Likewise for chips of few devices, some of them together."""
    x, d, length = (t.contiguous().numpy() for t in (trains.rows, trains.columns, trains.slots))
    at_once = max(1, _TOGETHER // w[0].numel())
    for first in range(0, len(which), at_once):
        own = np.asarray(which[first : first + at_once], np.int64)
        up = moments(own, x, d, length, -1 if only < 0 else 1)
        down = moments(own, x, d, length, -1) if only == 0 else (up[0][:0], up[1][:0])
        every = slice(None)
        _pulse_block(own, w, hits, tables, every, every, up, down, seen, noise, bends, ALL)


def _directed(up: T | None, down: T | None, only: int) -> tuple[T | None, T | None]:
    """What raises and what lowers devices that only some coincidences reach, as up pulses."""
    if only == 0:
        return up, down
    return (up if only > 0 else down), None


def _products(
    operands: tuple[Tensor, ...] | None, rows: slice, kind: torch.dtype
) -> tuple[npt.NDArray[np.generic], npt.NDArray[np.generic]]:
    """Moments of a block of one chip from operands of a kind: float32, or the bits of bfloat16."""
    if operands is None:
        number = excess = torch.empty(0, 0, 0, dtype=kind)
    else:
        fired, line, fired_twice, line_twice = operands
        number = torch.mm(fired[:, rows].T, line)[None]
        excess = torch.mm(fired_twice[:, rows].T, line_twice)[None]
    if kind is torch.bfloat16:
        number, excess = number.view(torch.uint16), excess.view(torch.uint16)
    return number.numpy(), excess.numpy()


def _pulse_block(
    which: npt.NDArray[np.int64],
    w: Tensor,
    hits: Hits,
    tables: LawTables,
    chips: slice,
    rows: slice,
    up: tuple[npt.NDArray[np.generic], npt.NDArray[np.generic]],
    down: tuple[npt.NDArray[np.generic], npt.NDArray[np.generic]],
    seen: Seen,
    noise: tuple[Stream, int],
    bends: bool,
    live: LiveLines,
) -> None:
    """Move some rows of chips; ``which`` counts from the first of ``chips``."""
    low, high, law_up, law_down = tables.block(chips, rows)
    pulse_block(
        which,
        w.numpy()[chips, rows],
        seen.states[chips, rows] if seen.states.size else seen.states,
        hits[chips, rows] if hits.size else hits,
        low,
        high,
        law_up,
        law_down,
        tables.shared,
        up,
        down,
        rows.start or 0,
        noise[0].keys[chips],
        noise[1],
        np.float32(seen.std),
        seen.noise.keys[chips],
        seen.call,
        bends,
        live,
    )
