"""Kinds of FF, among them what ``from_card`` builds, keep the promises of all learners."""

from __future__ import annotations

import torch

from mortalff.data import Split
from mortalff.hardware.two_array import TwoArrays
from mortalff.learners import FF, FFSettings
from mortalff.testing import LearnerConformance

IN_SITU = FFSettings(
    lr=0.02,
    batch=20,
    schedule="half_linear_steps",
    loss="symba",
    temperature_share=0.03,
    hold=0.6,
    pulses="difference",
)


class TestFFInSitu(LearnerConformance):
    """The rule of a card whose devices remember."""

    learner_type = FF
    settings = IN_SITU


class TestFFInSituInTwoArrays(LearnerConformance):
    """The rule of a card whose devices forget: two arrays of two devices a weight, settled before first use.

    On ideal weights, where nothing forgets, the fast array would swing: it is slow here, and the head learns most.
    That layers learn in two arrays is shown on digits.
    """

    learner_type = FF
    settings = IN_SITU
    card = "reram_es"
    scheme = TwoArrays(
        fast_rate=1.0, transfer_rate=0.2, every=2, reads=2, rest=-0.05, settle=0.5, devices=2
    )


class TestFFInPhasesApart(LearnerConformance):
    """Two batches awake, two asleep: of three batches an epoch, runs are cut off in either phase."""

    learner_type = FF
    settings = FFSettings(lr=0.005, batch=20, phases="apart", phase_batches=2)


class TestFFOnHybrids(LearnerConformance):
    """Images against mixtures of them, all moved about by a pixel."""

    learner_type = FF
    settings = FFSettings(lr=0.02, batch=20, contrast="hybrid", shift=1)
    image_shape = (6, 6, 1)

    def examples(self, n: int = 60, seed: int = 0) -> Split:
        """Each class a bright quadrant, which a pixel's move leaves where it is."""
        generator = torch.Generator().manual_seed(seed)
        labels = torch.randint(0, self.n_classes, (n,), generator=generator)
        bright = torch.eye(self.n_classes).reshape(-1, 2, 2).repeat_interleave(3, 1)
        bright = bright.repeat_interleave(3, 2).flatten(1)
        noise = 0.15 * torch.randn(n, 36, generator=generator)
        return Split((0.1 + 0.7 * bright[labels] + noise).clamp(0, 1), labels)


class TestFFOnItsOwnText(LearnerConformance):
    """The next symbol of a text that repeats 0 1 0 2 0 3, against what the network makes up."""

    learner_type = FF
    settings = FFSettings(
        lr=0.02, batch=20, contrast="next_symbol", negatives="rollout", rollout_steps=10
    )
    image_shape = (1, 12, 1)

    def examples(self, n: int = 60, seed: int = 0) -> Split:
        text = torch.tensor([0, 1, 0, 2, 0, 3]).repeat(n // 6 + 2)[seed % 6 :]
        hot = torch.nn.functional.one_hot(text, self.n_classes).to(torch.float32)
        return Split(hot.unfold(0, 3, 1).transpose(1, 2).flatten(1)[:n], text[3 : n + 3])
