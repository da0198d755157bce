"""Endurance: how long devices live, how they fail, and what they lose on the way."""

from __future__ import annotations

import math

import pytest
import torch
from scipy import stats
from torch import Tensor

from mortalff.cards import Faults
from mortalff.hardware.wear import Wear, make_wear
from mortalff.seeds import Seeds
from mortalff.streams import Stream
from tests.strategies.devices import CPU
from tests.strategies.statistics import SIGNIFICANCE, p_standard_normal

N_OUT, N_IN = 50, 60


def section(**settings: float | str) -> Faults:
    made = {
        name: value
        if isinstance(value, str)
        else {"value": float(value), "unit": "1", "source": "test"}
        for name, value in settings.items()
    }
    return Faults.model_validate(made)


def bounds(chips: int = 1) -> tuple[Tensor, Tensor]:
    return torch.full((chips, N_OUT, N_IN), -0.5), torch.full((chips, N_OUT, N_IN), 0.8)


def wear(chips: int | list[int] = 1, **settings: float | str) -> Wear:
    ids = range(chips) if isinstance(chips, int) else chips
    places = Stream(Seeds.of(0).child("faults"), "fabrication", ids, CPU)
    made = make_wear(section(**settings), places, bounds(len(ids)))
    assert made is not None
    return made


def hits(value: float, chips: int = 1) -> Tensor:
    return torch.full((chips, N_OUT, N_IN), value)


def test_without_a_lifetime_there_is_no_wear() -> None:
    places = Stream(Seeds.of(0), "fabrication", [0], CPU)
    assert make_wear(section(endurance_sigma=1.0), places, bounds()) is None


def test_log_normal_lifetimes() -> None:
    made = wear(3, endurance_pulses=1e6, endurance_sigma=0.5)
    assert p_standard_normal((made.lifetimes.double() / 1e6).log() / 0.5) > SIGNIFICANCE


def test_weibull_lifetimes() -> None:
    made = wear(3, endurance_pulses=1e6, endurance_law="weibull", endurance_shape=2.0)
    scale = 1e6 / math.log(2.0) ** 0.5
    lived = made.lifetimes.double().flatten().numpy()
    assert float(stats.kstest(lived, stats.weibull_min(2.0, scale=scale).cdf).pvalue) > SIGNIFICANCE


def test_half_fail_by_the_median() -> None:
    made = wear(4, endurance_pulses=1000.0, endurance_sigma=0.3)
    w = hits(0.1, 4)
    for _ in range(10):
        made.add(hits(100.0, 4), w)
    failed = int(made.failed.sum())
    assert float(stats.binomtest(failed, w.numel(), 0.5).pvalue) > SIGNIFICANCE


def test_a_device_fails_when_its_life_is_used_up_and_is_told_once() -> None:
    made = wear(endurance_pulses=10.0)
    w = hits(0.1)
    some = hits(1.0)
    some[0, 0] = 0.0
    for _ in range(9):
        assert made.add(some, w) is None
    new = made.add(some, w)
    assert new is not None
    assert torch.equal(new, some > 0)
    assert torch.equal(made.failed, some > 0)
    assert made.add(some, w) is None


@pytest.mark.parametrize(
    ("failure", "value"), [("low", -0.5), ("high", 0.8), ("dead", 0.0), ("in_place", 0.3)]
)
def test_where_devices_fail(failure: str, value: float) -> None:
    made = wear(endurance_pulses=10.0, endurance_failure=failure)
    some = hits(20.0)
    some[0, :, 0] = 0.0
    made.add(some, hits(0.3))
    pinned = made.pin(hits(0.2))
    expected = torch.where(some > 0, torch.tensor(value), torch.tensor(0.2))
    torch.testing.assert_close(pinned, expected, rtol=0, atol=1e-7)


def test_single_pulses_of_long_lives_add_up() -> None:
    made = wear(endurance_pulses=1e9)
    w = hits(0.0)
    made.add(hits(0.0).double() + 1e9 - 3.0, w)
    assert not made.failed.any()
    for _ in range(4):
        made.add(hits(1.0), w)
    assert made.failed.all()


def test_range_is_lost_with_pulses() -> None:
    made = wear(endurance_pulses=100.0, endurance_window_loss=0.4, endurance_failure="high")
    full = hits(0.8)
    assert torch.equal(made.pin(full), full)
    made.add(hits(50.0), full)
    torch.testing.assert_close(made.pin(full), hits(0.8 * 0.8))
    torch.testing.assert_close(made.pin(hits(-1.0)), hits(-0.5 * 0.8))
    assert torch.equal(made.pin(hits(0.1)), hits(0.1))
    made.add(hits(51.0), full)
    torch.testing.assert_close(made.pin(hits(0.1)), hits(0.8 * 0.6))


def test_without_wear_weights_are_let_be() -> None:
    made = wear(endurance_pulses=100.0)
    made.add(hits(99.0), hits(0.1))
    w = torch.linspace(-2, 2, N_IN).expand(1, N_OUT, N_IN)  # write noise may pass a bound
    assert torch.equal(made.pin(w), w)


def test_a_state_comes_back_and_chips_are_their_own() -> None:
    def use(made: Wear, chips: slice) -> Tensor:
        w = torch.linspace(-0.4, 0.4, 3)[chips, None, None].expand(-1, N_OUT, N_IN)
        made.add(torch.tensor([30.0, 60.0, 90.0])[chips, None, None], w)
        return made.pin(torch.zeros_like(w))

    settings: dict[str, float | str] = {"endurance_pulses": 100.0, "endurance_sigma": 0.5}
    first, second = wear(3, **settings), wear(3, **settings)
    alone = wear([1], **settings)
    assert torch.equal(use(first, slice(None))[1:2], use(alone, slice(1, 2)))
    state = first.state()
    expected = use(first, slice(None))
    second.load(state)
    for tensor in state.values():
        tensor.zero_()
    assert torch.equal(use(second, slice(None)), expected)
    assert not torch.equal(expected, torch.zeros_like(expected))
