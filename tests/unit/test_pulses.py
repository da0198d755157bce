"""What a batch of pulses does, over many chips: pulse by pulse, at once, and by closed forms.

Chips of one card without device-to-device spread are repeats of one experiment.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from mortalff.cards import Card, Pulses
from mortalff.hardware.crossbar import PulseMode
from mortalff.physics.pulse_trains import pulse_trains
from tests.strategies.closed_forms import fabricated, one_pulse
from tests.strategies.devices import LAWS, crossbar, made_up, no_spread
from tests.strategies.statistics import (
    SIGNIFICANCE,
    Array,
    p_mean,
    p_same_mean,
    p_same_variance,
    p_uncorrelated,
    p_variance,
    two_sided,
)

N_OUT, N_IN, CHIPS = 3, 4, 4000
MODES: tuple[PulseMode, PulseMode] = ("fast", "exact")
X = torch.tensor([[0.9, 0.4, 0.0, 1.0], [0.2, 1.0, 0.6, 0.0], [-0.5, 0.1, 1.0, 0.3]])
D = torch.tensor([[1.0, -0.3, 0.5], [0.2, 0.8, -1.0], [-0.4, 0.7, 0.0]])


def uniform_card(law: str = "ConstantStep", s: float = 0.0, dw: float = 1e-3) -> Card:
    """Devices all alike, far from their bounds."""
    card = made_up(law, device={"dw_min": dw}, variability=no_spread(dw_min_std=s))
    fields = type(card.law).model_fields
    zeros = {f"law.{name}": 0.0 for name in fields if name.endswith(("_dtod", "reference_std"))}
    return card.replace(**zeros)


def moved(
    card: Card, mode: PulseMode, lr: float, x: Tensor = X, d: Tensor = D, start: float = 0.0
) -> Array:
    """How far each device of each chip moves, (chips, n_out, n_in)."""
    chips = crossbar(card, d.shape[-1], x.shape[-1], CHIPS, mode=mode)
    probe = chips.probe()
    probe.program(torch.full((d.shape[-1], x.shape[-1]), start))
    before = probe.read_weights()
    chips.pulse(x, d, lr)
    return (probe.read_weights() - before).double().numpy()


def moments(lr: float, dw: float, s: float) -> tuple[Array, Array]:
    """Mean and variance of a device's change by constant steps, where nothing clips."""
    trains = pulse_trains(X[None], D[None], lr / len(X), dw, Pulses())
    rows, columns = trains.rows[0].double().numpy(), trains.columns[0].double().numpy()
    p = rows[:, None, :] * columns[:, :, None]
    slots = trains.slots[0].double().numpy()[:, None, None]
    mean = dw * (slots * p).sum(0)
    return mean, dw**2 * (slots * (np.abs(p) * (1 + s * s) - p * p)).sum(0)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("lr", [3e-3, 1.5e-2])
def test_the_mean_change_is_lr_x_d(mode: PulseMode, lr: float) -> None:
    asked = lr * (D.T @ X).numpy() / len(X)
    share = SIGNIFICANCE / (3 * asked.size)
    change = moved(uniform_card(s=0.3), mode, lr)
    # Every other chip is asked for less, by shorter trains.
    own = D.repeat(CHIPS, 1, 1)
    own[1::2] *= 0.3
    two = moved(uniform_card(s=0.3), mode, lr, d=own)
    for o, i in np.ndindex(*asked.shape):
        assert p_mean(change[:, o, i], asked[o, i]) > share, (o, i)
        assert p_mean(two[::2, o, i], asked[o, i]) > share, (o, i)
        assert p_mean(two[1::2, o, i], 0.3 * asked[o, i]) > share, (o, i)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("s", [0.0, 0.3, 2.0])
