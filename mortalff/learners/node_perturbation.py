"""Node perturbation: noise on every unit's weighted input, and the loss's answer to it.

The periphery adds ξ_l ~ N(0, σ²) to each layer's z_l = gain · W[x_l, 1] before the activation, anew for every example.
With L the example's loss of a clean pass and L′ of the noisy one, δ_l = −(L′ − L)/σ² · ξ_l has, as σ → 0, minus the
gradient with respect to z_l as its mean; each array is pulsed with δ_l and the clean pass's x_l. Antithetic
perturbation puts (L(ξ) − L(−ξ))/2 for L′ − L, which rids the estimate of the loss's curvature.

The variance of an estimate grows with the number of units perturbed at once, N: per example,
E|δ|² = (N + 2)|∂L/∂z|². So the rate must fall as N grows, or learning diverges. Noise of the hardware's own, which
differs between the two passes, adds to L′ − L and is divided by σ²: σ should be well above it. An unknown stage behind
an array is in the loss, but not in δ, which is taken behind it.

Sources: Andes, Widrow, Lehr and Wan, MADALINE rule III (IJCNN 1990); Flower and Jabri, summed weight neuron
perturbation (NIPS 5, 1993); Williams, Mach. Learn. 8, 229 (1992); Werfel, Xie and Seung, Neural Comput. 17, 2699 (2005)
for the dependence on N.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from mortalff.learners.output_network import OutputSettings
from mortalff.learners.perturbation import PerturbationLearner
from mortalff.learners.settings import Settings
from mortalff.networks.network import Network

_NOISE_BITS = 8  # of stored noise, and of what is added up of it


class NodePerturbationSettings(OutputSettings):
    """Settings of node perturbation."""

    sigma: float = Field(
        default=0.3, gt=0, description="σ of the noise, in units of a unit's weighted input"
    )
    antithetic: bool = Field(
        default=False, description="compare +ξ with −ξ, and not with the clean pass"
    )
    draws: int = Field(
        default=1, ge=1, description="perturbations of each example that an update averages over"
    )
    output: Literal["error", "perturbed"] = Field(
        default="error",
        description="the output layer learns from targets − softmax, which is at hand, or is perturbed too",
    )


class NodePerturbation(PerturbationLearner):
    """Gradient descent on the cross-entropy, its gradient estimated at the units.

    Each example takes 1 + draws passes, antithetic 1 + 2·draws. Beside what those count, there are for each draw two
    digital operations a perturbed unit (its noise drawn; the noise weighted by the loss's change and added up), and
    memory that holds its noise until the loss is known, with 8 bits as an error has. The noise is written and read to
    be weighted, antithetic read for the second pass too; from the second draw on, what was added up so far is read and
    written: draws · (2 + antithetic) + 2 (draws − 1) bytes an example and perturbed unit.

    Args:
        network: layers on hardware, the last with one unit a class.
        settings: how to learn.
    """

    name: ClassVar[str] = "node_perturbation"
    settings_type: ClassVar[type[Settings]] = NodePerturbationSettings
    settings: NodePerturbationSettings

    def __init__(self, network: Network, settings: NodePerturbationSettings | None = None) -> None:
        super().__init__(network, NodePerturbationSettings() if settings is None else settings)

    def step(self, images: Tensor, targets: Tensor, rate: float) -> dict[str, Tensor]:
        """One clean pass, one or two noisy ones a draw, and an update of every layer."""
        inputs, logits = self.climb(images)
        deltas = self.estimate(inputs[0], self.losses(logits, targets), targets)
        if self.settings.output == "error":
            deltas[-1] = self.output_error(logits, targets)
        for number, (x, delta) in enumerate(zip(inputs, deltas, strict=True)):
            self.update(number, x, delta, rate)
        return self.measured(logits, targets)

    def estimate(self, x: Tensor, clean: Tensor, targets: Tensor) -> list[Tensor]:
        """Estimate how each weighted input should change.

        Args:
            x: input vectors (1 or chips, batch, n_in), normalised.
            clean: their losses without noise, (chips, batch).
            targets: class probabilities, (1 or chips, batch, n_classes).

        Returns:
            δ of each layer, (chips, batch, n_out); zeros for an output layer that is not perturbed.
        """
        settings, batch = self.settings, x.shape[-2]
        widths = [layer.n_out for layer in self.network.layers]
        still = len(widths) - (1 if settings.output == "error" else 0)
        deltas = [torch.zeros(self.network.chips, batch, n, device=x.device) for n in widths]
        for draw in range(settings.draws):
            accesses = 2 + settings.antithetic + (2 if draw > 0 else 0)
            noise = [self.noise(settings.sigma, batch, n) for n in widths[:still]]
            change = self._noisy_losses(x, noise, targets, 1.0) - clean
            if settings.antithetic:
                change = (change + clean - self._noisy_losses(x, noise, targets, -1.0)) / 2.0
            weight = -change / (settings.draws * settings.sigma**2)
            for delta, part in zip(deltas, noise, strict=False):
                delta.add_(weight.unsqueeze(-1) * part)
                numbers = batch * part.shape[-1]
                self.network.tally.add("digital_op", numbers)
                self.network.tally.add("memory_byte", accesses * numbers * _NOISE_BITS / 8)
        return deltas

    def _noisy_losses(self, x: Tensor, noise: list[Tensor], targets: Tensor, sign: float) -> Tensor:
        """Losses (chips, batch) with the noise, or its opposite, on the layers there is noise for."""

        def shift(number: int, _: Tensor) -> Tensor | None:
            return sign * noise[number] if number < len(noise) else None

        return self.losses(self.climb_shifted(x, shift), targets)
