"""What docs/aihwkit_differences.md says aihwkit does: measured, so that a new release cannot change it unnoticed.

Device constants repeat with their seed, so that most of this is the same in every run; noise is held to bounds that it
leaves less than once in a million runs.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.strategies.tiles import ONE_PULSE, Tile, get_weights, hidden, set_weights

configs = pytest.importorskip("aihwkit.simulator.configs")

N = 100
DW = 1e-3


def made(kind: str, **parameters: Any) -> Tile:
    """A tile of aihwkit's default devices but for these parameters."""
    device = getattr(configs, f"{kind}Device")(**{"construction_seed": 1, **parameters})
    config = configs.SingleRPUConfig(device=device, update=ONE_PULSE)
    return config.tile_class(N, N, config)


def alike(**parameters: Any) -> dict[str, Any]:
    """Parameters of devices without spread or noise."""
    names = ("dw_min_dtod", "dw_min_std", "up_down_dtod", "w_max_dtod", "w_min_dtod", "reset_std")
    return {**dict.fromkeys(names, 0.0), **parameters}


def pulsed(tile: Tile, sign: int = 1, count: int = 1, columns: int = N) -> Tensor:
    """Weights after sure pulses on the first columns."""
    x = torch.zeros(count, N)
    x[:, :columns] = 1.0
    tile.set_learning_rate(1.0)
    tile.update(x, torch.full((count, N), -float(sign)))
    return get_weights(tile)


def mean(values: Tensor) -> float:
    return float(values.mean())


@pytest.mark.parametrize(("beta", "up", "down"), [(0.3, 1.0, 0.7), (-0.3, 0.7, 1.0)])
def test_asymmetry_only_weakens(beta: float, up: float, down: float) -> None:
    found = hidden(made("ConstantStep", up_down=beta))
    assert mean(found["dwmin_up"]) == pytest.approx(up * DW, rel=0.02)
    assert mean(found["dwmin_down"]) == pytest.approx(down * DW, rel=0.02)
    found = hidden(made("PowStep", pow_up_down=beta))
    assert mean(found["gamma_up"]) == pytest.approx(up, rel=0.02)
    assert mean(found["gamma_down"]) == pytest.approx(down, rel=0.02)


def test_a_log_normal_gain_raises_the_mean_step() -> None:
    found = hidden(made("ConstantStep", dw_min_dtod=0.7829, dw_min_dtod_log_normal=True))
    assert mean(found["dwmin_up"]) == pytest.approx(1.3587 * DW, rel=0.04)  # e^(σ²/2)


def test_cycle_noise_scales_with_the_devices_own_step() -> None:
    tile = made("ConstantStep", dw_min_dtod=0.5, up_down_dtod=0.0, dw_min_std=0.3)
    set_weights(tile, torch.zeros(N, N))
    step = hidden(tile)["dwmin_up"]
    noise = (pulsed(tile) - step)[step > 1e-4] / step[step > 1e-4]
    assert float(noise.std()) == pytest.approx(0.3, rel=0.06)


def test_crossed_bounds_change_places_or_kill_a_device() -> None:
    wide = {"w_max": 0.2, "w_max_dtod": 2.0, "w_min": -0.2, "w_min_dtod": 2.0}
    found = hidden(made("ConstantStep", **wide))
    assert float(found["max_bound"].min()) >= 0.0 >= float(found["min_bound"].max())
    found = hidden(made("ConstantStep", **wide, enforce_consistency=False))
    dead = found["max_bound"] == found["min_bound"]
    assert 0.2 < mean(dead.float()) < 0.3
    assert 0.2 < mean((found["max_bound"] < 0).float()) < 0.3


def test_linear_slopes_refer_to_the_mean_bound() -> None:
    found = hidden(made("LinearStep", gamma_up=1.0, gamma_up_dtod=0.0))
    slope = -found["slope_up"] / found["dwmin_up"]
    torch.testing.assert_close(slope, torch.full_like(slope, 1.0 / 0.6))
    own = hidden(made("LinearStep", gamma_up=1.0, gamma_up_dtod=0.0, mean_bound_reference=False))
    torch.testing.assert_close(-own["slope_up"] / own["dwmin_up"], 1.0 / own["max_bound"])


def test_the_offset_of_a_reversed_step_is_a_weight() -> None:
    tile = made("SoftBounds", **alike(reverse_up=True, reverse_offset=0.06))
    start = set_weights(tile, torch.full((N, N), -0.6))
    assert mean(pulsed(tile) - start) == pytest.approx(DW * 0.06 / 0.66, rel=1e-3)


def test_slope_spread_of_a_reference_device_moves_its_bounds() -> None:
    found = hidden(made("SoftBoundsReference", **alike(slope_up_dtod=0.2)))
    assert float((0.6 / found["max_bound"]).std()) == pytest.approx(0.2, rel=0.03)
    assert float(found["min_bound"].std()) == 0.0


def test_writing_clips_a_reference_device_where_pulses_do_not() -> None:
    tile = made("SoftBoundsReference", **alike(reference_mean=0.3))
    assert mean(set_weights(tile, torch.full((N, N), -2.0))) == pytest.approx(-0.6)
    assert mean(pulsed(tile, -1, 4000)) == pytest.approx(-0.9, abs=2e-3)
    assert mean(set_weights(tile, torch.full((N, N), 2.0))) == pytest.approx(0.6)
    assert mean(pulsed(tile)) == pytest.approx(0.3)


