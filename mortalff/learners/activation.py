"""Activations of hidden units, each with its derivative as a function of the activity alone.

Learners that multiply by the derivative take these formulas for the truth: they are a model of the periphery. A chip's
numbers must round the same whatever chips are beside; ``torch.tanh`` and ``torch.sigmoid`` round by where in memory a
number lies, so both are made of ``torch.exp``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import torch
from torch import Tensor

ActivationName = Literal["relu", "tanh", "sigmoid"]


@dataclass(frozen=True)
class Activation:
    """A function of each unit's weighted input.

    Attributes:
        name: as in settings.
        of: the activity y from the weighted input z, elementwise.
        slope: dy/dz from the activity y, elementwise.
    """

    name: ActivationName
    of: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]


def logistic(z: Tensor) -> Tensor:
    """1/(1 + e⁻ᶻ), elementwise; absolute error below 2e-7."""
    return 1.0 / (1.0 + torch.exp(-z))


def _relu(z: Tensor) -> Tensor:
    return z.clamp_min(0.0)


def _relu_slope(y: Tensor) -> Tensor:
    return (y > 0).to(y.dtype)


def _tanh(z: Tensor) -> Tensor:
    """1 − 2/(1 + e²ᶻ), elementwise; absolute error below 2e-7."""
    return 1.0 - 2.0 / (1.0 + torch.exp(2.0 * z))


def _tanh_slope(y: Tensor) -> Tensor:
    return 1.0 - y.square()


def _logistic_slope(y: Tensor) -> Tensor:
    return y * (1.0 - y)


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        "relu": Activation("relu", _relu, _relu_slope),
        "tanh": Activation("tanh", _tanh, _tanh_slope),
        "sigmoid": Activation("sigmoid", logistic, _logistic_slope),
    }
)
"""Each activation by name."""
