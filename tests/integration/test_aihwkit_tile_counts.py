"""aihwkit tiles: what reads and pulses count."""

from __future__ import annotations

import pytest

from mortalff.hardware.aihwkit_tile import AihwkitTile
from tests.strategies.aihwkit_tiles import N_IN, N_OUT, near_ideal, uniform
from tests.strategies.tiles import PERFECT

from aihwkit.simulator.configs import (  # isort: skip
    IOParameters,
    PulseType,
    SingleRPUConfig,
    UnitCellRPUConfig,
    UpdateParameters,
    VectorUnitCell,
)
from aihwkit.simulator.parameters.enums import AnalogMVType, NoiseManagementType  # isort: skip


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
