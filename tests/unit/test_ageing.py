"""Clocks of devices: what time does, to which of them, and what it leaves alone."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mortalff.cards import Time
from mortalff.hardware.ageing import Ageing
from mortalff.seeds import Seeds
from mortalff.streams import Stream
from tests.strategies.devices import CPU
from tests.strategies.statistics import (
    SIGNIFICANCE,
    p_chi2,
    p_mean,
    p_standard_normal,
    p_uncorrelated,
)

N_OUT, N_IN, CHIPS = 30, 40, 3
DRIFT = {"drift_nu": 0.1, "drift_nu_dtod": 0.03, "drift_t0_s": 20.0}
RELAXATION = {
    "relaxation_mean": -0.002,
    "relaxation_std": 0.01,
    "relaxation_std_rate": 0.001,
    "relaxation_t0_s": 2.0,
}
DIFFUSION = {"diffusion_std": 0.003, "diffusion_t0_s": 10.0}
RETENTION = {"retention_tau_s": 5000.0, "retention_tau_dtod": 0.2, "retention_rest": -0.1}
EFFECTS = {
    "drift": DRIFT,
    "relaxation": RELAXATION,
    "diffusion": DIFFUSION,
    "retention": RETENTION,
}
EFFECTS["all"] = DRIFT | RELAXATION | DIFFUSION | RETENTION
UNITS = {"nu": "1", "dtod": "1", "s": "s", "k": "K", "ev": "eV"}


def time(**settings: float | str) -> Time:
    made: dict[str, object] = {}
    for name, value in settings.items():
        unit = UNITS.get(name.rsplit("_", 1)[-1], "weight")
        unit = "weight" if name == "retention_rest_dtod" else unit
        made[name] = (
            value if isinstance(value, str) else {"value": value, "unit": unit, "source": "test"}
        )
    return Time.model_validate(made)


def ageing(
    settings: dict[str, float],
    chips: int | list[int] = CHIPS,
    shape: tuple[int, int] = (N_OUT, N_IN),
    **more: object,
) -> Ageing:
    ids = range(chips) if isinstance(chips, int) else chips
    seeds = Seeds.of(0)
    fabrication = Stream(seeds, "fabrication", ids, CPU)
    noise = Stream(seeds.child("ageing"), "write_noise", ids, CPU)
    return Ageing(time(**settings), fabrication, noise, *shape, CPU, **more)  # type: ignore[arg-type]


def weights(value: float = 0.3, chips: int = CHIPS) -> Tensor:
    return torch.full((chips, N_OUT, N_IN), value)


def test_without_ageing_nothing_is_kept_or_changed() -> None:
    none = ageing({})
    w = weights()
    assert none.advance(w, 1e9) is w
    none.moved(torch.ones_like(w, dtype=torch.bool))
    none.programmed()
    assert none.aged(w) is w
    assert none.settle(w) is w
    assert none.state() == {}
    assert none.streams() == ()
    assert not none.active


@pytest.mark.parametrize("effect", EFFECTS)
def test_no_time_changes_nothing(effect: str) -> None:
    some = ageing(EFFECTS[effect])
    w = weights()
    state, calls = some.state(), some.streams()[0].calls
    some.advance(w, 0.0)
    assert torch.equal(some.aged(w), w)
    assert all(torch.equal(now, state[name]) for name, now in some.state().items())
    assert some.streams()[0].calls == calls


@given(a=st.floats(0.0, 1e7), b=st.floats(0.0, 1e7), effect=st.sampled_from(["drift", "retention"]))
@settings(max_examples=30, deadline=None)
def test_times_add_up(a: float, b: float, effect: str) -> None:
    once, twice = ageing(EFFECTS[effect]), ageing(EFFECTS[effect])
    w = weights()
    once.advance(w, a + b)
    twice.advance(w, a)
    twice.aged(w)
    twice.advance(w, b)
    torch.testing.assert_close(once.aged(w), twice.aged(w), rtol=1e-6, atol=0.0)


def test_relaxation_does_not_ask_in_how_many_steps() -> None:
    once, often = ageing(RELAXATION), ageing(RELAXATION)
    w = weights()
    once.advance(w, 100.0)
    for _ in range(100):
        often.advance(w, 1.0)
    torch.testing.assert_close(once.aged(w), often.aged(w), rtol=1e-6, atol=0.0)


def test_years_and_nanoseconds_add_up() -> None:
    """A million reads of 100 ns after a year are a tenth of a second, to a part in a thousand."""
    some = ageing({"retention_tau_s": 1.0}, chips=1, shape=(1, 2))
    w = torch.full((1, 1, 2), 0.5)
    some.advance(w, 3.15e7)
    some.moved(torch.tensor([[[True, False]]]))
    for _ in range(1000):
        some.advance(w, 1e-4)
    assert some.aged(w)[0, 0, 0].item() == pytest.approx(0.5 * math.exp(-0.1), rel=1e-3)
    assert some.aged(w)[0, 0, 1].item() == 0.0


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


def test_each_move_relaxes_anew_and_others_go_on() -> None:
    some = ageing(RELAXATION)
    w = weights()
    some.advance(w, 50.0)
    before = some.aged(w)
    mask = torch.zeros_like(w, dtype=torch.bool)
    mask[:, ::2] = True
    some.moved(mask)
    assert torch.equal(some.aged(w)[mask], w[mask])
    assert torch.equal(some.aged(w)[~mask], before[~mask])
    some.advance(w, 50.0)
    again = some.aged(w)
    first, second = (before - w)[mask].double(), (again - w)[mask].double()
    correlation = torch.corrcoef(torch.stack([first, second]))[0, 1]
    assert abs(float(correlation)) < 5 / first.numel() ** 0.5
    old, new = (before - w)[~mask].double(), (again - w)[~mask].double()
    assert float(torch.corrcoef(torch.stack([old, new]))[0, 1]) > 1 - 1e-6


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


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_move_starts_from_where_time_has_brought_a_device(effect: str) -> None:
    some = ageing(EFFECTS[effect])
    w = weights()
    some.advance(w, 400.0)
    mask = torch.zeros_like(w, dtype=torch.bool)
    mask[:, :, 0] = True
    seen = some.aged(w)
    w = torch.where(mask, some.settle(w), w)
    some.moved(mask)
    assert torch.equal(some.aged(w), seen)


@pytest.mark.parametrize("effect", EFFECTS)
def test_frozen_devices_do_not_age(effect: str) -> None:
    some = ageing(EFFECTS[effect])
    w = weights()
    mask = torch.zeros_like(w, dtype=torch.bool)
    mask[0, 3] = True
    some.freeze(mask)
    some.advance(w, 4000.0)
    assert torch.equal(some.aged(w) != w, ~mask)


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_chip_ages_by_itself(effect: str) -> None:
    among, alone = ageing(EFFECTS[effect]), ageing(EFFECTS[effect], chips=[1])
    mask = torch.zeros((CHIPS, N_OUT, N_IN), dtype=torch.bool)
    mask[:, ::3] = True
    for some, chips in ((among, slice(None)), (alone, slice(1, 2))):
        w = weights()[chips]
        some.advance(w, 100.0)
        some.moved(mask[chips])
        some.advance(w, torch.tensor([5.0, 50.0, 500.0])[chips])
    assert torch.equal(among.aged(weights())[1], alone.aged(weights()[1:2])[0])


def test_chips_may_live_through_different_times() -> None:
    some = ageing(DRIFT)
    w = weights()
    some.advance(w, torch.tensor([1.0, 10.0, 1000.0]))
    seen = some.aged(w)
    assert torch.equal(seen[:2], w[:2])
    nu = some.drift_exponents
    assert nu is not None
    torch.testing.assert_close(seen[2].double(), 0.3 * 50.0 ** -nu[2].double())


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_state_comes_back(effect: str) -> None:
    def use(some: Ageing) -> Tensor:
        w = weights()
        some.advance(w, 123.4)
        some.moved(w > torch.linspace(0, 1, N_IN))
        some.advance(w, 1e-3)
        return some.aged(w)

    first, second = ageing(EFFECTS[effect]), ageing(EFFECTS[effect])
    use(first)
    state, calls = first.state(), [stream.calls for stream in first.streams()]
    expected = use(first)
    second.aged(weights())
    second.load(state)
    for stream, number in zip(second.streams(), calls, strict=True):
        stream.calls = number
    for tensor in state.values():
        tensor.zero_()
    assert torch.equal(use(second), expected)


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


def test_heat_makes_clocks_run_faster() -> None:
    """E_a = 1.1 eV from 300 K to 358.15 K (85 °C): 996 times, by hand."""
    heat = {"activation_energy_ev": 1.1, "temperature_k": 358.15, "reference_temperature_k": 300.0}
    factor = math.exp(1.1 / 8.617333262e-5 * (1 / 300.0 - 1 / 358.15))
    assert factor == pytest.approx(996, rel=0.01)
    w = weights()
    for effect in (DRIFT, RELAXATION, RETENTION, DIFFUSION):
        hot, cold, baked = ageing(effect | heat), ageing(effect), ageing(effect | heat)
        hot.advance(w, 10.0)
        cold.advance(w, 10.0 * factor)
        torch.testing.assert_close(hot.aged(w), cold.aged(w), rtol=1e-5, atol=1e-7)
        baked.advance(w, 10.0, temperature_k=300.0)
        cold = ageing(effect)
        cold.advance(w, 10.0)
        torch.testing.assert_close(baked.aged(w), cold.aged(w), rtol=1e-6, atol=1e-7)


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
