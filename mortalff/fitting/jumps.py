"""Steps and bounds that small steps do not find.

A hard bound that lies beyond all weights of a device changes nothing, wherever it is, and one that they ran into
shows only when it is very near the right place. A device whose first pulse goes all the way says little of how much
further it would have gone. So each device's bounds are tried short of its outermost weight and beyond it, each by
itself and with the range between them kept, as steps that follow the range tell its width better than its place; and
its steps are tried smaller and larger.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mortalff.fitting.evaluate import evaluate, likelihoods, residuals
from mortalff.fitting.hierarchy import Hierarchy
from mortalff.fitting.law_model import ASYMMETRY, LOWER, NOISES, STEP, UPPER
from mortalff.fitting.readings import Array, Readings

_GAIN = 0.5  # of a device's log-likelihood
_PLACES = (-0.12, -0.08, -0.05, -0.03, -0.015, 0.0, 0.05, 0.15, 0.3, 0.6)
"""Beyond the outermost weight, in units of the range; short of it as well, as noise has a part in that weight."""
_FACTORS = (0.4, 0.7, 1.4, 2.0, 3.0, 5.0)


def jump(state: Hierarchy, readings: Readings) -> Hierarchy:
    """The same fit with each device's bounds and steps where they are likeliest of a few places."""
    model, shared = state.model, state.shared
    left = residuals(model, readings, state.device, shared)
    device = state.device
    own = shared[NOISES:, None, None]
    law = model.response(device[:, None], own, np.exp(shared[:1, None]))
    bounds = (
        (UPPER, 1, LOWER, device[UPPER] - law.upper[0]),  # what a reference device adds
        (LOWER, -1, UPPER, device[LOWER] - law.lower[0]),
    )
    for parameter, sign, other, shift in bounds:
        there = np.where(readings.direction != 0, sign * left.trace.before, -np.inf)
        outermost = np.max(there, axis=0)
        alone = np.repeat(device[:, None], 1 + len(_PLACES), axis=1)
        for lane, beyond in enumerate(_PLACES, start=1):
            alone[parameter, lane] = shift + sign * (outermost + beyond * readings.span)
        together = alone[:, 1:].copy()
        together[other] += together[parameter] - device[parameter]
        device = _likeliest(state, readings, np.concatenate([alone, together], axis=1))
    tried = np.repeat(device[:, None], 1 + len(_FACTORS), axis=1)
    for lane, factor in enumerate(_FACTORS, start=1):
        tried[[STEP, ASYMMETRY], lane] *= factor
    device = _likeliest(state, readings, tried)
    now = evaluate(model, readings, device, shared, state.scales)
    return replace(state, device=device, evaluation=now)


def _likeliest(state: Hierarchy, readings: Readings, tried: Array) -> Array:
    """Of each device's sets of parameters, (p, lanes, n), the likeliest, (p, n), or the first where it is as good."""
    gap = (tried - state.mean[:, None, None]) / state.std[:, None, None]
    found = likelihoods(state.model, readings, tried, state.shared) - 0.5 * np.square(gap).sum(0)
    for lane in range(tried.shape[1]):
        sound = state.model.valid(tried[:, lane], state.shared[NOISES:])
        found[lane, ~sound] = -np.inf
    found = np.nan_to_num(found, nan=-np.inf)
    found[0] += _GAIN
    chosen = found.argmax(0)[None, None]
    device: Array = np.take_along_axis(tried, chosen, axis=1)[:, 0]
    return device
