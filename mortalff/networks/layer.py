"""One layer: an array, an optional unknown stage behind it, a gain and a rectifier."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from mortalff.errors import InputError, message
from mortalff.hardware.base import Hardware


@dataclass(frozen=True)
class Layer:
    """Activities y = ReLU(gain · stage(W[x, 1])).

    Attributes:
        hardware: the array.
        gain: scales its outputs, so that initial outputs have the variance of normalised inputs.
        bias: whether a last input line is held at 1.
        stage: hardware that the array's outputs pass through, unknown to any learner; None for none.
        diverged: chips that gave or were asked for numbers that are not finite, (chips,) bool. From then on such a chip
            gives zeros and is not pulsed, so that it does not stop those beside it.
    """

    hardware: Hardware
    gain: float
    bias: bool = True
    stage: Hardware | None = None
    diverged: Tensor = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check that array and stage fit together."""
        hardware = self.hardware
        lost = torch.zeros(hardware.chips, dtype=torch.bool, device=hardware.device)
        object.__setattr__(self, "diverged", lost)
        width = hardware.n_out
        if self.stage is not None and (self.stage.n_in, self.stage.n_out) != (width, width):
            raise InputError(
                message(
                    "stage",
                    (self.stage.n_in, self.stage.n_out),
                    f"it stands behind an array with {width} outputs",
                    f"give it {width} inputs and outputs",
                )
            )

    @property
    def n_in(self) -> int:
        """Inputs, the bias line not counted."""
        return self.hardware.n_in - int(self.bias)

    @property
    def n_out(self) -> int:
        """Units."""
        return self.hardware.n_out

    def drive(self, x: Tensor) -> Tensor:
        """What the array's lines carry: (chips or 1, batch, n_in) with the bias line appended."""
        return torch.cat((x, torch.ones_like(x[..., :1])), dim=-1) if self.bias else x

    def preactivity(self, x: Tensor) -> Tensor:
        """Before the rectifier, (chips, batch, n_out)."""
        y = self.sound(self.hardware.forward(self.drive(x)))
        if self.stage is not None:
            y = self.stage.forward(y)
        return self.sound(y.mul_(self.gain))

    def __call__(self, x: Tensor) -> Tensor:
        """Activities (chips, batch, n_out) of inputs (batch, n_in) or (chips, batch, n_in)."""
        return self.preactivity(x).clamp_min_(0.0)

    def pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        """Ask for a change lr · mean d xᵀ of the layer's effective weights, gain included."""
        self.pulse_lines(self.drive(x), d, lr)

    def pulse_lines(self, lines: Tensor, d: Tensor, lr: float) -> None:
        """The same with what each line of the array carries, the bias line's included."""
        self.hardware.pulse(self.sound(lines), self.sound(d), lr / self.gain)

    def sound(self, values: Tensor) -> Tensor:
        """Values (1 or chips, batch, n), with zeros for chips that diverged, by these values or before."""
        if bool(torch.isfinite(values.sum())) and not bool(self.diverged.any()):
            return values
        if values.shape[0] == 1 < len(self.diverged):
            return values  # shared by all chips: not the fault of one; hardware refuses what is not finite
        self.diverged.logical_or_(~torch.isfinite(values).all(2).all(1))
        return values.masked_fill(self.diverged[:, None, None], 0.0)
