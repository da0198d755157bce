"""Teachers and students small enough for unit tests, and Hypothesis strategies for what they say."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from torch import Tensor

from mortalff.cards import Card, load_card
from mortalff.data import Split
from mortalff.hardware.base import Hardware
from mortalff.hardware.black_box import BlackBox
from mortalff.learners import FF, FFSettings
from mortalff.networks import Layer, Network

SIZES = (16, 12, 10)
CLASSES = 4
SETTINGS = FFSettings(lr=0.05, batch=10)


def blobs(n: int = 80, seed: int = 0) -> Split:
    """Four noisy prototypes behind four blank label pixels."""
    generator = torch.Generator().manual_seed(seed)
    prototypes = torch.rand(CLASSES, SIZES[0], generator=torch.Generator().manual_seed(9))
    prototypes[:, :CLASSES] = 0.0
    labels = torch.randint(0, CLASSES, (n,), generator=generator)
    noise = 0.15 * torch.randn(n, SIZES[0], generator=generator)
    return Split((prototypes[labels] + noise).clamp(0, 1), labels)


def quiet_card(**changes: object) -> Card:
    """Constant steps without spread, noise or converters; ``changes`` as in ``Card.replace``."""
    still = {
        "variability.dw_min_dtod": 0.0,
        "variability.dw_min_std": 0.0,
        "variability.up_down_dtod": 0.0,
        "variability.w_max_dtod": 0.0,
        "variability.w_min_dtod": 0.0,
        "periphery": {},
    }
    return load_card("gokmen_vlasov").replace(**{**still, **changes})


def ff(
    card: Card | None = None,
    *,
    seed: int = 0,
    chips: int | Sequence[int] = 2,
    sizes: Sequence[int] = SIZES,
    n_classes: int = CLASSES,
    settings: FFSettings = SETTINGS,
    w_init_std: float | None = None,
) -> FF:
    """An FF learner, on ideal weights by default."""
    network = Network.build(
        load_card("ideal") if card is None else card,
        sizes,
        chips=chips,
        seed=seed,
        n_classes=n_classes,
        w_init_std=w_init_std,
    )
    return FF(network, settings)


def trained_ff(card: Card | None = None, *, seed: int = 0, chips: int | Sequence[int] = 2) -> FF:
    """A teacher after some epochs."""
    learner = ff(card, seed=seed, chips=chips)
    learner.fit(blobs(), 12, progress=False)
    return learner


def unknown_box(n_out: int, n_in: int, chips: int, seed: int) -> BlackBox:
    """Chips that scramble their inputs and saturate, with weights that nobody can reach."""
    generator = torch.Generator().manual_seed(seed)
    stored = torch.randn(chips, n_out, n_in, generator=generator) / n_in**0.5
    scramble = torch.randperm(n_in, generator=generator)
    gain = torch.empty(chips, 1, n_out).uniform_(0.5, 2.0, generator=generator)

    def forward(x: Tensor) -> Tensor:
        return torch.tanh((x[..., scramble] @ stored.transpose(1, 2)) / 3.0) * 3.0 * gain

    def pulse(x: Tensor, d: Tensor, lr: float) -> None:
        stored.add_(d.transpose(1, 2) @ x[..., scramble], alpha=lr / x.shape[1])

    return BlackBox(forward, pulse=pulse, n_out=n_out, n_in=n_in, chips=chips)


def black_box_ff(seed: int, chips: int = 2) -> FF:
    """An FF learner on hardware that offers forward passes and pulses alone."""
    boxes: list[Hardware] = [
        unknown_box(above, below + 1, chips, seed + number)
        for number, (below, above) in enumerate(pairwise(SIZES))
    ]
    network = Network([Layer(box, 1.0) for box in boxes], n_classes=CLASSES, seeds=seed)
    return FF(network, SETTINGS)


def chosen(chips: int, n: int, classes: int = 3) -> st.SearchStrategy[Tensor]:
    """Classes that chips choose, (chips, n)."""
    numbers = arrays.arrays("int64", (chips, n), elements=st.integers(0, classes - 1))
    return numbers.map(torch.from_numpy)


@st.composite
def choices(draw: st.DrawFn) -> tuple[Tensor, Tensor, Tensor]:
    """Teacher's choices, student's choices, both (chips, n), and labels (n,)."""
    chips, n = draw(st.integers(1, 4)), draw(st.integers(1, 12))
    return draw(chosen(chips, n)), draw(chosen(chips, n)), draw(chosen(1, n))[0]


@st.composite
def logit_pairs(draw: st.DrawFn) -> tuple[Tensor, Tensor]:
    """Logits of teacher and student, (chips, n, classes), float32."""
    shape = (draw(st.integers(1, 3)), draw(st.integers(1, 6)), draw(st.integers(2, 5)))
    logits = arrays.arrays("float32", shape, elements=st.floats(-60.0, 60.0, width=32))
    return torch.from_numpy(draw(logits)), torch.from_numpy(draw(logits))
