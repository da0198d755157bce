"""Any Python callable as hardware: a simulator of one's own, or an instrument on a bench."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from mortalff.actions import ACTIONS
from mortalff.errors import CapabilityError, InputError, message, nearest
from mortalff.hardware.base import Hardware
from mortalff.hardware.chip_numbers import chip_numbers
from mortalff.hardware.saved_state import check_state, counts_from_tensor, counts_to_tensor

_PREFIX: Final = "box."


@dataclass(frozen=True)
class SavedState:
    """How what is behind a black box is saved and brought back.

    Attributes:
        save: gives all that changes as the box is used, as tensors by name.
        load: takes what ``save`` gave and goes back to it.
    """

    save: Callable[[], Mapping[str, Tensor]]
    load: Callable[[Mapping[str, Tensor]], None]


class BlackBox(Hardware):
    """Hardware of which nothing is known but what it answers.

    What it can do follows from what is given: ``pulse`` and ``advance`` are offered where there is
    a callable for them. The callables get tensors of their own, float32 on ``device``, and may keep
    or change them. Chips in a black box are the callable's affair; it must keep them independent.

    Args:
        forward: from inputs (chips, batch, n_in) to outputs (chips, batch, n_out), finite numbers.
        n_out: outputs.
        n_in: inputs.
        chips: how many, or the chips' numbers.
        pulse: asked for ΔW = lr · mean over the batch of d xᵀ with x (chips, batch, n_in), d
            (chips, batch, n_out), lr.
        advance: told that so many seconds pass.
        state: how to save and load what is behind it. Without it, a box that takes pulses or ages
            has no state.
        cost: actions of each vector sent through, by name.
        pulse_cost: actions of each sample pulsed, by name.
        reproducible: whether a box made in the same way gives the same numbers.
        name: of the box, for messages.
        device: where tensors go in and come out.

    Raises:
        InputError: no chips, an unknown action, a negative number of them.
    """

    def __init__(
        self,
        forward: Callable[[Tensor], Tensor],
        *,
        n_out: int,
        n_in: int,
        chips: int | Sequence[int] = 1,
        pulse: Callable[[Tensor, Tensor, float], None] | None = None,
        advance: Callable[[float], None] | None = None,
        state: SavedState | None = None,
        cost: Mapping[str, float] | None = None,
        pulse_cost: Mapping[str, float] | None = None,
        reproducible: bool = False,
        name: str = "black box",
        device: str | torch.device = "cpu",
    ) -> None:
        super().__init__(n_out, n_in, chip_numbers(chips), torch.device(device))
        self._call, self._call_pulse, self._call_advance = forward, pulse, advance
        self._state = state
        self._cost = _checked_cost("cost", {"black_box_pass": 1.0} if cost is None else cost)
        self._pulse_cost = _checked_cost(
            "pulse_cost", {"outer_product": 1.0} if pulse_cost is None else pulse_cost
        )
        self._name = name
        self.reproducible = reproducible

    @property
    def capabilities(self) -> frozenset[str]:
        """``forward``, and what else there is a callable for."""
        given = {"pulse": self._call_pulse, "advance": self._call_advance}
        return frozenset({"forward"} | {name for name, call in given.items() if call is not None})

    def describe(self) -> str:
        """Name, shape and number of chips."""
        return f"{self._name} {self.n_out}x{self.n_in}, {self.chips} chips"

    def state_dict(self) -> dict[str, Tensor]:
        """Counts, and what is behind the box; a copy.

        Raises:
            CapabilityError: the box changes, and nothing was given to save it.
        """
        state = {"counts": counts_to_tensor(self.counts)}
        if self._state is None:
            self._require_state()
            return state
        return state | {_PREFIX + key: t.detach().clone() for key, t in self._state.save().items()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state.

        Raises:
            CapabilityError: the box changes, and nothing was given to load it.
            InputError: the state is of other hardware.
        """
        check_state(self.describe(), state, self.state_dict())
        if self._state is not None:
            behind = {k.removeprefix(_PREFIX): t for k, t in state.items() if k.startswith(_PREFIX)}
            self._state.load({key: tensor.clone() for key, tensor in behind.items()})
        self._tally.restore(counts_from_tensor(state["counts"]))

    def _forward(self, x: Tensor) -> Tensor:
        batch = x.shape[1]
        if batch == 0:
            return torch.zeros(self.chips, 0, self.n_out, device=self.device)
        for action, times in self._cost.items():
            self._tally.add(action, times * batch)
        return self._checked_output(self._call(self._own(x)), batch)

    def _pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        assert self._call_pulse is not None  # the boundary has checked the capability
        for action, times in self._pulse_cost.items():
            self._tally.add(action, times * x.shape[1])
        self._call_pulse(self._own(x), self._own(d), lr)

    def _advance(self, seconds: float) -> None:
        assert self._call_advance is not None  # as above
        if seconds > 0.0:
            self._call_advance(seconds)

    def _own(self, tensor: Tensor) -> Tensor:
        """A copy with a chip axis, so that a callable that writes in place does no harm."""
        return tensor.expand(self.chips, -1, -1).clone(memory_format=torch.contiguous_format)

    def _checked_output(self, y: object, batch: int) -> Tensor:
        """A copy of what the callable gave as float32, or an error that blames the callable."""
        where, shape = f"output of {self._name}", (self.chips, batch, self.n_out)
        right = f"make forward return a tensor of shape {shape}, (chips, batch, n_out)"
        if not isinstance(y, Tensor):
            raise InputError(message(f"type of {where}", type(y).__name__, "not a tensor", right))
        if tuple(y.shape) != shape:
            raise InputError(message(f"shape of {where}", tuple(y.shape), "a wrong shape", right))
        if y.is_complex():
            raise InputError(message(f"dtype of {where}", y.dtype, "outputs are real", right))
        y = y.detach().to(device=self.device, dtype=torch.float32, copy=True)
        finite = torch.isfinite(y)
        if not bool(finite.all()):
            chip, sample, line = (int(i) for i in torch.nonzero(~finite)[0])
            raise InputError(
                message(
                    f"{where} [{chip}, {sample}, {line}]",
                    float(y[chip, sample, line]),
                    "hardware gives finite numbers",
                    "look into the black box's forward",
                )
            )
        return y

    def _require_state(self) -> None:
        changing = sorted(self.capabilities - {"forward"})
        if changing:
            raise CapabilityError(
                f"state of {self.describe()}: it offers {', '.join(changing)} and so changes, but "
                "nothing was given to save it; give BlackBox(state=SavedState(save, load)), or run "
                "without checkpoints"
            )


def _checked_cost(where: str, cost: Mapping[str, float]) -> dict[str, float]:
    for action, times in cost.items():
        if action not in ACTIONS:
            rule = "there is no such action"
            raise InputError(message(where, action, rule, nearest(action, ACTIONS)))
        if not 0.0 <= times < float("inf"):
            rule = "a number of actions is finite and at least 0"
            raise InputError(message(f"{where}[{action!r}]", times, rule, "give how often it is"))
    return dict(cost)
