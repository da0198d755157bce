"""Devices whose fit could end where small steps do not lead on."""

from __future__ import annotations

import numpy as np

from mortalff.fitting.curved_models import ExpStep
from mortalff.fitting.evaluate import evaluate
from mortalff.fitting.fit import fit
from mortalff.fitting.hierarchy import begin
from mortalff.fitting.law_model import ASYMMETRY, STEP, larger_first, steps
from mortalff.fitting.rough import rough
from tests.strategies.pulse_files import cycles, devices, responses

N = 24
SHAPE = [-0.7, 3.0, -0.85, 2.0]  # κ and γ, up and down


def test_the_mean_step_is_the_larger_of_two_numbers_that_make_the_same_steps() -> None:
    device = devices(np.random.default_rng(1), N)
    other = device.copy()
    other[[STEP, ASYMMETRY]] = np.abs(device[[ASYMMETRY, STEP]])
    other[ASYMMETRY] *= np.sign(device[ASYMMETRY])
    np.testing.assert_array_equal(steps(device), steps(other))
    assert ExpStep().valid(device, np.array(SHAPE)).all()
    assert not ExpStep().valid(other, np.array(SHAPE)).any()


def test_devices_drawn_beyond_zero_are_those_that_a_card_makes() -> None:
    """Wide spreads: many draws have a negative mean, or an asymmetry larger than it."""
    drawn = devices(np.random.default_rng(3), 200)
    drawn[[STEP, ASYMMETRY]] = np.random.default_rng(4).standard_normal((2, 200))
    drawn[STEP] += 0.5
    folded = drawn.copy()
    folded[[STEP, ASYMMETRY]] = larger_first(drawn[STEP], drawn[ASYMMETRY])
    np.testing.assert_allclose(steps(folded), steps(drawn), rtol=1e-12)
    assert ExpStep().valid(folded, np.array(SHAPE)).all()
    assert not ExpStep().valid(drawn, np.array(SHAPE)).all()


def test_no_device_ends_where_it_is_less_likely_than_with_its_own_numbers() -> None:
    """Steps follow the range: with bounds moved one by one, two of these devices ended 28 and 9 below."""
    rng = np.random.default_rng(2)
    truth = devices(rng, N, dw_min=0.03, gain=0.2)
    readings = responses(ExpStep(), truth, SHAPE, cycles(N, 60, 2), rng, read_std=0.005)
    found = fit(ExpStep(), readings, begin(ExpStep(), rough(readings)))
    shared = np.array([np.log(0.3), np.log(0.005), *SHAPE])
    own = evaluate(ExpStep(), readings, truth, shared, found.scales)
    gained = found.evaluation.log_likelihood - own.log_likelihood
    # A device's own parameters are four of 96, and worth half a unit each: 48 in all, with a spread of 7.
    assert 20.0 < gained.sum() < 76.0
    assert gained.min() > -3.0
