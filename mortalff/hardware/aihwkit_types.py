"""What is used of aihwkit, which ships no types."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from torch import Tensor


class IOSettings(Protocol):
    """``IOParameters``: the read path in one direction."""

    is_perfect: bool
    inp_res: float
    out_res: float
    mv_type: Enum
    noise_management: Enum


class UpdateSettings(Protocol):
    """``UpdateParameters``: how pulse trains are made."""

    desired_bl: int
    fixed_bl: bool
    update_bl_management: bool
    update_management: bool
    pulse_type: Enum


class RPUConfig(Protocol):
    """An ``rpu_config`` of pulsed devices."""

    forward: IOSettings
    backward: IOSettings
    update: UpdateSettings
    device: object


class RawTile(Protocol):
    """The compiled tile."""

    def get_weights(self) -> Tensor:
        """Weights on the array, (n_out, n_in)."""

    def set_weights(self, weights: Tensor) -> None:
        """Set weights on the array, clipped at their bounds; write noise is drawn anew."""

    def get_hidden_parameters(self) -> Tensor:
        """Device parameters, (parameters, n_out, n_in)."""

    def set_hidden_parameters(self, parameters: Tensor) -> None:
        """Set device parameters; weights are clipped at the new bounds."""

    def get_hidden_parameter_names(self) -> list[str]:
        """Names of the device parameters."""

    def dump_extra(self) -> dict[str, list[float]]:
        """All else that the tile keeps."""

    def load_extra(self, state: dict[str, list[float]], strict: bool) -> None:
        """The inverse of ``dump_extra``."""


class Tile(Protocol):
    """``AnalogTile``: the compiled tile and its digital scales."""

    tile: RawTile

    def joint_forward(self, x_input: Tensor, is_test: bool = False) -> Tensor:
        """Read (batch, n_in) to (batch, n_out)."""

    def backward(self, d_input: Tensor) -> Tensor:
        """Read (batch, n_out) to (batch, n_in)."""

    def update(self, x_input: Tensor, d_input: Tensor) -> None:
        """Pulse with W ← W − lr · Σ d xᵀ."""

    def post_update_step(self) -> None:
        """Diffuse and decay."""

    def drift_weights(self, delta_t: float = 1.0) -> None:
        """Drift."""

    def set_learning_rate(self, learning_rate: float) -> None:
        """Set lr of the next updates."""

    def get_weights(self) -> tuple[Tensor, Tensor | None]:
        """Weights with digital scales applied, and the bias."""

    def set_weights(self, weight: Tensor, *, realistic: bool = False) -> None:
        """Set weights and their digital scales."""

    def get_mapping_scales(self) -> Tensor | None:
        """Digital scales, if the config has any."""

    def set_mapping_scales(self, mapping_scales: Tensor) -> None:
        """Set digital scales."""
