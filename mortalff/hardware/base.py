"""The forward-only boundary: all that a learner may know of hardware.

A learner gives hardware inputs and pulses and gets outputs. What needs more (weights read out, a transposed read)
goes through a :class:`Probe`, which is counted, billed and marked as privileged. Public methods here check, count and
cut the autograd graph; a kind of hardware implements the underscored ones.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Final

import torch
from torch import Tensor

from mortalff.actions import ActionCounts, Tally
from mortalff.errors import CapabilityError, InputError, message, nearest
from mortalff.hardware.probe import Probe
from mortalff.hardware.torch_device import present_device

CAPABILITIES: Final[Mapping[str, str]] = {
    "forward": "apply inputs, take outputs",
    "pulse": "ask for a rank-one change of the weights",
    "advance": "let time pass",
    "digital_update": "smooth gradients and decay weights: a digital number for every weight",
    "forward_transposed": "apply the transposed weights (privileged)",
    "read_weights": "read each weight out (privileged)",
    "program": "write given weights (privileged)",
}
"""What hardware may be able to do. The ones marked privileged need a probe."""

PRIVILEGED: Final = frozenset({"forward_transposed", "read_weights", "program"})


class Hardware(ABC):
    """A row of chips, each an array that maps n_in inputs to n_out outputs.

    Chips are independent: what is done to one never changes another, nor its random numbers. Not safe across threads.

    Attributes:
        n_in: number of input lines.
        n_out: number of output lines.
        chip_ids: one number a chip.
        device: where tensors go in and come out.
        reproducible: whether two instances with the same seed give the same numbers.
    """

    reproducible: bool = True

    def __init__(
        self, n_out: int, n_in: int, chip_ids: Sequence[int], device: torch.device
    ) -> None:
        for name, value in (("n_out", n_out), ("n_in", n_in), ("chips", len(chip_ids))):
            if value < 1:
                raise InputError(
                    message(name, value, "hardware has at least one of it", "give 1 or more")
                )
        self.n_out = n_out
        self.n_in = n_in
        self.chip_ids = tuple(chip_ids)
        self.device = present_device(torch.device(device))
        self._tally = Tally(len(chip_ids))

    @property
    @abstractmethod
    def capabilities(self) -> frozenset[str]:
        """The names in :data:`CAPABILITIES` that this hardware offers."""

    @property
    def chips(self) -> int:
        """How many chips there are."""
        return len(self.chip_ids)

    @property
    def counts(self) -> ActionCounts:
        """The actions so far, per chip; a frozen copy."""
        return self._tally.snapshot()

    def forward(self, x: Tensor) -> Tensor:
        """Apply inputs and take outputs.

        Args:
            x: shape (batch, n_in) for all chips alike, or (chips, batch, n_in).

        Returns:
            Shape (chips, batch, n_out), float32, without a graph.

        Raises:
            InputError: x has another shape, or a value that is not finite.
        """
        with torch.no_grad():
            return self._forward(self._checked("x", x, self.n_in)).detach()

    def pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        """Ask for ΔW = lr · mean over the batch of d xᵀ; what happens is physics.

        Args:
            x: shape (batch, n_in) or (chips, batch, n_in).
            d: shape (batch, n_out) or (chips, batch, n_out).
            lr: learning rate, at least 0.

        Raises:
            InputError: a wrong shape, a value that is not finite, a negative rate.
            CapabilityError: this hardware cannot be pulsed.
        """
        self.require({"pulse"}, "pulse()")
        if not 0.0 <= lr < float("inf"):
            raise InputError(
                message("lr", lr, "a rate is finite and at least 0", "to go downhill negate d")
            )
        inputs = self._checked("x", x, self.n_in)
        errors = self._checked("d", d, self.n_out)
        if inputs.shape[-2] != errors.shape[-2]:
            raise InputError(
                message(
                    "d",
                    tuple(d.shape),
                    f"x and d must have the same batch, and x has {inputs.shape[-2]}",
                    f"give d of shape ({self.chips}, {inputs.shape[-2]}, {self.n_out})",
                )
            )
        if lr > 0.0 and inputs.shape[-2] > 0:
            with torch.no_grad():
                self._pulse(inputs, errors, lr)

    def advance(self, seconds: float) -> None:
        """Let time pass: devices drift and relax.

        Raises:
            InputError: negative or infinite time.
            CapabilityError: this hardware does not age.
        """
        self.require({"advance"}, "advance()")
        if not 0.0 <= seconds < float("inf"):
            raise InputError(
                message("seconds", seconds, "time is finite and goes forward", "give 0 or more")
            )
        with torch.no_grad():
            self._advance(seconds)

    def set_digital_update(self, smoothing: float, decay: float) -> None:
        """Make each pulse a smoothed gradient step with decoupled decay, kept in digital memory.

        With v ← smoothing·v + (1 − smoothing)·mean d xᵀ, the weights move by lr·(v − decay·w).

        Raises:
            CapabilityError: this hardware has no digital number for every weight.
        """
        self.require({"digital_update"}, "set_digital_update()")
        self._set_digital_update(smoothing, decay)

    def probe(self) -> Probe:
        """Privileged access: counted, billed, and for baselines only."""
        return Probe(self)

    def require(self, needs: set[str] | frozenset[str], who: str) -> None:
        """Check that this hardware offers what is needed.

        Raises:
            CapabilityError: it does not; the message says what is missing.
            InputError: a need that is no capability.
        """
        for need in sorted(needs):
            if need not in CAPABILITIES:
                raise InputError(
                    message("needs", need, "no such capability", nearest(need, CAPABILITIES))
                )
        missing = sorted(needs - self.capabilities)
        if missing:
            listed = ", ".join(f"{name!r} ({CAPABILITIES[name]})" for name in missing)
            offered = ", ".join(repr(name) for name in sorted(self.capabilities))
            raise CapabilityError(
                f"{who} on {self.describe()}: it needs {listed}, which this hardware lacks; it offers "
                f"{offered}; choose hardware that has it, or a learner that does without"
            )

    def describe(self) -> str:
        """A short name of this hardware for messages and tables."""
        return f"{type(self).__name__} {self.n_out}x{self.n_in}, {self.chips} chips"

    @abstractmethod
    def state_dict(self) -> dict[str, Tensor]:
        """All that changes as the hardware is used, as tensors; a copy."""

    @abstractmethod
    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state; what follows is bit for bit what followed then.

        Raises:
            InputError: the state is of other hardware: names or shapes differ.
        """

    @abstractmethod
    def _forward(self, x: Tensor) -> Tensor:
        """Outputs (chips, batch, n_out) for x of shape (1 or chips, batch, n_in)."""

    @abstractmethod
    def _pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        """Pulse with x (1 or chips, batch, n_in) and d (1 or chips, batch, n_out)."""

    def _advance(self, seconds: float) -> None:
        raise CapabilityError(f"{self.describe()} does not age")

    def _set_digital_update(self, smoothing: float, decay: float) -> None:
        raise CapabilityError(f"{self.describe()} has no digital update")

    def _read_weights(self) -> Tensor:
        raise CapabilityError(f"{self.describe()} cannot read its weights out")

    def _program(self, weights: Tensor) -> None:
        raise CapabilityError(f"{self.describe()} cannot be programmed")

    def _forward_transposed(self, d: Tensor) -> Tensor:
        raise CapabilityError(f"{self.describe()} has no transposed read")

    def _checked(self, name: str, tensor: Tensor, width: int) -> Tensor:
        """``tensor`` as float32 of shape (1 or chips, batch, width) on this device, or an error."""
        if not isinstance(tensor, Tensor) or tensor.is_complex():
            kind = type(tensor).__name__ if not isinstance(tensor, Tensor) else str(tensor.dtype)
            rule = "hardware takes torch tensors of real numbers"
            raise InputError(message(f"type of {name}", kind, rule, "use torch.as_tensor(...)"))
        if tensor.ndim == 2:
            tensor = tensor.unsqueeze(0)
        right = f"give shape (batch, {width}) or ({self.chips}, batch, {width})"
        if tensor.ndim != 3 or tensor.shape[2] != width or tensor.shape[0] not in (1, self.chips):
            rule = f"{self.describe()} takes {width} values a sample here"
            raise InputError(message(f"shape of {name}", tuple(tensor.shape), rule, right))
        tensor = tensor.detach().to(device=self.device, dtype=torch.float32)
        if not bool(torch.isfinite(tensor.sum())) and not bool(torch.isfinite(tensor).all()):
            bad = [int(i) for i in torch.nonzero(~torch.isfinite(tensor))[0]]
            chip, sample, line = bad
            raise InputError(
                message(
                    f"{name}[{chip}, {sample}, {line}]",
                    float(tensor[chip, sample, line]),
                    "inputs to hardware must be finite",
                    "look for a division by zero, or missing values in the data",
                )
            )
        return tensor
