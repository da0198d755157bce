"""Drift: the power law, and whose clock starts anew."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from mortalff.cards import Card
from mortalff.hardware.crossbar import Crossbar, PulseMode
from mortalff.physics.drift import drift_factor
from tests.strategies.devices import crossbar, made_up, no_spread

N_OUT, N_IN, CHIPS = 4, 6, 3
MODES: tuple[PulseMode, PulseMode] = ("fast", "exact")
TIME = {"drift_nu": 0.1, "drift_nu_dtod": 0.03, "drift_t0_s": 20.0}


def drifting(noise: float = 0.0, dw: float = 1e-3) -> Card:
    variability = no_spread(write_noise_std=noise)
    return made_up(device={"dw_min": dw}, variability=variability, time=TIME)


def exponents(card: Card) -> Tensor:
    nu = crossbar(card, N_OUT, N_IN, CHIPS)._cell.arrays[""]._ageing.drift_exponents
    assert nu is not None
    return nu


def programmed(mode: PulseMode = "fast", noise: float = 0.0) -> tuple[Crossbar, Tensor]:
    """New chips with weights of 0.4 and -0.2 in turn, and these."""
    weights = torch.full((N_OUT, N_IN), 0.4)
    weights[:, 1::2] = -0.2
    chips = crossbar(drifting(noise), N_OUT, N_IN, CHIPS, mode=mode)
    chips.probe().program(weights)
    return chips, weights


def test_factor_by_hand() -> None:
    age, nu = torch.tensor([0.0, 20.0, 40.0, 2e4]), torch.full((4,), 0.1)
    expected = [1.0, 1.0, 2.0**-0.1, 1000.0**-0.1]
    assert drift_factor(age, nu, 20.0).tolist() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("seconds", [1.0, 19.0, 21.0, 3600.0, 3e7])
def test_weights_follow_the_power_law(seconds: float) -> None:
    chips, weights = programmed()
    chips.advance(seconds)
    share = max(seconds / 20.0, 1.0) ** -exponents(drifting()).double()
    torch.testing.assert_close(
        chips.probe().read_weights().double(), weights * share, rtol=1e-5, atol=0.0
    )
    x = torch.eye(N_IN)
    torch.testing.assert_close(chips.forward(x).transpose(1, 2), chips.probe().read_weights())
    back = chips.probe().forward_transposed(torch.eye(N_OUT))
    torch.testing.assert_close(back, chips.probe().read_weights())
    if seconds > 20.0:
        assert float((share - 1.0).abs().min()) > 1e-4
        assert float(share.std()) > 1e-4


def test_time_adds_up() -> None:
    once, often = programmed()[0], programmed()[0]
    once.advance(5000.0)
    for seconds in (10.0, 990.0, 4000.0):
        often.advance(seconds)
        often.forward(torch.ones(1, N_IN))
    torch.testing.assert_close(once.probe().read_weights(), often.probe().read_weights())


def test_no_time_changes_nothing() -> None:
    chips = programmed()[0]
    chips.advance(300.0)
    before = chips.state_dict()
    chips.advance(0.0)
    after = chips.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_without_drift_time_changes_nothing() -> None:
    chips = crossbar(made_up(), N_OUT, N_IN, w_init_std=0.3)
    before = chips.probe().read_weights()
    chips.advance(1e9)
    assert torch.equal(chips.probe().read_weights(), before)
    assert "age_s" not in chips.state_dict()


def test_programming_starts_every_clock_anew() -> None:
    chips, weights = programmed()
    chips.advance(1e5)
    chips.probe().program(weights)
    chips.advance(19.0)
    torch.testing.assert_close(chips.probe().read_weights(), weights.expand(CHIPS, -1, -1))
    chips.advance(21.0)
    share = 2.0 ** -exponents(drifting())
    torch.testing.assert_close(chips.probe().read_weights(), weights * share)


@pytest.mark.parametrize("noise", [0.0, 1e-3])
@pytest.mark.parametrize("mode", MODES)
def test_a_moved_device_starts_from_where_it_had_drifted_to(mode: PulseMode, noise: float) -> None:
    """Rows 0 and 1 get sure pulses and drift anew; rows 2 and 3 drift on."""
    chips, weights = programmed(mode, noise)
    chips.advance(2000.0)
    nu = exponents(drifting()).double()
    x, d = torch.ones(1, N_IN), torch.tensor([[1.0, -1.0, 0.0, 0.0]])
    chips.pulse(x, d, 5e-3)  # five slots, all sure to fire
    chips.advance(4000.0)
    got = chips.probe().read_weights().double()
    fresh, old = 200.0**-nu, 300.0**-nu
    drifted = weights * 100.0**-nu
    expected = weights * old
    expected[:, 0] = ((drifted + 5e-3) * fresh)[:, 0]
    expected[:, 1] = ((drifted - 5e-3) * fresh)[:, 1]
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)
    assert float((expected[:, :2] - (weights * old)[:, :2]).abs().min()) > 3e-3


@pytest.mark.parametrize("mode", MODES)
def test_only_devices_that_moved_start_anew(mode: PulseMode) -> None:
    """A device is reached with probability 1 - (1 - p)^BL; the others keep their age."""
    side, chips = 40, 50
    made = crossbar(drifting(), side, side, chips, mode=mode)
    made.probe().program(torch.full((side, side), 0.2))
    made.advance(1000.0)
    generator = torch.Generator().manual_seed(0)
    x, d = torch.rand(1, side, generator=generator), torch.rand(1, side, generator=generator)
    x[0, 0] = d[0, 0] = 1.0
    made.pulse(x, d, 1e-3)  # k = 1: one slot, p = x d
    moved_at = made.state_dict()["ageing.moved_at_s"]
    assert set(moved_at.unique().tolist()) == {0.0, 1000.0}
    fresh = (moved_at == 1000.0).double()
    p = (d[0][:, None] * x[0][None, :]).double()
    # Along a line the exact mode's devices are correlated, so that its chips are the repeats.
    for group in (p < 0.1, (p > 0.4) & (p < 0.6), p > 0.8):
        per_chip = fresh[:, group].mean(1)
        expected = float(p[group].mean())
        error = max(float(per_chip.std()), 1e-6) / chips**0.5
        assert abs(float(per_chip.mean()) - expected) < 5 * error
    assert np.isclose(float(fresh[:, 0, 0].mean()), 1.0)


def test_exact_devices_start_anew_where_they_moved() -> None:
    chips = crossbar(drifting(), 30, 30, 2, mode="exact")
    chips.probe().program(torch.full((30, 30), 0.2))
    chips.advance(10.0)  # not yet drifting
    before = chips.state_dict()["weights"]
    x = torch.rand(5, 30, generator=torch.Generator().manual_seed(0))
    chips.pulse(x, x, 1e-3)
    after = chips.state_dict()
    fresh = after["ageing.moved_at_s"] == 10.0
    assert torch.equal(after["weights"] != before, fresh)
    assert 0.1 < float(fresh.float().mean()) < 0.9
