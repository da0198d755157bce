"""A chip that diverges is out, and those beside it go on as if it were not there."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mortalff import BP, FF, BPSettings, FFSettings, Network, load, load_card
from mortalff.errors import InputError
from mortalff.learners import DFA, IFA, DFASettings, IFASettings, Learner

DIGITS = load("digits")
TRAIN = DIGITS.train.take(200)
KINDS = [(BP, BPSettings), (FF, FFSettings), (DFA, DFASettings), (IFA, IFASettings)]


def _learner(kind: type[Learner], settings: type, chips: tuple[int, ...], broken: int) -> Learner:
    """With one chip's first array programmed to weights that overflow."""
    net = Network.build(load_card("ideal"), (64, *kind.sizes((20, 20), 10)), chips=chips, seed=0)
    probe = net.layers[0].hardware.probe()
    weights = probe.read_weights()
    for place, chip in enumerate(chips):
        if chip == broken:
            weights[place] = 3e38
    probe.program(weights)
    return kind(net, settings(lr=0.01, batch=20))  # type: ignore[call-arg]


@pytest.mark.parametrize(("kind", "settings"), KINDS, ids=lambda v: getattr(v, "__name__", ""))
def test_the_others_learn_what_they_learn_alone(kind: type[Learner], settings: type) -> None:
    beside = _learner(kind, settings, (0, 1, 2), broken=1)
    alone = _learner(kind, settings, (0, 2), broken=1)
    for learner in (beside, alone):
        learner.fit(TRAIN, 2, progress=False)
    assert beside.network.diverged.tolist() == [False, True, False]
    assert beside.history[-1].measured["diverged"] == [0.0, 1.0, 0.0]
    assert "diverged" not in alone.history[-1].measured
    found = beside.scores(DIGITS.test.images, beside.readouts[0])
    expected = alone.scores(DIGITS.test.images, alone.readouts[0])
    assert torch.equal(found[[0, 2]], expected)
    assert torch.isfinite(found).all()


def test_it_stays_out_after_resuming(tmp_path: Path) -> None:
    first = _learner(BP, BPSettings, (0, 1), broken=1)
    first.fit(TRAIN, 1, checkpoint=tmp_path / "at", progress=False)
    second = _learner(BP, BPSettings, (0, 1), broken=7)
    second.load(tmp_path / "at")
    assert second.network.diverged.tolist() == [False, True]


def test_data_that_are_not_finite_are_still_refused() -> None:
    learner = _learner(FF, FFSettings, (0, 1), broken=7)
    images = TRAIN.images[:20].clone()
    images[3, 40] = float("nan")
    with pytest.raises(InputError, match="finite"):
        learner.step(images, torch.eye(10)[TRAIN.labels[:20]].unsqueeze(0), 0.01)
