"""Weight perturbation: all weights moved at once along a random rank-one pattern of signs, and the loss's answer to it.

Hardware that offers only passes and pulses can move weights along outer products. With signs u (inputs) and v (units)
drawn for each layer, the pattern is P = v [u, 1]ᵀ, and an update moves the weights by

    −lr · ĝ · P,    ĝ = (L(W + εP) − L(W − εP)) / (2ε),

with L the batch's mean loss. The mean of ĝP is the gradient, as with simultaneous perturbation by independent signs
(SPSA), and so is its variance: entries of P are pairwise independent, which is all that the variance asks of. It is
E|ĝP|² = n |∂L/∂W|² with n weights, which is why this learns slowly; only its tails are heavier.

How the pattern is applied:

* ``pulses``: by pulsing the arrays, +ε, then twice −ε, then ε − lr·ĝ, so that restoring and learning are one pulse. On
  devices whose steps are noisy or not alike up and down, the perturbation is not quite undone, and every update wears
  all devices: that is physics, and part of what this rule costs. It needs no model of anything, unknown stages
  included.
* ``periphery``: the weighted inputs that P would add, ε v (u·x + 1), are worked out beside the array and added behind
  it, which leaves devices alone but for one pulse −lr·ĝ·P. It takes the array for linear, and stages behind it for
  none.

Sources: Spall, IEEE Trans. Autom. Control 37, 332 (1992) (SPSA); Jabri and Flower, IEEE Trans. Neural Netw. 3, 154
(1992) (weight perturbation in analog VLSI); Cauwenberghs, NIPS 5, 244 (1993) (all weights at once, in parallel). That
the pattern is of rank one is ours.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator
from torch import Tensor

from mortalff.array_math import apply_weights
from mortalff.learners.output_network import OutputSettings
from mortalff.learners.perturbation import PerturbationLearner
from mortalff.learners.settings import Settings
from mortalff.networks.network import Network

Pattern = tuple[Tensor, Tensor]
"""Signs of a layer's inputs and of its units, (chips, 1, n_in) and (chips, 1, n_out)."""


class WeightPerturbationSettings(OutputSettings):
    """Settings of weight perturbation."""

    epsilon: float = Field(
        default=0.01, gt=0, description="ε, in units of effective weights (gain included)"
    )
    applied: Literal["pulses", "periphery"] = Field(
        default="pulses",
        description="how weights are perturbed: in the devices, or beside the array",
    )
    patterns: int = Field(
        default=1, ge=1, description="patterns tried, each with an update, for every batch"
    )

    @model_validator(mode="after")
    def _pulses_that_perturb_are_no_gradients(self) -> WeightPerturbationSettings:
        if self.applied == "pulses":
            rule = "pulses that perturb weights must not be smoothed or decayed"
            right = "set applied to 'periphery', or leave it out"
            self.refuse_unused("smoothing", "weight_decay", rule=rule, right=right)
        return self


class WeightPerturbation(PerturbationLearner):
    """Simultaneous perturbation stochastic approximation by rank-one patterns.

    Each pattern takes two passes of the batch and, by pulses, four outer products a layer (one in the periphery).
    Beside those it counts a digital operation for each sign drawn, one a pattern for ĝ and one a unit for scaling v; in
    the periphery also n_in multiply-adds a vector and layer for u·x, and one a unit for scaling v by it.

    Args:
        network: layers on hardware, the last with one unit a class.
        settings: how to learn.
    """

    name: ClassVar[str] = "weight_perturbation"
    settings_type: ClassVar[type[Settings]] = WeightPerturbationSettings
    settings: WeightPerturbationSettings

    def __init__(
        self, network: Network, settings: WeightPerturbationSettings | None = None
    ) -> None:
        super().__init__(network, WeightPerturbationSettings() if settings is None else settings)

    def step(self, images: Tensor, targets: Tensor, rate: float) -> dict[str, Tensor]:
        """Try each pattern both ways and move along it."""
        x = self.network.normalised(images).unsqueeze(0)
        measured: dict[str, Tensor] = {}
        for _ in range(self.settings.patterns):
            patterns = [
                (self.signs(1, layer.n_in), self.signs(1, layer.n_out))
                for layer in self.network.layers
            ]
            perturb = self._by_pulses if self.settings.applied == "pulses" else self._beside
            measured = perturb(x, targets, patterns, rate)
        return measured

    def _by_pulses(
        self, x: Tensor, targets: Tensor, patterns: list[Pattern], rate: float
    ) -> dict[str, Tensor]:
        """Move the weights themselves; the way back and the update are one pulse."""
        epsilon, tally = self.settings.epsilon, self.network.tally
        for layer, (u, v) in zip(self.network.layers, patterns, strict=True):
            layer.pulse(u, v, epsilon)
        _, logits = self.climb_from(x)
        above = self.losses(logits, targets).mean(1)
        for layer, (u, v) in zip(self.network.layers, patterns, strict=True):
            # Two samples of ε each and not one of 2ε: a train of pulses has a longest length.
            layer.pulse(u.expand(-1, 2, -1), -v.expand(-1, 2, -1), 2.0 * epsilon)
        below = self.losses(self.climb_from(x)[1], targets).mean(1)
        slope = (above - below) / (2.0 * epsilon)
        tally.add("digital_op", 1)
        for layer, (u, v) in zip(self.network.layers, patterns, strict=True):
            layer.pulse(u, (epsilon - rate * slope).reshape(-1, 1, 1) * v, 1.0)
            tally.add("digital_op", layer.n_out)
        return self.measured(logits, targets)

    def _beside(
        self, x: Tensor, targets: Tensor, patterns: list[Pattern], rate: float
    ) -> dict[str, Tensor]:
        """Add to each array's outputs what the pattern would; pulse once, along it."""
        epsilon, tally = self.settings.epsilon, self.network.tally

        def logits_at(step: float) -> Tensor:
            def shift(number: int, inputs: Tensor) -> Tensor:
                u, v = patterns[number]
                work = inputs.shape[-2] * (u.shape[-1] + v.shape[-1])
                tally.add("digital_mac", work)
                return step * v * (apply_weights(inputs, u) + 1.0)

            return self.climb_shifted(x, shift)

        logits = logits_at(epsilon)
        above = self.losses(logits, targets).mean(1)
        below = self.losses(logits_at(-epsilon), targets).mean(1)
        slope = (above - below) / (2.0 * epsilon)
        tally.add("digital_op", 1)
        for layer, (u, v) in zip(self.network.layers, patterns, strict=True):
            layer.pulse(u, -slope.reshape(-1, 1, 1) * v, rate)
            tally.add("digital_op", layer.n_out)
        return self.measured(logits, targets)
