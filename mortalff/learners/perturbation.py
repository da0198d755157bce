"""What learners by perturbation share: the loss of each example, a way up that is shifted, and random signs.

They change something, see how the loss changes, and pulse along what they changed. They need no activity's derivative
and nothing of how layers are joined; the price is variance, which grows with the number of things changed at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from mortalff.learners.output_network import OutputLearner, OutputSettings
from mortalff.networks.network import Network
from mortalff.streams import Stream

Shift = Callable[[int, Tensor], Tensor | None]
"""What the periphery adds to a layer's weighted inputs, from the layer's number and its inputs; None for nothing."""


class PerturbationLearner(OutputLearner):
    """A network whose loss is measured under perturbations; a subclass gives :meth:`step`.

    Its random numbers are each chip's own, from the stream ``learner``.

    Args:
        network: layers on hardware, the last with one unit a class.
        settings: how to learn.
    """

    def __init__(self, network: Network, settings: OutputSettings) -> None:
        super().__init__(network, settings)
        self._stream = Stream(network.seeds, "learner", network.chip_ids, network.device)

    def climb_shifted(self, x: Tensor, shift: Shift) -> Tensor:
        """Pass input vectors up while the periphery adds something to layers' weighted inputs.

        Counts as an ordinary way up, and one more digital operation a vector and unit of layers that something is added
        to: the addition.

        Args:
            x: (1 or chips, batch, n_in), normalised.
            shift: what is added to z = gain · W[x, 1] of a layer, (chips, batch, n_out), or None.

        Returns:
            Logits (chips, batch, n_classes).
        """
        tally, last = self.network.tally, len(self.network.layers) - 1
        for number, layer in enumerate(self.network.layers):
            z, added = layer.preactivity(x), shift(number, x)
            tally.add("digital_op", z.shape[-2] * layer.n_out)
            if added is not None:
                z = z + added
                tally.add("digital_op", z.shape[-2] * layer.n_out)
            x = z if number == last else self.activation.of(z)
        return x

    def losses(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy of each example.

        Counts a multiply-add a logit and an operation an example, the softmax being counted on the way up.

        Args:
            logits: (chips, batch, n_classes).
            targets: class probabilities, (1 or chips, batch, n_classes).

        Returns:
            (chips, batch).
        """
        self.network.tally.add("digital_mac", logits.shape[1] * logits.shape[2])
        self.network.tally.add("digital_op", logits.shape[1])
        return -(targets * logits.log_softmax(-1)).sum(-1)

    def noise(self, std: float, *shape: int) -> Tensor:
        """Gaussian numbers, (chips, *shape), each counted as one digital operation."""
        self.network.tally.add("digital_op", torch.Size(shape).numel())
        return std * self._stream.normal(*shape)

    def signs(self, *shape: int) -> Tensor:
        """Numbers +1 or −1 alike likely, (chips, *shape), each counted as one digital operation."""
        self.network.tally.add("digital_op", torch.Size(shape).numel())
        return 1.0 - 2.0 * (self._stream.uniform(*shape) < 0.5).to(torch.float32)

    def own_state(self) -> dict[str, Tensor]:
        """The place in the stream of perturbations."""
        return {"calls": torch.tensor(self._stream.calls)}

    def load_own_state(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state."""
        self._stream.calls = int(state["calls"])