def test_mean_and_variance_are_the_closed_forms(mode: PulseMode, s: float) -> None:
    lr, dw = 1e-2, 1e-3
    change = moved(uniform_card(s=s), mode, lr)
    mean, variance = moments(lr, dw, s)
    share = SIGNIFICANCE / (2 * mean.size)
    for o, i in np.ndindex(*mean.shape):
        assert p_mean(change[:, o, i], mean[o, i]) > share, (o, i)
        assert p_variance(change[:, o, i], variance[o, i]) > share, (o, i)


def test_exact_steps_are_whole() -> None:
    """Without cycle noise a device moves by a number of steps, at most as many as there are slots."""
    change = moved(uniform_card(), "exact", 1e-2) / 1e-3
    np.testing.assert_allclose(change, change.round(), atol=1e-3)
    trains = pulse_trains(X[None], D[None], 1e-2 / 3, 1e-3, Pulses())
    assert np.abs(change).max() <= float(trains.slots.sum()) + 0.01
    assert len(np.unique(change[:, 0, 0].round())) > 3
    assert np.abs(moved(uniform_card(), "fast", 1e-2) / 1e-3 % 1.0 - 0.5).min() < 0.01


@pytest.mark.parametrize("start", [0.0, 0.3, -0.3])
@pytest.mark.parametrize("law", LAWS)
def test_fast_agrees_with_exact(law: str, start: float) -> None:
    """In mean and variance, device by device; steps are small, so that a law bends little."""
    card = uniform_card(law, s=0.5, dw=2e-4)
    fast, exact = (moved(card, mode, 2e-3, start=start) for mode in MODES)
    share = SIGNIFICANCE / (2 * N_OUT * N_IN)
    for o, i in np.ndindex(N_OUT, N_IN):
        assert p_same_mean(fast[:, o, i], exact[:, o, i]) > share, (o, i)
        assert p_same_variance(fast[:, o, i], exact[:, o, i]) > share, (o, i)


@pytest.mark.parametrize("start", [0.0, 0.3, -0.3])
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("mode", MODES)
def test_one_certain_pulse_has_the_laws_mean_and_spread(
    mode: PulseMode, law: str, start: float
) -> None:
    """One slot in which row and column surely fire: a step of the law, normal about its mean."""
    card = uniform_card(law, s=0.7, dw=2e-3)
    card = card.replace(
        **{
            "pulses.bit_length_max": 1,
            "pulses.update_management": False,
            "pulses.bit_length_management": False,
        }
    )
    granularity = 2e-3 if card.law.kind != "ExpStep" else 2e-3 * _exp_share(card)
    devices = fabricated(card, [np.zeros((N_OUT, N_IN))] * 7)
    for sign in (1, -1):
        d = torch.tensor([[1.0, 1.0, 0.0]]) * sign
        change = moved(card, mode, granularity, torch.ones(1, N_IN), d, start)
        mean, std = one_pulse(card, devices, np.full((N_OUT, N_IN), start), sign)
        assert p_mean(change[:, :2], sign * mean[0, 0], std[0, 0]) > SIGNIFICANCE / 4
        assert p_variance(change[:, :2], std[0, 0] ** 2) > SIGNIFICANCE / 4
        assert not change[:, 2].any()


def _exp_share(card: Card) -> float:
    devices = fabricated(card, [np.zeros(1)] * 7)
    up, down = (one_pulse(card, devices, np.zeros(1), sign)[0] for sign in (1, -1))
    return float((up + down)[0] / 2 / 2e-3)


