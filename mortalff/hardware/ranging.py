"""Ranges: what inputs are divided by before they are converted, and the full scale of output converters."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mortalff.cards import Periphery
from mortalff.physics.converter import Converter, converter

_REDUCTION_MAX = 1000.0  # where aihwkit's ITERATIVE gives up (max_bm_factor)
_STEP_MAX = 0.25  # and the share of the reduced full scale that a DAC step may be (max_bm_res)


class InputRange:
    """What one array's inputs are divided by; aihwkit's noise management.

    ``average_abs_max`` runs on from vector to vector, as aihwkit's AVERAGE_ABS_MAX does on a CPU. ``calibrated`` is
    found by forward passes alone: batches are ranged by abs_max until ``calibration_vectors`` have passed, and their
    largest input is kept. What it takes is in :func:`~mortalff.hardware.ranging_work.ranging_work`.

    Attributes:
        state: the range so far and how many vectors set it, (chips, 2); None where ranges have no memory.
    """

    def __init__(self, periphery: Periphery, chips: int, device: torch.device) -> None:
        self._kind = periphery.input_ranging
        self._range = math.inf if periphery.input_range is None else float(periphery.input_range)
        self._decay = float(periphery.input_range_decay)
        self._vectors = periphery.calibration_vectors
        self.state: Tensor | None = None
        if self._kind in ("average_abs_max", "calibrated"):
            self.state = torch.zeros(chips, 2, device=device)

    @property
    def cap(self) -> float:
        """The most that abs_max divides by."""
        return self._range if self._kind == "abs_max" else math.inf

    def scale(self, x: Tensor) -> tuple[bool, Tensor | None]:
        """How to range a batch (1 or chips, batch, n_in).

        Returns:
            Whether each vector is divided by its largest magnitude; else what it is divided by, (1 or chips, batch),
            or None for nothing.
        """
        if self._kind == "constant":
            return False, x.new_full(x.shape[:2], self._range)
        if self.state is None or x.shape[1] == 0:
            return self._kind != "none", None
        largest = x.abs().amax(2).expand(self.state.shape[0], -1)
        if self._kind == "average_abs_max":
            return False, self._average(largest)
        known, seen = self.state[:, 0], float(self.state[0, 1])
        if seen < self._vectors:
            widest = torch.maximum(known, largest.amax(1))
            self.state = torch.stack((widest, self.state[:, 1] + x.shape[1]), 1)
            return True, None
        known = torch.where(known > 0.0, known, 1.0)
        return False, known.unsqueeze(1).expand(-1, x.shape[1])

    def _average(self, largest: Tensor) -> Tensor:
        assert self.state is not None
        known = self.state[:, 0].double()
        first = self.state[:, 1] == 0.0
        scales = []
        for vector in largest.double().unbind(1):
            mixed = known * (1.0 - self._decay) + self._decay * vector
            known, first = torch.where(first, vector, mixed), torch.zeros_like(first)
            scales.append(known)
        self.state = torch.stack((known.float(), self.state[:, 1] + len(scales)), 1)
        return torch.stack(scales, 1).float()


class OutputRange:
    """The full scale of one array's output converters, and how often an input may be halved to stay in it.

    Attributes:
        state: the full scale so far and how many vectors set it, (chips, 2); None where it is fixed.
        halvings_max: how often a vector may be read again with its input halved (aihwkit's bound management).
    """

    def __init__(self, periphery: Periphery, chips: int, device: torch.device) -> None:
        bound = None if periphery.output_bound is None else float(periphery.output_bound)
        self._bits, self._vectors = periphery.adc_bits, periphery.calibration_vectors
        self._device = device
        self._fixed = converter(self._bits, bound).on(device)
        self._found: Converter | None = None
        iterative = periphery.output_ranging == "iterative" and bound is not None
        self.halvings_max = halvings_max(periphery.dac_bits) if iterative else 0
        self.state: Tensor | None = None
        if periphery.output_ranging == "calibrated" and periphery.adc_bits is not None:
            self.state = torch.zeros(chips, 2, device=device)

    @property
    def calibrating(self) -> bool:
        """Whether the next batch still sets the full scale."""
        return self.state is not None and float(self.state[0, 1]) < self._vectors

    def adc(self) -> Converter:
        """The output converters."""
        if self.state is None or self.calibrating:
            return self._fixed
        if self._found is None:
            known, widest = self.state[:, 0].double(), self._fixed.bound.double()
            found = torch.where(known > 0.0, known, widest).cpu()
            self._found = converter(self._bits, found).on(self._device)
        return self._found

    def learn(self, y: Tensor) -> None:
        """Note converted outputs (chips, batch, n_out) of a calibrating read, before any scale is undone."""
        if self.state is not None and y.shape[1] > 0:
            self.state[:, 0] = torch.maximum(self.state[:, 0], y.abs().amax((1, 2)))

    def passed(self, vectors: int) -> None:
        """Count vectors that have been read."""
        if self.calibrating and self.state is not None:
            self.state[:, 1] += vectors

    def forget_found(self) -> None:
        """Work the converters out anew, after ``state`` was set."""
        self._found = None


def halvings_max(dac_bits: int | None) -> int:
    """How often an input may be halved before the DAC has too few levels for what is left of it."""
    limit = _REDUCTION_MAX
    if dac_bits is not None:
        limit = min(limit, _STEP_MAX * (2 ** (dac_bits - 1) - 1))
    return math.floor(math.log2(limit)) + 1 if limit >= 1.0 else 0
