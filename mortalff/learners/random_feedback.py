"""Fixed random matrices in digital memory that carry errors to hidden units."""

from __future__ import annotations

import math

from pydantic import Field
from torch import Tensor

from mortalff.array_math import apply_weights
from mortalff.learners.output_network import OutputSettings
from mortalff.networks.network import Network
from mortalff.streams import Stream

_BYTES = 4  # a float32


class FeedbackSettings(OutputSettings):
    """Settings of learners with random feedback."""

    feedback_scale: float = Field(
        default=1.0,
        gt=0,
        description="entries of a feedback matrix are uniform within ± scale/√(units that it feeds)",
    )


def feedback_from_output(network: Network, scale: float) -> list[RandomFeedback]:
    """For each hidden layer, first to last, a matrix of its own from as many numbers as there are classes.

    Args:
        network: layers on hardware, the last with one unit a class.
        scale: of the entries.
    """
    return [
        RandomFeedback(network, f"feedback{number}", layer.n_out, network.n_classes, scale)
        for number, layer in enumerate(network.layers[:-1], start=1)
    ]


class RandomFeedback:
    """A matrix a chip, uniform in ±scale/√n_to as in Nøkland's code (2016), where n_to is the fan-out.

    It is drawn once from the network's stream ``learner`` under the matrix's name, each chip's own, and never changes.

    Args:
        network: whose chips and seeds they are, and whose tally counts the products.
        name: of the matrix, such as ``feedback1``.
        n_to: units it feeds.
        n_from: errors it takes.
        scale: of its entries.

    Attributes:
        matrix: (chips, n_to, n_from).
    """

    def __init__(self, network: Network, name: str, n_to: int, n_from: int, scale: float) -> None:
        stream = Stream(network.seeds.child(name), "learner", network.chip_ids, network.device)
        bound = scale / math.sqrt(n_to)
        self.matrix = bound * (2.0 * stream.uniform(n_to, n_from) - 1.0)
        self._tally = network.tally

    def __call__(self, error: Tensor) -> Tensor:
        """Carry errors (1 or chips, batch, n_from) to (chips, batch, n_to).

        Counts batch · n_to · n_from multiply-adds, and one fetch of the matrix from memory, 4 bytes an entry.
        """
        size = self.matrix[0].numel()
        self._tally.add("digital_mac", error.shape[-2] * size)
        self._tally.add("memory_byte", _BYTES * size)
        return apply_weights(error, self.matrix)
