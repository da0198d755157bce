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
        starts: first values; that from which a few rounds lead furthest is kept.
    """
    states = [begun(model, readings, start) for start in starts]
    if len(states) > 1:
        states = [
            advance(jump(advance(state, readings, _TRIAL), readings), readings, _TRIAL)
            for state in states
        ]
    state = max(states, key=lambda state: float(state.marginal.sum()))
    for rounds in _ROUNDS:
        state = advance(state, readings, rounds)
        moved = jump(state, readings)
        if state.converged and np.array_equal(moved.device, state.device):
            break
        state = moved
    return advance(replace(state, pull=pull_of(state, readings)), readings, _AFTER)
