"""Perturbation, Mono-Forward and stacked RBMs on real digits; chance is 90 %."""

from __future__ import annotations

import pytest

from mortalff import load
from mortalff.cards import load_card
from mortalff.learners import Learner
from mortalff.learners.mono_forward import MonoForward, MonoForwardSettings
from mortalff.learners.multiplexed import Multiplexed, MultiplexedSettings
from mortalff.learners.node_perturbation import NodePerturbation, NodePerturbationSettings
from mortalff.learners.rbm import RBM, RBMSettings
from mortalff.learners.settings import Settings
from mortalff.networks import Network


def errors(kind: type[Learner], settings: Settings, card: str, epochs: int) -> list[float]:
    """Test error of each of two chips with 50 hidden units, by the usual read-out."""
    digits = load("digits")
    sizes = (digits.n_features, *kind.sizes((50,), 10))
    network = Network.build(load_card(card), sizes, chips=2, seed=0)
    learner = kind(network, settings)
    learner.fit(digits.train, epochs, progress=False)
    return [float(error) for error in learner.error(digits.test)]


@pytest.mark.parametrize(("card", "reached"), [("ideal", 0.07), ("gokmen_vlasov", 0.08)])
def test_mono_forward(card: str, reached: float) -> None:
    settings = MonoForwardSettings(lr=0.1, batch=20)
    assert max(errors(MonoForward, settings, card, 6)) < reached


@pytest.mark.parametrize(("card", "reached"), [("ideal", 0.15), ("gokmen_vlasov", 0.25)])
def test_node_perturbation(card: str, reached: float) -> None:
    settings = NodePerturbationSettings(lr=0.02, sigma=0.3, batch=20)
    assert max(errors(NodePerturbation, settings, card, 6)) < reached


def test_multiplexed_gradient_descent() -> None:
    settings = MultiplexedSettings(lr=0.005, sample_time=4, batch=20)
    assert max(errors(Multiplexed, settings, "ideal", 5)) < 0.6


def test_stacked_rbms() -> None:
    assert max(errors(RBM, RBMSettings(lr=0.1, batch=20), "ideal", 6)) < 0.15
