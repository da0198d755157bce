"""PCM programming, drift and read noise: samples against the equations in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor

from mortalff.errors import InputError
from mortalff.physics.conductance_error import scattered
from mortalff.physics.pcm import PCMDrift, PCMProgramming, PCMReadNoise
from tests.strategies.devices import stream
from tests.strategies.statistics import SIGNIFICANCE, array, p_standard_normal

ONE_PER_CENT = 0.01
DRAWS = 400_000  # a spread is known to 0.11 %, one standard error
SHARES = (1e-6, 0.004, 0.02, 0.1, 0.3, 0.5, 0.8, 1.0)
G_MAX = 25e-6


def normals(place: int, n: int = DRAWS) -> Tensor:
    return stream("programming").normal(n, call=place)[0]


def sigma_by_hand(g_micro: float) -> float:
    """µS, at a full scale of 25 µS."""
    x = g_micro / 25.0
    return 0.26348 + 1.9650 * x - 1.1731 * x * x


@pytest.mark.parametrize("g_max", [25e-6, 40e-6, 5e-6])
@pytest.mark.parametrize("share", SHARES)
def test_programming_has_the_mean_and_spread_of_a_cut_normal(share: float, g_max: float) -> None:
    """Within 1 %: with a = g/σ, the mean of max(0, g + σξ) is gΦ(a) + σφ(a)."""
    model = PCMProgramming(g_max)
    target = torch.full((DRAWS,), share * g_max)
    got = array(scattered(model, target, normals(SHARES.index(share)))) * 1e6
    g = share * g_max * 1e6
    sigma = sigma_by_hand(share * 25.0) * g_max / 25e-6
    a = g / sigma
    mean = g * stats.norm.cdf(a) + sigma * stats.norm.pdf(a)
    second = (g * g + sigma * sigma) * stats.norm.cdf(a) + g * sigma * stats.norm.pdf(a)
    assert got.mean() == pytest.approx(mean, rel=ONE_PER_CENT)
    assert got.std() == pytest.approx(math.sqrt(second - mean * mean), rel=ONE_PER_CENT)
    assert got.min() >= 0.0


def test_programming_spread_by_hand() -> None:
    """0.26348 + 0.9825 − 0.293275 at half scale; scaled by 40/25 at 40 µS, and halved on request."""
    half = torch.tensor([0.0, 12.5e-6, 25e-6])
    expected = [0.26348e-6, 0.952705e-6, 1.05538e-6]
    assert PCMProgramming(25e-6).std(half).tolist() == pytest.approx(expected, rel=1e-5)
    wide = PCMProgramming(40e-6, scale=0.5).std(half * 1.6).tolist()
    assert wide == pytest.approx([0.8 * e for e in expected], rel=1e-5)


@pytest.mark.parametrize("share", SHARES)
def test_drift_exponents_have_the_mean_and_spread_of_a_folded_normal(share: float) -> None:
    mu = min(max(-0.0155 * math.log(share) + 0.0244, 0.049), 0.1)
    sigma = min(max(-0.0125 * math.log(share) - 0.0059, 0.008), 0.045)
    got = array(PCMDrift().exponents(torch.full((DRAWS,), share), normals(20)))
    mean, std = stats.foldnorm.stats(mu / sigma, scale=sigma, moments="mv")
    assert got.mean() == pytest.approx(float(mean), rel=ONE_PER_CENT)
    assert got.std() == pytest.approx(math.sqrt(float(std)), rel=ONE_PER_CENT)
    assert got.min() >= 0.0


def test_drift_exponents_by_hand() -> None:
    """Clipped at both ends: −0.0155 ln 0.1 + 0.0244 = 0.06009, −0.0125 ln 0.1 − 0.0059 = 0.022882."""
    x = torch.tensor([0.0, 1e-4, 0.1, 1.0])
    model = PCMDrift()
    middle = model.exponents(x, torch.zeros(4)).tolist()
    assert middle == pytest.approx([0.1, 0.1, 0.0600901, 0.049], rel=1e-5)
    above = model.exponents(x, torch.ones(4)).tolist()
    assert above == pytest.approx([0.145, 0.145, 0.0829724, 0.057], rel=1e-5)
    folded = PCMDrift(scale=2.0).exponents(x, torch.full((4,), -10.0)).tolist()
    assert folded == pytest.approx([0.7, 0.7, 2 * 0.1687323, 2 * 0.031], rel=1e-5)


@pytest.mark.parametrize(
    ("share", "age_s", "expected"),
    [
        (1.0, 20.0, 0.0368177),  # 0.0088 √17.50439
        (1.0, 86_420.0, 0.0447639),  # 0.0088 √25.87563 after a day
        (0.1, 20.0, 0.1644584),  # Q = 0.0088/0.2238721
        (1e-3, 20.0, 0.8367650),  # Q cut at 0.2
        (0.0, 20.0, 0.8367650),
        (1.0, 250e-9, 0.0),
        (1.0, 0.0, 0.0),
    ],
)
def test_read_noise_by_hand(share: float, age_s: float, expected: float) -> None:
    got = float(PCMReadNoise().share(torch.tensor(share), torch.tensor(age_s)))
    assert got == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_read_noise_is_a_share_of_the_conductance_there_is() -> None:
    """The curve over conductance and age, within 1 %, by another form of the equation."""
    x = np.geomspace(1e-5, 1.0, 40)
    for age_s in (1e-3, 20.0, 3600.0, 3e7):
        q = np.minimum(0.0088 / np.maximum(x**0.65, 1e-3), 0.2)
        expected = q * np.sqrt(np.log(age_s + 250e-9) - np.log(500e-9))
        got = PCMReadNoise().share(torch.tensor(x), torch.tensor(age_s))
        np.testing.assert_allclose(got.numpy(), expected, rtol=1e-5)


def test_another_scatter_is_drawn_where_it_should_be() -> None:
    """Residuals over the closed form's spread are standard normal where nothing is cut."""
    target = torch.linspace(0.5, 1.0, DRAWS) * G_MAX
    got = scattered(PCMProgramming(G_MAX), target, normals(30))
    sigma = np.array([sigma_by_hand(g) for g in array(target) * 1e6])
    residuals = (array(got) - array(target)) * 1e6 / sigma
    assert p_standard_normal(residuals) > SIGNIFICANCE


