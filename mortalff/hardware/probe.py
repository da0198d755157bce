"""Privileged access to hardware, for baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from mortalff.errors import InputError, message

if TYPE_CHECKING:
    from mortalff.hardware.base import Hardware


class Probe:
    """Privileged access to hardware: what a lab could do with a test station, but not learning in the field.

    Every use is counted like any other action. A learner that uses it declares so.
    """

    def __init__(self, hardware: Hardware) -> None:
        self._hardware = hardware

    def read_weights(self) -> Tensor:
        """Each visible weight, shape (chips, n_out, n_in), with whatever error reading has."""
        hardware = self._hardware
        hardware.require({"read_weights"}, "probe.read_weights()")
        hardware._tally.add("weight_read", hardware.n_in * hardware.n_out)
        with torch.no_grad():
            return hardware._read_weights()

    def program(self, weights: Tensor) -> None:
        """Write weights, as well as the hardware can.

        Args:
            weights: shape (n_out, n_in) for all chips, or (chips, n_out, n_in).

        Raises:
            InputError: another shape, or a value that is not finite.
        """
        hardware = self._hardware
        hardware.require({"program"}, "probe.program()")
        if weights.ndim not in (2, 3) or weights.shape[-2] != hardware.n_out:
            raise InputError(
                message(
                    "shape of weights",
                    tuple(weights.shape),
                    f"{hardware.describe()} holds {hardware.n_out}x{hardware.n_in} weights a chip",
                    f"give ({hardware.n_out}, {hardware.n_in}) or with chips in front",
                )
            )
        checked = hardware._checked(
            "weights", weights.reshape(-1, hardware.n_out, weights.shape[-1]), hardware.n_in
        )
        hardware._tally.add("program_cell", hardware.n_in * hardware.n_out)
        with torch.no_grad():
            hardware._program(checked)

    def forward_transposed(self, d: Tensor) -> Tensor:
        """Apply the transposed weights.

        Args:
            d: shape (batch, n_out) or (chips, batch, n_out).

        Returns:
            Shape (chips, batch, n_in).
        """
        hardware = self._hardware
        hardware.require({"forward_transposed"}, "probe.forward_transposed()")
        with torch.no_grad():
            return hardware._forward_transposed(hardware._checked("d", d, hardware.n_out)).detach()
