"""The conformance suite fails hardware that breaks a promise: each fault, and what catches it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

import pytest
import torch
from torch import Tensor

from mortalff.errors import CapabilityError, InputError
from mortalff.hardware.base import Hardware
from mortalff.hardware.chip_numbers import chip_numbers
from mortalff.hardware.digital import DigitalArray
from mortalff.hardware.saved_state import counts_from_tensor
from mortalff.seeds import Seeds
from mortalff.testing import HardwareConformance

CPU = torch.device("cpu")


class Sound(DigitalArray):
    """Digital weights, with nothing wrong."""

    def __init__(self, chips: int | Sequence[int], seed: int) -> None:
        super().__init__(4, 5, chip_numbers(chips), Seeds.of(seed), CPU)


class Ageing(Sound):
    """Digital weights that decay with time."""

    @property
    def capabilities(self) -> frozenset[str]:
        return super().capabilities | {"advance"}

    def _advance(self, seconds: float) -> None:
        self._weights = self._weights * 2.0 ** (-seconds / 1e5)


class Shared(Sound):
    """Chips that share one set of weights."""

    def _pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        super()._pulse(x, d, lr)
        self._weights[:] = self._weights.mean(0)


class Descending(Sound):
    """Pulses against the asked direction."""

    def _pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        super()._pulse(x, -d, lr)


class Deaf(Sound):
    """Pulses that do nothing but count."""

    def _pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        self._tally.add("outer_product", x.shape[1])


class Uncounted(Sound):
    """Reads and pulses for free."""

    def _count_products(self, vectors: int) -> None:
        return

    def _pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        self._weights = self._weights + lr * (d.transpose(1, 2) @ x) / x.shape[1]


class Open(Sound):
    """Weights for everyone to see."""

    @property
    def weights(self) -> Tensor:
        return self._weights


class Graph(Sound):
    """Outputs that lead back to the weights."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + 0.0 * x.sum()


class Aliased(Sound):
    """A probe that hands out the weights themselves."""

    def _read_weights(self) -> Tensor:
        return self._weights


class Reused(Sound):
    """One output buffer for all reads."""

    def _forward(self, x: Tensor) -> Tensor:
        y = super()._forward(x)
        self._buffer: Tensor = getattr(self, "_buffer", y)
        return self._buffer.copy_(y) if self._buffer.shape == y.shape else y


class Unchecked(Sound):
    """Anything goes in."""

    def _checked(self, name: str, tensor: Tensor, width: int) -> Tensor:
        return super()._checked(name, tensor.nan_to_num(0.0, 0.0, 0.0), width)


class Forgetful(Sound):
    """A state without the weights."""

    def state_dict(self) -> dict[str, Tensor]:
        return {"counts": super().state_dict()["counts"]}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        self._tally.restore(counts_from_tensor(state["counts"]))


class Tied(Sound):
    """A state that is the weights, not a copy."""

    def state_dict(self) -> dict[str, Tensor]:
        return super().state_dict() | {"weights": self._weights}


class Trusting(Sound):
    """Any state is taken."""

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        try:
            super().load_state_dict(state)
        except InputError:
            self._weights = state.get("weights", self._weights).clone()


class Crowded(Sound):
    """Weights that depend on how many chips there are."""

    def __init__(self, chips: int | Sequence[int], seed: int) -> None:
        super().__init__(chips, seed)
        self._weights += 0.01 * self.chips


class Random(Sound):
    """Noise from torch's own generator."""

    def _forward(self, x: Tensor) -> Tensor:
        y = super()._forward(x)
        return y + 0.01 * torch.randn(y.shape)


class Seedless(Sound):
    """The same weights whatever the seed."""

    def __init__(self, chips: int | Sequence[int], seed: int) -> None:
        super().__init__(chips, 0)


class Hollow(Sound):
    """A capability in name only."""

    @property
    def capabilities(self) -> frozenset[str]:
        return super().capabilities | {"advance"}


class Boastful(Sound):
    """A capability that nobody has heard of."""

    @property
    def capabilities(self) -> frozenset[str]:
        return super().capabilities | {"telepathy"}


class Zealous(Sound):
    """Pulses at a rate of zero all the same."""

    def pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        super().pulse(x, d, max(lr, 1e-3) if lr >= 0.0 else lr)


class Restless(Ageing):
    """Each advance ages a bit more than asked."""

    def advance(self, seconds: float) -> None:
        super().advance(seconds + 100.0)


class Sloppy(Sound):
    """Programs the negative of what is asked."""

    def _program(self, weights: Tensor) -> None:
        super()._program(-weights)


FAULTS: list[tuple[type[Sound], str]] = [
    (Shared, "test_a_pulsed_chip_leaves_the_others_alone"),
    (Shared, "test_chips_do_not_know_of_each_other"),
    (Descending, "test_pulses_move_outputs_in_the_asked_direction"),
    (Deaf, "test_pulses_move_outputs_in_the_asked_direction"),
    (Deaf, "test_a_pulsed_chip_leaves_the_others_alone"),
    (Uncounted, "test_reads_are_counted"),
    (Uncounted, "test_pulses_are_counted"),
    (Open, "test_no_public_weights"),
    (Graph, "test_outputs_have_no_graph"),
    (Aliased, "test_weights_are_read_through_the_probe"),
    (Reused, "test_outputs_are_ones_own"),
    (Unchecked, "test_inputs_that_are_not_finite_are_refused"),
    (Unchecked, "test_wrong_pulses_are_refused"),
    (Forgetful, "test_a_state_is_brought_back"),
    (Forgetful, "test_a_state_moves_to_new_hardware"),
    (Tied, "test_a_state_is_a_copy"),
    (Trusting, "test_a_state_of_other_hardware_is_refused"),
    (Crowded, "test_chips_do_not_know_of_each_other"),
    (Random, "test_equal_seeds_make_equal_chips"),
    (Random, "test_global_generators_are_left_alone"),
    (Seedless, "test_other_seeds_make_other_chips"),
    (Hollow, "test_what_is_offered_works"),
    (Boastful, "test_capabilities_are_known"),
    (Zealous, "test_a_rate_of_zero_changes_nothing"),
    (Restless, "test_no_time_changes_nothing"),
    (Restless, "test_two_times_are_their_sum"),
    (Sloppy, "test_programming_comes_near"),
]
ARGUMENTS: dict[str, object] = {
    "test_pulses_move_outputs_in_the_asked_direction": 1.0,
    "test_inputs_that_are_not_finite_are_refused": float("nan"),
    "test_wrong_pulses_are_refused": "nan x",
    "test_a_state_of_other_hardware_is_refused": "chips",
    "test_what_is_offered_works": "advance",
}


def _run(kind: type[Sound], name: str) -> None:
    class Case(HardwareConformance):
        def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
            return kind(chips, seed)

    test = cast(Callable[..., None], getattr(Case(), name))
    test(*([ARGUMENTS[name]] if name in ARGUMENTS else []))


@pytest.mark.parametrize(("kind", "name"), FAULTS)
def test_a_fault_is_caught(kind: type[Sound], name: str) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception, CapabilityError)):
        _run(kind, name)


@pytest.mark.parametrize("name", sorted({name for _, name in FAULTS}))
def test_what_is_sound_passes(name: str) -> None:
    _run(Ageing, name)
