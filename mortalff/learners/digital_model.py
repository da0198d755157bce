"""A designer's model of a network on hardware: the same layers as numbers, with nothing unknown in it.

Each layer is y = f(W[x, 1]) with effective weights W, the array's gain included: no unknown stage, no spread between
devices, no noise, no converters. Where hardware is otherwise, the model is wrong, and so is what it is trained to.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mortalff.array_math import apply_weights, outer_sum
from mortalff.learners.activation import Activation
from mortalff.networks.network import Network
from mortalff.streams import Stream

_BYTES = 4  # a float32
_ERROR_BITS = 8  # of a stored error, for memory traffic only, as for learners on hardware


class DigitalModel:
    """One digital network for each chip, forward and backward, learning by gradient descent.

    Chips start from weights of their own, N(0, 1/n_in), of stream ``learner`` of each layer. Counted, a chip, for a
    layer of n_out × n_in = c cells and v vectors, as for digital arrays (:mod:`mortalff.hardware.digital`):

    - products, forward or backward: v·c MACs, 4(c + v(n_in + n_out)) bytes; forward v·n_out operations too;
    - an update: (v + 1)·c MACs, 8c bytes; smoothing 2c MACs and 8c bytes more, decay c MACs, a limit c operations;
    - what an update remembers: v·n_out operations, 2v(4 n_in + 9/8 n_out) bytes, written and read;
    - writing to hardware: 4c bytes and c operations, beside what the hardware counts.

    Args:
        network: the hardware it is a model of; widths, gains, seeds and tally are used, no array is asked anything.
        activation: of hidden units.
        smoothing: share s of the old gradient in v ← s·v + (1 − s)·g: momentum.
        weight_decay: decoupled, per unit of rate.
        weight_limit: largest size of an array's weight; None for no limit.

    Attributes:
        weights: each layer's effective weights, (chips, n_out, n_in), the bias line's last where there is one.
    """

    def __init__(
        self,
        network: Network,
        activation: Activation,
        *,
        smoothing: float = 0.0,
        weight_decay: float = 0.0,
        weight_limit: float | None = None,
    ) -> None:
        self._network, self._activation, self._limit = network, activation, weight_limit
        self._smoothing, self._decay = smoothing, weight_decay
        self.weights: list[Tensor] = []
        for number, layer in enumerate(network.layers):
            seeds = network.seeds.child(f"layer{number + 1}")
            stream = Stream(seeds, "learner", network.chip_ids, network.device)
            normal = stream.normal(layer.n_out, layer.hardware.n_in)
            self.weights.append(normal / math.sqrt(layer.hardware.n_in))
            self._keep_to_limit(number)
        self._smoothed = [torch.zeros_like(w) for w in self.weights] if smoothing > 0.0 else []

    def climb(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Pass normalised images (1 or chips, batch, n_in) up.

        Returns:
            Each layer's input, the bias line not among it, and the logits (chips, batch, n_classes).
        """
        inputs, top = [x], len(self.weights) - 1
        for number, (layer, weights) in enumerate(
            zip(self._network.layers, self.weights, strict=True)
        ):
            self._count_products(number, x.shape[-2])
            self._network.tally.add("digital_op", x.shape[-2] * layer.n_out)
            z = apply_weights(layer.drive(inputs[-1]), weights)
            if number < top:
                inputs.append(self._activation.of(z))
        return inputs, z

    def descend(self, inputs: Sequence[Tensor], error: Tensor, rate: float) -> None:
        """Carry the output's error down through the model and move every layer's weights along it.

        With δ_L = error, δ_{l−1} = (W_lᵀ δ_l) ⊙ f′ and ΔW_l = rate · mean over the batch of δ_l [x_l, 1]ᵀ; f′ is taken
        from the activities given. Where those were measured on hardware, this is physics-aware training.

        Args:
            inputs: each layer's input, as :meth:`climb` gives it or as measured.
            error: how much each logit should rise, (chips, batch, n_classes).
            rate: learning rate of the effective weights.
        """
        delta = error
        for number in reversed(range(len(self.weights))):
            below = delta
            if number > 0:
                self._count_products(number, delta.shape[1])
                carried = apply_weights(delta, self.weights[number].transpose(1, 2))
                n_in = self._network.layers[number].n_in
                below = carried[..., :n_in] * self._activation.slope(inputs[number])
            self._learn(number, inputs[number], delta, rate)
            delta = below

    def write(self) -> None:
        """Program every array with the model's weights, as well as the hardware can."""
        for layer, weights in zip(self._network.layers, self.weights, strict=True):
            cells = weights[0].numel()
            self._network.tally.add("memory_byte", _BYTES * cells)
            self._network.tally.add("digital_op", cells)
            layer.hardware.probe().program(weights / layer.gain)

    def state_dict(self) -> dict[str, Tensor]:
        """Weights and smoothed gradients; a copy."""
        state = {f"weights{n}": w.clone() for n, w in enumerate(self.weights)}
        return state | {f"smoothed{n}": v.clone() for n, v in enumerate(self._smoothed)}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state."""
        for name, tensors in (("weights", self.weights), ("smoothed", self._smoothed)):
            for number, tensor in enumerate(tensors):
                tensor.copy_(state[f"{name}{number}"])

    def _learn(self, number: int, x: Tensor, delta: Tensor, rate: float) -> None:
        layer, weights, tally = (
            self._network.layers[number],
            self.weights[number],
            self._network.tally,
        )
        batch, cells = delta.shape[1], weights[0].numel()
        gradient = outer_sum(delta, layer.drive(x)).div_(batch)
        tally.add("digital_mac", (batch + 1) * cells)
        tally.add("digital_op", batch * layer.n_out)
        remembered = 8 * _BYTES * layer.hardware.n_in + (_ERROR_BITS + 1) * layer.n_out
        tally.add("memory_byte", 2 * _BYTES * cells + 2 * batch * remembered / 8)
        if self._smoothed:
            smoothed = self._smoothed[number]
            gradient = smoothed.mul_(self._smoothing).add_(gradient, alpha=1.0 - self._smoothing)
            tally.add("digital_mac", 2 * cells)
            tally.add("memory_byte", 2 * _BYTES * cells)
        if self._decay > 0.0:
            weights.mul_(1.0 - rate * self._decay)
            tally.add("digital_mac", cells)
        weights.add_(gradient, alpha=rate)
        if self._limit is not None:
            self._keep_to_limit(number)
            tally.add("digital_op", cells)

    def _keep_to_limit(self, number: int) -> None:
        if self._limit is not None:
            limit = self._limit * self._network.layers[number].gain
            self.weights[number].clamp_(-limit, limit)

    def _count_products(self, number: int, vectors: int) -> None:
        n_out, n_in = self.weights[number].shape[1:]
        cells = n_out * n_in
        self._network.tally.add("digital_mac", vectors * cells)
        self._network.tally.add("memory_byte", _BYTES * (cells + vectors * (n_in + n_out)))
