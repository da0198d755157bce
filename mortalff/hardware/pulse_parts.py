"""Batches that move devices far are cut into parts before they are treated at once.

The fast mode follows the law's tangent at the weight before (:mod:`mortalff.hardware.pulses`). How far it then departs
depends on how much of their range a batch moves devices across: N s / range, with N coincidences of steps s. So a batch
that may move the mean device across more than a tenth is cut into as many parts as keep each below that, samples in
their order; and samples that do so alone into shares of their slots. Measured by ``benchmarks/fast_departure.py``:
mean change less that of exact pulses, in per cent of the range, for devices all alike (SoftBounds from the middle with
pulses up; from near the top with samples up and down in turn; PowStep of γ = 2 likewise). Where steps are a line in the
weight, as those of SoftBounds, the line is followed over each part, which may then move devices across a fifth
(on a CPU; elsewhere such batches are cut as others are):

    ==============  =====  =====  =====  =====  ======  ======
    N s / range      0.01   0.03    0.1    0.3       1       3
    ==============  =====  =====  =====  =====  ======  ======
    up, at once     +0.01  +0.09  +0.93  +7.40   +6.69   +0.11
    up, in parts    +0.01  -0.01  -0.02  -0.06   -0.09   -0.01
    turns, at once  -0.01  -0.06  -0.64  -5.22  -37.47  -35.05
    turns, in parts -0.01  +0.01  +0.09  +0.02   +4.52   +0.45
    γ = 2, at once   0.00  -0.02  -0.18  -1.56  -14.03  -47.01
    γ = 2, in parts  0.00  -0.02  -0.18  -0.46   -1.25   -0.51
    ==============  =====  =====  =====  =====  ======  ======

Constant steps are off only at bounds: at once by up to 28 % of the range, in parts by half a per cent. What single
pulses do that move devices across a tenth of their range, no part is short enough for; there use exact pulses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from numba import njit

from mortalff.physics.pulse_trains import Trains

LARGEST = 0.1
"""Share of their range that a part moves devices across at most, on average."""

LARGEST_FOLLOWED = 0.2
"""Likewise where the law's line is followed over a part."""
STRAIGHT = 0.02
"""Share of their range up to which following it would change nothing that could be seen."""

_PLACES = 1 << 22
"""How far apart in a stream the parts of a batch draw, so that a batch takes one place however many it has."""
_MOST = 500


@dataclass(frozen=True)
class Part:
    """A part of a batch.

    Attributes:
        trains: its trains.
        chips: positions of the chips that it is of.
        place: what is added to the batch's places in random streams; 0 for the first part.
        bends: whether the law's line is to be followed over it.
    """

    trains: Trains
    chips: tuple[int, ...]
    place: int
    bends: bool = False


def parts(
    trains: Trains,
    chips: Sequence[int],
    reach: float,
    *,
    together: bool = False,
    follows: bool = False,
) -> Iterator[Part]:
    """Cut a batch into parts that are to be applied in turn.

    How a chip's batch is cut does not depend on the chips beside it.

    Args:
        trains: the batch's trains.
        chips: positions of the chips.
        reach: the mean device's step as a share of its range.
        together: every part is of all chips, with empty trains for those whose batch has fewer parts.
        follows: whether the law's line can be followed over a part, which may then be longer.
    """
    batch = trains.slots.shape[1]
    longest = np.ceil(trains.slots.amax(1).cpu().numpy().astype(np.float64)).clip(1.0)
    most_parts = np.minimum(batch * longest, _MOST).astype(np.int64)  # of each chip
    moved = busiest(trains) * reach
    largest = LARGEST_FOLLOWED if follows else LARGEST
    found = np.ceil(moved / largest).clip(1.0, most_parts).astype(np.int64)
    # Beyond one part a sample, each sample has as many.
    found = np.where(
        found > batch, np.minimum(-(-found // batch), most_parts // batch) * batch, found
    )
    numbers = {chip: int(found[min(chip, len(found) - 1)]) for chip in chips}
    bends = {chip: follows and bool(moved[min(chip, len(found) - 1)] > STRAIGHT) for chip in chips}
    most = max(numbers.values(), default=1)
    if most == 1 and not any(bends.values()):
        yield Part(trains, tuple(chips), 0)
    elif together:
        of_chips = torch.from_numpy(found).to(trains.slots.device)
        for index in range(most):
            slots = trains.slots * _share(of_chips[:, None], index, batch, trains.slots.device)
            yield Part(Trains(slots, trains.rows, trains.columns), tuple(chips), index * _PLACES)
    else:
        for number, bent in sorted({(numbers[chip], bends[chip]) for chip in chips}):
            own = tuple(c for c in chips if numbers[c] == number and bends[c] == bent)
            for index in range(number):
                yield Part(_cut(trains, number, index), own, index * _PLACES, bent)


def busiest(trains: Trains) -> npt.NDArray[np.float64]:
    """A bound of the expected coincidences at any device, for each chip or the one that all share.

    Σ BL x d ≤ √(Σ BL x² Σ BL d²), by Cauchy and Schwarz; near to it where one row and one column do most.
    """
    if trains.slots.device.type == "cpu":
        arrays = (t.contiguous().numpy() for t in (trains.rows, trains.columns, trains.slots))
        found: npt.NDArray[np.float64] = _busiest(*arrays)
        return found
    slots = trains.slots[..., None]
    rows, columns = (
        (slots * lines.square()).sum(1).amax(1).double() for lines in (trains.rows, trains.columns)
    )
    bound: npt.NDArray[np.float64] = (rows * columns).sqrt().cpu().numpy()
    return bound


@njit(cache=True)
def _busiest(rows, columns, slots):  # type: ignore[no-untyped-def]
    chips = max(rows.shape[0], columns.shape[0], slots.shape[0])
    out = np.zeros(chips)
    row_sum, column_sum = (
        np.empty(rows.shape[2], np.float32),
        np.empty(columns.shape[2], np.float32),
    )
    for chip in range(chips):
        x, d = rows[min(chip, rows.shape[0] - 1)], columns[min(chip, columns.shape[0] - 1)]
        length = slots[min(chip, slots.shape[0] - 1)]
        row_sum[:] = np.float32(0.0)
        column_sum[:] = np.float32(0.0)
        for b in range(length.size):
            own = length[b]
            if own > np.float32(0.0):
                for j in range(row_sum.size):
                    row_sum[j] += own * x[b, j] * x[b, j]
                for i in range(column_sum.size):
                    column_sum[i] += own * d[b, i] * d[b, i]
        out[chip] = np.sqrt(np.float64(row_sum.max()) * np.float64(column_sum.max()))
    return out


def _cut(trains: Trains, number: int, index: int) -> Trains:
    """One of so many parts of a batch."""
    if number == 1:
        return trains
    batch = trains.slots.shape[1]
    if number <= batch:
        samples = slice(-(-index * batch // number), -(-(index + 1) * batch // number))
        share = 1.0
    else:
        each = number // batch
        samples, share = slice(index // each, index // each + 1), 1.0 / each
    slots = trains.slots[:, samples]
    return Trains(slots * share, trains.rows[:, samples], trains.columns[:, samples])


def _share(number: torch.Tensor, index: int, batch: int, device: torch.device) -> torch.Tensor:
    """What of each sample's slots a part has, (chips or 1, batch), as :func:`_cut` cuts them."""
    sample = torch.arange(batch, device=device)[None]
    each = (number // batch).clamp_min(1)
    own = torch.where(number <= batch, (sample * number) // batch == index, sample == index // each)
    own = own & (index < number)
    return own / each
