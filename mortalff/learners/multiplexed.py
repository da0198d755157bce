"""Multiplexed gradient descent: every weight carries its own code, and listens for it in the loss.

All weights are perturbed at once, weight i by a code θ̃_i(t) = ±Δθ that changes every τ_p. Homodyne detection
multiplies what the loss did, C̃(t) = C(t) − C_0, by the weight's own code and adds up over τ_θ, after which weights
move by −lr times the mean of

    G_i = Σ_t C̃(t) θ̃_i(t) / Δθ²,

whose mean is the gradient. A sample is shown for τ_x; C_0 is its loss without codes, measured once. Here τ_p is one
pass, τ_x = ``sample_time`` passes, and τ_θ = batch · τ_x, so that weights change once a batch; τ_θ < τ_x is not
offered. Weights and read-outs are steady within τ_θ, so samples are simulated side by side.

Where G is kept is the point. In the paper every weight has a code generator and an analog memory of its own.

* ``full`` codes, independent signs as in the paper, on arrays that have no such circuits: each code is written to the
  weights (privileged: weights read out and programmed), and G is a digital number a weight. Writing is slow, so a code
  is held while all samples of the batch pass: C is the batch's mean loss, and τ_θ = ``sample_time`` codes.
* ``rank_one`` codes v [u, 1]ᵀ, signs u and v drawn for each sample and pass: what such a code adds to the weighted
  inputs, Δθ v (u·x + 1), is added behind the array, and G is a sum of outer products, kept as its factors and pulsed.
  Forward passes and pulses suffice. As in :mod:`mortalff.learners.weight_perturbation` the variance is that of
  independent signs; stages behind the array are taken for none.

Source: McCaughan, Oripov, Ganesh, Nam, Dienstfrey and Buckley, APL Mach. Learn. 1, 026118 (2023), section II; the codes
of rank one are ours.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from pydantic import Field, model_validator
from torch import Tensor

from mortalff.learners.output_network import OutputSettings
from mortalff.learners.perturbation import PerturbationLearner
from mortalff.learners.settings import Settings
from mortalff.networks.network import Network

_BYTES = 4  # of a digital number kept for a weight


class MultiplexedSettings(OutputSettings):
    """Settings of multiplexed gradient descent."""

    perturbation: float = Field(
        default=0.01, gt=0, description="Δθ, in units of effective weights (gain included)"
    )
    sample_time: int = Field(default=1, ge=1, description="τ_x/τ_p: codes tried on each sample")
    codes: Literal["rank_one", "full"] = Field(
        default="rank_one",
        description="outer products added behind the array, or independent signs written to the weights",
    )

    @model_validator(mode="after")
    def _written_weights_are_not_pulsed(self) -> MultiplexedSettings:
        if self.codes == "full":
            rule = "full codes write weights, and pulses alone are smoothed or decayed"
            right = "set codes to 'rank_one', or leave it out"
            self.refuse_unused("smoothing", "weight_decay", rule=rule, right=right)
        return self


class Multiplexed(PerturbationLearner):
    """Gradient descent by codes on all weights.

    An update takes 1 + sample_time passes of each sample. Beside those it counts, with rank-one codes, for each sample,
    code and layer n_in + n_out signs drawn, as many multiply-adds (u·x; v scaled by it), and what an update of one
    sample counts; with full codes, for each code a sign, a multiply-add and 8 bytes of memory a weight.

    Args:
        network: layers on hardware, the last with one unit a class.
        settings: how to learn.
    """

    name: ClassVar[str] = "multiplexed"
    settings_type: ClassVar[type[Settings]] = MultiplexedSettings
    settings: MultiplexedSettings

    def __init__(self, network: Network, settings: MultiplexedSettings | None = None) -> None:
        super().__init__(network, MultiplexedSettings() if settings is None else settings)

    @property
    def needs(self) -> frozenset[str]:
        """Forward passes and pulses; with full codes, weights read out and written in place of pulses."""
        if self.settings.codes == "full":
            return frozenset({"forward", "read_weights", "program"})
        return super().needs

    def step(self, images: Tensor, targets: Tensor, rate: float) -> dict[str, Tensor]:
        """Try all codes of a τ_θ, then move the weights."""
        inputs, logits = self.climb(images)
        clean = self.losses(logits, targets)
        move = self._rank_one if self.settings.codes == "rank_one" else self._full
        move(inputs, clean, targets, rate)
        return self.measured(logits, targets)

    def _rank_one(self, inputs: list[Tensor], clean: Tensor, targets: Tensor, rate: float) -> None:
        """Every sample its own codes; G as the factors of its outer products."""
        layers, tally, batch = self.network.layers, self.network.tally, clean.shape[1]
        size, kept = self.settings.perturbation, self.settings.sample_time
        rows: list[list[Tensor]] = [[] for _ in layers]
        columns: list[list[Tensor]] = [[] for _ in layers]
        for _ in range(kept):
            codes = [
                (self.signs(batch, layer.n_in), self.signs(batch, layer.n_out)) for layer in layers
            ]

            def shift(number: int, x: Tensor, codes: list[tuple[Tensor, Tensor]] = codes) -> Tensor:
                u, v = codes[number]
                tally.add("digital_mac", batch * (u.shape[-1] + v.shape[-1]))
                return size * v * ((u * x).sum(-1, keepdim=True) + 1.0)

            coded = self.losses(self.climb_shifted(inputs[0], shift), targets)
            heard = ((clean - coded) / size).unsqueeze(-1)
            for number, (u, v) in enumerate(codes):
                rows[number].append(u)
                columns[number].append(heard * v)
        for number, (xs, ds) in enumerate(zip(rows, columns, strict=True)):
            self.update(number, torch.cat(xs, dim=1), torch.cat(ds, dim=1), rate)

    def _full(self, inputs: list[Tensor], clean: Tensor, targets: Tensor, rate: float) -> None:
        """Each code written to all weights, and held while the batch passes; G as a number a weight."""
        layers, tally = self.network.layers, self.network.tally
        size, kept = self.settings.perturbation, self.settings.sample_time
        weights = [layer.hardware.probe().read_weights() for layer in layers]
        heard = [torch.zeros_like(w) for w in weights]
        for _ in range(kept):
            codes = [self.signs(w.shape[1], w.shape[2]) for w in weights]
            for layer, w, code in zip(layers, weights, codes, strict=True):
                layer.hardware.probe().program(w + (size / layer.gain) * code)
            coded = self.losses(self.climb_from(inputs[0])[1], targets)
            change = (coded - clean).mean(1).reshape(-1, 1, 1) / (size * kept)
            for total, code in zip(heard, codes, strict=True):
                total.add_(change * code)
                tally.add("digital_mac", code[0].numel())
                tally.add("memory_byte", 2 * _BYTES * code[0].numel())
        for layer, w, total in zip(layers, weights, heard, strict=True):
            layer.hardware.probe().program(w - (rate / layer.gain) * total)
