"""Drift compensation by forward passes alone: outputs are scaled so that known inputs answer as they once did.

    α = mean |Y₀| / mean |Y_t|

over a fixed set of inputs and all outputs, or output by output (Joshi et al., Nat. Commun. 11:2473, 2020, as aihwkit's
GlobalDriftCompensation and PerColumnDriftCompensation). One number for a chip, or for each of its outputs, is all that
digital memory has to hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

import torch
from torch import Tensor

from mortalff.errors import InputError, message, nearest
from mortalff.hardware.base import Hardware
from mortalff.hardware.saved_state import check_state

Inputs = Literal["one_hot", "signs"]

_PREFIX: Final = "hardware."
_LEAST: Final = 1e-4  # of a mean output, lest noise be divided by noise; as in aihwkit
_SIGN_VECTORS: Final = 32


class DriftCompensated(Hardware):
    """Hardware whose outputs are scaled digitally to make up for drift.

    It shares the counts of what it wraps; measuring counts as ordinary reads, and where a scale is set each output
    counts one ``digital_mac``. Everything but ``forward`` and the transposed read goes to the wrapped hardware as it
    is: a probe reads and writes the devices' own weights. Programming ends a compensation, as its reference is gone.

    Args:
        hardware: what drifts; use it through this object alone.
        inputs: what is applied to measure: ``one_hot``, each input by itself; ``signs``, 32 vectors of random ±1, whose
            outputs stand out of the noise better; or vectors of one's own, (vectors, n_in).
        per_column: a scale for each output, in place of one for all.
        repeats: reads that are averaged at each measurement.
        seed: of the random signs.

    Raises:
        InputError: unknown or misshapen inputs, no repeats.
    """

    def __init__(
        self,
        hardware: Hardware,
        inputs: Inputs | Tensor = "one_hot",
        *,
        per_column: bool = False,
        repeats: int = 1,
        seed: int = 0,
    ) -> None:
        super().__init__(hardware.n_out, hardware.n_in, hardware.chip_ids, hardware.device)
        if repeats < 1:
            rule = "a measurement is at least one read"
            raise InputError(message("repeats", repeats, rule, "give 1 or more"))
        self._inner, self._tally = hardware, hardware._tally
        self.reproducible = hardware.reproducible
        self._inputs = self._checked("inputs", _vectors(inputs, hardware.n_in, seed), self.n_in)
        self._per_column, self._repeats = per_column, repeats
        shape = (self.chips, 1, self.n_out if per_column else 1)
        self._scale = torch.ones(shape, device=self.device)
        self._reference = torch.zeros(shape, device=self.device)  # 0: not measured

    @property
    def capabilities(self) -> frozenset[str]:
        """What the wrapped hardware offers."""
        return self._inner.capabilities

    def describe(self) -> str:
        """The wrapped hardware, and that it is compensated."""
        return f"{self._inner.describe()}, drift compensated"

    def record(self) -> None:
        """Measure now what later measurements are held against: right after training or programming."""
        self._reference = self._measured()
        self._scale = torch.ones_like(self._scale)

    def compensate(self) -> None:
        """Measure again, and scale outputs from now on so that they are as large as when recorded.

        Raises:
            InputError: nothing has been recorded.
        """
        if bool((self._reference == 0.0).any()):
            rule = "there is nothing to compare with"
            raise InputError(message("compensate()", "no reference", rule, "call record() before"))
        self._scale = self._reference / self._measured()

    def scales(self) -> Tensor:
        """What outputs are multiplied by, (chips, 1), or (chips, n_out) per column; a copy."""
        return self._scale[:, 0].clone()

    def state_dict(self) -> dict[str, Tensor]:
        """The state of the hardware, scales and reference; a copy."""
        inner = {_PREFIX + name: tensor for name, tensor in self._inner.state_dict().items()}
        return inner | self._own_state()

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state.

        Raises:
            InputError: the state is of other hardware.
        """
        own = {name: tensor for name, tensor in state.items() if not name.startswith(_PREFIX)}
        check_state(self.describe(), own, self._own_state())
        inner = {n.removeprefix(_PREFIX): t for n, t in state.items() if n.startswith(_PREFIX)}
        self._inner.load_state_dict(inner)
        self._scale = own["scale"].to(self.device, copy=True)
        self._reference = own["reference"].to(self.device, copy=True)

    def _own_state(self) -> dict[str, Tensor]:
        return {"scale": self._scale.clone(), "reference": self._reference.clone()}

    def _measured(self) -> Tensor:
        """Mean size of the outputs, (chips, 1, 1 or n_out); noise is averaged out before signs are dropped."""
        y = self._inner.forward(self._inputs)
        for _ in range(self._repeats - 1):
            y = y + self._inner.forward(self._inputs)
        size = (y / self._repeats).abs().mean(1, keepdim=True)
        return (size if self._per_column else size.mean(2, keepdim=True)).clamp_min(_LEAST)

    def _scaled(self, y: Tensor) -> Tensor:
        if bool((self._scale == 1.0).all()):
            return y
        self._tally.add("digital_mac", y.shape[1] * self.n_out)
        return y * self._scale

    def _forward(self, x: Tensor) -> Tensor:
        return self._scaled(self._inner._forward(x))

    def _forward_transposed(self, d: Tensor) -> Tensor:
        return self._inner._forward_transposed(self._scaled(d))

    def _pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        self._inner._pulse(x, d, lr)

    def _advance(self, seconds: float) -> None:
        self._inner._advance(seconds)

    def _set_digital_update(self, smoothing: float, decay: float) -> None:
        self._inner._set_digital_update(smoothing, decay)

    def _read_weights(self) -> Tensor:
        return self._inner._read_weights()

    def _program(self, weights: Tensor) -> None:
        self._inner._program(weights)
        self._scale = torch.ones_like(self._scale)
        self._reference = torch.zeros_like(self._reference)


def _vectors(inputs: str | Tensor, n_in: int, seed: int) -> Tensor:
    if isinstance(inputs, Tensor):
        return inputs
    if inputs == "one_hot":
        return torch.eye(n_in)
    if inputs == "signs":
        generator = torch.Generator().manual_seed(seed)
        return torch.randint(0, 2, (_SIGN_VECTORS, n_in), generator=generator) * 2.0 - 1.0
    right = nearest(inputs, get_args(Inputs))
    raise InputError(message("inputs", inputs, "there is no such set of inputs", right))
