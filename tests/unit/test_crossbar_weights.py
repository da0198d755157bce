"""What is written and read: initial weights, programming, write noise."""

from __future__ import annotations

import pytest
import torch
from scipy import stats

from mortalff.hardware.crossbar import PulseMode
from tests.strategies.devices import LAWS, crossbar, devices_of, made_up, no_spread
from tests.strategies.statistics import (
    SIGNIFICANCE,
    array,
    p_chi2,
    p_mean,
    p_standard_normal,
    p_uncorrelated,
)

SIDE = 60
NOISE, DW = 50.0, 1e-3  # write noise in steps, and a step
MODES: tuple[PulseMode, PulseMode] = ("fast", "exact")


def noisy(spread: float = NOISE) -> dict[str, float | bool]:
    return no_spread(write_noise_std=spread)


def test_initial_weights_are_normal_and_within_bounds() -> None:
    card = made_up(device={"w_init_std": 0.1}, variability=no_spread())
    weights = crossbar(card, SIDE, SIDE, 4).probe().read_weights()
    assert p_standard_normal(weights / 0.1) > SIGNIFICANCE
    wide = crossbar(card, SIDE, SIDE, 4, w_init_std=0.5).probe().read_weights()
    assert float(wide.abs().max()) == pytest.approx(0.6)
    inside = array(wide[wide.abs() < 0.6 - 1e-6])
    assert stats.kstest(inside, stats.truncnorm(-1.2, 1.2, scale=0.5).cdf).pvalue > SIGNIFICANCE
    assert not crossbar(card, 5, 5, w_init_std=0.0).probe().read_weights().any()


@pytest.mark.parametrize("law", LAWS)
def test_programming_clips_at_each_devices_own_bounds(law: str) -> None:
    card = made_up(law)
    chips, devices = crossbar(card, 9, 11, 3), devices_of(card, 9, 11, 3)
    for wanted in (0.5, -0.5, 0.01):
        chips.probe().program(torch.full((9, 11), wanted))
        expected = torch.full((3, 9, 11), wanted).clamp(devices.w_min, devices.w_max)
        assert torch.equal(chips.probe().read_weights(), expected)
    own = torch.randn(3, 9, 11, generator=torch.Generator().manual_seed(0))
    chips.probe().program(own)
    expected = own.clamp(devices.w_min, devices.w_max)
    assert torch.equal(chips.probe().read_weights(), expected)
    assert bool((expected != own).any())


def test_programming_and_reading_are_counted() -> None:
    chips = crossbar(made_up(), 9, 11, 3)
    chips.probe().program(torch.zeros(9, 11))
    chips.probe().read_weights()
    chips.probe().read_weights()
    counts = chips.counts
    assert counts["program_cell"].tolist() == [99.0] * 3
    assert counts["weight_read"].tolist() == [198.0] * 3
    assert counts.chip(0).keys() == {"program_cell", "weight_read"}


def test_write_noise_of_programming() -> None:
    """The visible weight scatters by write_noise_std dw_min about what was written; anew each time."""
    chips = crossbar(made_up(variability=noisy()), SIDE, SIDE, 4)
    errors = []
    for _ in range(2):
        chips.probe().program(torch.full((SIDE, SIDE), 0.2))
        read = chips.probe().read_weights()
        assert torch.equal(read, chips.probe().read_weights())
        y = chips.forward(torch.eye(SIDE)).transpose(1, 2)
        torch.testing.assert_close(y, read)  # reads see the visible weight
        errors.append(read - 0.2)
        assert p_standard_normal(errors[-1] / (NOISE * DW)) > SIGNIFICANCE / 3
        assert bool((chips.state_dict()["weights"] == 0.2).all())
    assert p_uncorrelated(errors[0], errors[1]) > SIGNIFICANCE / 3


def test_write_noise_of_new_chips() -> None:
    chips = crossbar(made_up(variability=noisy()), SIDE, SIDE, 4, w_init_std=0.1)
    state = chips.state_dict()
    assert p_chi2(state["visible"] - state["weights"], NOISE * DW) > SIGNIFICANCE


