"""Recurrent FF: its update by hand, what it counts and asks for, that it resumes, and that chips stay apart."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from mortalff.cards import load_card
from mortalff.data import Split
from mortalff.errors import CapabilityError, InputError
from mortalff.learners.recurrent_ff import RecurrentFF
from mortalff.learners.recurrent_ff_settings import RecurrentFFSettings
from mortalff.networks import Network
from mortalff.networks.arrays import CardArrays
from mortalff.networks.local import LocalFields

PIXELS, HIDDEN, CLASSES = 15, (17, 13), 4


def learner(
    chips: int | list[int] = 2, card: str = "ideal", seed: int = 5, **changes: object
) -> RecurrentFF:
    settings = RecurrentFFSettings.model_validate(
        {"lr": 0.05, "batch": 20, "label_copies": 2, **changes}
    )
    arrays = CardArrays(load_card(card), chips=chips, seed=seed)
    network = RecurrentFF.build(arrays, (3, 5, 1), HIDDEN, CLASSES, settings)
    return RecurrentFF(network, settings)


def blobs(n: int = 80, seed: int = 0) -> Split:
    """Four noisy prototypes."""
    generator = torch.Generator().manual_seed(seed)
    prototypes = torch.rand(CLASSES, PIXELS, generator=torch.Generator().manual_seed(9))
    labels = torch.randint(0, CLASSES, (n,), generator=generator)
    noise = 0.1 * torch.randn(n, PIXELS, generator=generator)
    return Split((prototypes[labels] + noise).clamp(0, 1), labels)


def hot(labels: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(labels, CLASSES).float().unsqueeze(0)


def unit(x: Tensor) -> Tensor:
    return x / x.square().mean(-1, keepdim=True).sqrt()


def weights(of: RecurrentFF) -> list[Tensor]:
    return [layer.hardware.probe().read_weights()[0] for layer in of.network.layers]


def test_an_update_by_autograd() -> None:
    """At each iteration learned from, the step is that of log p(positive) in each layer's weights, alone."""
    two_classes = {"learn": (2, 3), "peer": 0.0, "threshold": 0.7, "temperature": 2.0}
    settings = RecurrentFFSettings(lr=0.05, batch=6, label_copies=3, **two_classes)  # type: ignore[arg-type]
    network = RecurrentFF.build(CardArrays(load_card("ideal")), (3, 5, 1), HIDDEN, 2, settings)
    trained = RecurrentFF(network, settings)
    ws = start = weights(trained)
    images, labels = blobs(6).images, torch.tensor([0, 1, 1, 0, 1, 0])  # the wrong one is sure
    trained.step(images, torch.nn.functional.one_hot(labels, 2).float().unsqueeze(0), 0.05)

    x = unit(images)
    sides = []
    for sign, shown in ((1.0, labels), (-1.0, 1 - labels)):
        top = unit(torch.nn.functional.one_hot(shown, 2).float()).repeat_interleave(3, -1)
        first = (torch.cat((x, torch.zeros(6, 13), torch.ones(6, 1)), 1) @ ws[0].T).relu()
        second = (torch.cat((unit(first), torch.zeros(6, 6), torch.ones(6, 1)), 1) @ ws[1].T).relu()
        sides.append([sign, top, [first, second]])
    for number in range(1, 4):
        steps = [torch.zeros_like(w) for w in ws]
        for side in sides:
            sign, top, states = side
            seen = [x, *map(unit, states), top]
            outputs = []
            for i in range(2):
                w = ws[i].clone().requires_grad_()
                y = (torch.cat((seen[i], seen[i + 2], torch.ones(6, 1)), 1) @ w.T).relu()
                margin = (y.square().sum(1) - 0.7 * HIDDEN[i]) / 2.0
                # FF takes half of the slope dG/dW, and leaves the factor 1/T to the rate.
                objective = 0.5 * 2.0 * torch.nn.functional.logsigmoid(sign * margin).mean()
                steps[i] += torch.autograd.grad(objective, w)[0]
                outputs.append(y.detach())
            side[2] = [0.3 * s + 0.7 * y for s, y in zip(states, outputs, strict=True)]
        if number >= 2:
            ws = [w + 0.05 * step for w, step in zip(ws, steps, strict=True)]
    for got, wanted in zip(weights(trained), ws, strict=True):
        torch.testing.assert_close(got, wanted, rtol=0, atol=2e-5)
    assert all(float((a - b).abs().max()) > 0.01 for a, b in zip(ws, start, strict=True))


