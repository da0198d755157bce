"""Fitting all laws to measured pulse responses and choosing one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mortalff.errors import InputError, message, nearest
from mortalff.fitting.affine_models import (
    ConstantStep,
    LinearStep,
    SoftBounds,
    SoftBoundsReference,
)
from mortalff.fitting.card_numbers import CardNumbers, card_numbers
from mortalff.fitting.curved_models import ExpStep, PiecewiseStep, PowStep
from mortalff.fitting.evaluate import Residuals, residuals
from mortalff.fitting.fit import fit
from mortalff.fitting.goodness_of_fit import Check, checks
from mortalff.fitting.held_out import Score, choose, score
from mortalff.fitting.hierarchy import Hierarchy, begin
from mortalff.fitting.law_model import LawModel
from mortalff.fitting.reached import bounds_of
from mortalff.fitting.readings import Readings
from mortalff.fitting.rough import rough

MODELS: tuple[LawModel, ...] = (
    ConstantStep(),
    LinearStep(),
    LinearStep(additive=True),
    SoftBounds(),
    SoftBounds(additive=True),
    SoftBoundsReference(),
    SoftBoundsReference(additive=True),
    ExpStep(),
    PowStep(),
    PiecewiseStep(),
)
"""Every law that is tried, straight lines first."""


@dataclass(frozen=True)
class LawFit:
    """A law, fitted and scored."""

    fitted: Hierarchy
    score: Score


@dataclass(frozen=True)
class Verdict:
    """What came of fitting.

    Attributes:
        laws: every law that was tried, best held-out likelihood first.
        chosen: that which is taken.
        numbers: of the chosen law.
        checks: of the chosen law's residuals.
        left: the residuals.
        seed: of folds and resampling.
    """

    laws: tuple[LawFit, ...]
    chosen: LawFit
    numbers: CardNumbers
    checks: tuple[Check, ...]
    left: Residuals
    seed: int

    @property
    def fits(self) -> bool:
        """Whether the chosen law passes every check."""
        return all(check.passed for check in self.checks)


def models_named(kinds: Sequence[str]) -> tuple[LawModel, ...]:
    """The models of some laws, by the names that cards give them.

    Raises:
        InputError: no law has such a name.
    """
    known = {model.kind for model in MODELS}
    for kind in kinds:
        if kind not in known:
            raise InputError(message("law", kind, "no such law is fitted", nearest(kind, known)))
    return tuple(model for model in MODELS if model.kind in kinds)


def fit_laws(
    readings: Readings,
    models: Sequence[LawModel] = MODELS,
    *,
    seed: int = 0,
    told: Callable[[str], None] = lambda _: None,
) -> Verdict:
    """Fit laws, score each on devices held out, and check the one that is taken.

    Args:
        readings: of many devices.
        models: laws to try.
        seed: of the folds, and of the resampling behind the intervals.
        told: called with a law's name before it is fitted, and once with ``"intervals"``.
    """
    guess = rough(readings)
    laws = []
    for model in models:
        told(model.name)
        # A law far from the readings may overflow on its way; its likelihood then says so.
        with np.errstate(over="ignore", under="ignore"):
            fitted = fit(model, readings, begin(model, guess))
            laws.append(LawFit(fitted, score(fitted, readings, seed)))
    best = choose([law.score for law in laws])
    chosen = next(law for law in laws if law.score is best)
    told("intervals")
    fitted = chosen.fitted
    left = residuals(fitted.model, readings, fitted.device, fitted.shared)
    return Verdict(
        laws=tuple(sorted(laws, key=lambda law: -law.score.total)),
        chosen=chosen,
        numbers=card_numbers(fitted, bounds_of(fitted, left, readings), seed),
        checks=tuple(checks(left, readings)),
        left=left,
        seed=seed,
    )