def test_devices_on_a_line_share_its_train() -> None:
    """Cov(n_ij, n_ik) = Σ BL p_j p_k c_i (1 - c_i) pulse by pulse, and none in the fast mode.

    With c the column's probability and p the rows'; likewise down a row. Devices that share neither
    line are independent in both modes.
    """
    x, d = torch.tensor([[0.6, 0.5, 1.0]]), torch.tensor([[0.6, 0.5, 1.0]])
    lr, dw = 1.6e-2, 1e-3
    trains = pulse_trains(x[None], d[None], lr, dw, Pulses())
    slots = float(trains.slots)
    p, c = trains.rows[0, 0].double().numpy(), trains.columns[0, 0].double().numpy()
    along = slots * p[0] * p[1] * c[1] * (1 - c[1])  # devices (1, 0) and (1, 1)
    across = slots * c[0] * c[1] * p[0] * (1 - p[0])  # devices (0, 0) and (1, 0)
    assert min(along, across) > 1.0
    for mode in MODES:
        n = moved(uniform_card(), mode, lr, x, d) / dw
        for one, other, expected in (
            (n[:, 1, 0], n[:, 1, 1], along),
            (n[:, 0, 0], n[:, 1, 0], across),
        ):
            product = (one - one.mean()) * (other - other.mean())
            wanted = expected if mode == "exact" else 0.0
            assert p_mean(product, wanted) > SIGNIFICANCE / 6, mode
        assert p_uncorrelated(n[:, 0, 0], n[:, 1, 1]) > SIGNIFICANCE / 6


@pytest.mark.parametrize("mode", MODES)
def test_chips_pulse_independently(mode: PulseMode) -> None:
    change = moved(uniform_card(s=0.3), mode, 1e-2)
    assert p_uncorrelated(change[::2], change[1::2]) < SIGNIFICANCE  # the means they share
    centred = change - change.mean(0)
    assert p_uncorrelated(centred[::2], centred[1::2]) > SIGNIFICANCE


@pytest.mark.parametrize("mode", MODES)
def test_batches_pulse_independently(mode: PulseMode) -> None:
    chips = crossbar(uniform_card(s=0.3), N_OUT, N_IN, CHIPS, mode=mode)
    read = chips.probe().read_weights
    chips.pulse(X, D, 1e-2)
    first = read().double().numpy()
    chips.pulse(X, D, 1e-2)
    second = read().double().numpy() - first
    assert p_uncorrelated(first - first.mean(0), second - second.mean(0)) > SIGNIFICANCE


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("mode", MODES)
def test_no_device_passes_its_bounds(mode: PulseMode, law: str) -> None:
    card = made_up(law, device={"dw_min": 0.05}, variability={"dw_min_std": 1.0})
    chips = crossbar(card, N_OUT, N_IN, 100, mode=mode)
    for sign in (1.0, -1.0):
        for _ in range(40):
            chips.pulse(torch.ones(1, N_IN), sign * torch.ones(1, N_OUT), 0.5)
            weights = chips.probe().read_weights()
            assert bool(
                (weights >= chips._cell.bounds()[0]).all()
                and (weights <= chips._cell.bounds()[1]).all()
            )
        bound = chips._cell.bounds()[1] if sign > 0 else chips._cell.bounds()[0]
        if law == "ConstantStep":
            # One pulse in six goes backwards where the cycle noise is as large as the step.
            assert float((weights == bound).float().mean()) > 0.75


def test_far_more_than_31_pulses_is_cut_at_31() -> None:
    change = moved(uniform_card(), "exact", 10.0, torch.ones(1, N_IN), torch.ones(1, N_OUT))
    np.testing.assert_allclose(change, 31e-3, rtol=1e-4)


@pytest.mark.parametrize("mode", MODES)
def test_expected_pulses_are_counted(mode: PulseMode) -> None:
    """device_pulse counts what happens on average: the exact mode's steps, within their scatter."""
    chips = crossbar(uniform_card(), N_OUT, N_IN, CHIPS, mode=mode)
    x, d = X.abs(), D.abs()
    chips.pulse(x, d, 1e-2)
    counted = chips.counts["device_pulse"]
    assert np.ptp(counted) == 0.0
    assert counted[0] == pytest.approx(float(1e-2 * (d.T @ x).sum() / 3 / 1e-3), rel=1e-5)
    steps = chips.probe().read_weights().double().numpy().sum((1, 2)) / 1e-3
    z = (steps.mean() - counted[0]) / (steps.std() / np.sqrt(CHIPS))
    assert two_sided(z) > SIGNIFICANCE
