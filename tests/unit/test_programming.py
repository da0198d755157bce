"""Programming in one shot: what is written, with the scatter of each device, within its bounds."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor

from mortalff.errors import InputError
from mortalff.hardware.programming import (
    program_one_shot,
    programmed_drift,
    read_noise_std,
)
from mortalff.physics.affine_step import AffineStep
from mortalff.physics.conductance_error import GenericError
from mortalff.physics.conductance_scale import ConductanceScale, Encoding
from mortalff.physics.measured_errors import RRAM_MILO
from mortalff.physics.pcm import PCMDrift, PCMProgramming, PCMReadNoise
from mortalff.physics.sonos import SONOSReadNoise
from mortalff.streams import Stream
from tests.strategies.devices import devices_of, made_up, no_spread, stream
from tests.strategies.statistics import array

SIDE, CHIPS = 300, 4
ONE_PER_CENT = 0.01
PAIR = ConductanceScale(-0.6, 0.6, 0.0, 25e-6, "pair")
OFFSET = ConductanceScale(-0.6, 0.6, 0.0, 25e-6, "offset")
WIDE = {"w_max": 50.0, "w_min": -50.0}


def drift_exponents(scale: ConductanceScale, w: Tensor) -> Tensor:
    """Exponents of new draws, |mean + spread ξ|."""
    mean, std = programmed_drift(PCMDrift(), scale, w)
    return (mean + std * programming(1).normal(*w.shape[-2:])).abs()


def unbounded(chips: int = CHIPS, side: int = SIDE) -> AffineStep:
    """Devices whose bounds nothing reaches."""
    law = devices_of(made_up(device=WIDE, variability=no_spread()), side, side, chips)
    assert isinstance(law, AffineStep)
    return law


def programming(chips: int = CHIPS) -> Stream:
    return stream("programming", chips)


@pytest.mark.parametrize("w", [0.6, 0.3, -0.12])
def test_a_pair_scatters_with_both_its_devices(w: float) -> None:
    """The one that holds nothing lands at max(0, σ(0)ξ); the spreads add by their squares."""
    got = array(
        program_one_shot(
            torch.full((SIDE, SIDE), w), unbounded(), PCMProgramming(25e-6), PAIR, programming()
        )
    )
    k = 25.0 / 0.6
    x = abs(w) / 0.6
    sigma, empty = 0.26348 + 1.9650 * x - 1.1731 * x * x, 0.26348
    mean = abs(w) - empty / math.sqrt(2 * math.pi) / k
    variance = sigma**2 + empty**2 * (0.5 - 0.5 / math.pi)
    assert got.mean() == pytest.approx(math.copysign(mean, w), rel=ONE_PER_CENT)
    assert got.std() == pytest.approx(math.sqrt(variance) / k, rel=ONE_PER_CENT)


def test_a_weight_of_zero_comes_out_even() -> None:
    """Two rectified normals subtracted: no mean, twice the variance of one."""
    law, error = unbounded(), PCMProgramming(25e-6)
    got = array(program_one_shot(torch.zeros(SIDE, SIDE), law, error, PAIR, programming()))
    std = 0.26348 * math.sqrt(2 * (0.5 - 0.5 / math.pi)) * 0.6 / 25.0
    assert got.mean() == pytest.approx(0.0, abs=0.01 * std)
    assert got.std() == pytest.approx(std, rel=ONE_PER_CENT)


def test_a_device_by_itself() -> None:
    """From w_min at no conductance to w_max at all of it: one device, one spread."""
    error = GenericError("normal", "independent", 0.02, 25e-6)
    target = torch.full((SIDE, SIDE), 0.2)
    got = array(program_one_shot(target, unbounded(), error, OFFSET, programming()))
    assert got.mean() == pytest.approx(0.2, rel=ONE_PER_CENT)
    assert got.std() == pytest.approx(0.02 * 1.2, rel=ONE_PER_CENT)


def test_uniform_scatter_stays_within_its_width() -> None:
    error = GenericError("uniform", "independent", 0.1, 25e-6)
    target = torch.zeros(SIDE, SIDE)
    got = array(program_one_shot(target, unbounded(), error, OFFSET, programming())) / 1.2
    assert abs(got).max() <= 0.05 + 1e-6
    assert stats.kstest(got, stats.uniform(-0.05, 0.1).cdf).pvalue > 1e-6


@pytest.mark.parametrize("encoding", ["pair", "offset"])
@given(
    st.floats(-3, 0),
    st.floats(0.1, 3),
    st.floats(0, 1e-6),
    st.lists(st.floats(-4, 4), min_size=1, max_size=6),
)
def test_weights_to_siemens_and_back(
    encoding: Encoding, w_min: float, w_max: float, g_min: float, ws: list[float]
) -> None:
    """Within the nominal range; what lies beyond comes back as its end; no device leaves its range."""
    scale = ConductanceScale(w_min, w_max, g_min, 25e-6, encoding)
    w = torch.tensor(ws, dtype=torch.float64)
    conductances = scale.conductances(w)
    for g in conductances:
        assert float(g.min()) >= g_min * (1 - 1e-12)
        assert float(g.max()) <= 25e-6 * (1 + 1e-12)
    torch.testing.assert_close(
        scale.weights(conductances), w.clamp(w_min, w_max), atol=1e-9, rtol=0
    )
    if encoding == "pair":
        assert bool((torch.minimum(*conductances) == g_min).all())


def test_exact_programming_draws_nothing() -> None:
    law = devices_of(made_up(), 5, 6, 3)
    source = programming(3)
    target = torch.full((5, 6), 0.5)
    got = program_one_shot(target, law, None, None, source)
    assert torch.equal(got, torch.clamp(target.expand(3, -1, -1), law.w_min, law.w_max))
    assert source.calls == 0


def test_devices_keep_to_their_bounds() -> None:
    law = devices_of(made_up(), 40, 40, 3)
    error = GenericError("normal", "independent", 0.5, 25e-6)
    got = program_one_shot(torch.full((40, 40), 0.5), law, error, PAIR, programming(3))
    assert bool(((got >= law.w_min) & (got <= law.w_max)).all())
    assert bool((got == law.w_max).any())
    assert bool((got == law.w_min).any())


def test_a_chip_does_not_see_those_beside_it() -> None:
    error = PCMProgramming(25e-6)
    target = torch.linspace(-0.6, 0.6, 30).reshape(5, 6)
    law = devices_of(made_up(), 5, 6, 3)
    alone = devices_of(made_up(), 5, 6, 1)
    together = program_one_shot(target, law, error, PAIR, programming(3))
    by_itself = program_one_shot(target, alone, error, PAIR, programming(1))
    assert torch.equal(together[:1], by_itself)
    assert not torch.equal(together[1], together[0])


def test_each_programming_is_new_and_a_reserved_place_repeats() -> None:
    error, law = PCMProgramming(25e-6), unbounded(1, 8)
    target, source = torch.full((8, 8), 0.3), programming(1)
    one = program_one_shot(target, law, error, PAIR, source)
    two = program_one_shot(target, law, error, PAIR, source)
    again = program_one_shot(target, law, error, PAIR, source, call=0)
    assert not torch.equal(one, two)
    assert torch.equal(one, again)
    assert source.calls == 2


def test_a_fit_is_not_asked_beyond_its_range() -> None:
    """Milo's begins at 50 µS: with g_min of zero a pair's empty device lies outside."""
    scale = ConductanceScale(-1.0, 1.0, 0.0, 225e-6, "pair")
    with pytest.raises(InputError, match="covers 50 to 225 µS"):
        program_one_shot(torch.ones(8, 8), unbounded(1, 8), RRAM_MILO, scale, programming(1))
    inside = ConductanceScale(-1.0, 1.0, 50e-6, 225e-6, "pair")
    target = 100.0 * torch.ones(8, 8)  # written as the end of the range
    got = program_one_shot(target, unbounded(1, 8), RRAM_MILO, inside, programming(1))
    assert 0.8 < float(got.mean()) < 1.2


def test_drift_exponents_are_those_of_the_device_that_holds_the_weight() -> None:
    w = torch.tensor([[[0.6, -0.6, 0.06, -0.06, 0.0]]]).expand(1, 4000, 5)
    nu = drift_exponents(PAIR, w)[0].double()
    means = [0.049, 0.049, 0.0600901, 0.0600901, 0.1006]
    assert nu.mean(0).tolist() == pytest.approx(means, rel=0.025)
    single = drift_exponents(OFFSET, w)[0].double()
    # half of the range is 12.5 µS, so that w = 0 drifts as x = 0.5 does
    assert float(single[:, 4].mean()) == pytest.approx(0.049, rel=ONE_PER_CENT)
    assert float(single[:, 1].mean()) == pytest.approx(0.1006, rel=0.025)


def test_read_noise_of_a_pair() -> None:
    """PCM: only the device that holds the weight; 0.3 now, programmed to 0.6, Q at full scale."""
    now, then = torch.full((1, 2, 2), 0.3), torch.full((1, 2, 2), -0.6)
    got = read_noise_std(PCMReadNoise(), PAIR, now, -then, torch.tensor(20.0))
    assert got.flatten().tolist() == pytest.approx([0.3 * 0.0368177] * 4, rel=1e-5)
    offset = read_noise_std(PCMReadNoise(), OFFSET, now, -then, torch.tensor(20.0))
    assert offset.flatten().tolist() == pytest.approx([0.9 * 0.0368177] * 4, rel=1e-5)


@pytest.mark.parametrize("scale", [PAIR, OFFSET])
def test_read_noise_of_pcm_is_compiled_from_its_closed_form(scale: ConductanceScale) -> None:
    """Each device's conductance times its share of it, the squares of a pair added; ages from none to a year."""
    generator = torch.Generator().manual_seed(3)
    now, then = (2.4 * torch.rand(2, 30, 41, generator=generator) - 1.2 for _ in range(2))
    then[0, 0] = 0.0
    age_s = (10.0 ** (15.0 * torch.rand(2, 30, 41, generator=generator) - 7.5)).double()
    age_s[1, 0] = 0.0
    noise = PCMReadNoise(scale=1.3)
    expected = torch.zeros_like(age_s)
    for g, g_then in zip(scale.conductances(now), scale.conductances(then), strict=True):
        expected += (g.double() * noise.share(g_then.double() / scale.g_max, age_s)).square()
    got = read_noise_std(noise, scale, now, then, age_s)
    torch.testing.assert_close(
        got.double(), expected.sqrt() / scale.siemens_per_weight, rtol=2e-5, atol=1e-9
    )


