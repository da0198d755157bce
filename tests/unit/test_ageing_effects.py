"""What each effect of time does to weights: by hand, with its spreads, and beside the others."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor

from tests.strategies.ageing import DIFFUSION, DRIFT, EFFECTS, RELAXATION, ageing, weights
from tests.strategies.statistics import (
    SIGNIFICANCE,
    p_chi2,
    p_mean,
    p_standard_normal,
    p_uncorrelated,
)


def test_retention_by_hand() -> None:
    settings = {"retention_tau_s": 100.0, "retention_rest": 0.1}
    some = ageing(settings)
    w = weights(0.5)
    some.advance(w, 50.0)
    expected = 0.1 + 0.4 * math.exp(-0.5)
    torch.testing.assert_close(some.aged(w), weights(expected), rtol=1e-6, atol=0.0)


def test_spreads_of_retention() -> None:
    settings = {
        "retention_tau_s": 100.0,
        "retention_tau_dtod": 0.1,
        "retention_rest": 0.1,
        "retention_rest_dtod": 0.02,
    }
    some = ageing(settings)
    w = weights(0.5)
    some.advance(w, 1e9)
    rest = some.aged(w)
    ps = [p_mean(rest, 0.1, 0.02), p_chi2(rest - 0.1, 0.02)]
    some = ageing({k: v for k, v in settings.items() if not k.startswith("retention_rest")})
    some.advance(w, 30.0)
    tau_s = -30.0 / (some.aged(w).double() / 0.5).log()
    ps.append(p_standard_normal((tau_s - 100.0) / 10.0))
    assert min(ps) > SIGNIFICANCE / len(ps)


@pytest.mark.parametrize("seconds", [1.0, 2.0, 3600.0, 3.15e8])
def test_relaxation_spreads_with_the_logarithm_of_time(seconds: float) -> None:
    some = ageing(RELAXATION, chips=30)
    w = weights(chips=30)
    some.advance(w, seconds)
    shift = (some.aged(w) - w).double()
    if seconds < 2.0:
        assert torch.count_nonzero(shift) == 0
        return
    log_time = math.log(seconds / 2.0)
    z = (shift + 0.002 * log_time) / (0.01 + 0.001 * log_time)
    assert p_standard_normal(z) > SIGNIFICANCE


@pytest.mark.parametrize("steps", [1, 7])
def test_diffusion_spreads_with_the_root_of_time(steps: int) -> None:
    some = ageing(DIFFUSION)
    w = weights()
    for _ in range(steps):
        some.advance(w, 90.0 / steps)
    z = (some.aged(w) - w).double() / (0.003 * 3.0)
    assert p_standard_normal(z) > SIGNIFICANCE


def test_spread_of_diffusion() -> None:
    settings = DIFFUSION | {"diffusion_dtod": 0.5}
    some = ageing(settings)
    w = weights(0.0)
    walks = []
    for _ in range(200):
        some.programmed()
        some.advance(w, 10.0)
        walks.append(some.aged(w).double())
    variance = torch.stack(walks).square().mean(0)
    # E[rho^2] = mean^2 (1 + dtod^2), var(rho^2) = mean^4 (4 dtod^2 + 2 dtod^4), and the sample's own
    mean = 1.0 + 0.25
    of_rate = 4 * 0.25 + 2 * 0.0625
    fourth = 1.0 + 6 * 0.25 + 3 * 0.0625
    std = 0.003**2 * (of_rate + 2.0 / 200 * fourth) ** 0.5
    ps = [p_mean(variance, 0.003**2 * mean, std)]
    assert min(ps) > SIGNIFICANCE
    assert float(variance.std()) == pytest.approx(std, rel=0.1)


def test_a_walk_ends_at_the_bounds() -> None:
    low, high = weights(-0.01), weights(0.01)
    some = ageing(DIFFUSION, bounds=(low, high))
    w = weights(0.0)
    some.advance(w, 1e4)
    seen = some.aged(w)
    assert float(seen.min()) == pytest.approx(-0.01)
    assert float(seen.max()) == pytest.approx(0.01)
    # Write noise beyond a bound is left where it is.
    beyond = weights(0.012)
    assert float(some.aged(beyond).max()) == pytest.approx(0.012)


def test_effects_keep_their_numbers_beside_others() -> None:
    """With the others on as well, each still shifts a weight as it does alone."""
    w = weights(0.0)  # which drift and retention towards zero leave alone
    quiet = {k: v for k, v in EFFECTS["all"].items() if k != "retention_rest"}
    shifts = {}
    for name, effects in (("walk", DIFFUSION), ("relaxation", RELAXATION), ("all", quiet)):
        some = ageing(effects)
        some.advance(w, 70.0)
        some.programmed()
        some.advance(w, 70.0)
        shifts[name] = some.aged(w)
    torch.testing.assert_close(
        shifts["all"], shifts["walk"] + shifts["relaxation"], rtol=0, atol=1e-8
    )
    one, all_of_them = ageing(DRIFT), ageing(EFFECTS["all"])
    assert one.drift_exponents is not None
    assert all_of_them.drift_exponents is not None
    assert torch.equal(one.drift_exponents, all_of_them.drift_exponents)


def test_spreads_of_different_effects_are_independent() -> None:
    w = weights(0.5)
    drift = ageing(DRIFT).drift_exponents
    assert drift is not None
    of_tau = ageing({"retention_tau_s": 100.0, "retention_tau_dtod": 0.2})
    of_rest = ageing({"retention_tau_s": 1.0, "retention_rest_dtod": 0.2})
    of_walk = ageing(DIFFUSION | {"diffusion_dtod": 0.5})
    of_tau.advance(w, 100.0)
    of_rest.advance(w, 1e9)
    walked = torch.zeros_like(w)
    for _ in range(30):
        of_walk.programmed()
        of_walk.advance(w, 10.0)
        walked += (of_walk.aged(w) - w).square()
    fields = [drift, of_tau.aged(w), of_rest.aged(w), walked]
    ps = [p_uncorrelated(a, b) for a, b in itertools.combinations(fields, 2)]
    assert min(ps) > SIGNIFICANCE / len(ps)


def test_drift_exponents_may_depend_on_the_state() -> None:
    def exponents(w: Tensor) -> tuple[Tensor, Tensor]:
        return 0.1 - 0.1 * w, 0.01 * w

    some = ageing({}, exponents=exponents)
    w = weights(0.2)
    w[:, :, ::2] = 0.6
    some.programmed(w)
    first = some.drift_exponents
    assert first is not None
    ps = []
    for value in (0.2, 0.6):
        z = (first[w == value].double() - (0.1 - 0.1 * value)) / (0.01 * value)
        ps.append(p_standard_normal(z))
    assert min(ps) > SIGNIFICANCE / 2
    mask = w == w[0, 0, 0]
    some.moved(mask, w)
    second = some.drift_exponents
    assert second is not None
    assert torch.equal(first != second, mask)
    made, plain = ageing(DRIFT, exponents=exponents), ageing(DRIFT)
    assert made.drift_exponents is not None
    assert plain.drift_exponents is not None
    assert torch.equal(made.drift_exponents, plain.drift_exponents)