@given(st.lists(st.floats(0.0, 1.0, width=32), min_size=1, max_size=8), st.floats(-6, 6), st.data())
def test_programmed_conductances_are_never_negative(
    shares: list[float], xi: float, data: st.DataObject
) -> None:
    g_max = data.draw(st.sampled_from([1e-6, 25e-6, 1e-4]))
    g = torch.tensor(shares) * g_max
    got = scattered(PCMProgramming(g_max), g, torch.full_like(g, xi))
    assert bool((got >= 0.0).all())
    assert bool((got >= g).all()) if xi >= 0 else bool((got <= g).all())


@given(st.floats(1e-6, 1.0), st.floats(1e-6, 1.0), st.floats(0, 1e8), st.floats(0, 1e8))
def test_read_noise_grows_with_age_and_falls_with_conductance(
    x: float, y: float, age: float, later: float
) -> None:
    model = PCMReadNoise()
    xs = torch.tensor(sorted((x, y)), dtype=torch.float64)
    ages = torch.tensor(sorted((age, later)), dtype=torch.float64)
    assert float(model.share(xs[0], ages[0])) >= float(model.share(xs[1], ages[0])) * (1 - 1e-12)
    assert float(model.share(xs[0], ages[0])) <= float(model.share(xs[0], ages[1]))


@pytest.mark.parametrize("g", [-1e-7, 26e-6, float("nan")])
def test_conductances_out_of_range_are_refused(g: float) -> None:
    with pytest.raises(InputError, match=r"conductance: got .*covers 0 to 25 µS"):
        PCMProgramming(G_MAX).std(torch.tensor([g]))
