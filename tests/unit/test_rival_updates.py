"""Updates of BP and of the rivals that have errors at the output, against their equations in plain torch."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mortalff.cards import load_card
from mortalff.learners import BP, BPSettings
from mortalff.learners.activation import ActivationName
from mortalff.learners.dfa import DFA, DFASettings
from mortalff.learners.drtp import DRTP, DRTPSettings
from mortalff.learners.fa import FA, FASettings
from mortalff.learners.ifa import IFA, IFASettings
from mortalff.learners.output_network import OutputLearner
from mortalff.learners.pepita import PEPITA, PEPITASettings
from mortalff.networks import Network, rms_normalise

SIZES = (9, 8, 7, 6, 4)  # three hidden layers
CLASSES, BATCH, CHIPS, RATE = 4, 5, 2, 0.1
ACTIVATIONS: tuple[ActivationName, ...] = ("relu", "tanh", "sigmoid")
FUNCTIONS = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}

each_activation = pytest.mark.parametrize("activation", ACTIVATIONS)


def network(sizes: tuple[int, ...] = SIZES) -> Network:
    return Network.build(load_card("ideal"), sizes, chips=CHIPS, seed=3, n_classes=CLASSES)


def images() -> Tensor:
    return torch.rand(BATCH, SIZES[0], generator=torch.Generator().manual_seed(1))


def targets() -> Tensor:
    """Soft ones, of each chip its own."""
    generator = torch.Generator().manual_seed(2)
    return torch.randn(CHIPS, BATCH, CLASSES, generator=generator).softmax(-1)


def weights(learner: OutputLearner) -> list[Tensor]:
    """Each layer's weights, (chips, n_out, n_in + 1), the bias last."""
    return [layer.hardware.state_dict()["weights"] for layer in learner.network.layers]


def stepped(learner: OutputLearner) -> list[Tensor]:
    """How much one step changes each layer's weights, in units of the rate."""
    before = weights(learner)
    learner.step(images(), targets(), RATE)
    return [(new - old) / RATE for new, old in zip(weights(learner), before, strict=True)]


def slope(activation: ActivationName, z: Tensor) -> Tensor:
    """The derivative, by torch."""
    z = z.clone().requires_grad_()
    (derivative,) = torch.autograd.grad(FUNCTIONS[activation](z).sum(), z)
    return derivative


def near(a: Tensor, b: Tensor) -> bool:
    return torch.allclose(a, b, rtol=0.0, atol=2e-6)


def with_bias(x: Tensor) -> Tensor:
    return torch.cat((x, torch.ones_like(x[..., :1])), -1)