def test_energy_is_goodness_over_iterations() -> None:
    trained = learner(readout_from_layer=2, read=(2, 4))
    images = blobs(5).images
    net = trained._net
    image = net.normalised(images)
    wanted = torch.zeros(2, 5, CLASSES)
    for label in range(CLASSES):
        states = net.bottom_up(image)
        for number in range(1, 5):
            top = net.clamped(torch.full((5,), label))
            iteration = net.iterate(image, states, top, 0.3)
            states = iteration.states
            if number >= 2:
                wanted[..., label] += iteration.outputs[1].square().sum(-1)
    torch.testing.assert_close(trained.scores(images, "energy"), wanted)


@pytest.fixture(scope="module")
def taught() -> RecurrentFF:
    trained = learner()
    trained.fit(blobs(240), 8)
    return trained


def test_it_learns(taught: RecurrentFF) -> None:
    for readout in RecurrentFF.readouts:
        assert taught.error(blobs(400, seed=1), readout).max() < 0.1  # chance is 0.75


def test_what_comes_from_above_is_used(taught: RecurrentFF) -> None:
    """Trained, the lowest layer alone tells true labels from wrong ones, which reach it through the one above."""
    test, net = blobs(200, seed=1), taught._net
    image = net.normalised(test.images)
    goodness = []
    for shown in (test.labels, (test.labels + 1) % CLASSES):
        states = net.bottom_up(image)
        for _ in range(5):
            iteration = net.iterate(image, states, net.clamped(shown), 0.3)
            states = iteration.states
        goodness.append(iteration.outputs[0].square().sum(-1))
    assert float((goodness[0] > goodness[1]).float().mean()) > 0.9


def test_it_calls_nothing_but_forward_and_pulse(monkeypatch: pytest.MonkeyPatch) -> None:
    trained = learner(card="gokmen_vlasov")

    def refuse(*_: object) -> None:
        raise AssertionError("a probe was asked for")

    for door in ("probe", "state_dict", "load_state_dict"):
        monkeypatch.setattr(type(trained.network.layers[0].hardware), door, refuse)
    trained.fit(blobs(40), 1)
    trained.predict(blobs(5).images)
    assert trained.needs == {"forward", "pulse"}
    smoothed = learner(smoothing=0.9)
    assert smoothed.needs == {"forward", "pulse", "digital_update"}
    with pytest.raises(CapabilityError, match="digital number for every weight"):
        learner(card="ecram", smoothing=0.9)


@pytest.mark.parametrize("peer", [0.0, 0.03])
@pytest.mark.parametrize("pairs", [False, True])
def test_what_an_update_counts(peer: float, pairs: bool) -> None:
    """The closed form of the module's docstring, the arrays' own actions apart."""
    of_pairs = {"loss": "symba", "hold": 0.6, "pulses": "difference"} if pairs else {}
    trained, batch = learner(peer=peer, learn=(2, 3), **of_pairs), 6
    data = blobs(batch)
    trained.step(data.images, hot(data.labels), 0.05)
    units, features = sum(HIDDEN), sum(HIDDEN) * CLASSES
    inputs = [layer.hardware.n_in for layer in trained.network.layers]
    vectors, iterations, learned = 2 * batch, 3, 2
    mac = batch * PIXELS + vectors * CLASSES  # normalisation of images and labels
    operations = mac
    mac += batch * units + iterations * vectors * units * (1 + 2) + learned * vectors * units
    operations += batch * 2 * units + iterations * vectors * 2 * units
    operations += learned * vectors * (units + len(HIDDEN))
    memory = iterations * vectors * 2 * units * 4
    memory += 2 * learned * vectors * 4 * (sum(inputs) + units)  # written, and read for updates
    if peer:
        operations += learned * (2 * batch + 3) * units
    if pairs:
        operations += learned * batch * (5 * len(HIDDEN) + 2 * (sum(inputs) + units))
    mac += features * (batch + batch + 4)  # the head: forward, gradient, smoothing, decay
    operations += batch * CLASSES + 2 * batch * CLASSES  # the head's errors; wrong labels drawn
    memory += (4 + 16) * features
    wanted = {"digital_mac": mac, "digital_op": operations, "memory_byte": memory}
    assert trained.network.tally.snapshot().chip(0) == wanted
    arrays = trained.network.counts - trained.network.tally.snapshot()
    cells = [layer.hardware.n_in * layer.n_out for layer in trained.network.layers]
    reads = batch + iterations * vectors
    assert arrays["digital_mac"][0] == sum(cells) * (reads + learned * (vectors + 1))


