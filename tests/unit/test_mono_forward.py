"""Mono-Forward: each layer goes down its own cross-entropy, and nothing else of the network."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from mortalff.cards import load_card
from mortalff.data import Split
from mortalff.errors import InputError
from mortalff.learners.mono_forward import MonoForward, MonoForwardSettings
from mortalff.networks import Network, rms_normalise

SIZES, CLASSES = (9, 7, 5), 3


def learner(chips: int = 2, **changes: object) -> MonoForward:
    """Two small layers of ideal weights."""
    network = Network.build(load_card("ideal"), SIZES, chips=chips, seed=2, n_classes=CLASSES)
    settings = {"lr": 0.2, "projection_lr": 0.3, "batch": 8, **changes}
    return MonoForward(network, MonoForwardSettings.model_validate(settings))


def batch(n: int = 8) -> tuple[Tensor, Tensor]:
    """Images and one-hot targets."""
    images = torch.rand(n, SIZES[0], generator=torch.Generator().manual_seed(4))
    return images, torch.nn.functional.one_hot(torch.arange(n) % CLASSES, CLASSES).float()[None]


def weights(made: MonoForward) -> list[Tensor]:
    """Each layer's weights, (chips, n_out, n_in + 1)."""
    return [layer.hardware.probe().read_weights() for layer in made.network.layers]


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_an_update_is_the_gradient_of_each_layers_own_loss(activation: str) -> None:
    made, (images, targets) = learner(activation=activation), batch()
    for _ in range(10):
        made.step(images, targets, 0.2)  # projections start at zero, where layers have no error
    before, projections = weights(made), made.readout_state()
    made.step(images, targets, 0.1)  # half the rate: projections follow the schedule too
    after, moved = weights(made), made.readout_state()
    f = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}[activation]
    for chip in range(2):
        x = rms_normalise(images)
        for number, whole in enumerate(before):
            w = whole[chip].clone().requires_grad_()
            m = projections[f"projection{number}"][chip].clone().requires_grad_()
            y = f(torch.cat((x, torch.ones(len(x), 1)), dim=1) @ w.T)
            loss = -(targets[0] * (y @ m.T).log_softmax(-1)).sum(-1).mean()
            by_w, by_m = torch.autograd.grad(loss, (w, m))
            assert by_w.abs().max() > 1e-4
            assert torch.allclose(after[number][chip], w - 0.1 * by_w, atol=1e-6)
            found = moved[f"projection{number}"][chip]
            assert torch.allclose(found, m - 0.15 * by_m, atol=1e-6)
            x = y.detach()


def test_read_outs_are_sums_and_parts_of_one_another() -> None:
    made, (images, targets) = learner(), batch()
    for _ in range(30):
        made.step(images, targets, 0.2)
    last, best, total = (made.scores(images, name) for name in ("last", "best", "sum"))
    first = total - last
    chosen = made.own_state()["errors"].argmin(1)
    for chip, layer in enumerate(chosen.tolist()):
        assert torch.allclose(best[chip], (first, last)[layer][chip], atol=1e-5)


def test_counts_are_those_of_the_docstring() -> None:
    made, (images, targets) = learner(chips=1), batch()
    before = made.network.tally.snapshot()
    made.step(images, targets, 0.1)
    counts, b = made.network.tally.snapshot() - before, len(images)
    sizes = [n * CLASSES for n in SIZES[1:]]
    macs = sum(2 * b * size + (b + 1) * size for size in sizes)  # nothing smoothed or decayed
    assert counts["digital_mac"][0] == b * SIZES[0] + macs
    ops = sum(3 * b * n + b * CLASSES for n in SIZES[1:])
    assert counts["digital_op"][0] == b * SIZES[0] + ops
    held = sum(2 * b * (32 * (n + 1) + 9 * m) / 8 for n, m in pairwise(SIZES))
    assert counts["memory_byte"][0] == held + sum(4 * size * 4 for size in sizes)


def test_projections_move_to_another_learner() -> None:
    made, (images, targets) = learner(), batch()
    for _ in range(3):
        made.step(images, targets, 0.2)
    other = learner()
    other.load_readout_state(made.readout_state())
    for name, tensor in made.readout_state().items():
        assert torch.equal(other.readout_state()[name], tensor)
    with pytest.raises(InputError, match="its own read-out"):
        learner(chips=1).load_readout_state(made.readout_state())


def test_analog_activities_are_refused() -> None:
    network = Network.build(load_card("ecram"), SIZES, n_classes=CLASSES, activities="analog")
    with pytest.raises(InputError, match="activities='digital'"):
        MonoForward(network)


def test_layers_below_learn_nothing_from_above() -> None:
    """The first layer ends alike whatever stands above it."""
    split = Split(batch(40)[0], torch.arange(40) % CLASSES)
    made = []
    for sizes in (SIZES, SIZES[:2]):
        network = Network.build(load_card("ideal"), sizes, seed=2, n_classes=CLASSES)
        one = MonoForward(network, MonoForwardSettings(batch=8))
        one.fit(split, 3)
        made.append(one)
    assert torch.equal(weights(made[0])[0], weights(made[1])[0])
