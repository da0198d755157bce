"""aihwkit tiles: sign and scale of what pulses, programming and time do to weights."""

from __future__ import annotations

import pytest
import torch
from scipy import stats

from mortalff.errors import CapabilityError, InputError
from mortalff.hardware.aihwkit_tile import AihwkitTile
from tests.strategies.aihwkit_tiles import N_IN, N_OUT, near_ideal, uniform
from tests.strategies.tiles import PERFECT

from aihwkit.simulator.configs import (  # isort: skip
    DriftParameter,
    IdealDevice,
    SingleRPUConfig,
    SoftBoundsDevice,
    UpdateParameters,
)


def test_the_mean_response_to_many_pulses_is_what_was_asked() -> None:
    """ΔW = lr · mean d xᵀ in sign and scale: t-tests over independent chips, level 1e-6 in all."""
    x, d, lr, repeats, chips = uniform(6, N_IN), uniform(6, N_OUT, seed=1), 0.01, 40, 16
    tile = AihwkitTile(near_ideal(1e-4), N_OUT, N_IN, chips, w_init_std=0.0)
    for _ in range(repeats):
        tile.pulse(x, d, lr)
    moved = tile.probe().read_weights().double() / repeats
    wanted = (lr * d.T @ x / 6).double()
    t = (moved.mean(0) - wanted) / (moved.std(0) / chips**0.5)
    assert float(t.abs().max()) < stats.t.isf(1e-6 / (2 * N_OUT * N_IN), chips - 1)
    slopes = (moved * wanted).sum((1, 2)) / wanted.square().sum()
    spread = float(slopes.std()) / chips**0.5
    assert spread < 0.02  # so that a scale that is off by 15 % would be seen
    assert abs(float(slopes.mean()) - 1.0) / spread < stats.t.isf(0.5e-6, chips - 1)


def test_soft_bounds_respond_as_their_law_says() -> None:
    """One step up at w is Δ(1 − w/b) on average, over 2000 devices, with all spreads on."""
    config = SingleRPUConfig(
        device=SoftBoundsDevice(dw_min=0.01, w_max=1.0, w_min=-1.0, w_max_dtod=0.0, w_min_dtod=0.0),
        forward=PERFECT,
        update=UpdateParameters(desired_bl=1, update_bl_management=False, update_management=False),
    )
    tile = AihwkitTile(config, 40, 50, w_init_std=0.0)
    tile.probe().program(torch.full((40, 50), 0.5))
    tile.pulse(torch.ones(1, 50), torch.ones(1, 40), 0.01)  # P = 1: exactly one coincidence each
    step = (tile.probe().read_weights() - 0.5).flatten().double()
    # Mean 0.01(1 − 0.5); spread 30 % from device to device and 30 % from cycle to cycle.
    std = 0.005 * (0.3**2 + 0.3**2 + 0.09**2) ** 0.5
    assert abs(float(step.mean()) - 0.005) < 5.0 * std / 2000**0.5
    assert abs(float(step.std()) / std - 1.0) < 0.1
    assert tile.counts["device_pulse"].tolist() == [2000.0]
    assert tile.counts["line_pulse"].tolist() == [90.0]


def test_ideal_devices_move_exactly() -> None:
    x, d = uniform(6, N_IN), uniform(2, 6, N_OUT)
    tile = AihwkitTile(SingleRPUConfig(device=IdealDevice(), forward=PERFECT), N_OUT, N_IN, 2)
    before = tile.probe().read_weights()
    tile.pulse(x, d, 0.3)
    moved = tile.probe().read_weights() - before
    assert torch.allclose(moved, 0.3 * d.transpose(1, 2) @ x / 6, atol=1e-6)
    assert not tile.counts["device_pulse"].any()


def test_digital_scales_leave_the_asked_change_alone() -> None:
    config = SingleRPUConfig(device=IdealDevice(), forward=PERFECT, backward=PERFECT)
    config.mapping.weight_scaling_omega = 0.6
    tile = AihwkitTile(config, N_OUT, N_IN, w_init_std=0.02)
    before, x, d = tile.probe().read_weights(), uniform(6, N_IN), uniform(6, N_OUT)
    tile.pulse(x, d, 0.1)
    after = tile.probe().read_weights()
    assert torch.allclose(after - before, (0.1 * d.T @ x / 6)[None], atol=1e-6)
    assert torch.allclose(tile.forward(x), x @ after[0].T, atol=1e-5)
    assert torch.allclose(tile.probe().forward_transposed(d), d @ after[0], atol=1e-5)
    again = AihwkitTile(config, N_OUT, N_IN, w_init_std=0.02)
    again.load_state_dict(tile.state_dict())
    assert torch.equal(again.probe().read_weights(), after)


def test_drift_follows_its_power_law_from_the_last_pulse() -> None:
    config = near_ideal(drift=DriftParameter(nu=0.1, t_0=2.0))
    tile = AihwkitTile(config, N_OUT, N_IN, w_init_std=0.0, drift_unit_s=0.5)  # t_0 is 1 s
    assert "advance" in tile.capabilities
    tile.probe().program(torch.full((N_OUT, N_IN), 0.5))
    tile.advance(0.5)  # within t_0
    assert torch.allclose(tile.probe().read_weights(), torch.tensor(0.5))
    tile.advance(3.5)
    assert torch.allclose(tile.probe().read_weights(), torch.tensor(0.5 * 4.0**-0.1))
    x = torch.zeros(1, N_IN)
    x[0, 0] = 1.0
    tile.pulse(x, torch.ones(1, N_OUT), 0.001)
    moved = tile.probe().read_weights()[0, :, 0]
    tile.advance(4.0)
    weights = tile.probe().read_weights()[0]
    assert torch.allclose(weights[:, 0], moved * 4.0**-0.1)
    assert torch.allclose(weights[:, 1:], torch.tensor(0.5 * 8.0**-0.1))


def test_without_a_unit_of_time_nothing_ages() -> None:
    config = near_ideal(drift=DriftParameter(nu=0.1))
    with pytest.raises(CapabilityError, match="advance"):
        AihwkitTile(config, N_OUT, N_IN).advance(1.0)
    with pytest.raises(InputError, match="does not drift"):
        AihwkitTile(near_ideal(), N_OUT, N_IN, drift_unit_s=1.0)


def test_decay_happens_once_a_batch_of_pulses() -> None:
    tile = AihwkitTile(near_ideal(lifetime=10.0), N_OUT, N_IN, w_init_std=0.0)
    tile.probe().program(torch.full((N_OUT, N_IN), 0.5))
    tile.pulse(torch.zeros(3, N_IN), torch.zeros(3, N_OUT), 0.1)
    assert torch.allclose(tile.probe().read_weights(), torch.tensor(0.45))


def test_realistic_programming_uses_pulses_and_comes_near() -> None:
    wanted = 0.5 * uniform(N_OUT, N_IN)
    tile = AihwkitTile(near_ideal(1e-3), N_OUT, N_IN, realistic=True)
    tile.probe().program(wanted)
    weights = tile.probe().read_weights()[0]
    assert not torch.allclose(weights, wanted, atol=1e-5)
    assert torch.allclose(weights, wanted, atol=0.05)


def test_non_contiguous_tensors_are_taken() -> None:
    tile = AihwkitTile(near_ideal(), N_OUT, N_IN, 2)
    x, d = uniform(N_IN, 6).T, uniform(N_OUT, 6, 2).permute(2, 1, 0)
    assert torch.equal(tile.forward(x), tile.forward(x.contiguous()))
    tile.pulse(x, d, 0.01)
