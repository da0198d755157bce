"""aihwkit tiles: sign and scale of pulses, what the seed fixes, what is kept, counted and refused."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from scipy import stats
from torch import Tensor

from mortalff.errors import CapabilityError, InputError, MissingDependencyError
from mortalff.hardware.aihwkit_library import aihwkit_version, preset_names
from mortalff.hardware.aihwkit_tile import AihwkitTile

try:
    aihwkit_version()
except MissingDependencyError as error:
    pytest.skip(str(error), allow_module_level=True)

from aihwkit.simulator.configs import (
    ConstantStepDevice,
    DigitalRankUpdateRPUConfig,
    DriftParameter,
    FloatingPointRPUConfig,
    IdealDevice,
    InferenceRPUConfig,
    IOParameters,
    PulseType,
    SingleRPUConfig,
    SoftBoundsDevice,
    UnitCellRPUConfig,
    UpdateParameters,
    VectorUnitCell,
)
from aihwkit.simulator.configs.compounds import MixedPrecisionCompound
from aihwkit.simulator.parameters.enums import AnalogMVType, NoiseManagementType

N_OUT, N_IN = 4, 5
PERFECT = IOParameters(is_perfect=True)


def near_ideal(dw_min: float = 1e-4, **more: object) -> SingleRPUConfig:
    """Equal small constant steps within ±1, perfect reads."""
    device = ConstantStepDevice(
        dw_min=dw_min,
        dw_min_dtod=0.0,
        dw_min_std=0.0,
        up_down_dtod=0.0,
        w_max=1.0,
        w_min=-1.0,
        w_max_dtod=0.0,
        w_min_dtod=0.0,
        **more,
    )
    return SingleRPUConfig(device=device, forward=PERFECT, backward=PERFECT)


def uniform(*shape: int, seed: int = 0) -> Tensor:
    return 2.0 * torch.rand(shape, generator=torch.Generator().manual_seed(seed)) - 1.0


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


@pytest.mark.parametrize("name", ["GokmenVlasovPreset", "EcRam2Preset", "TikiTakaIdealizedPreset"])
def test_the_seed_fixes_devices_and_initial_weights(name: str) -> None:
    pair, alone = (AihwkitTile(name, N_OUT, N_IN, chips, 3).state_dict() for chips in ([2, 7], [7]))
    other = AihwkitTile(name, N_OUT, N_IN, [7], 4).state_dict()
    for key in ("hidden", "weights"):
        assert torch.equal(pair[key][1], alone[key][0])
        assert not torch.equal(pair[key][0], pair[key][1])
        assert not torch.equal(other[key], alone[key])


def test_the_weight_beneath_write_noise_repeats_and_the_noise_does_not() -> None:
    first, second = (AihwkitTile("ReRamESPreset", N_OUT, N_IN, 1, 3).state_dict() for _ in range(2))
    assert torch.equal(first["hidden"], second["hidden"])
    assert not torch.equal(first["weights"], second["weights"])


@pytest.mark.parametrize("name", ["ReRamESPreset", "ReRamSBPreset", "PCMPreset", "TTv2EcRamPreset"])
def test_a_state_restores_all_that_a_tile_remembers(name: str) -> None:
    tile = AihwkitTile(name, N_OUT, N_IN, 2)
    for _ in range(3):
        tile.pulse(uniform(6, N_IN), uniform(6, N_OUT), 0.1)
    state = tile.state_dict()
    again = AihwkitTile(name, N_OUT, N_IN, 2)
    again.load_state_dict(state)
    restored = again.state_dict()
    assert all(torch.equal(restored[key], state[key]) for key in state)


def test_unit_cells_with_write_noise_say_that_they_cannot_be_saved() -> None:
    with pytest.raises(CapabilityError, match="write noise"):
        AihwkitTile("ReRamES2Preset", N_OUT, N_IN).state_dict()


def test_states_of_other_chips_or_configs_are_refused() -> None:
    tile = AihwkitTile("GokmenVlasovPreset", N_OUT, N_IN)
    for other in (
        AihwkitTile("GokmenVlasovPreset", N_OUT, N_IN, seed=1),
        AihwkitTile("IdealizedPreset", N_OUT, N_IN),
    ):
        with pytest.raises(InputError, match="another seed or rpu_config"):
            tile.load_state_dict(other.state_dict())


def test_the_config_is_copied() -> None:
    config = near_ideal()
    kept = copy.deepcopy(config)
    tile = AihwkitTile(config, N_OUT, N_IN, 2)
    assert config == kept
    config.device.dw_min = 0.5
    tile.probe().program(torch.zeros(N_OUT, N_IN))
    tile.pulse(torch.ones(1, N_IN), torch.ones(1, N_OUT), 1e-4)
    assert float(tile.probe().read_weights().abs().max()) < 1e-3


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


@pytest.mark.parametrize(
    ("mv_type", "reads", "conversions"),
    [
        (AnalogMVType.ONE_PASS, 1, 1),
        (AnalogMVType.POS_NEG_SEPARATE, 2, 1),
        (AnalogMVType.POS_NEG_SEPARATE_DIGITAL_SUM, 2, 2),
    ],
)
def test_reads_count_their_passes(mv_type: AnalogMVType, reads: int, conversions: int) -> None:
    config = SingleRPUConfig(forward=IOParameters(mv_type=mv_type))
    tile = AihwkitTile(config, N_OUT, N_IN)
    tile.forward(uniform(3, N_IN))
    assert tile.counts["array_read"].tolist() == [3.0 * reads]
    assert tile.counts["adc_conversion"].tolist() == [3.0 * conversions * N_OUT]
    assert tile.counts["dac_conversion"].tolist() == [3.0 * N_IN]


@pytest.mark.parametrize(
    ("management", "compared", "scaled"),
    [
        (NoiseManagementType.NONE, 0, 0),
        (NoiseManagementType.CONSTANT, 0, 0),
        (NoiseManagementType.ABS_MAX, N_IN, N_IN + N_OUT),
        (NoiseManagementType.AVERAGE_ABS_MAX, N_IN, N_IN + 2 + N_OUT),
    ],
)
def test_noise_management_by_each_vector_is_digital_work(
    management: NoiseManagementType, compared: int, scaled: int
) -> None:
    config = SingleRPUConfig(forward=IOParameters(noise_management=management))
    tile = AihwkitTile(config, N_OUT, N_IN)
    tile.forward(uniform(3, N_IN))
    assert tile.counts["digital_op"].tolist() == [3.0 * compared]
    assert tile.counts["digital_mac"].tolist() == [3.0 * scaled]


def test_converters_that_are_off_are_not_counted() -> None:
    config = SingleRPUConfig(forward=IOParameters(inp_res=-1.0, out_res=0.0))
    tile = AihwkitTile(config, N_OUT, N_IN)
    tile.forward(uniform(3, N_IN))
    assert not tile.counts["adc_conversion"].any()
    assert not tile.counts["dac_conversion"].any()


def test_expected_pulses_are_what_devices_receive() -> None:
    """With equal steps of one sign, so that none cancel, pulses are ΣΔw/Δw_min.

    Over 16 chips the number received spreads by 0.4 % about its expectation; 2.5 % is six of that.
    """
    tile = AihwkitTile(near_ideal(1e-4), 30, 40, chips=16, w_init_std=0.0)
    x, d = uniform(20, 40).abs(), uniform(20, 30, seed=1).abs()
    tile.pulse(x, d, 0.02)
    received = float(tile.probe().read_weights().double().sum()) / 16 / 1e-4
    counted = float(tile.counts["device_pulse"][0])
    assert counted > 1e4
    assert abs(received / counted - 1.0) < 0.025


def test_pulses_of_all_devices_of_a_cell_are_counted() -> None:
    single = near_ideal()
    cell = UnitCellRPUConfig(device=VectorUnitCell([single.device] * 3), forward=PERFECT)
    counts = []
    for config in (single, cell):
        tile = AihwkitTile(config, N_OUT, N_IN)
        tile.pulse(uniform(3, N_IN), uniform(3, N_OUT), 0.1)
        counts.append(float(tile.counts["device_pulse"][0]))
    assert counts[1] == pytest.approx(3.0 * counts[0])


def test_updates_without_pulses_count_none() -> None:
    config = near_ideal()
    config.update = UpdateParameters(pulse_type=PulseType.NONE_WITH_DEVICE)
    tile = AihwkitTile(config, N_OUT, N_IN)
    tile.pulse(uniform(3, N_IN), uniform(3, N_OUT), 0.1)
    assert tile.counts["outer_product"].tolist() == [3.0]
    assert not tile.counts["line_pulse"].any()


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


def test_a_preset_is_found_by_name_or_nearly() -> None:
    assert "GokmenVlasovPreset" in preset_names()
    with pytest.raises(InputError, match=r"did you mean 'GokmenVlasovPreset'\?"):
        AihwkitTile("GokmenVlasov", N_OUT, N_IN)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (lambda: SingleRPUConfig, r"give SingleRPUConfig\(\)"),
        (lambda: 5, "must be an aihwkit rpu_config or a preset's name"),
        (InferenceRPUConfig, "InferenceTile is trained in software"),
        (FloatingPointRPUConfig, "FloatingPointTile is trained in software"),
        (
            lambda: DigitalRankUpdateRPUConfig(
                device=MixedPrecisionCompound(device=ConstantStepDevice())
            ),
            "digital memory",
        ),
        (
            lambda: SingleRPUConfig(device=ConstantStepDevice(w_min=0.5)),
            "aihwkit cannot build a tile",
        ),
    ],
)
def test_configs_that_are_no_hardware_are_refused(config: Callable[[], object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        AihwkitTile(config(), N_OUT, N_IN)


def test_scales_learned_by_backpropagation_are_refused() -> None:
    config = SingleRPUConfig()
    config.mapping.learn_out_scaling = True
    with pytest.raises(InputError, match="learn_out_scaling"):
        AihwkitTile(config, N_OUT, N_IN)
    config = SingleRPUConfig()
    config.pre_post.input_range.enable = True
    with pytest.raises(InputError, match="input_range"):
        AihwkitTile(config, N_OUT, N_IN)


@pytest.mark.parametrize(
    ("name", "value"),
    [("w_init_std", -1.0), ("cells_per_weight", 0), ("drift_unit_s", 0.0), ("chips", [1, 1])],
)
def test_wrong_settings_are_refused(name: str, value: object) -> None:
    with pytest.raises(InputError, match=name):
        AihwkitTile("GokmenVlasovPreset", N_OUT, N_IN, **{name: value})
