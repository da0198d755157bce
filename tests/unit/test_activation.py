"""Activations: the functions they claim to be, with their derivatives, the same wherever a number lies."""

from __future__ import annotations

import pytest
import torch

from mortalff.learners.activation import ACTIVATIONS

REFERENCES = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
NAMES = sorted(ACTIVATIONS)


@pytest.mark.parametrize("name", NAMES)
def test_value_and_slope_are_those_of_torch(name: str) -> None:
    single = torch.linspace(-12.0, 12.0, 997)
    z = single.double().requires_grad_()
    y = REFERENCES[name](z)
    (slope,) = torch.autograd.grad(y.sum(), z)
    ours = ACTIVATIONS[name].of(single)
    assert torch.allclose(ours.double(), y, rtol=0.0, atol=3e-7)
    assert torch.allclose(ACTIVATIONS[name].slope(ours).double(), slope, rtol=0.0, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_large_inputs_saturate(name: str) -> None:
    y = ACTIVATIONS[name].of(torch.tensor([-1e4, 1e4]))
    assert torch.equal(y, REFERENCES[name](torch.tensor([-1e4, 1e4])))
    slope = ACTIVATIONS[name].slope(y)
    assert slope.tolist() == [0.0, 1.0 if name == "relu" else 0.0]


@pytest.mark.parametrize("name", NAMES)
def test_a_chip_rounds_the_same_whatever_chips_are_beside(name: str) -> None:
    z = 3.0 * torch.randn(5, 7, 13, generator=torch.Generator().manual_seed(0))
    y = ACTIVATIONS[name].of(z)
    slope = ACTIVATIONS[name].slope(y)
    for chip in range(5):
        alone = ACTIVATIONS[name].of(z[chip : chip + 1].clone())
        assert torch.equal(alone[0], y[chip])
        assert torch.equal(ACTIVATIONS[name].slope(alone)[0], slope[chip])
