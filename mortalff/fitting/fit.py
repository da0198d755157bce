"""Fitting one law: from first values to the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mortalff.fitting.hierarchy import Hierarchy, Start, advance, begun, pull_of
from mortalff.fitting.jumps import jump
from mortalff.fitting.law_model import LawModel
from mortalff.fitting.readings import Readings

_TRIAL = 6  # rounds from each start
_ROUNDS = (6, 6, 8, 8, 16)  # between which bounds may jump
_AFTER = 8  # rounds once the noises' pull is known


def fit(model: LawModel, readings: Readings, starts: Sequence[Start]) -> Hierarchy:
    """Fit a law and its population.

    Args:
        model: the law.
        readings: of n devices.
        starts: first values; the two from which a few rounds lead furthest go on, and the better one is kept.
    """
    states = [begun(model, readings, start) for start in starts]
    if len(states) > 1:
        states = [
            advance(_settled(state, readings, (_TRIAL,)), readings, _TRIAL) for state in states
        ]
        states.sort(key=_likelihood, reverse=True)
    states = [_settled(state, readings, _ROUNDS) for state in states[:2]]
    state = max(states, key=_likelihood)
    return advance(replace(state, pull=pull_of(state, readings)), readings, _AFTER)


def _settled(state: Hierarchy, readings: Readings, stages: Sequence[int]) -> Hierarchy:
    """Go on in stages of so many rounds, with bounds and steps free to jump after each."""
    for rounds in stages:
        state = advance(state, readings, rounds)
        moved = jump(state, readings)
        if state.converged and np.array_equal(moved.device, state.device):
            break
        state = moved
    return state


def _likelihood(state: Hierarchy) -> float:
    return float(state.evaluation.log_likelihood.sum())
