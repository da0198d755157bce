"""Learners by perturbation: their updates are the gradient on average, with the variance that is said of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import pytest
import torch
from torch import Tensor

from mortalff.cards import load_card
from mortalff.learners.multiplexed import Multiplexed, MultiplexedSettings
from mortalff.learners.node_perturbation import NodePerturbation, NodePerturbationSettings
from mortalff.learners.output_network import OutputLearner
from mortalff.learners.perturbation import PerturbationLearner
from mortalff.learners.weight_perturbation import WeightPerturbation, WeightPerturbationSettings
from mortalff.networks import Network, rms_normalise

CHIPS = 400  # alike but for their perturbations: each is one independent estimate
CLASSES = 3
SIGMAS = 4.5  # of a mean's standard error; 1 in 150,000 for one number, and the worst of some 100 is looked at
Make = Callable[[tuple[int, ...]], PerturbationLearner]


def network(hidden: tuple[int, ...], chips: int = CHIPS) -> Network:
    """Chips with ideal weights, all the same."""
    sizes = (6, *OutputLearner.sizes(hidden, CLASSES))
    made = Network.build(load_card("ideal"), sizes, chips=chips, seed=3, n_classes=CLASSES)
    for layer in made.layers:
        probe = layer.hardware.probe()
        probe.program(probe.read_weights()[0])
    return made


def batch(n: int = 4) -> tuple[Tensor, Tensor]:
    """Images and one-hot targets."""
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(n, 6, generator=generator)
    return images, torch.nn.functional.one_hot(torch.arange(n) % CLASSES, CLASSES).float()[None]


def weights(learner: PerturbationLearner) -> list[Tensor]:
    """Each layer's weights, (chips, n_out, n_in + 1)."""
    return [layer.hardware.probe().read_weights() for layer in learner.network.layers]


def gradient(start: list[Tensor], images: Tensor, targets: Tensor) -> list[Tensor]:
    """Minus the gradient of the mean cross-entropy of one chip's network, by autograd, in float64."""
    leaves = [w[0].double().requires_grad_() for w in start]
    x = rms_normalise(images).double()
    for number, w in enumerate(leaves):
        z = torch.cat((x, torch.ones(len(x), 1)), dim=1).double() @ w.T
        x = z.tanh() if number + 1 < len(leaves) else z
    loss = -(targets[0] * x.log_softmax(-1)).sum(-1).mean()
    return [-part for part in torch.autograd.grad(loss, leaves)]


def updates(make: Make, hidden: tuple[int, ...] = (5,)) -> tuple[list[Tensor], list[Tensor]]:
    """Each chip's change of weights at rate 1, and the gradient it estimates; by layer."""
    learner, (images, targets) = make(hidden), batch()
    before = weights(learner)
    learner.step(images, targets, 1.0)
    moved = [(a - b).double() for a, b in zip(weights(learner), before, strict=True)]
    return moved, gradient(before, images, targets)


def total(parts: Iterable[Tensor]) -> Tensor:
    """The layers' numbers, added up."""
    return torch.stack(list(parts)).sum(0)


def nodes(**changes: object) -> Make:
    """A maker of node perturbation in the linear regime."""
    settings = {"activation": "tanh", "sigma": 0.01, **changes}
    return lambda hidden: NodePerturbation(
        network(hidden), NodePerturbationSettings.model_validate(settings)
    )


def patterns(**changes: object) -> Make:
    """A maker of weight perturbation in the linear regime."""
    settings = {"activation": "tanh", "epsilon": 0.01, **changes}
    return lambda hidden: WeightPerturbation(
        network(hidden), WeightPerturbationSettings.model_validate(settings)
    )


def codes(**changes: object) -> Make:
    """A maker of multiplexed gradient descent in the linear regime."""
    settings = {"activation": "tanh", "perturbation": 0.003, **changes}
    return lambda hidden: Multiplexed(network(hidden), MultiplexedSettings.model_validate(settings))


ALL = {
    "nodes": nodes(),
    "nodes, all perturbed": nodes(output="perturbed"),
    "nodes, antithetic": nodes(antithetic=True, sigma=0.05),
    "nodes, 4 draws": nodes(draws=4),
    "patterns by pulses": patterns(),
    "patterns in the periphery": patterns(applied="periphery"),
    "codes of rank one": codes(),
    "codes of rank one, 3 a sample": codes(sample_time=3),
    "full codes": codes(codes="full"),
    "full codes, 3 an update": codes(codes="full", sample_time=3),
}


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_the_mean_update_is_the_gradient(make: Make) -> None:
    for moved, right in zip(*updates(make), strict=True):
        error = moved.mean(0) - right
        standard = moved.std(0) / math.sqrt(CHIPS) + 2e-4  # float32, and what is not linear
        assert (error.abs() / standard).max() < SIGMAS
        along = (moved * right).sum((1, 2)) / right.square().sum()
        assert abs(along.mean() - 1.0) < SIGMAS * along.std() / math.sqrt(CHIPS) + 0.02


