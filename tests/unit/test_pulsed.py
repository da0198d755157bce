"""Learners that pulse: what they need, and what arrays are told of smoothing and decay."""

from __future__ import annotations

import pytest

from mortalff.hardware.digital import DigitalArray
from mortalff.learners.base import Learner
from mortalff.learners.bp import BP
from mortalff.learners.ff import FF
from mortalff.learners.mono_forward import MonoForward
from mortalff.learners.pat import PAT
from mortalff.learners.rbm import RBM
from mortalff.learners.recurrent_ff import RecurrentFF
from mortalff.testing.bare_arrays import BareArrays

PULSES = frozenset({"forward", "pulse"})
BACKWARDS = PULSES | {"forward_transposed"}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, float]]:
    """What each array was told of smoothing and decay, array by array."""
    found: list[tuple[float, float]] = []
    monkeypatch.setattr(
        DigitalArray, "_set_digital_update", lambda _, *numbers: found.append(numbers)
    )
    return found


def made(kind: type[Learner], offered: frozenset[str], **changes: float) -> Learner:
    settings = kind.settings_type.model_validate(changes)
    network = kind.build(BareArrays(offered), (1, 16, 1), (6, 4), 4, settings)
    return kind(network, settings)


@pytest.mark.parametrize(
    ("kind", "always"),
    [(FF, PULSES), (RecurrentFF, PULSES), (MonoForward, PULSES), (RBM, BACKWARDS), (BP, BACKWARDS)],
)
@pytest.mark.parametrize(("smoothing", "decay"), [(0.0, 0.0), (0.9, 0.0), (0.0, 0.001)])
def test_a_digital_number_a_weight_is_asked_for_where_settings_need_it(
    kind: type[Learner],
    always: frozenset[str],
    smoothing: float,
    decay: float,
    told: list[tuple[float, float]],
) -> None:
    asked = smoothing > 0.0 or decay > 0.0
    offered = always | ({"digital_update"} if asked else set())
    learner = made(kind, offered, smoothing=smoothing, weight_decay=decay)
    assert learner.needs == offered
    assert told == ([(smoothing, decay)] * len(learner.network.layers) if asked else [])


def test_a_model_smooths_in_the_model(told: list[tuple[float, float]]) -> None:
    learner = made(PAT, frozenset({"forward", "program"}), smoothing=0.9, weight_decay=0.001)
    assert learner.needs == {"forward", "program"}
    assert told == []
