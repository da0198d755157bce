"""Learners that give each hidden unit an error of its own: one way up, errors for all units, a pulse for all layers.

BP, FA, DFA, IFA and DRTP are this and differ in where the hidden errors come from alone. Each multiplies by the
activation's derivative, worked out from the measured activity by the formula of :mod:`mortalff.learners.activation`:
a model of the periphery, which is wrong where an unknown stage stands behind an array.
"""

from __future__ import annotations

from abc import abstractmethod

from torch import Tensor

from mortalff.learners.output_network import OutputLearner


class HiddenErrorLearner(OutputLearner):
    """Pulses every layer with its inputs and its errors; a subclass gives :meth:`hidden_errors`."""

    def step(self, images: Tensor, targets: Tensor, rate: float) -> dict[str, Tensor]:
        """One way up, the errors, and an update of every layer.

        Counts as :meth:`climb`, :meth:`hidden_errors` and, for each layer, :meth:`update` say.
        """
        inputs, logits = self.climb(images)
        error = self.output_error(logits, targets)
        deltas = [*self.hidden_errors(inputs[1:], error, targets), error]
        for number, (x, delta) in enumerate(zip(inputs, deltas, strict=True)):
            self.update(number, x, delta, rate)
        return self.measured(logits, targets)

    @abstractmethod
    def hidden_errors(self, hidden: list[Tensor], error: Tensor, targets: Tensor) -> list[Tensor]:
        """How much each hidden unit's weighted input should rise.

        Args:
            hidden: activities of each hidden layer, first to last, (chips, batch, n_out).
            error: what should rise at the output, (chips, batch, n_classes).
            targets: class probabilities, (1 or chips, batch, n_classes).

        Returns:
            One tensor a hidden layer, first to last, (chips, batch, n_out).
        """
