"""Recurrent networks: all layers change at once, each from its neighbours' normalised states of the step before."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mortalff.cards import load_card
from mortalff.errors import InputError
from mortalff.networks import Layer, Network
from mortalff.networks.arrays import CardArrays
from mortalff.networks.local import LocalFields
from mortalff.networks.recurrent import RecurrentNetwork

SIZES = (7, 6, 5)
CLASSES = 3
COPIES = 2
DAMPING = 0.3


def network(chips: int | list[int] = 2, card: str = "ideal") -> RecurrentNetwork:
    arrays = CardArrays(load_card(card), chips=chips, seed=4)
    return RecurrentNetwork.stack(arrays, (1, 7, 1), SIZES, CLASSES, label_copies=COPIES)


def unit(x: Tensor) -> Tensor:
    return x / x.square().mean(-1, keepdim=True).clamp_min(1e-8).sqrt()


def image(batch: int = 4) -> Tensor:
    return unit(torch.rand(batch, 7, generator=torch.Generator().manual_seed(0)))


def test_an_iteration_is_a_loop_in_plain_torch() -> None:
    net = network()
    weights = [layer.hardware.probe().read_weights() for layer in net.layers]
    x, labels = image(), torch.tensor([0, 1, 2, 0])
    top = unit(torch.nn.functional.one_hot(labels, CLASSES).float()).repeat_interleave(2, -1)
    tops = [*(torch.zeros(4, n) for n in SIZES[1:]), torch.zeros(4, CLASSES * COPIES)]

    def drive(w: Tensor, below: Tensor, above: Tensor) -> Tensor:
        parts = [part.expand(2, 4, -1) for part in (below, above, torch.ones(1))]
        return (torch.cat(parts, -1) @ w.transpose(1, 2)).clamp_min(0.0)

    wanted, below = [], x
    for w, nothing in zip(weights, tops, strict=True):
        wanted.append(drive(w, below, nothing))
        below = unit(wanted[-1])
    states = net.bottom_up(x)
    for got, right in zip(states, wanted, strict=True):
        torch.testing.assert_close(got, right, rtol=1e-5, atol=1e-6)

    for _ in range(8):
        seen = [x, *(unit(state) for state in wanted), top]
        outputs = [drive(w, seen[i], seen[i + 2]) for i, w in enumerate(weights)]
        wanted = [DAMPING * s + (1 - DAMPING) * y for s, y in zip(wanted, outputs, strict=True)]
        iteration = net.iterate(x, states, net.clamped(labels), DAMPING)
        for i, layer in enumerate(net.layers):
            assert iteration.inputs[i].shape == (2, 4, layer.n_in)
            torch.testing.assert_close(iteration.outputs[i], outputs[i], rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(iteration.states[i], wanted[i], rtol=1e-4, atol=1e-5)
        states = iteration.states


def test_layers_are_updated_at_once_and_not_in_turn() -> None:
    """A change at the bottom climbs one layer a step, one at the top comes down one layer a step."""
    net = network()
    states = net.bottom_up(image())
    labels = torch.zeros(4, dtype=torch.int64)

    def changed(x: Tensor, label: Tensor) -> list[list[bool]]:
        a = b = states
        found = []
        for _ in range(3):
            a = net.iterate(image(), a, net.clamped(labels), DAMPING).states
            b = net.iterate(x, b, net.clamped(label), DAMPING).states
            found.append([not torch.equal(p, q) for p, q in zip(a, b, strict=True)])
        return found

    up = changed(image().flip(1), labels)
    assert up == [[True, False, False], [True, True, False], [True, True, True]]
    down = changed(image(), labels + 1)
    assert down == [[False, False, True], [False, True, True], [True, True, True]]


def test_a_label_drives_all_of_its_lines_alike() -> None:
    net = network()
    top = net.clamped(torch.tensor([1]))
    assert torch.allclose(top, CLASSES**0.5 * torch.tensor([[0.0, 0, 1, 1, 0, 0]]))
    assert float(top.square().mean()) == pytest.approx(1.0)
    soft = net.clamped(torch.tensor([[[0.5, 0.25, 0.25]]]))
    assert soft.shape == (1, 1, CLASSES * COPIES)
    assert float(soft.square().mean()) == pytest.approx(1.0)


def test_what_an_iteration_counts() -> None:
    net = network()
    states = net.bottom_up(image())
    before, arrays = net.tally.snapshot(), net.counts - net.tally.snapshot()
    net.iterate(image(), states, torch.zeros(4, CLASSES * COPIES), DAMPING)
    since = net.tally.snapshot() - before
    units = sum(SIZES)
    assert since.chip(0) == {"digital_mac": 2 * 4 * units, "memory_byte": 2 * 4 * units * 4}
    read = net.counts - net.tally.snapshot() - arrays
    cells = 7 * (7 + 6 + 1) + 6 * (7 + 5 + 1) + 5 * (6 + 6 + 1)
    assert read["digital_mac"].tolist() == [4 * cells] * 2


@pytest.mark.parametrize("card", ["ideal", "gokmen_vlasov"])
def test_chips_do_not_know_of_each_other(card: str) -> None:
    ends = []
    for chips in ([0, 1, 2], [1]):
        net = network(chips, card)
        states = net.bottom_up(image())
        for _ in range(3):
            states = net.iterate(image(), states, net.clamped(torch.arange(4) % 3), 0.3).states
        ends.append(states)
    for among, alone in zip(*ends, strict=True):
        assert torch.equal(among[1:2], alone)


def test_sizes_are_those_of_neighbours() -> None:
    net = network()
    assert net.n_in == 7
    assert [layer.n_in for layer in net.layers] == [7 + 6, 7 + 5, 6 + 6]
    assert [layer.n_out for layer in net.layers] == list(SIZES)


def test_what_does_not_fit_is_refused() -> None:
    arrays = CardArrays(load_card("ideal"))
    for sizes in ((), (5, 0), (5, LocalFields(channels=2, field=2))):
        with pytest.raises(InputError, match="recurrent network has dense layers"):
            RecurrentNetwork.stack(arrays, (2, 3, 1), sizes)
    with pytest.raises(InputError, match="recurrent network has dense layers"):
        RecurrentNetwork.stack(arrays, (2, 3, 1), (5,), label_copies=0)
    analog = CardArrays(load_card("ecram"), activities="analog")
    with pytest.raises(InputError, match="keeps its states as numbers"):
        RecurrentNetwork.stack(analog, (2, 3, 1), (5,))


def _layer(n_out: int, n_in: int, chips: list[int] | None = None) -> Layer:
    return CardArrays(load_card("ideal"), chips=chips or [0]).layer(n_out, n_in, "a")


@pytest.mark.parametrize(
    ("layers", "match"),
    [
        ([], "at least one"),
        ([_layer(4, 3)], "give at least 4 inputs"),  # a pixel and three lines of the label
        ([_layer(4, 10), _layer(5, 8)], "layer 2 sees.*give 7 inputs"),
        ([_layer(4, 10), _layer(5, 7, [1])], "same chips"),
    ],
)
def test_layers_that_are_no_neighbours(layers: list[Layer], match: str) -> None:
    with pytest.raises(InputError, match=match):
        RecurrentNetwork(layers, n_classes=3)


def test_it_is_a_network() -> None:
    net = network()
    assert isinstance(net, Network)
    again = network()
    net.layers[0].pulse(torch.ones(1, 13), torch.ones(1, 7), 0.1)
    again.load_state_dict(net.state_dict())
    assert torch.equal(net.bottom_up(image())[2], again.bottom_up(image())[2])
