"""A fixed, unknown nonlinear stage: what sits between layers that nobody has characterised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from mortalff.array_math import apply_weights
from mortalff.errors import CapabilityError, InputError, message
from mortalff.hardware.base import Hardware
from mortalff.hardware.chip_numbers import chip_numbers
from mortalff.hardware.saved_state import check_state, counts_from_tensor, counts_to_tensor
from mortalff.seeds import Seeds
from mortalff.streams import Stream

# At strength 1: spread of log gains, of offsets, of the ripple's height, and how much of a unit is
# replaced by its saturated self. Chosen so that strength 1 is a bad analog stage for inputs of
# order 1, and 3 a grotesque one.
_GAIN, _OFFSET, _RIPPLE, _SATURATION = 0.3, 0.2, 0.3, 0.7


class UnknownStage(Hardware):
    """Units that distort what passes, each chip in its own way, and never change.

    With strength s, per-unit draws e uniform in (0, 1), others standard normal, and R mixing the
    units,

        u = exp(0.3 s ξ₁)·(x + s·mixing·R x/√n) + 0.2 s ξ₂
        y = (1 − λ) u + λ tanh(k u)/k + 0.3 s ξ₃ (sin(ω u + φ) − sin φ),   λ = 1 − exp(−0.7 s e₁)

    with k = 0.5 + 2 e₂, ω = 1 + 3 e₃ and φ = 2π e₄. It is smooth, saturates the more the larger s,
    and is not monotonic where the ripple wins. At s = 0 it is the identity, exactly. The draws do
    not depend on s: the same seed gives the same stage, more of it. All come from stream
    ``black_box``.

    Args:
        n: units, in and out.
        chips: how many, or the chips' numbers.
        seed: where the draws come from.
        strength: s, at least 0.
        mixing: how much units leak into each other, at least 0.
        scale: usual size c of what passes, above 0; the stage sends x to c·y(x/c).
        device: torch device.

    Raises:
        InputError: no units or chips, a negative strength or mixing, a scale of 0 or less.
    """

    def __init__(
        self,
        n: int,
        chips: int | Sequence[int] = 1,
        seed: int | Seeds = 0,
        *,
        strength: float = 1.0,
        mixing: float = 0.0,
        scale: float = 1.0,
        device: str | torch.device = "cpu",
    ) -> None:
        super().__init__(n, n, chip_numbers(chips), torch.device(device))
        for name, value in (("strength", strength), ("mixing", mixing)):
            if not 0.0 <= value < float("inf"):
                rule = "it is finite and at least 0"
                raise InputError(message(name, value, rule, "0 for none, 1 for a bad analog stage"))
        if not 0.0 < scale < float("inf"):
            rule = "it is finite and above 0"
            raise InputError(message("scale", scale, rule, "1.0 for signals of order 1"))
        self._strength, self._leak, self._scale = strength, strength * mixing, scale
        seeds = Seeds.of(seed)
        stream = Stream(seeds, "black_box", self.chip_ids, self.device)
        xi, e = stream.normal(3, 1, n), stream.uniform(4, 1, n)
        self._gain = torch.exp(_GAIN * strength * xi[:, 0])
        self._offset = _OFFSET * strength * xi[:, 1]
        self._ripple = _RIPPLE * strength * xi[:, 2]
        self._saturated = 1.0 - torch.exp(-_SATURATION * strength * e[:, 0])
        self._steepness = 0.5 + 2.0 * e[:, 1]
        self._frequency = 1.0 + 3.0 * e[:, 2]
        self._phase = 2.0 * torch.pi * e[:, 3]
        self._mixed = stream.normal(n, n) / n**0.5 if self._leak > 0.0 else None
        keys = [seeds.key("black_box", chip) for chip in self.chip_ids]
        self._identity = torch.from_numpy(np.array(keys, dtype=np.uint64).view(np.int64).copy())

    def __call__(self, x: Tensor) -> Tensor:
        """Send vectors through; :meth:`forward` by another name."""
        return self.forward(x)

    @property
    def capabilities(self) -> frozenset[str]:
        """``forward`` alone."""
        return frozenset({"forward"})

    def describe(self) -> str:
        """Strength, mixing, units and number of chips."""
        mixing = "" if self._mixed is None else f" and leak {self._leak:g}"
        strength = f"strength {self._strength:g}{mixing}"
        return f"unknown stage of {strength}, {self.n_in} units, {self.chips} chips"

    def state_dict(self) -> dict[str, Tensor]:
        """Counts, and which stage it is; a copy."""
        return {"counts": counts_to_tensor(self.counts), "identity": self._identity.clone()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state.

        Raises:
            InputError: the state is of other hardware.
        """
        check_state(self.describe(), state, self.state_dict())
        if not torch.equal(state["identity"], self._identity):
            raise InputError(
                f"state of {self.describe()}: it was saved from a stage with another seed; make "
                "the same stage (seed, chip numbers) before loading it"
            )
        self._tally.restore(counts_from_tensor(state["counts"]))

    def _forward(self, x: Tensor) -> Tensor:
        self._tally.add("black_box_pass", x.shape[1])
        if self._strength == 0.0:
            return x.expand(self.chips, -1, -1).clone()
        x = x / self._scale
        if self._mixed is not None:
            x = x + self._leak * apply_weights(x, self._mixed)
        u = self._gain * x + self._offset
        saturated = torch.tanh(self._steepness * u) / self._steepness
        ripple = torch.sin(self._frequency * u + self._phase) - torch.sin(self._phase)
        return self._scale * (torch.lerp(u, saturated, self._saturated) + self._ripple * ripple)

    def _pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        raise CapabilityError(f"{self.describe()} cannot be pulsed")