def test_a_reset_reference_device_lands_on_its_symmetry_point_twice() -> None:
    tile = made("SoftBoundsReference", **alike(up_down=0.3, subtract_symmetry_point=True))
    point = mean(hidden(tile)["reference"])
    assert point == pytest.approx((1.0 - 0.7) / (1.0 + 0.7) * 0.6, rel=1e-4)
    tile.reset()
    assert mean(get_weights(tile)) == pytest.approx(point, rel=1e-4)


def test_the_spread_of_resets_is_absolute() -> None:
    for reset in (0.0, 0.2):
        bias = hidden(made("ConstantStep", reset=reset, reset_dtod=0.1))["reset_bias"]
        assert mean(bias) == pytest.approx(reset, abs=0.01)
        assert float(bias.std()) == pytest.approx(0.1, rel=0.05)


def test_the_spread_of_lifetimes_is_of_lifetimes() -> None:
    rate = 1.0 - hidden(made("ConstantStep", lifetime=10.0, lifetime_dtod=0.2))["decay_scales"]
    lifetime = 1.0 / rate
    assert float(lifetime.std()) == pytest.approx(2.0, rel=0.05)
    assert mean(rate) > 0.103  # E[1/t] lies above 1/E[t]


@pytest.mark.parametrize("kind", ["SoftBounds", "ExpStep", "PowStep", "PiecewiseStep"])
def test_write_noise(kind: str) -> None:
    """In units of dw_min; pulses redraw it where they come, a reset of one column redraws it everywhere."""
    tile = made(kind, write_noise_std=10.0)
    before = set_weights(tile, torch.zeros(N, N))
    state = hidden(tile)["persistent_weights"]
    assert float((before - state).std()) == pytest.approx(10.0 * DW, rel=0.06)
    after = pulsed(tile, columns=50)
    assert torch.equal((after != before).any(0), torch.arange(N) < 50)
    tile.tile.reset_columns(0, 1, 1.0)
    assert mean((get_weights(tile) != after).float()) > 0.99


def test_constant_steps_have_no_write_noise() -> None:
    with pytest.raises(TypeError, match="write_noise_std"):
        made("ConstantStep", write_noise_std=1.0)


def test_corrupt_devices() -> None:
    whole = hidden(made("ConstantStep"))
    found = hidden(made("ConstantStep", corrupt_devices_prob=0.01))
    stuck = found["dwmin_up"] == 0.0
    assert 0.005 < mean(stuck.float()) < 0.02
    assert float(found["max_bound"][stuck].abs().max()) <= 0.1
    # From the first of them on, all devices are other ones.
    assert mean((whole["max_bound"] == found["max_bound"]).float()) < 0.5
    tile = made("SoftBoundsReference", reference_mean=0.3, corrupt_devices_prob=1.0)
    start = set_weights(tile, torch.zeros(N, N))
    assert mean(pulsed(tile) - start) == pytest.approx(-0.3)


def test_the_perfect_bias_is_the_last_column_of_any_tile() -> None:
    found = hidden(made("ConstantStep", perfect_bias=True))
    assert found["max_bound"][:, -1].unique().tolist() == pytest.approx([60.0])
    assert found["dwmin_up"][:, -1].unique().tolist() == pytest.approx([DW])
    assert len(found["max_bound"][:, 0].unique()) > 90


def granularity(tile: Tile) -> float:
    line = next(row for row in str(tile.tile).splitlines() if "granularity" in row)
    return float(line.split(":")[1])


def test_granularities() -> None:
    steps = {"A_up": 0.5, "A_down": 0.2, "gamma_up": 1.0, "gamma_down": 1.0, "b": 0.0}
    assert granularity(made("ExpStep", **steps)) == pytest.approx(0.8 * DW)  # the down step alone
    assert granularity(made("PowStep", pow_gamma=2.0)) == pytest.approx(0.25 * DW)
    nodes = {"piecewise_up": [1.0, 3.0, 1.0], "piecewise_down": [1.0, 9.0, 1.0]}
    assert granularity(made("PiecewiseStep", **nodes)) == pytest.approx(3.0 * DW)


def test_noise_comes_from_a_table_and_has_no_seed() -> None:
    parameters = {"dw_min_dtod": 0.0, "up_down_dtod": 0.0, "dw_min_std": 1.0}
    tile = made("ConstantStep", **parameters)
    seen = []
    for _ in range(30):
        set_weights(tile, torch.zeros(N, N))
        seen.append(pulsed(tile).flatten())
    distinct = len(torch.cat(seen).unique())
    assert 30_000 < distinct <= 32_768  # of 300,000
    pair = []
    for _ in range(2):
        torch.manual_seed(0)
        tile = made("ConstantStep", **parameters)
        set_weights(tile, torch.zeros(N, N))
        pair.append((hidden(tile)["max_bound"], pulsed(tile)))
    assert torch.equal(pair[0][0], pair[1][0])
    assert not torch.equal(pair[0][1], pair[1][1])