def test_what_reading_out_counts() -> None:
    trained, batch = learner(readout_from_layer=2, read=(2, 4)), 6
    trained.scores(blobs(batch).images, "energy")
    units, vectors = sum(HIDDEN), CLASSES * batch
    both = batch * PIXELS + vectors * CLASSES
    mac = both + batch * units + vectors * (4 * units * 3 + 3 * HIDDEN[1])
    operations = both + batch * 2 * units + vectors * (4 * 2 * units + 3)
    wanted = {"digital_mac": mac, "digital_op": operations}
    wanted["memory_byte"] = vectors * 4 * 2 * units * 4
    assert trained.network.tally.snapshot().chip(0) == wanted


@pytest.mark.parametrize("card", ["ideal", "gokmen_vlasov"])
def test_a_chip_alone_learns_what_it_learns_among_others(card: str) -> None:
    many, alone = learner([0, 1, 3], card), learner([3], card)
    many.fit(blobs(), 2)
    alone.fit(blobs(), 2)
    images = blobs(seed=1).images
    for readout in RecurrentFF.readouts:
        assert torch.equal(many.scores(images, readout)[2:], alone.scores(images, readout))
    for action, counts in alone.network.counts.items():
        assert counts[0] == many.network.counts[action][2]


def test_a_checkpoint_resumes_bit_for_bit(tmp_path: Path) -> None:
    whole, first, second = (learner(card="gokmen_vlasov") for _ in range(3))
    whole.fit(blobs(), 3)

    class PowerCutError(Exception):
        pass

    def cut(record: object) -> None:
        if getattr(record, "epoch") == 2:  # noqa: B009
            raise PowerCutError

    with pytest.raises(PowerCutError):
        first.fit(blobs(), 3, checkpoint=tmp_path / "point", on_epoch=cut)
    second.fit(blobs(), 3, checkpoint=tmp_path / "point")
    assert whole.history == second.history
    states = [
        {**done.network.state_dict(), **{f"own.{k}": v for k, v in done.own_state().items()}}
        for done in (whole, second)
    ]
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_frozen_layers_are_the_floor() -> None:
    trained = learner(layers="frozen")
    before = weights(trained)
    trained.fit(blobs(), 8)
    assert all(torch.equal(a, b) for a, b in zip(before, weights(trained), strict=True))
    assert trained.error(blobs(seed=1), "softmax").max() < 0.5


def test_a_teachers_probabilities_are_clamped_above() -> None:
    soft, hard = learner(), learner()
    told = torch.full((80, CLASSES), 0.1).scatter_(1, blobs().labels[:, None], 0.7)
    soft.fit(blobs(), 1, targets=told)
    hard.fit(blobs(), 1)
    assert not torch.equal(weights(soft)[1], weights(hard)[1])


def test_networks_it_cannot_train() -> None:
    plain = Network.build(load_card("ideal"), (15, 17, 13), n_classes=CLASSES)
    with pytest.raises(InputError, match=r"got 'Network'.*top-down connections"):
        RecurrentFF(plain)
    network = learner().network
    with pytest.raises(InputError, match=r"carries each class on 2 lines; set label_copies to 2"):
        RecurrentFF(network, RecurrentFFSettings(label_copies=3))
    with pytest.raises(InputError, match=r"readout_from_layer: got 3.*from 1 to 2"):
        learner(readout_from_layer=3)
    arrays = CardArrays(load_card("ideal"))
    fields = (LocalFields(channels=2, field=3),)
    with pytest.raises(InputError, match="dense layers"):
        RecurrentFF.build(arrays, (3, 5, 1), fields, CLASSES, RecurrentFFSettings())


@pytest.mark.parametrize("wrong", [{"learn": (0, 2)}, {"read": (4, 3)}])
def test_iterations_that_make_no_sense(wrong: dict[str, tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="iterations are numbered from 1"):
        RecurrentFFSettings.model_validate(wrong)
