"""FF by pulses alone reaches the errors that are claimed for it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from mortalff.cards import load_card
from mortalff.data import load_digits, load_mnist
from mortalff.errors import MissingDependencyError
from mortalff.hardware.aihwkit_tile import AihwkitTile
from mortalff.learners import FF, FFSettings
from mortalff.networks import Layer, Network
from mortalff.seeds import Seeds


def test_digits_on_an_aihwkit_tile() -> None:
    """At most 8 % wrong by either read-out; untrained, goodness gets 9 of 10 wrong."""
    seeds, std = Seeds(0), 0.3
    layers = []
    try:
        for number, (below, width) in enumerate(pairwise((64, 100, 100))):
            place = seeds.child(f"layer{number + 1}")
            tile = AihwkitTile("GokmenVlasovPreset", width, below + 1, seed=place, w_init_std=std)
            layers.append(Layer(tile, 1.0 / (std * (below + 1) ** 0.5)))
    except MissingDependencyError as missing:
        pytest.skip(str(missing))
    learner = FF(Network(layers), FFSettings(lr=0.03, batch=20, readout_from_layer=1))
    digits = load_digits()
    assert learner.error(digits.test, "energy").item() > 0.7
    learner.fit(digits.train, 15)
    assert learner.needs == {"forward", "pulse"}
    assert learner.error(digits.test, "softmax").item() <= 0.08
    assert learner.error(digits.test, "energy").item() <= 0.08


def test_one_epoch_of_mnist(mnist_dir: Path) -> None:
    """784-500-500 on one chip: goodness alone reads out what one epoch of pulses taught."""
    mnist = load_mnist(mnist_dir)
    network = Network.build(load_card("gokmen_vlasov"), (784, 500, 500), seed=0)
    learner = FF(network, FFSettings(lr=0.005))
    learner.fit(mnist.train, 1)
    assert learner.error(mnist.test, "softmax").item() <= 0.10
    assert learner.error(mnist.test, "energy").item() <= 0.25


@pytest.mark.slow
def test_five_epochs_of_mnist(mnist_dir: Path) -> None:
    """At most 8 % wrong, by the softmax head and by goodness alone."""
    mnist = load_mnist(mnist_dir)
    network = Network.build(load_card("gokmen_vlasov"), (784, 500, 500), seed=0)
    learner = FF(network, FFSettings(lr=0.005))
    learner.fit(mnist.train, 5)
    assert learner.error(mnist.test, "softmax").item() <= 0.08
    assert learner.error(mnist.test, "energy").item() <= 0.08


@pytest.mark.slow
def test_hintons_recipe_on_ideal_weights(mnist_dir: Path) -> None:
    """784-500-500, 15 epochs: 2.18 ± 0.35 % (energy) and 2.08 ± 0.25 % (softmax)."""
    mnist = load_mnist(mnist_dir, validation=10_000)
    network = Network.build(load_card("ideal"), (784, 500, 500), seed=0)
    learner = FF(network, FFSettings.hinton())
    learner.fit(mnist.train, 15)
    assert abs(100 * learner.error(mnist.test, "energy").item() - 2.18) <= 0.35
    assert abs(100 * learner.error(mnist.test, "softmax").item() - 2.08) <= 0.25
