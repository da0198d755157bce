"""PCM programming, drift and read noise against aihwkit's PCMLikeNoiseModel, by samples of both.

aihwkit draws these with torch's own generator, which is seeded here. Distributions are compared by
Kolmogorov and Smirnov's test, each at a share of one chance in a million.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from mortalff.errors import MissingDependencyError
from mortalff.hardware.aihwkit_library import aihwkit_version
from mortalff.physics.conductance_error import scattered
from mortalff.physics.drift import drift_factor
from mortalff.physics.pcm import PCMDrift, PCMProgramming, PCMReadNoise
from tests.strategies.devices import stream
from tests.strategies.statistics import SIGNIFICANCE, p_same, p_same_mean, p_same_variance

try:
    aihwkit_version()
except MissingDependencyError as error:
    pytest.skip(str(error), allow_module_level=True)

from aihwkit.inference import PCMLikeNoiseModel

DRAWS = 200_000
SHARES = (0.0, 0.003, 0.02, 0.1, 0.3, 0.6, 1.0)
CORRECTED = SIGNIFICANCE / (3 * len(SHARES))
SCALES = {"prog_noise_scale": 0.7, "drift_scale": 1.3, "read_noise_scale": 0.5}


def ours_and_theirs(g_max_micro: float, scaled: bool) -> tuple[PCMProgramming, Any]:
    scales = SCALES if scaled else {}
    theirs = PCMLikeNoiseModel(g_max=g_max_micro, **scales)
    return PCMProgramming(g_max_micro * 1e-6, scale=scales.get("prog_noise_scale", 1.0)), theirs


def normals(place: int) -> Tensor:
    return stream("programming").normal(DRAWS, call=place)[0]


def alike(a: Tensor, b: Tensor) -> bool:
    """One distribution, one mean, one variance."""
    return min(p_same(a, b), p_same_mean(a, b), p_same_variance(a, b)) > CORRECTED


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("g_max_micro", [25.0, 60.0])
def test_programming(g_max_micro: float, scaled: bool) -> None:
    torch.manual_seed(1)
    model, theirs = ours_and_theirs(g_max_micro, scaled)
    for place, share in enumerate(SHARES):
        g = torch.full((DRAWS,), share * g_max_micro)
        expected = theirs.apply_programming_noise_to_conductance(g)
        got = scattered(model, g * 1e-6, normals(place)) * 1e6
        # What is cut ties at zero, which only makes the test of distributions stricter or equal.
        assert alike(got, expected), f"at {share} of {g_max_micro} µS"


@pytest.mark.parametrize("scaled", [False, True])
def test_drift_exponents(scaled: bool) -> None:
    torch.manual_seed(2)
    theirs = ours_and_theirs(25.0, scaled)[1]
    drift = PCMDrift(scale=SCALES["drift_scale"] if scaled else 1.0)
    for place, share in enumerate(SHARES):
        x = torch.full((DRAWS,), share)
        expected = theirs.generate_drift_coefficients(x * 25.0)
        assert alike(drift.exponents(x, normals(place)), expected), f"at {share}"


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("inference_s", [1e-6, 60.0, 86_400.0, 3e7])
def test_drift_and_read_noise(inference_s: float, scaled: bool) -> None:
    """A device read some time after its first read at t₀ = 20 s; ours counts from programming."""
    torch.manual_seed(3)
    theirs = ours_and_theirs(25.0, scaled)[1]
    noise = PCMReadNoise(scale=SCALES["read_noise_scale"] if scaled else 1.0)
    age_s = torch.tensor(20.0 + inference_s)
    for place, share in enumerate(SHARES[1:]):
        x = torch.full((DRAWS,), share)
        nu = PCMDrift().exponents(x, normals(2 * place))
        expected = theirs.apply_drift_noise_to_conductance(x * 25.0, nu.flip(0), inference_s)
        left = x * drift_factor(age_s, nu, 20.0)
        got = left * (1.0 + noise.share(x, age_s) * normals(2 * place + 1))
        assert alike(25.0 * got.clamp_min(0.0), expected), f"at {share}, {inference_s} s"


def test_the_curves_of_spread_are_equal() -> None:
    """With one draw of one, what is added is the spread itself, at every conductance."""
    x = torch.linspace(0.01, 1.0, 200, dtype=torch.float64)
    theirs = ours_and_theirs(25.0, False)[1]
    ones = torch.ones_like
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aihwkit.inference.noise.pcm.randn_like", ones)
        programmed = theirs.apply_programming_noise_to_conductance(25.0 * x)
        nu = theirs.generate_drift_coefficients(25.0 * x)
        read = theirs.apply_drift_noise_to_conductance(25.0 * x, nu, 1000.0)
    xi = torch.ones_like(x)
    torch.testing.assert_close(scattered(PCMProgramming(25e-6), 25e-6 * x, xi) * 1e6, programmed)
    torch.testing.assert_close(PCMDrift().exponents(x, xi), nu)
    age_s = torch.tensor(1020.0, dtype=torch.float64)
    left = x * (-nu * math.log(1020.0 / 20.0)).exp()
    torch.testing.assert_close(25.0 * left * (1.0 + PCMReadNoise().share(x, age_s)), read)
