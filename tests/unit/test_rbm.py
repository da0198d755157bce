"""Stacked RBMs: CD-1 as it is written down, one layer after the other."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mortalff.cards import load_card
from mortalff.data import Split
from mortalff.errors import CapabilityError
from mortalff.hardware.black_box import BlackBox
from mortalff.learners.rbm import RBM, RBMSettings
from mortalff.networks import Layer, Network
from mortalff.streams import Stream

SIZES, CLASSES = (9, 7, 5), 3


def learner(**changes: object) -> RBM:
    """Two small machines of ideal weights on two chips."""
    network = Network.build(load_card("ideal"), SIZES, chips=2, seed=2, n_classes=CLASSES)
    return RBM(network, RBMSettings.model_validate({"lr": 0.2, "batch": 8, **changes}))


def data(n: int = 64) -> Split:
    """Noisy bars, one a class."""
    generator = torch.Generator().manual_seed(4)
    labels = torch.arange(n) % CLASSES
    images = torch.zeros(n, 3, 3)
    images[torch.arange(n), labels] = 0.9
    noise = 0.1 * torch.rand(n, 3, 3, generator=generator)
    return Split((images + noise).reshape(n, 9), labels)


def weights(made: RBM) -> list[Tensor]:
    """Each layer's weights, (chips, n_out, n_in + 1)."""
    return [layer.hardware.probe().read_weights() for layer in made.network.layers]


def test_an_update_is_cd1_with_the_same_draws() -> None:
    made, v = learner(), data(8).images
    targets = torch.nn.functional.one_hot(data(8).labels, CLASSES).float()[None]
    draws = Stream(made.network.seeds, "learner", made.network.chip_ids, torch.device("cpu"))
    bias = torch.zeros(2, SIZES[0])
    w = weights(made)[0]
    upper = weights(made)[1]
    for _ in range(3):
        uniform = draws.uniform(8, SIZES[1])
        expected = []
        for chip in range(2):
            # Freestanding CD-1 (Hinton 2002) of one machine: weights, hidden biases, visible biases.
            matrix, hidden = w[chip, :, :-1], w[chip, :, -1]
            p = torch.sigmoid(v @ matrix.T + hidden)
            h = (uniform[chip] < p).float()
            remade = torch.sigmoid(h @ matrix + bias[chip])
            q = torch.sigmoid(remade @ matrix.T + hidden)
            matrix = matrix + 0.2 * (p.T @ v - q.T @ remade) / 8
            hidden = hidden + 0.2 * (p - q).mean(0)
            bias[chip] += 0.2 * (v - remade).mean(0)
            expected.append(torch.cat((matrix, hidden[:, None]), dim=1))
        made.step(v, targets, 0.2)
        w = torch.stack(expected)
        assert torch.allclose(weights(made)[0], w, atol=1e-6)
        assert torch.allclose(made.own_state()["visible0"][:, 0], bias, atol=1e-6)
    assert torch.equal(weights(made)[1], upper)


def test_layers_learn_one_after_the_other() -> None:
    made, seen = learner(), []
    made.fit(data(), 4, on_epoch=lambda record: seen.append((record, weights(made))))
    assert [("reconstruction_layer1" in r.measured) for r, _ in seen] == [True, True, False, False]
    assert torch.equal(seen[3][1][0], seen[1][1][0])
    assert torch.equal(seen[1][1][1], weights(learner())[1])
    assert not torch.equal(seen[3][1][1], seen[1][1][1])


def test_a_machine_learns_to_reconstruct() -> None:
    made = learner(schedule="constant")
    made.fit(data(), 60)
    for name in ("reconstruction_layer1", "reconstruction_layer2"):
        errors = [r.measured[name] for r in made.history if name in r.measured]
        assert max(errors[-1]) < 0.5 * min(errors[0])
    assert made.error(data()).max() == 0.0


def test_a_chips_error_is_its_own_where_threads_share_the_sum() -> None:
    # PyTorch cuts a sum to one number among threads, from 32768 numbers on, and sums to several numbers it does not.
    measured, images = [], torch.rand(8, 520, 64, generator=torch.Generator().manual_seed(0))
    targets = torch.nn.functional.one_hot(torch.arange(520) % CLASSES, CLASSES).float()[None]
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        for chips in ([0, 1], [1]):
            network = Network.build(
                load_card("ideal"), (64, 5), chips=chips, seed=2, n_classes=CLASSES
            )
            made = RBM(network, RBMSettings())
            steps = [made.step(batch, targets, 0.1) for batch in images]
            measured.append([float(step["reconstruction_layer1"][-1]) for step in steps])
    finally:
        torch.set_num_threads(threads)
    assert measured[0] == measured[1]


def test_counts_are_those_of_the_docstring() -> None:
    made, split = learner(), data(8)
    targets = torch.nn.functional.one_hot(split.labels, CLASSES).float()[None]
    before = made.network.tally.snapshot()
    made.step(split.images, targets, 0.2)
    counts, b, (n, m, k) = made.network.tally.snapshot() - before, 8, SIZES
    head = (m + k) * CLASSES
    assert counts["digital_mac"][0] == b * (m + k) + b * head + (b + 4) * head
    assert counts["digital_op"][0] == b * (2 * (m + k) + 3 * m + 4 * n + CLASSES)
    held = 2 * 2 * b * 32 * (n + 1 + m) / 8 + 8 * n  # both phases written and read
    assert counts["memory_byte"][0] == held + 4 * head + 16 * head


def test_hardware_without_a_transposed_read_is_refused() -> None:
    box = BlackBox(lambda x: x[..., :5].unsqueeze(0), pulse=lambda x, d, lr: None, n_out=5, n_in=10)
    with pytest.raises(CapabilityError, match=r"'rbm'.*'forward_transposed'"):
        RBM(Network([Layer(box, 1.0)], n_classes=CLASSES))
