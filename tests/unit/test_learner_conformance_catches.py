"""The conformance suite fails learners that break a promise: each fault, and what catches it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor

from mortalff.errors import CapabilityError
from mortalff.learners.dfa import DFA, DFASettings
from mortalff.networks import Network
from mortalff.streams import Stream
from mortalff.testing import LearnerConformance

Measured = dict[str, Tensor]


class Sound(DFA):
    """Nothing wrong."""


class Lazy(DFA):
    """Looks at the examples and leaves it at that."""

    def step(self, images: Tensor, targets: Tensor, rate: float) -> Measured:
        return self.measured(self.climb(images)[1], targets)


class Prying(DFA):
    """Reads weights without having declared that."""

    def step(self, images: Tensor, targets: Tensor, rate: float) -> Measured:
        self.network.layers[0].hardware.probe().read_weights()
        return super().step(images, targets, rate)


class Late(DFA):
    """Declares its needs when it is too late to check them."""

    declared = frozenset[str]()

    def __init__(self, network: Network, settings: DFASettings | None = None) -> None:
        super().__init__(network, settings)
        self.declared = frozenset({"forward", "pulse"})

    @property
    def needs(self) -> frozenset[str]:
        return self.declared


class Forgetful(DFA):
    """Has a place in a stream, and no state that says so."""

    def __init__(self, network: Network, settings: DFASettings | None = None) -> None:
        super().__init__(network, settings)
        self.stream = Stream(network.seeds, "learner", network.chip_ids, network.device)

    def output_error(self, logits: Tensor, targets: Tensor) -> Tensor:
        error = super().output_error(logits, targets)
        return error + 0.1 * self.stream.normal(*error.shape[1:])


class Crowded(DFA):
    """Learns faster where there are more chips."""

    def step(self, images: Tensor, targets: Tensor, rate: float) -> Measured:
        return super().step(images, targets, rate * self.network.chips)


class Global(DFA):
    """Draws from torch's own generator."""

    def output_error(self, logits: Tensor, targets: Tensor) -> Tensor:
        return super().output_error(logits, targets) + 0.01 * torch.randn(logits.shape)


class Hard(DFA):
    """Takes the likeliest class for the only one."""

    def step(self, images: Tensor, targets: Tensor, rate: float) -> Measured:
        hot = torch.nn.functional.one_hot(targets.argmax(-1), targets.shape[-1])
        return super().step(images, hot.to(torch.float32), rate)


class Free(DFA):
    """Predicts without doing anything."""

    def scores(self, images: Tensor, readout: str) -> Tensor:
        return torch.zeros(self.network.chips, len(images), self.network.n_classes)


class Restless(DFA):
    """Learns from what it is asked."""

    def scores(self, images: Tensor, readout: str) -> Tensor:
        inputs, logits = self.climb(images)
        self.update(0, inputs[0], inputs[1], 0.01)
        return logits


class Watched(DFA):
    """Learns faster the more it is asked, and has no state that says so."""

    asked = 0

    def scores(self, images: Tensor, readout: str) -> Tensor:
        self.asked += 1
        return super().scores(images, readout)

    def step(self, images: Tensor, targets: Tensor, rate: float) -> Measured:
        return super().step(images, targets, rate * (1 + self.asked))


class Careless(DFA):
    """Writes into its examples."""

    def step(self, images: Tensor, targets: Tensor, rate: float) -> Measured:
        return super().step(images.sub_(0.5), targets, rate)


class Tied(DFA):
    """Hands out its state itself."""

    def own_state(self) -> dict[str, Tensor]:
        return {"matrix": self.feedback[0].matrix}

    def load_own_state(self, state: Mapping[str, Tensor]) -> None:
        self.feedback[0].matrix = state["matrix"]


def suite(kind: type[DFA]) -> LearnerConformance:
    """The suite for a learner, with fewer epochs to learn in."""

    class Case(LearnerConformance):
        learner_type = kind
        settings = DFASettings(lr=0.3, activation="tanh", batch=20)
        epochs = 4

    return Case()


TESTS: dict[str, Callable[[LearnerConformance, Path], None]] = {
    "learns": lambda case, _: case.test_it_learns(),
    "needs": lambda case, _: case.test_needs_are_enough(),
    "refused": lambda case, _: case.test_hardware_that_lacks_a_need_is_refused(),
    "resumes": lambda case, folder: case.test_it_resumes_bit_for_bit("ideal", folder),
    "alone": lambda case, _: case.test_a_chip_alone_learns_what_it_learns_among_others("ideal"),
    "seeds": lambda case, _: case.test_seeds_decide(),
    "training": lambda case, _: case.test_training_is_counted(),
    "evaluating": lambda case, _: case.test_evaluating_within_epochs_leaves_no_trace("ideal"),
    "predicting": lambda case, _: case.test_predicting_is_counted_and_teaches_nothing(),
    "soft": lambda case, _: case.test_soft_targets_are_learned(),
    "readouts": lambda case, _: case.test_read_outs_agree_with_one_another(),
    "copy": lambda case, _: case.test_its_state_is_a_copy(),
    "examples": lambda case, _: case.test_a_step_leaves_its_examples_alone(),
}

FAULTS = [
    (Lazy, "learns"),
    (Prying, "needs"),
    (Late, "refused"),
    (Forgetful, "resumes"),
    (Crowded, "alone"),
    (Global, "seeds"),
    (Watched, "evaluating"),
    (Free, "predicting"),
    (Restless, "predicting"),
    (Hard, "soft"),
    (Tied, "copy"),
    (Careless, "examples"),
]


@pytest.mark.parametrize("test", sorted(TESTS))
def test_a_sound_learner_passes(test: str, tmp_path: Path) -> None:
    TESTS[test](suite(Sound), tmp_path)


@pytest.mark.parametrize(("kind", "test"), FAULTS, ids=[kind.__name__ for kind, _ in FAULTS])
def test_a_fault_is_caught(kind: type[DFA], test: str, tmp_path: Path) -> None:
    # A missing refusal is pytest's own failure, an undeclared need the hardware's error.
    with pytest.raises((AssertionError, pytest.fail.Exception, CapabilityError)):
        TESTS[test](suite(kind), tmp_path)
