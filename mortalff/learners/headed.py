"""What learners share that read their features out by a digital softmax head."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from mortalff.learners.pulsed import PulsedLearner
from mortalff.learners.softmax_head import HeadSettings, SoftmaxHead


class HeadedLearner(PulsedLearner):
    """A learner with a softmax head, which a subclass makes as ``_head``."""

    _head: SoftmaxHead

    def _new_head(self, features: int) -> SoftmaxHead:
        """A head on so many features of each chip, at the rate for this learner's batches."""
        network, settings = self.network, HeadSettings.for_batch(self.settings.batch)
        chips, classes, device = network.chips, network.n_classes, network.device
        return SoftmaxHead(chips, features, classes, network.tally, device, settings)

    def readout_state(self) -> dict[str, Tensor]:
        """Weights of the softmax head, (chips, n_classes, n_features)."""
        return {"weights": self._head.state_dict()["weights"]}

    def load_readout_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over another head's weights; this head's smoothed gradient starts from zero."""
        super().load_readout_state(state)
        fresh = {name: torch.zeros_like(t) for name, t in self._head.state_dict().items()}
        self._head.load_state_dict(fresh | dict(state))

    def _head_state(self) -> dict[str, Tensor]:
        return {f"head.{name}": tensor for name, tensor in self._head.state_dict().items()}

    def _load_head_state(self, state: Mapping[str, Tensor]) -> None:
        own = {n.removeprefix("head."): t for n, t in state.items() if n.startswith("head.")}
        self._head.load_state_dict(own)
