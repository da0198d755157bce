"""What is reached in predicting the next symbol by counting alone: the floor for learners of text."""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.data.dataset import Split
from mortalff.data.text import SYMBOLS, codes_of


def unigram_error(counted: Split, scored: Split | None = None) -> float:
    """The share of labels that differ from the commonest label of ``counted``.

    Args:
        counted: the split that the guess is from.
        scored: the split it is tried on; ``counted`` itself if None.
    """
    return _error(unigram(counted), counted if scored is None else scored)


def unigram_cross_entropy(counted: Split, scored: Split | None = None) -> float:
    """Mean −ln p(label), in nats, under the frequencies of ``counted``; arguments as above."""
    return _cross_entropy(unigram(counted), counted if scored is None else scored)


def bigram_error(counted: Split, scored: Split | None = None) -> float:
    """As :func:`unigram_error`, guessing what most often follows the window's last symbol."""
    return _error(bigram(counted), counted if scored is None else scored)


def bigram_cross_entropy(counted: Split, scored: Split | None = None) -> float:
    """As :func:`unigram_cross_entropy`, with the frequencies of what follows the last symbol."""
    return _cross_entropy(bigram(counted), counted if scored is None else scored)


def unigram(split: Split) -> Tensor:
    """Probabilities (30,), float64, of a split's labels; one is added to each count, so none is 0."""
    counts = torch.bincount(split.labels, minlength=len(SYMBOLS)).to(torch.float64) + 1.0
    return counts / counts.sum()


def bigram(split: Split) -> Tensor:
    """Probabilities (30 last symbols, 30 next symbols), float64, with one added to each count."""
    n = len(SYMBOLS)
    pairs = codes_of(split.images)[:, -1] * n + split.labels
    counts = torch.bincount(pairs, minlength=n * n).reshape(n, n).to(torch.float64) + 1.0
    return counts / counts.sum(1, keepdim=True)


def _predicted(probabilities: Tensor, scored: Split) -> Tensor:
    """Probabilities (n, 30) of each label, from one row for all or from one for each last symbol."""
    if probabilities.ndim == 1:
        return probabilities.expand(len(scored), -1)
    return probabilities[codes_of(scored.images)[:, -1]]


def _error(probabilities: Tensor, scored: Split) -> float:
    guesses = _predicted(probabilities, scored).argmax(1)
    return float((guesses != scored.labels).to(torch.float64).mean())


def _cross_entropy(probabilities: Tensor, scored: Split) -> float:
    given = _predicted(probabilities, scored).gather(1, scored.labels.unsqueeze(1))
    return float(-given.log().mean())
