"""Clocks of devices: how times add up, whose clocks start anew, and whom time leaves alone."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mortalff.hardware.ageing import Ageing
from tests.strategies.ageing import (
    CHIPS,
    DIFFUSION,
    DRIFT,
    EFFECTS,
    N_IN,
    N_OUT,
    RELAXATION,
    RETENTION,
    ageing,
    weights,
)


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
