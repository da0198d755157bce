"""What a conformance suite needs to know of the learner it tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import pytest
import torch
from torch import Tensor

from mortalff.cards import load_card
from mortalff.data import Split
from mortalff.errors import CapabilityError
from mortalff.hardware.scheme import Scheme
from mortalff.learners.base import Learner
from mortalff.learners.settings import Settings
from mortalff.networks.arrays import ArrayMaker, CardArrays
from mortalff.networks.shapes import ImageShape
from mortalff.networks.sizes import Hidden

_SEED = 5
_PROTOTYPES = 9  # the seed of what examples of a class have in common


class LearnerCase:
    """A learner under test: its class, and what is special about it.

    A subclass gives ``learner_type`` and ``settings`` and overrides what does not suit it. Sizes are odd, because
    vectorised loops have tails and rows begin anywhere.

    Attributes:
        learner_type: the learner's class.
        settings: how it learns, with a batch of about 20.
        image_shape: height, width and planes of an example.
        hidden: the hidden layers from the input up.
        n_classes: number of classes, well below the number of pixels.
        card: noisy chips to train on; what the learner cannot use is left out, and ideal weights remain.
        scheme: how each layer's weights are held, on ideal weights and on noisy chips; in one array by default.
        epochs: passes through 400 examples, after which ``error_below`` is reached on ideal weights.
        error_below: error on other examples, each chip's, where chance is 1 − 1/n_classes; of the better read-out.
    """

    learner_type: ClassVar[type[Learner]]
    settings: ClassVar[Settings]
    image_shape: ImageShape = (4, 6, 1)
    hidden: Hidden = (17, 13)
    n_classes: int = 4
    card: str = "gokmen_vlasov"
    scheme: Scheme | None = None
    epochs: int = 12
    error_below: float = 0.25

    def make(self, arrays: ArrayMaker) -> Learner:
        """A new learner on a new network, built on these arrays."""
        kind, shape = self.learner_type, self.image_shape
        network = kind.build(arrays, shape, self.hidden, self.n_classes, self.settings)
        return kind(network, self.settings)

    def ideal(self, chips: int | Sequence[int] = 2, seed: int = _SEED) -> Learner:
        """A new learner on ideal weights."""
        return self.make(self._arrays("ideal", chips, seed))

    def noisy(self, chips: int | Sequence[int] = 2, seed: int = _SEED) -> Learner:
        """A new learner on noisy chips, or a skip where they lack its needs."""
        try:
            return self.make(self._arrays(self.card, chips, seed))
        except CapabilityError as error:
            pytest.skip(str(error))

    def examples(self, n: int = 60, seed: int = 0) -> Split:
        """Noisy prototypes, one a class."""
        width = math.prod(self.image_shape)
        generator = torch.Generator().manual_seed(seed)
        fixed = torch.Generator().manual_seed(_PROTOTYPES)
        prototypes = torch.rand(self.n_classes, width, generator=fixed)
        labels = torch.randint(0, self.n_classes, (n,), generator=generator)
        noise = 0.15 * torch.randn(n, width, generator=generator)
        return Split((prototypes[labels] + noise).clamp(0, 1), labels)

    def hot(self, split: Split) -> Tensor:
        """Labels as class probabilities, (n, n_classes)."""
        return torch.nn.functional.one_hot(split.labels, self.n_classes).to(torch.float32)

    def _arrays(self, card: str, chips: int | Sequence[int], seed: int) -> CardArrays:
        return CardArrays(load_card(card), chips=chips, seed=seed, scheme=self.scheme)


def whole_state(learner: Learner) -> dict[str, Tensor]:
    """All that changes as a learner learns: the network's state, its own and its read-out's; surely a copy."""
    parts = {
        "network": learner.network.state_dict(),
        "own": learner.own_state(),
        "readout": learner.readout_state(),
    }
    return {
        f"{part}.{name}": t.clone() for part, state in parts.items() for name, t in state.items()
    }


def learned_state(learner: Learner) -> dict[str, Tensor]:
    """As :func:`whole_state`, less counts."""
    return {name: t for name, t in whole_state(learner).items() if not name.endswith("counts")}
