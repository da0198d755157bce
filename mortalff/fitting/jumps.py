"""Bounds that small steps do not find.

A hard bound that lies beyond all weights of a device changes nothing, wherever it is, and one that they ran into
shows only when it is very near the right place. So each device's bounds are tried short of its outermost weight, and
beyond it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mortalff.fitting.evaluate import evaluate, likelihoods, residuals
from mortalff.fitting.hierarchy import Hierarchy
from mortalff.fitting.law_model import LOWER, NOISES, UPPER
from mortalff.fitting.readings import Readings

_GAIN = 0.5  # of a device's log-likelihood
_PLACES = (-0.12, -0.08, -0.05, -0.03, -0.015, 0.0, 0.05, 0.15, 0.3, 0.6)
"""Beyond the outermost weight, in units of the range; short of it as well, as noise has a part in that weight."""


def jump(state: Hierarchy, readings: Readings) -> Hierarchy:
    """The same fit with each device's bounds where they are likeliest of a few places."""
    model, shared = state.model, state.shared
    if model.soft:
        return state
    left = residuals(model, readings, state.device, shared)
    device = state.device.copy()
    for parameter, sign in ((UPPER, 1), (LOWER, -1)):
        there = np.where(readings.direction != 0, sign * left.trace.before, -np.inf)
        outermost = np.max(there, axis=0)
        places = [device[parameter]]
        places += [sign * (outermost + beyond * readings.span) for beyond in _PLACES]
        tried = np.repeat(device[:, None], len(places), axis=1)
        tried[parameter] = np.stack(places)
        gap = (tried[parameter] - state.mean[parameter]) / state.std[parameter]
        found = likelihoods(model, readings, tried, shared) - 0.5 * np.square(gap)
        for lane in range(1, len(places)):
            found[lane, ~model.valid(tried[:, lane], shared[NOISES:])] = -np.inf
        found = np.nan_to_num(found, nan=-np.inf)
        found[0] += _GAIN
        device[parameter] = np.take_along_axis(tried[parameter], found.argmax(0)[None], axis=0)[0]
    now = evaluate(model, readings, device, shared, state.scales)
    return replace(state, device=device, evaluation=now)