def test_write_noise_may_reach_beyond_the_bounds() -> None:
    """As aihwkit's does: it is the scatter of a read state, not of the state."""
    chips = crossbar(made_up(variability=noisy()), SIDE, SIDE)
    chips.probe().program(torch.full((SIDE, SIDE), 0.6))
    assert p_mean(chips.probe().read_weights(), 0.6) > SIGNIFICANCE


@pytest.mark.parametrize("mode", MODES)
def test_write_noise_is_drawn_anew_where_pulses_came(mode: PulseMode) -> None:
    """Row 0 is reached surely, row 1 not; the state beneath carries no noise."""
    chips = crossbar(made_up(variability=noisy()), 2, 2000, 2, mode=mode)
    chips.probe().program(torch.zeros(2, 2000))
    before = chips.state_dict()["visible"]
    chips.pulse(torch.ones(1, 2000), torch.tensor([[1.0, 0.0]]), 3 * DW)
    after = chips.state_dict()
    torch.testing.assert_close(after["weights"][:, 0], torch.full((2, 2000), 3 * DW))
    assert not after["weights"][:, 1].any()
    assert torch.equal(after["visible"][:, 1], before[:, 1])
    error = after["visible"][:, 0] - 3 * DW
    assert p_standard_normal(error / (NOISE * DW)) > SIGNIFICANCE / 2
    assert p_uncorrelated(error, before[:, 0]) > SIGNIFICANCE / 2


@pytest.mark.parametrize("mode", MODES)
def test_a_lone_pulse_that_is_unlikely_touches_few(mode: PulseMode) -> None:
    """p = 0.2 in one slot: a fifth of the devices get new noise."""
    chips = crossbar(made_up(variability=noisy()), 40, 40, 60, mode=mode)
    before = chips.state_dict()["visible"]
    x, d = torch.full((1, 40), 0.5), torch.full((1, 40), 0.4)
    x[0, 0] = d[0, 0] = 1.0
    chips.pulse(x, d, DW)
    changed = (chips.state_dict()["visible"] != before)[:, 1:, 1:].float().mean((1, 2))
    assert p_mean(changed, 0.2) > SIGNIFICANCE
    assert bool((chips.state_dict()["visible"] != before)[:, 0, 0].all())


@pytest.mark.parametrize("mode", MODES)
def test_many_pulses_carry_no_write_noise_along(mode: PulseMode) -> None:
    chips = crossbar(made_up(variability=noisy()), SIDE, SIDE, mode=mode)
    for _ in range(50):
        chips.pulse(torch.ones(1, SIDE), torch.ones(1, SIDE), 2 * DW)
    read = chips.probe().read_weights()
    assert p_mean(read, 100 * DW) > SIGNIFICANCE / 2
    assert p_chi2(read - 100 * DW, NOISE * DW) > SIGNIFICANCE / 2


def test_without_write_noise_what_is_read_is_the_state() -> None:
    chips = crossbar(made_up(), SIDE, SIDE, w_init_std=0.1)
    chips.pulse(torch.ones(1, SIDE), torch.ones(1, SIDE), 0.01)
    state = chips.state_dict()
    assert torch.equal(state["visible"], state["weights"])
    assert torch.equal(chips.probe().read_weights(), state["weights"])


@pytest.mark.parametrize("mode", ["fast", "exact"])
def test_targets_may_be_transposed_views(mode: PulseMode) -> None:
    turned = (torch.rand(2, 7, 9, generator=torch.Generator().manual_seed(3)) - 0.5).transpose(1, 2)
    one, other = (crossbar(made_up("SoftBounds"), 9, 7, 2, mode=mode) for _ in range(2))
    for chips, target in ((one, turned), (other, turned.contiguous())):
        chips.probe().program(target)
        chips.pulse(torch.ones(3, 7), torch.full((3, 9), 0.3), 0.02)
    assert torch.equal(one.probe().read_weights(), other.probe().read_weights())