@pytest.mark.parametrize("applied", ["pulses", "periphery"])
def test_weight_perturbation_moves_by_the_slope_along_its_pattern(applied: str) -> None:
    learner, (images, targets) = patterns(applied=applied)((5,)), batch()
    before = weights(learner)
    right = gradient(before, images, targets)
    learner.step(images, targets, 1.0)
    moved = [(a - b).double() for a, b in zip(weights(learner), before, strict=True)]
    # Every entry of a chip moves alike far, by the gradient's slope along the signs it moves with.
    signs = [m.sign() for m in moved]
    size = moved[0].abs().mean((1, 2))
    slope = total((s * g).sum((1, 2)) for s, g in zip(signs, right, strict=True))
    assert torch.allclose(
        size, slope.abs(), atol=5e-3
    )  # slopes of about 0.4; the rest is not linear
    for part in signs:
        assert torch.linalg.matrix_rank(part).max() == 1


@pytest.mark.parametrize("make", [patterns(), patterns(applied="periphery"), codes(codes="full")])
def test_the_variance_grows_with_the_number_of_weights(make: Make) -> None:
    for hidden in ((5,), (40,)):
        moved, right = updates(make, hidden)
        n = sum(g.numel() for g in right)
        share = total(m.square().sum((1, 2)) for m in moved) / total(
            g.square().sum() for g in right
        )
        # E|ĝP|² = n|g|²; (g·P)² is about a χ² of one degree, so its standard error is √(2/chips).
        assert share.mean() / n == pytest.approx(1.0, abs=SIGMAS * math.sqrt(2.0 / CHIPS))


def test_the_variance_of_node_perturbation_grows_with_the_number_of_units() -> None:
    images, targets = batch()
    for width in (5, 40):
        learner = nodes(output="perturbed")((width,))
        assert isinstance(learner, NodePerturbation)
        inputs, logits = learner.climb(images)
        deltas = learner.estimate(inputs[0], learner.losses(logits, targets), targets)
        found = total(d.double().square().sum(2) for d in deltas).mean(0)
        right = delta_by_autograd(learner, images, targets)
        ratio = found / right / (width + CLASSES + 2)
        assert (ratio - 1.0).abs().max() < SIGMAS * math.sqrt(2.5 / CHIPS)


def delta_by_autograd(learner: PerturbationLearner, images: Tensor, targets: Tensor) -> Tensor:
    """|∂L/∂z|² of each example, all layers together, (batch,)."""
    x, seen = rms_normalise(images).double(), []
    layers = [w[0].double() for w in weights(learner)]
    for number, w in enumerate(layers):
        z = torch.cat((x, torch.ones(len(x), 1).double()), dim=1) @ w.T
        z.requires_grad_()
        seen.append(z)
        x = z.tanh() if number + 1 < len(layers) else z
    loss = -(targets[0] * x.log_softmax(-1)).sum()
    return total(g.square().sum(1) for g in torch.autograd.grad(loss, seen))


@pytest.mark.parametrize("output", ["error", "perturbed"])
def test_only_layers_that_noise_is_added_to_count_it(output: str) -> None:
    hidden, (images, targets) = 5, batch()
    settings = NodePerturbationSettings.model_validate({"output": output})
    learner = NodePerturbation(network((hidden,), chips=2), settings)
    learner.step(images, targets, 0.01)
    units = hidden + CLASSES
    perturbed = units if output == "perturbed" else hidden
    # Images normalised; two ways up; two losses; noise drawn, added and weighted; an update.
    a_vector = images.shape[1] + 2 * units + 2 + 3 * perturbed + units
    counted = learner.network.tally.snapshot()
    assert counted["digital_op"].tolist() == [len(images) * a_vector] * 2
    # Written and read: inputs, bias lines too, of 32 bits; an error of 8 and a bit of derivative a unit; noise of 8.
    held = 4 * (images.shape[1] + 1 + hidden + 1) + 9 * units / 8 + perturbed
    assert counted["memory_byte"].tolist() == [2 * len(images) * held] * 2


@pytest.mark.parametrize(("antithetic", "accesses"), [(False, 3 * 2 + 4), (True, 3 * 3 + 4)])
def test_noise_is_written_and_read_and_so_are_sums_over_draws(
    antithetic: bool, accesses: int
) -> None:
    """Three draws: each noise written, read for the pass with the other sign, weighted; two sums left and taken up."""
    hidden, (images, targets) = 5, batch()
    settings = NodePerturbationSettings(antithetic=antithetic, draws=3)
    learner = NodePerturbation(network((hidden,), chips=2), settings)
    learner.step(images, targets, 0.01)
    held = 4 * (images.shape[1] + 1 + hidden + 1) + 9 * (hidden + CLASSES) / 8
    counted = learner.network.tally.snapshot()["memory_byte"].tolist()
    assert counted == [len(images) * (2 * held + accesses * hidden)] * 2


def test_smoothing_is_for_pulses_that_follow_a_gradient() -> None:
    with pytest.raises(ValueError, match="set codes to 'rank_one'"):
        MultiplexedSettings(codes="full", weight_decay=0.1)
    with pytest.raises(ValueError, match="set applied to 'periphery'"):
        WeightPerturbationSettings(smoothing=0.9)
    assert WeightPerturbationSettings(applied="periphery", smoothing=0.9).smoothing == 0.9


def test_what_each_needs_of_hardware() -> None:
    small = network((5,), chips=1)
    assert NodePerturbation(small).needs == {"forward", "pulse"}
    assert WeightPerturbation(small).needs == {"forward", "pulse"}
    assert Multiplexed(small).needs == {"forward", "pulse"}
    full = Multiplexed(small, MultiplexedSettings(codes="full"))
    assert full.needs == {"forward", "read_weights", "program"}