def test_read_noise_adds_the_devices_by_their_squares() -> None:
    """An independent 0.01 of 25 µS each; SONOS at 0.1 V, where an empty device has none."""
    w, age = torch.full((1, 2, 2), -0.3), torch.tensor(0.0)
    both = GenericError("normal", "independent", 0.01, 25e-6)
    got = read_noise_std(both, PAIR, w, w, age)
    assert got.flatten().tolist() == pytest.approx([0.006 * math.sqrt(2)] * 4, rel=1e-5)
    sonos = read_noise_std(SONOSReadNoise(0.1), PAIR, w, w, age)
    expected = 12.58037 * (1 - math.exp(-1250 / 215.36557)) / 2500 * 0.6
    assert sonos.flatten().tolist() == pytest.approx([expected] * 4, rel=1e-5)


@pytest.mark.parametrize(
    ("ends", "match"),
    [
        ((-1.0, 1.0, 30e-6, 25e-6), "g_min: got 3e-05"),
        ((-1.0, 1.0, -1e-6, 25e-6), "g_min"),
        ((0.1, 1.0, 0.0, 25e-6), "w_min, w_max"),
        ((-1.0, 0.0, 0.0, 25e-6), "w_min, w_max"),
    ],
)
def test_empty_ranges_are_refused(ends: tuple[float, float, float, float], match: str) -> None:
    with pytest.raises(InputError, match=match):
        ConductanceScale(*ends, "pair")


def test_bounds_are_those_of_the_array() -> None:
    """A target for all chips is written on each."""
    target = torch.zeros(3, 4)
    law = devices_of(made_up(), 3, 4, 2)
    error: Tensor = program_one_shot(target, law, PCMProgramming(25e-6), PAIR, programming(2))
    assert error.shape == (2, 3, 4)
