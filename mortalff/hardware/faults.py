"""Which devices of an array came out of the fab broken, and what that means for its law."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from mortalff.cards import Faults
from mortalff.physics.affine_step import AffineStep
from mortalff.physics.clusters import hit_devices, mean_parents, parent_places, poisson_number
from mortalff.physics.exp_step import ExpStep
from mortalff.physics.law import Law
from mortalff.physics.piecewise_step import PiecewiseStep
from mortalff.physics.pow_step import PowStep
from mortalff.physics.soft_bounds_step import SoftBoundsStep
from mortalff.streams import Stream

_KINDS: Final = {"random": 1, "low": 2, "high": 3, "dead": 4}
# Places in the stream of faults; place 20 is the lifetimes'.
_SINGLE: Final = {"random": 0, "low": 1, "high": 2, "dead": 3}
_VALUE, _ROW_SHORT, _COLUMN_SHORT, _ROW_OPEN, _COLUMN_OPEN = 4, 5, 6, 7, 8
_PARENTS, _PLACES, _SIZES, _SCATTER = 9, 10, 11, 12


class FaultMap:
    """The broken devices of the chips of one array.

    Attributes:
        mask: which devices no pulse moves, bool, (chips, n_out, n_in).

    Args:
        faults: the card's ``[faults]``.
        stream: stream of faults, this array's alone; every kind of fault has a fixed place in it.
        n_out: rows of weights.
        n_in: columns of weights.
        device: torch device.
    """

    def __init__(
        self, faults: Faults, stream: Stream, n_out: int, n_in: int, device: torch.device
    ) -> None:
        kinds = torch.zeros((len(stream.keys), n_out, n_in), dtype=torch.int8, device=device)
        rates = {
            "random": faults.stuck_random_rate,
            "low": faults.stuck_low_rate,
            "high": faults.stuck_high_rate,
            "dead": faults.dead_rate,
        }
        for kind, rate in rates.items():  # what comes later decides
            if float(rate) > 0.0:
                hit = stream.uniform(n_out, n_in, call=_SINGLE[kind]) < float(rate)
                kinds[hit] = _KINDS[kind]
        if float(faults.cluster_density) > 0.0:
            kinds[_clusters(faults, stream, n_out, n_in).to(device)] = _KINDS[faults.cluster_kind]
        lines = (
            (_ROW_SHORT, faults.shorted_row_rate, n_in, "high"),
            (_COLUMN_SHORT, faults.shorted_column_rate, n_out, "high"),
            (_ROW_OPEN, faults.open_row_rate, n_in, "dead"),
            (_COLUMN_OPEN, faults.open_column_rate, n_out, "dead"),
        )
        for place, rate, size, kind in lines:
            if float(rate) > 0.0:
                hit = stream.uniform(1, size, call=place) < float(rate)
                hit = hit if place in (_ROW_SHORT, _ROW_OPEN) else hit.transpose(1, 2)
                kinds.masked_fill_(hit, _KINDS[kind])
        self._kinds = kinds
        self._reach = (
            None if faults.stuck_random_range is None else float(faults.stuck_random_range)
        )
        self._u: Tensor | None = None
        if bool((kinds == _KINDS["random"]).any()):
            self._u = stream.uniform(n_out, n_in, call=_VALUE)
        self.mask = kinds != 0

    def bounds(self, w_min: Tensor, w_max: Tensor) -> tuple[Tensor, Tensor]:
        """Bounds with which broken devices stay where they are: both are the weight that each is stuck at.

        A device stuck at random is so anywhere between its bounds and, where the card says so, within a range about
        zero (as aihwkit's corrupt devices).

        Args:
            w_min: lower bounds of working devices, (chips, n_out, n_in).
            w_max: their upper bounds.
        """
        stuck = torch.zeros_like(w_min)
        stuck = torch.where(self._kinds == _KINDS["low"], w_min, stuck)
        stuck = torch.where(self._kinds == _KINDS["high"], w_max, stuck)
        if self._u is not None:
            low, high = w_min, w_max
            if self._reach is not None:
                low, high = low.clamp_min(-self._reach), high.clamp_max(self._reach)
            anywhere = low + (high - low) * self._u
            stuck = torch.where(self._kinds == _KINDS["random"], anywhere, stuck)
        return torch.where(self.mask, stuck, w_min), torch.where(self.mask, stuck, w_max)


def draw_faults(
    faults: Faults, stream: Stream, n_out: int, n_in: int, device: torch.device
) -> FaultMap | None:
    """The broken devices of an array; None where the card has no faults, or no device is broken."""
    rates = (
        faults.dead_rate,
        faults.stuck_low_rate,
        faults.stuck_high_rate,
        faults.stuck_random_rate,
        faults.open_row_rate,
        faults.shorted_row_rate,
        faults.open_column_rate,
        faults.shorted_column_rate,
        faults.cluster_density,
    )
    if not any(float(rate) > 0.0 for rate in rates):
        return None
    drawn = FaultMap(faults, stream, n_out, n_in, device)
    return drawn if bool(drawn.mask.any()) else None


def with_faults(law: Law, faults: FaultMap) -> Law:
    """A law in which broken devices have no range, so that no pulse moves them.

    How working devices respond is as it was. The step of a broken device is no number in a law that divides by the
    range (``ExpStep``): after pulses, take ``torch.where(faults.mask, law.w_min, w)``.
    """
    w_min, w_max = faults.bounds(law.w_min, law.w_max)
    if isinstance(law, AffineStep | SoftBoundsStep):
        return replace(law, w_min=w_min, w_max=w_max)
    assert isinstance(law, ExpStep | PowStep | PiecewiseStep)
    return replace(law, devices=replace(law.devices, bound_down=w_min, bound_up=w_max))


def _clusters(faults: Faults, stream: Stream, n_out: int, n_in: int) -> Tensor:
    """Devices that clusters of faults fall on, bool, (chips, n_out, n_in), on the CPU."""
    chips, radius = len(stream.keys), float(faults.cluster_radius)
    hit = torch.zeros((chips, n_out, n_in), dtype=torch.bool)
    mean = mean_parents(float(faults.cluster_density), radius, n_out, n_in)
    numbers = poisson_number(_floats(stream.uniform(1, 1, call=_PARENTS)).reshape(-1), mean)
    if (most := int(numbers.max())) == 0:
        return hit
    # A row a parent, and a row a fault: what a chip draws does not depend on how much others need.
    places = _floats(stream.uniform(most, 2, call=_PLACES))
    u = _floats(stream.uniform(most, 1, call=_SIZES))[:, :, 0]
    sizes = poisson_number(u, float(faults.cluster_size))
    sizes[np.arange(most) >= numbers[:, None]] = 0
    faults_most = int(sizes.sum(1).max())
    if faults_most == 0:
        return hit
    xi = _floats(stream.normal(faults_most, 2, call=_SCATTER))
    for chip in range(chips):
        parents = parent_places(places[chip], radius, n_out, n_in)
        rows, columns = hit_devices(parents, sizes[chip], radius, xi[chip], n_out, n_in)
        hit[chip, torch.from_numpy(rows), torch.from_numpy(columns)] = True
    return hit


def _floats(tensor: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return tensor.cpu().numpy().astype(np.float64)
