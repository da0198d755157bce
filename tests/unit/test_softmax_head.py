"""The digital head: its step, and its rate by the size of batches."""

from __future__ import annotations

import pytest
import torch

from mortalff.actions import Tally
from mortalff.cards import load_card
from mortalff.learners import (
    FF,
    RBM,
    FFSettings,
    Learner,
    RBMSettings,
    RecurrentFF,
    RecurrentFFSettings,
    Settings,
)
from mortalff.learners.softmax_head import HeadSettings, SoftmaxHead
from mortalff.networks.arrays import CardArrays


@pytest.mark.parametrize(("batch", "rate"), [(1, 0.01), (4, 0.04), (10, 0.1), (100, 0.1)])
def test_few_examples_move_the_head_less(batch: int, rate: float) -> None:
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(1, batch, 7, generator=generator)
    targets = torch.eye(3)[torch.arange(batch) % 3][None]
    head = SoftmaxHead(1, 7, 3, Tally(1), torch.device("cpu"), HeadSettings.for_batch(batch))
    head.learn(features, head.logits(features), targets, 1.0)
    wrong = targets[0] - 1.0 / 3.0  # a tenth of a gradient comes through smoothing at once
    expected = rate * 0.1 * wrong.T @ features[0] / batch
    torch.testing.assert_close(head.state_dict()["weights"][0], expected)


@pytest.mark.parametrize(
    ("learner", "settings"),
    [(FF, FFSettings), (RecurrentFF, RecurrentFFSettings), (RBM, RBMSettings)],
)
def test_learners_tell_their_head_the_size_of_batches(
    learner: type[Learner], settings: type[Settings]
) -> None:
    """So that two equal examples move it twice as far as one."""
    moved = []
    for batch in (1, 2):
        chosen = settings(batch=batch)
        arrays = CardArrays(load_card("ideal"))
        one = learner(learner.build(arrays, (1, 6, 1), (5, 5), 2, chosen), chosen)
        same = torch.linspace(0.1, 1.0, 6).expand(batch, 6)
        one.step(same, torch.eye(2)[:1].expand(batch, 2)[None], chosen.lr)
        moved.append(one._head.state_dict()["weights"])
    torch.testing.assert_close(moved[1], 2.0 * moved[0])
    assert float(moved[0].abs().max()) > 0.0
