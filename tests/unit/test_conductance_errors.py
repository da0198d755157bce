"""CrossSim's error models: curves by hand from the published coefficients, and samples of them."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mortalff.errors import InputError
from mortalff.physics.conductance_error import (
    ConductanceError,
    Dependence,
    Distribution,
    GenericError,
    scattered,
    unit_uniform,
)
from mortalff.physics.measured_errors import PCM_JOSHI, RRAM_MILO, RRAM_WAN, PolynomialError
from mortalff.physics.sonos import (
    SONOSError,
    SONOSReadNoise,
    current_std,
    mean_current,
    read_std,
)
from tests.strategies.devices import stream
from tests.strategies.statistics import SIGNIFICANCE, array

ONE_PER_CENT = 0.01
DRAWS = 400_000  # a spread is known to 0.11 %, one standard error
DAY = 86_400.0
MEASURED = (PCM_JOSHI, RRAM_MILO, RRAM_WAN)


def draws(error: ConductanceError, g: float, place: int = 0) -> torch.Tensor:
    source = stream("programming")
    if error.distribution == "normal":
        xi = source.normal(DRAWS, call=place)[0]
    else:
        xi = unit_uniform(source.uniform(DRAWS, call=place)[0])
    return scattered(error, torch.full((DRAWS,), g), xi)


@pytest.mark.parametrize(
    ("model", "g", "sigma"),
    [
        (PCM_JOSHI, 0.0, 0.28638599),
        (PCM_JOSHI, 0.25, 0.30523857),  # 0.28638599 + 0.01896431 − 0.00011173
        (PCM_JOSHI, 10.0, 0.86619139),  # 0.28638599 + 0.7585724 − 0.178767
        (PCM_JOSHI, 25.0, 1.06552324),  # 0.28638599 + 1.896431 − 1.11729375
        (RRAM_MILO, 50.0, 4.326971),  # 4.782321 − 0.45535
        (RRAM_MILO, 100.0, 3.871621),
        (RRAM_MILO, 225.0, 2.733246),  # 4.782321 − 2.049075
        (RRAM_WAN, 0.0, 1.053),
        (RRAM_WAN, 10.0, 2.4136),  # 1.053 + 2.374 − 1.167 + 0.1536
        (RRAM_WAN, 20.0, 2.3618),  # 1.053 + 4.748 − 4.668 + 1.2288
        (RRAM_WAN, 39.0, 1.6729284),  # 1.053 + 9.2586 − 17.75007 + 9.1113984
    ],
)
def test_measured_spreads(model: PolynomialError, g: float, sigma: float) -> None:
    """In µS: the curve to 1e-5, and the mean and spread of samples to 1 % where zero is far."""
    assert float(model.std(torch.tensor(g * 1e-6))) * 1e6 == pytest.approx(sigma, rel=1e-5)
    if g > 6.0 * sigma or g == 10.0:
        got = array(draws(model, g * 1e-6)) * 1e6
        assert got.mean() == pytest.approx(g, rel=ONE_PER_CENT)
        assert got.std() == pytest.approx(sigma, rel=ONE_PER_CENT)


@pytest.mark.parametrize(
    ("nano", "days", "sigma"),
    [
        (176.3115, 0.0, 12.5707596),  # 19.88665 (1 − 1/e)
        (3200.0, 0.0, 19.88665),
        (0.0, 0.0, 0.0),
        (100.0, 1.0, 10.54955),  # A, B = 25.59102, 186.85544 at 99.30061 nA
        (600.0, 5.0, 32.3860),  # A, B = 34.57909, 207.34309 at 571.84 nA
        (1000.0, 1.5, 26.9915),  # half way between days: 27.159275, 190.21189 at 967.6 nA
    ],
)
def test_spread_of_sonos(nano: float, days: float, sigma: float) -> None:
    got = float(current_std(torch.tensor(nano * 1e-9), days * DAY)) * 1e9
    assert got == pytest.approx(sigma, rel=3e-5, abs=1e-6)


@pytest.mark.parametrize(
    ("nano", "days", "shift"),
    [
        (0.0, 1.0, 0.68365),
        (100.0, 1.0, -0.69939),
        (400.0, 1.0, -13.10236),
        (1200.0, 1.0, -33.57708),
        (1000.0, 2.0, -35.33),
        (600.0, 3.0, -24.84),
        (800.0, 4.0, -35.40),
        (1400.0, 5.0, -60.35),
        (1000.0, 1.5, (-29.47 - 35.33) / 2),
        (1000.0, 0.25, -29.47 / 4),
    ],
)
def test_shift_of_sonos(nano: float, days: float, shift: float) -> None:
    """Also from single precision, of which the terms of the polynomial would leave nothing."""
    got = float(mean_current(torch.tensor(nano * 1e-9), days * DAY)) * 1e9 - nano
    assert got == pytest.approx(shift, abs=0.006)


def test_read_noise_of_sonos() -> None:
    """12.58037 nA times 1 − 1/e and 1 − 1/e² at one and two of 215.36557 nA."""
    current = torch.tensor([0.0, 215.36557e-9, 430.73114e-9, 1e-3])
    got = (read_std(current) * 1e9).tolist()
    assert got == pytest.approx([0.0, 7.9523105, 10.8778021, 12.58037], rel=1e-5)


def test_sonos_in_siemens() -> None:
    """A current of 0.1 V: 1.763115 µS is 176.3115 nA, and 12.57 nA are 0.1257 µS; samples to 1 %."""
    error = SONOSError(read_voltage_v=0.1)
    g = torch.tensor(1.763115e-6)
    assert float(error.std(g)) == pytest.approx(0.125707596e-6, rel=1e-5)
    assert float(error.mean(g)) == float(g)
    noise = SONOSReadNoise(0.1)
    assert float(noise.std(torch.tensor(2.1536557e-6))) == pytest.approx(79.523105e-9, rel=1e-5)
    later = SONOSError(0.1, 5 * DAY)
    got = array(draws(later, 6e-6)) * 1e8  # in nA
    assert got.mean() == pytest.approx(571.84, rel=ONE_PER_CENT)
    assert got.std() == pytest.approx(32.3860, rel=ONE_PER_CENT)


@pytest.mark.parametrize(("distribution", "share"), [("normal", 1.0), ("uniform", 12.0**-0.5)])
@pytest.mark.parametrize(
    ("dependence", "factor"),
    [("independent", lambda x: 1.0), ("proportional", lambda x: x), ("inverse", lambda x: 1 / x)],
    ids=["independent", "proportional", "inverse"],
)
@pytest.mark.parametrize("x", [0.4, 1.0])
def test_generic_errors(
    distribution: Distribution, share: float, dependence: Dependence, factor: object, x: float
) -> None:
    """Magnitude 0.05: the standard deviation of a normal error, the full width of a uniform one."""
    assert callable(factor)
    g_max = 2e-5
    error = GenericError(distribution, dependence, 0.05, g_max)
    got = array(draws(error, x * g_max)) / g_max - x
    size = 0.05 * factor(x)
    assert got.mean() == pytest.approx(0.0, abs=0.01 * size)
    assert got.std() == pytest.approx(size * share, rel=ONE_PER_CENT)
    law = stats.norm(0, size) if distribution == "normal" else stats.uniform(-size / 2, size)
    assert stats.kstest(got, law.cdf).pvalue > SIGNIFICANCE
    if distribution == "uniform":
        assert abs(got).max() == pytest.approx(size / 2, rel=1e-3)


def test_inverse_errors_leave_zero_alone() -> None:
    error = GenericError("normal", "inverse", 0.1, 1e-5)
    assert error.std(torch.zeros(3)).tolist() == [0.0, 0.0, 0.0]
    assert scattered(error, torch.zeros(3), torch.ones(3)).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("model", "micro", "span"),
    [
        (PCM_JOSHI, 25.1, "0 to 25 µS"),
        (RRAM_MILO, 49.0, "50 to 225 µS"),
        (RRAM_MILO, 226.0, "50 to 225 µS"),
        (RRAM_WAN, 39.5, "0 to 39.26 µS"),
        (RRAM_WAN, -0.1, "0 to 39.26 µS"),
        (RRAM_WAN, math.nan, "0 to 39.26 µS"),
    ],
)
def test_conductances_outside_a_fit_are_refused(
    model: PolynomialError, micro: float, span: str
) -> None:
    """And the ends are not."""
    with pytest.raises(InputError, match=rf"{micro:g} µS.*et al\..*covers {span}"):
        model.std(torch.tensor([model.g_low, micro * 1e-6]))
    model.std(torch.tensor([model.g_low, model.g_high]))


@pytest.mark.parametrize(
    ("nano", "elapsed_s", "match"),
    [
        (3201.0, 0.0, "0 to 3200 nA"),
        (1600.0, DAY, "0 to 1400 nA"),
        (100.0, 5.1 * DAY, r"elapsed_s: got .*432000 s \(5 days\)"),
        (100.0, -1.0, "elapsed_s"),
    ],
)
def test_currents_and_times_outside_the_fit_are_refused(
    nano: float, elapsed_s: float, match: str
) -> None:
    with pytest.raises(InputError, match=match):
        current_std(torch.tensor(nano * 1e-9), elapsed_s)


@given(st.integers(0, 2), st.floats(0, 1), st.floats(-6, 6))
def test_what_comes_out_is_not_negative_and_follows_the_draw(
    which: int, share: float, xi: float
) -> None:
    model = MEASURED[which]
    g = torch.tensor(model.g_low + share * (model.g_high - model.g_low))
    assert float(model.std(g)) > 0.0
    got = scattered(model, g, torch.tensor(xi))
    assert float(got) >= 0.0
    more = scattered(model, g, torch.tensor(xi + 0.1))
    assert float(more) >= float(got)


@given(st.floats(0, 1400e-9), st.floats(0, 1400e-9), st.floats(0, 5 * DAY))
def test_spread_of_sonos_grows_with_the_current_that_is_left(
    a: float, b: float, elapsed_s: float
) -> None:
    currents = torch.tensor([a, b], dtype=torch.float64)
    left, std = mean_current(currents, elapsed_s), current_std(currents, elapsed_s)
    low, high = (0, 1) if float(left[0]) <= float(left[1]) else (1, 0)
    assert float(std[low]) <= float(std[high])
    assert float(std.min()) >= 0.0
