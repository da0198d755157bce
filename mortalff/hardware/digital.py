"""Weights in digital memory: the reference that analog hardware is held against.

Updates are exact, and may be smoothed and decayed as Hinton's recipe asks (arXiv 2212.13345), which costs a digital
number for every weight; the memory traffic of both is counted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mortalff.array_math import apply_weights, outer_sum
from mortalff.errors import InputError, message
from mortalff.hardware.base import Hardware
from mortalff.hardware.saved_state import check_state, counts_from_tensor, counts_to_tensor
from mortalff.seeds import Seeds
from mortalff.streams import Stream

_BYTES = 4  # a float32


class DigitalArray(Hardware):
    """Ideal weights, one set a chip.

    Args:
        n_out: outputs.
        n_in: inputs.
        chip_ids: one number a chip; chips differ in their initial weights.
        seeds: where randomness comes from.
        device: torch device.
        w_init_std: spread of the initial weights, 1/√n_in by default.
    """

    def __init__(
        self,
        n_out: int,
        n_in: int,
        chip_ids: Sequence[int],
        seeds: Seeds,
        device: torch.device,
        *,
        w_init_std: float | None = None,
    ) -> None:
        super().__init__(n_out, n_in, chip_ids, device)
        std = 1.0 / math.sqrt(n_in) if w_init_std is None else w_init_std
        self._weights = std * Stream(seeds, "initial", chip_ids, device).normal(n_out, n_in)
        self._smoothed = torch.zeros(0, device=device)
        self._smoothing = 0.0
        self._decay = 0.0

    @property
    def capabilities(self) -> frozenset[str]:
        """Everything but ageing."""
        return frozenset(
            {
                "forward",
                "pulse",
                "digital_update",
                "forward_transposed",
                "read_weights",
                "program",
            }
        )

    def describe(self) -> str:
        """Shape and number of chips."""
        return f"digital array {self.n_out}x{self.n_in}, {self.chips} chips"

    def state_dict(self) -> dict[str, Tensor]:
        """Weights, smoothed gradient and counts; a copy."""
        return {
            "weights": self._weights.clone(),
            "smoothed": self._smoothed.clone(),
            "update": torch.tensor([self._smoothing, self._decay], dtype=torch.float64),
            "counts": counts_to_tensor(self.counts),
        }

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state.

        Raises:
            InputError: the state is of other hardware.
        """
        like = self.state_dict()
        if "smoothed" in state and state["smoothed"].shape in (like["weights"].shape, (0,)):
            like["smoothed"] = state["smoothed"]
        check_state(self.describe(), state, like)
        self._weights = state["weights"].to(self.device, copy=True)
        self._smoothed = state["smoothed"].to(self.device, copy=True)
        self._smoothing, self._decay = (float(v) for v in state["update"])
        self._tally.restore(counts_from_tensor(state["counts"]))

    def _forward(self, x: Tensor) -> Tensor:
        self._count_products(x.shape[1])
        return apply_weights(x, self._weights)

    def _forward_transposed(self, d: Tensor) -> Tensor:
        self._count_products(d.shape[1])
        return apply_weights(d, self._weights.transpose(1, 2))

    def _pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        batch, cells = x.shape[1], self.n_in * self.n_out
        gradient = outer_sum(d, x).div_(batch)
        self._tally.add("digital_mac", (batch + 1) * cells)
        self._tally.add("memory_byte", 2 * _BYTES * cells)
        if self._smoothing > 0.0:
            if self._smoothed.numel() == 0:
                self._smoothed = torch.zeros_like(self._weights)
            self._smoothed.mul_(self._smoothing).add_(gradient, alpha=1.0 - self._smoothing)
            gradient = self._smoothed
            self._tally.add("digital_mac", 2 * cells)
            self._tally.add("memory_byte", 2 * _BYTES * cells)
        if self._decay > 0.0:
            self._weights.mul_(1.0 - lr * self._decay)
            self._tally.add("digital_mac", cells)
        self._weights.add_(gradient, alpha=lr)

    def _set_digital_update(self, smoothing: float, decay: float) -> None:
        for name, value in (("smoothing", smoothing), ("decay", decay)):
            if not 0.0 <= value < 1.0:
                raise InputError(
                    message(name, value, "it must lie in [0, 1)", "Hinton's are 0.9 and 0.001")
                )
        self._smoothing, self._decay = smoothing, decay

    def _read_weights(self) -> Tensor:
        return self._weights.clone()

    def _program(self, weights: Tensor) -> None:
        self._weights = weights.expand_as(self._weights).clone()

    def _count_products(self, vectors: int) -> None:
        cells = self.n_in * self.n_out
        self._tally.add("digital_mac", vectors * cells)
        if (
            vectors > 0
        ):  # each weight is fetched once a batch, each vector read and its product written
            self._tally.add("memory_byte", _BYTES * (cells + vectors * (self.n_in + self.n_out)))
