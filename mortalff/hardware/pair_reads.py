"""Reads of the devices of one-sided pairs, each by itself, and which pairs they show to be full."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor

from mortalff.hardware.refresh_kernel import mark_full
from mortalff.physics.converter import LEVELS, SIGN, Converter, converted
from mortalff.physics.refresh import needs_refresh
from mortalff.streams import Stream

_WAITED_FOR: Final = 6.0  # standard deviations of noise
_NO_STD: Final = np.empty((0, 0, 0), np.float32)


@dataclass(frozen=True)
class DeviceReads:
    """Reads of all devices of one array, a column at a time.

    Attributes:
        seen: the devices' states, (chips, n_out, n_in).
        own_std: how far a read of each scatters by what the device does, likewise; None where it does not.
        variance: of what the read path adds.
        adc: by which states are read.
        noise: the stream of noise.
        place: call and sub in it.
    """

    seen: Tensor
    own_std: Tensor | None
    variance: float
    adc: Converter
    noise: Stream
    place: tuple[int, int]

    def shown(self, where: Tensor) -> Tensor:
        """What the reads of some devices show, one number each.

        Args:
            where: which devices, bool, (chips, n_out, n_in).
        """
        call, sub = self.place
        xi = self.noise.normal_where(where, call=call, sub=sub)
        std = self._std(None if self.own_std is None else self.own_std[where])
        return converted(self.seen[where] + std * xi, self.adc)

    def at_most(self) -> Tensor:
        """What reads show unless noise is beyond six standard deviations, (chips, n_out, n_in)."""
        return self.seen + (_WAITED_FOR * self._std(self.own_std) + self.rounding)

    @property
    def rounding(self) -> float:
        """The most by which the converter raises a state."""
        if self.adc.kind == SIGN:
            return 2.0 * float(self.adc.bound)
        return float(self.adc.step) if self.adc.kind == LEVELS else 0.0

    def _std(self, own: Tensor | None) -> Tensor | float:
        return math.sqrt(self.variance) if own is None else (own.square() + self.variance).sqrt()


class Full(NamedTuple):
    """When a pair is full: see :func:`mortalff.physics.refresh.needs_refresh`."""

    w_max: float
    upper: float
    lower: float


def full_pairs(plus: DeviceReads, minus: DeviceReads, full: Full) -> Tensor:
    """Which pairs reads show to be full, bool, (chips, n_out, n_in).

    Noise of more than six standard deviations is not waited for.

    Args:
        plus: reads of g⁺.
        minus: reads of g⁻; by the same converter.
        full: when a pair is.
    """
    by = _compiled if plus.seen.device.type == "cpu" else full_pairs_reference
    return by(plus, minus, full)


def full_pairs_reference(plus: DeviceReads, minus: DeviceReads, full: Full) -> Tensor:
    """The same in plain torch, for other devices than a CPU."""
    near = needs_refresh(plus.at_most(), minus.at_most(), *full)
    due = near.clone()
    due[near] = needs_refresh(plus.shown(near), minus.shown(near), *full)
    return due


def _compiled(plus: DeviceReads, minus: DeviceReads, full: Full) -> Tensor:
    due = torch.empty(plus.seen.shape, dtype=torch.bool)
    both, adc = (plus, minus), plus.adc
    mark_full(
        tuple(reads.seen.contiguous().numpy() for reads in both),
        tuple(
            _NO_STD if reads.own_std is None else reads.own_std.contiguous().numpy()
            for reads in both
        ),
        np.float32(plus.variance),
        (np.float32(_WAITED_FOR), np.float32(plus.rounding)),
        (np.float32(full.upper * full.w_max), np.float32(full.lower * full.w_max)),
        tuple(reads.noise.keys for reads in both),
        tuple(reads.place for reads in both),
        (
            adc.kind,
            np.float32(adc.top),
            *(numbers.numpy()[0] for numbers in (adc.bound, adc.step, adc.per_step)),
        ),
        due.numpy(),
    )
    return due