def way_up(learner: OutputLearner, x: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """Each layer's input without bias, and each layer's weighted input."""
    xs, zs = [x], []
    for w in weights(learner):
        zs.append(with_bias(xs[-1]) @ w.transpose(1, 2))
        xs.append(FUNCTIONS[learner.activation.name](zs[-1]))
    return xs[:-1], zs


def start(learner: OutputLearner) -> tuple[list[Tensor], list[Tensor], Tensor]:
    """Inputs and weighted inputs of each layer, and e = target − softmax, (chips, batch, n)."""
    xs, zs = way_up(learner, rms_normalise(images()).expand(CHIPS, -1, -1))
    return xs, zs, targets() - zs[-1].softmax(-1)


def outer(delta: Tensor, x: Tensor) -> Tensor:
    """The batch's mean of δ [x, 1]ᵀ."""
    return delta.transpose(1, 2) @ with_bias(x) / BATCH


def agree(found: list[Tensor], expected: list[Tensor]) -> bool:
    """Whether all updates agree, and none is nothing."""
    assert all(float(update.abs().max()) > 1e-4 for update in expected)
    return all(near(a, b) for a, b in zip(found, expected, strict=True))


@each_activation
def test_bp_follows_the_gradient(activation: ActivationName) -> None:
    learner = BP(network(), BPSettings(activation=activation))
    ws = [w.requires_grad_() for w in weights(learner)]
    x = rms_normalise(images()).expand(CHIPS, -1, -1)
    for w in ws[:-1]:
        x = FUNCTIONS[activation](with_bias(x) @ w.transpose(1, 2))
    logits = with_bias(x) @ ws[-1].transpose(1, 2)
    # Chips do not meet, so the sum over them has each chip's gradient.
    loss = -(targets() * logits.log_softmax(-1)).sum() / BATCH
    gradients = torch.autograd.grad(loss, ws)
    assert agree(stepped(learner), [-gradient for gradient in gradients])


@each_activation
def test_fa_with_transposed_weights_is_bp(activation: ActivationName) -> None:
    fa = FA(network(), FASettings(activation=activation))
    bp = BP(network(), BPSettings(activation=activation))
    apart = stepped(FA(network(), FASettings(activation=activation)))
    for feedback, above in zip(fa.feedback, weights(fa)[1:], strict=True):
        feedback.matrix = above[..., :-1].transpose(1, 2)
    expected = stepped(bp)
    assert agree(stepped(fa), expected)
    assert near(apart[-1], expected[-1])  # the output layer's error is its own
    assert all(
        not torch.allclose(a, b, atol=1e-4) for a, b in zip(apart, expected[:-1], strict=False)
    )


def test_fa_equation() -> None:
    learner = FA(network(), FASettings(activation="tanh"))
    xs, zs, delta = start(learner)
    expected = [outer(delta, xs[-1])]
    for number in (2, 1, 0):
        b = learner.feedback[number].matrix
        delta = (delta @ b.transpose(1, 2)) * slope("tanh", zs[number])
        expected.insert(0, outer(delta, xs[number]))
    assert agree(stepped(learner), expected)


def test_dfa_with_one_hidden_layer_is_fa() -> None:
    sizes = (9, 8, CLASSES)
    fa, dfa = FA(network(sizes), FASettings()), DFA(network(sizes), DFASettings())
    assert torch.equal(fa.feedback[0].matrix, dfa.feedback[0].matrix)
    first, second = stepped(fa), stepped(dfa)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert fa.network.counts == dfa.network.counts


@each_activation
def test_dfa_equation(activation: ActivationName) -> None:
    learner = DFA(network(), DFASettings(activation=activation))
    xs, zs, e = start(learner)
    expected = [
        outer((e @ b.matrix.transpose(1, 2)) * slope(activation, z), x)
        for b, z, x in zip(learner.feedback, zs[:-1], xs[:-1], strict=True)
    ]
    assert agree(stepped(learner), [*expected, outer(e, xs[-1])])


@each_activation
def test_ifa_equation(activation: ActivationName) -> None:
    learner = IFA(network(), IFASettings(activation=activation))
    xs, zs, e = start(learner)
    delta = (e @ learner.feedback[0].matrix.transpose(1, 2)) * slope(activation, zs[0])
    expected = [outer(delta, xs[0])]
    for number in (1, 2):
        up = delta @ weights(learner)[number][..., :-1].transpose(1, 2)
        delta = up * slope(activation, zs[number])
        expected.append(outer(delta, xs[number]))
    assert agree(stepped(learner), [*expected, outer(e, xs[-1])])


@each_activation
def test_drtp_equation(activation: ActivationName) -> None:
    learner = DRTP(network(), DRTPSettings(activation=activation))
    xs, zs, e = start(learner)
    expected = [
        outer(-(targets() @ b.matrix.transpose(1, 2)) * slope(activation, z), x)
        for b, z, x in zip(learner.projections, zs[:-1], xs[:-1], strict=True)
    ]
    assert agree(stepped(learner), [*expected, outer(e, xs[-1])])


@each_activation
def test_pepita_equation(activation: ActivationName) -> None:
    learner = PEPITA(network(), PEPITASettings(activation=activation))
    plain, _, e = start(learner)
    marked, _ = way_up(learner, plain[0] - e @ learner.feedback.matrix.transpose(1, 2))
    expected = [
        outer(above - was, below)
        for above, was, below in zip(marked[1:], plain[1:], marked[:-1], strict=True)
    ]
    assert agree(stepped(learner), [*expected, outer(e, marked[-1])])


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_feedback_is_uniform_and_each_chips_own(scale: float) -> None:
    sizes = (9, 400, 300, CLASSES)
    learner = DFA(network(sizes), DFASettings(feedback_scale=scale))
    for feedback, units in zip(learner.feedback, sizes[1:], strict=False):
        bound = scale / units**0.5
        assert feedback.matrix.shape == (CHIPS, units, CLASSES)
        assert float(feedback.matrix.abs().max()) <= bound
        # The mean of n draws has the spread bound/√(3n), their mean square bound²·√(4/45n); five spreads each.
        n = units * CLASSES
        for chip in feedback.matrix:
            assert abs(float(chip.mean())) < 5.0 * bound / (3.0 * n) ** 0.5
            assert (
                abs(float(chip.square().mean()) - bound**2 / 3.0)
                < 5.0 * bound**2 * (4.0 / (45.0 * n)) ** 0.5
            )
        assert not torch.equal(feedback.matrix[0], feedback.matrix[1])
    again = DFA(network(sizes), DFASettings(feedback_scale=scale))
    assert torch.equal(again.feedback[1].matrix, learner.feedback[1].matrix)
