"""Rivals with errors at the output learn handwritten digits, on ideal weights and by noisy pulses.

Random guesses give an error of 90 %; the bounds are some four points above what was reached, and below what was reached
where only the output layer learned, on two chips of either card. That layer does well on wide layers at random, so
that PEPITA, whose hidden layer adds least, is given a narrow one.
"""

from __future__ import annotations

import pytest

import mortalff
from mortalff.cards import load_card
from mortalff.learners import BP, BPSettings, Learner
from mortalff.learners.dfa import DFA, DFASettings
from mortalff.learners.drtp import DRTP, DRTPSettings
from mortalff.learners.fa import FA, FASettings
from mortalff.learners.ifa import IFA, IFASettings
from mortalff.learners.pepita import PEPITA, PEPITASettings
from mortalff.learners.settings import Settings
from mortalff.networks import Network

RUNS: list[tuple[type[Learner], Settings, float]] = [
    (BP, BPSettings(lr=0.3, batch=20), 0.06),
    (FA, FASettings(lr=0.1, batch=20), 0.15),
    (DFA, DFASettings(lr=0.3, batch=20, activation="tanh"), 0.09),
    (IFA, IFASettings(lr=0.3, batch=20, activation="tanh"), 0.09),
    (DRTP, DRTPSettings(lr=0.1, batch=20), 0.13),
    (PEPITA, PEPITASettings(lr=0.1, batch=20), 0.13),
]


@pytest.mark.parametrize("card", ["ideal", "gokmen_vlasov"])
@pytest.mark.parametrize(("kind", "settings", "error"), RUNS, ids=[run[0].name for run in RUNS])
def test_digits_are_learned(
    card: str, kind: type[Learner], settings: Settings, error: float
) -> None:
    digits = mortalff.load("digits")
    hidden = (30,) if kind is PEPITA else (60, 40)
    network = Network.build(load_card(card), (64, *kind.sizes(hidden, 10)), chips=1, seed=1)
    learner = kind(network, settings)
    learner.fit(digits.train, 6, progress=False)
    assert learner.error(digits.test).item() < error
