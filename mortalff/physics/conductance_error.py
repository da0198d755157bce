"""Errors of a conductance: a mean and a spread at each conductance, and the generic models.

A model says where a device lands on average, and how far it scatters, when it is meant to have a conductance g; then

    g' = max(0, mean(g) + std(g) ξ),   ξ of mean 0 and variance 1.

The generic models are those of CrossSim 3.2 (``NormalProportionalDevice`` and its five siblings): with x = g/g_max and
an error e of mean 0,

    independent  x + e,   proportional  x (1 + e),   inverse  x + e/x, and none at x = 0.

CrossSim's *magnitude* is the standard deviation of a normal e and the full width of a uniform e.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor

from mortalff.errors import InputError, message

Distribution = Literal["normal", "uniform"]
Dependence = Literal["independent", "proportional", "inverse"]


class ConductanceError(Protocol):
    """How devices scatter about the conductance that is meant, elementwise and in siemens."""

    @property
    def distribution(self) -> Distribution:
        """What ξ is drawn from."""
        ...

    def mean(self, g: Tensor) -> Tensor:
        """Mean conductance of devices meant to have g, before what is negative is set to zero."""
        ...

    def std(self, g: Tensor) -> Tensor:
        """Standard deviation about that mean."""
        ...


def scattered(error: ConductanceError, g: Tensor, xi: Tensor) -> Tensor:
    """Conductances as they come out.

    Args:
        error: the model.
        g: conductances as meant, siemens.
        xi: draws of the model's distribution with mean 0 and variance 1, of g's shape.

    Returns:
        Siemens, none negative.

    Raises:
        InputError: a conductance lies outside the range of the model.
    """
    return (error.mean(g) + error.std(g) * xi).clamp_min(0.0)


def unit_uniform(u: Tensor) -> Tensor:
    """Uniforms in (0, 1) made into draws of mean 0 and variance 1."""
    return (u - 0.5) * math.sqrt(12.0)


@dataclass(frozen=True)
class GenericError:
    """An error of a stated distribution and dependence on the conductance.

    Attributes:
        distribution: of the error.
        dependence: how it scales with the conductance.
        magnitude: as CrossSim has it, a share of g_max (of g where proportional): the standard
            deviation of a normal error, the full width of a uniform one.
        g_max: siemens.
    """

    distribution: Distribution
    dependence: Dependence
    magnitude: float
    g_max: float

    def mean(self, g: Tensor) -> Tensor:
        """The conductance itself."""
        return g

    def std(self, g: Tensor) -> Tensor:
        """Standard deviation at g, siemens; none at g = 0 where it goes as the inverse."""
        normal = self.distribution == "normal"
        share = self.magnitude if normal else self.magnitude / math.sqrt(12.0)
        match self.dependence:
            case "independent":
                return torch.full_like(g, share * self.g_max)
            case "proportional":
                return share * g
            case "inverse":
                x = g / self.g_max
                return torch.where(x > 0.0, share * self.g_max / x.where(x > 0.0, 1.0), 0.0)


def check_range(
    where: str, values: Tensor, low: float, high: float, unit: str, prefix: float, why: str
) -> None:
    """Refuse values outside the range that a model was fitted in.

    Args:
        where: what the values are.
        values: any shape.
        low: least value, in SI units.
        high: greatest value; single precision may exceed it by a few parts in a million.
        unit: the unit with its prefix, for the message.
        prefix: what that unit is in SI units.
        why: who measured what, for the message.

    Raises:
        InputError: a value lies outside, or is not a number.
    """
    slack = 4e-6 * high
    inside = (values >= low - slack) & (values <= high + slack)
    if bool(inside.all()):
        return
    outside = float(values[~inside].flatten()[0]) / prefix
    rule = f"{why} covers {low / prefix:g} to {high / prefix:g} {unit}"
    raise InputError(
        message(where, f"{outside:g} {unit}", rule, "choose g_min and g_max in that range")
    )
