"""How well a law predicts devices that it was not fitted to.

Devices are dealt into folds. For each fold μ, τ and φ are those of the other devices: φ by one step of Newton's
method out of the fit of all, μ and τ from the devices' parabolas. The held-out devices are then scored by their
marginal likelihood under that population, parameters integrated out (Laplace's approximation), so that the score
judges the step, its noise and the spread between devices together, which is what a card claims, and a parameter too
many costs its price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mortalff.fitting.evaluate import evaluate
from mortalff.fitting.hierarchy import Hierarchy, common_step, marginal, own_step, population
from mortalff.fitting.law_model import NOISES, LawModel
from mortalff.fitting.readings import Array, Readings

Index = npt.NDArray[np.intp]

FOLDS = 5
ERRORS = 1.0
"""Within so many standard errors of the best law, a simpler one is taken (Breiman et al., CART, 1984)."""

LEAST = 3.0
"""And so it is where the best is less than twenty times (e³) as likely, whatever the standard error of few devices."""


@dataclass(frozen=True)
class Score:
    """A law's marginal log-likelihood of each device while held out, (n,)."""

    model: LawModel
    held_out: Array

    @property
    def total(self) -> float:
        """Of all devices."""
        return float(self.held_out.sum())

    def behind(self, other: Score) -> tuple[float, float]:
        """By how much this law is worse than another, and the standard error over devices of that."""
        difference = other.held_out - self.held_out
        n = difference.size
        return float(difference.sum()), float(difference.std(ddof=1) * np.sqrt(n))


def score(fitted: Hierarchy, readings: Readings, seed: int, folds: int = FOLDS) -> Score:
    """Score a law.

    Args:
        fitted: to all devices.
        readings: of n devices.
        seed: of the dealing into folds.
        folds: how many, at most n.
    """
    n = fitted.device.shape[1]
    order = np.random.default_rng(seed).permutation(n)
    found = np.zeros(n)
    for part in np.array_split(order, min(folds, n)):
        others = np.setdiff1d(order, part)
        found[part] = _score(fitted, readings.of(part), part, others)
    return Score(fitted.model, found)


def choose(scores: Sequence[Score]) -> Score:
    """The simplest law that is no worse than the best by a standard error; of equally simple ones the best.

    Laws whose scores differ by less than that cannot be told apart by these readings.
    """
    best = max(scores, key=lambda entry: entry.total)
    near = []
    for entry in scores:
        worse, error = entry.behind(best)
        if worse <= max(ERRORS * error, LEAST):
            near.append(entry)
    return min(near, key=lambda entry: (entry.model.complexity, -entry.total))


def _score(fitted: Hierarchy, readings: Readings, part: Index, others: Index) -> Array:
    model, p = fitted.model, len(fitted.device)
    rest = fitted.evaluation.of(others)
    trained = fitted.device[:, others]
    shared = fitted.shared + common_step(fitted, others)
    if not model.valid(fitted.device[:, part], shared[NOISES:]).all():
        shared = fitted.shared
    floor = 1e-4 * fitted.scales[:p]
    mean, std = population(rest, trained, fitted.mean, fitted.std, floor)
    device = fitted.device[:, part]
    best = np.full(len(part), -np.inf)
    for _ in range(3):
        now = evaluate(model, readings, device, shared, fitted.scales)
        best = np.fmax(best, marginal(now, device, mean, std))
        moved = own_step(now, device, mean, std, fitted.scales)
        device = np.where(model.valid(device + moved, shared[NOISES:]), device + moved, device)
    return best
