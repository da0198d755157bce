"""What a conformance suite needs to know of the hardware it tests."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from mortalff.actions import ActionCounts
from mortalff.errors import CapabilityError
from mortalff.hardware.base import Hardware


class HardwareCase(ABC):
    """Hardware under test: how it is made, and what is special about it.

    A subclass gives :meth:`make` and overrides what does not suit it.

    Attributes:
        rounding: how far a chip's outputs may be from those of the same chip beside others; not 0
            only where a library rounds matrix products by where they lie in memory.
        seed_matters: whether another seed, or another chip's number, gives other outputs.
        pulse_lr: learning rate of test pulses, large enough to be seen above the noise in
            ``pulses``.
        pulses: how many of them.
        reads: how many reads are averaged where noise must be averaged out.
        significance: level at which statistical tests decide.
        advance_s: a time in which the hardware ages visibly, if it ages.
    """

    rounding: float = 0.0
    seed_matters: bool = True
    pulse_lr: float = 0.05
    pulses: int = 10
    reads: int = 20
    significance: float = 1e-6
    advance_s: float = 1e4

    @abstractmethod
    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        """New hardware, small (some five inputs and four outputs) and of n_out ≠ n_in where it can be.

        Args:
            chips: how many chips, or their numbers.
            seed: its seed.
        """

    def read_counts(self, hardware: Hardware, vectors: int) -> Mapping[str, float] | None:
        """Actions that reading so many vectors must come to on each chip; None where it varies."""
        return None

    def pulse_counts(self, hardware: Hardware, samples: int) -> Mapping[str, float] | None:
        """Actions, but for pulses, that pulsing so many samples must come to; None where it varies."""
        return None

    def inputs(self, hardware: Hardware, batch: int = 5, chips: bool = False) -> Tensor:
        """Inputs in (−1, 1), the same each time, shape (batch, n_in) or (chips, batch, n_in)."""
        return _uniform(1, hardware.chips if chips else None, batch, hardware.n_in)

    def errors(self, hardware: Hardware, batch: int = 5, chips: bool = False) -> Tensor:
        """Errors in (−1, 1), the same each time, shape (batch, n_out) or (chips, batch, n_out)."""
        return _uniform(2, hardware.chips if chips else None, batch, hardware.n_out)

    def use(self, hardware: Hardware) -> list[Tensor]:
        """Do all that the hardware offers without a probe, and give the outputs."""
        outputs = [hardware.forward(self.inputs(hardware))]
        if "pulse" in hardware.capabilities:
            hardware.pulse(self.inputs(hardware), self.errors(hardware), self.pulse_lr)
            outputs.append(hardware.forward(self.inputs(hardware, chips=True)))
        if "advance" in hardware.capabilities:
            hardware.advance(self.advance_s)
            outputs.append(hardware.forward(self.inputs(hardware)))
        return outputs

    def saved(self, hardware: Hardware) -> dict[str, Tensor] | None:
        """The hardware's state, or None where it says that it cannot be saved."""
        try:
            return hardware.state_dict()
        except CapabilityError:
            return None

    def mean_output(self, hardware: Hardware, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean of many reads and its variance, each (chips, batch, n_out), float64 on the CPU."""
        y = torch.stack([hardware.forward(x).double().cpu() for _ in range(self.reads)])
        return y.mean(0), y.var(0) / self.reads

    def allowed(self, *variances: Tensor) -> Tensor:
        """How far means of reads may differ by chance, all outputs together, plus float32's rounding.

        A two-sided t-test at the level ``significance``, shared among all outputs that are
        compared.
        """
        tail = self.significance / (2 * variances[0].numel())
        limit = float(stats.t.isf(tail, self.reads - 1))
        return limit * torch.stack(variances).sum(0).sqrt() + 1e-5


def offering(hardware: Hardware, capability: str) -> Hardware:
    """The hardware, or a skip where it lacks a capability."""
    if capability not in hardware.capabilities:
        pytest.skip(f"{hardware.describe()} does not offer {capability!r}")
    return hardware


def grown(hardware: Hardware, before: ActionCounts) -> dict[str, list[float]]:
    """What was done since, by action, a number a chip."""
    since = hardware.counts - before
    return {action: since[action].tolist() for action in since if np.any(since[action])}


def on_each(hardware: Hardware, counts: Mapping[str, float]) -> dict[str, list[float]]:
    """Counts of one chip, as they are when each has them."""
    return {action: [times] * hardware.chips for action, times in counts.items() if times}


def same(left: Mapping[str, Tensor], right: Mapping[str, Tensor]) -> bool:
    """Whether two states are equal, bit for bit."""
    return left.keys() == right.keys() and all(
        left[name].dtype == right[name].dtype and torch.equal(left[name], right[name])
        for name in left
    )


def _uniform(seed: int, chips: int | None, batch: int, width: int) -> Tensor:
    shape = (batch, width) if chips is None else (chips, batch, width)
    generator = torch.Generator().manual_seed(seed)
    return 2.0 * torch.rand(shape, generator=generator) - 1.0
