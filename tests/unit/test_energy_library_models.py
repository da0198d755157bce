"""Models of the library against sums by hand, and against the figures that they are made from."""

from __future__ import annotations

import numpy as np
import pytest

from mortalff.cards import load_card
from mortalff.energy.library import Price, built_in_library
from mortalff.energy.library.analog import (
    capacitive_dac,
    hold_capacitance,
    hold_floor,
    sample_hold,
    serial_driver,
)
from mortalff.energy.library.arithmetic import mac, operation, processor
from mortalff.energy.library.arrays import (
    conductances,
    device_energy,
    device_read,
    line_charge,
    read,
)
from mortalff.energy.library.bill import Line, bill
from mortalff.energy.library.memory import dram, sram
from mortalff.energy.library.technology import at_node, logic_area_scale, logic_scale
from mortalff.errors import InputError

LIBRARY = built_in_library()


def test_reads_are_the_sum_over_cells_and_lines() -> None:
    draw = np.random.default_rng(5)
    siemens = draw.uniform(0, 1e-5, (3, 2, 4, 5))  # chips, cells, n_out, n_in
    volts = draw.uniform(-0.5, 0.5, (7, 5))
    found = read(siemens, volts, 1e-8)
    assert found.cells_j.shape == found.lines_j.shape == (3, 7)
    for chip in range(3):
        for example in range(7):
            cells = sum(
                device_energy(siemens[chip, cell, out, line], volts[example, line], 1e-8)
                for cell in range(2)
                for out in range(4)
                for line in range(5)
            )
            assert found.cells_j[chip, example] == pytest.approx(cells, rel=1e-12)
            lines = sum(2 * line_charge(4, v).value for v in volts[example])
            assert found.lines_j[chip, example] == pytest.approx(lines, rel=1e-12)
    np.testing.assert_array_equal(found.total_j, found.cells_j + found.lines_j)
    own = np.broadcast_to(volts, (3, 7, 5))
    np.testing.assert_allclose(read(siemens, own, 1e-8).cells_j, found.cells_j, rtol=1e-14)
    one = read(siemens[0, 0], volts, 1e-8)
    assert one.cells_j.shape == (7,)


def test_reads_refuse_what_is_no_array() -> None:
    with pytest.raises(InputError, match=r"shape of volts: got \(7, 4\); conductances are of"):
        read(np.ones((2, 4, 5)), np.ones((7, 4)), 1e-8)
    with pytest.raises(InputError, match=r"siemens: got -1.0; a conductance is finite, and not"):
        read(-np.ones((2, 4, 5)), np.ones((7, 5)), 1e-8)
    with pytest.raises(InputError, match="seconds: got 0"):
        read(np.ones((2, 4, 5)), np.ones((7, 5)), 0)


def test_weights_become_conductances_by_the_card() -> None:
    weights = np.array([[1.0, -0.5, 0.0]])
    pair = conductances(weights, load_card("rram_wan"))
    g_max = 3.926e-5
    np.testing.assert_allclose(pair[0], [[g_max, 0, 0]])
    np.testing.assert_allclose(pair[1], [[0, g_max / 2, 0]])
    cell, fixed = conductances(weights, load_card("gokmen_vlasov"))
    np.testing.assert_allclose(cell, 7.4e-8 * np.array([[1, 0.25, 0.5]]))
    np.testing.assert_allclose(fixed, 7.4e-8 * np.full((1, 3), 0.5))
    with pytest.raises(InputError, match="card: got 'ideal'; it says no conductances"):
        conductances(weights, load_card("ideal"))


@pytest.mark.parametrize(
    ("device", "read_j"),
    [("hfox", 10e-15), ("pcm", 48e-15), ("ecram", 1e-15), ("rpu", 3.33e-15), ("reram", 8e-15)],
)
def test_devices_read_as_published(device: str, read_j: float) -> None:
    assert device_read(device).value == pytest.approx(read_j, rel=2e-3)
    assert device_read("reram").high < 31e-15


def test_writing_hfox_is_v_squared_g_t() -> None:
    volts = LIBRARY["device.hfox.write_voltage"].value
    seconds = LIBRARY["device.hfox.write_time"].value
    siemens = LIBRARY["device.hfox.conductance"].value
    written = LIBRARY["device.hfox.write_energy"].value
    assert device_energy(siemens, volts, seconds) == pytest.approx(written, rel=0.01)
    ratio = (
        LIBRARY["device.hfox_verify.write_energy"].value
        / LIBRARY["device.hfox_reset.write_energy"].value
    )
    assert ratio == pytest.approx(460, rel=0.01)


def test_a_line_charges_as_its_cells_and_ends() -> None:
    assert line_charge(256, 1.8).value == pytest.approx((256 * 2.1e-15 + 48e-15) * 3.24)
    assert line_charge(0, 0.5).value == pytest.approx(48e-15 * 0.25)


def test_held_values_cost_their_noise() -> None:
    # 12 x 1.380649e-23 x 300 x 2^18, and that by V^2.
    assert hold_floor(9) == pytest.approx(1.30294e-14, rel=1e-5)
    assert hold_capacitance(9, 0.5) == pytest.approx(4 * 1.30294e-14, rel=1e-5)
    assert hold_floor(10) == pytest.approx(4 * hold_floor(9))
    assert sample_hold(6).value == LIBRARY["hold.isaac.energy"].value
    assert sample_hold(9).value == hold_floor(9)
    assert sample_hold(9).high == 1.2e-12
    with pytest.raises(InputError, match="bits: got 17"):
        hold_floor(17)


def test_converters_of_inputs_grow_with_bits() -> None:
    eight = LIBRARY.price("dac.cdac_8bit.energy")
    assert capacitive_dac(8) == eight
    assert capacitive_dac(10).value == 4 * eight.value
    assert capacitive_dac(4) == Price(eight.low / 16, eight.value / 16, eight.high)
    assert serial_driver(7).value == pytest.approx(2.734e-12, rel=1e-3)
    with pytest.raises(InputError, match=r"bits: got 2.5; .*give 1 to 16"):
        capacitive_dac(2.5)  # type: ignore[arg-type]  # on purpose


def test_logic_scales_by_stillmaker_and_baas() -> None:
    for node, factor in ((130, 3.07), (65, 1.24), (32, 0.66), (16, 0.17), (7, 0.094)):
        assert logic_scale(45, node) == pytest.approx(factor, rel=0.025)
        assert logic_scale(node, 45) == pytest.approx(1 / logic_scale(45, node))
    assert logic_scale(45, 45) == 1
    assert logic_scale(45, 32) > logic_scale(45, 28) > logic_scale(45, 20)
    # 130 to 45 nm and 45 to 7 nm as in their table, which has two digits.
    assert logic_area_scale(130, 45) == pytest.approx(0.16)
    assert logic_area_scale(45, 7) == pytest.approx(0.059, rel=0.03)
    with pytest.raises(InputError, match=r"node: got 5; .*give 7 to 130 nm"):
        logic_scale(45, 5)
    with pytest.raises(InputError, match=r"supply: got 3.3"):
        logic_scale(45, 32, supply_v=3.3)


def test_only_logic_is_scaled_as_logic() -> None:
    add = at_node(LIBRARY, "digital.add_int8.energy", 7)
    assert add.value == pytest.approx(0.03e-12 * logic_scale(45, 7))
    unit = at_node(LIBRARY, "digital.isaac_shift_add.area", 7)
    assert unit.value == pytest.approx(60 * 0.0092 / 0.072)
    own = LIBRARY.price("adc.isaac.energy")
    assert at_node(LIBRARY, "adc.isaac.energy", 32) == own
    for name, why in (
        ("adc.isaac.energy", "set by noise and matching"),
        ("memory.sram_8kb.energy", "law of its own"),
        ("network.isaac_bus.power", "wires do not scale"),
    ):
        with pytest.raises(InputError, match=why):
            at_node(LIBRARY, name, 16)


def test_sram_goes_through_the_published_figures_and_scales_less_than_logic() -> None:
    for size, old, new in ((8, 10, 7.5), (32, 20, 8.5), (1024, 100, 14)):
        assert sram(size).value == pytest.approx(old * 1e-12)
        assert sram(size, node_nm=7).value == pytest.approx(new * 1e-12)
        assert new / old > logic_scale(45, 7)
        between = sram(size, node_nm=16).value
        assert new * 1e-12 < between < old * 1e-12
    assert sram(8, bits=8).value == pytest.approx(10e-12 / 8)
    assert sram(32).value < sram(100).value < sram(1024).value
    with pytest.raises(InputError, match=r"node: got 130; .*give 7 to 65 nm"):
        sram(8, node_nm=130)
    with pytest.raises(InputError, match=r"size: got 0.5; .*give 1 to 8192 KB"):
        sram(0.5)


def test_memory_off_the_chip_costs_by_the_bit() -> None:
    assert dram(64).low == 1.3e-9
    assert dram(64).high == 2.6e-9
    assert dram(8, "hbm2").value == pytest.approx(8 * 3.9e-12)
    assert dram(1, "gddr5").value == pytest.approx(14e-12)
    with pytest.raises(InputError, match=r"kind: got 'hbm'.*did you mean 'hbm2'"):
        dram(8, "hbm")


def test_operations_go_through_horowitz_and_between_by_width() -> None:
    assert operation("add", "int8").value == pytest.approx(0.03e-12)
    assert operation("multiply", 32).value == pytest.approx(3.1e-12)
    assert mac("fp32").value == pytest.approx(4.6e-12)
    assert mac(8).value == pytest.approx(0.23e-12)
    assert mac(8, 32).value == pytest.approx(0.3e-12)
    assert operation("multiply", 8).value < operation("multiply", 16).value
    assert mac("fp32", node_nm=7).value == pytest.approx(4.6e-12 * logic_scale(45, 7))
    with pytest.raises(InputError, match=r"number: got 'fp8'; .*give 'fp32', 'int8' or 8"):
        operation("add", "fp8")
    with pytest.raises(InputError, match="operation: got 'divide'"):
        operation("divide", 8)  # type: ignore[arg-type]  # on purpose


def test_processors_cost_their_peak_over_utilisation() -> None:
    assert processor("a100", 1.0).value == pytest.approx(1.28e-12)
    assert processor("h100_pcie", 0.2).value == pytest.approx(2.3e-12)
    with pytest.raises(InputError, match="utilisation: got 0"):
        processor("a100", 0.0)


def test_bills_add_what_can_be_added() -> None:
    lines = [Line("adc.isaac.energy", 3), Line("a model", 2, each=Price(1e-12, 2e-12, 3e-12))]
    found = bill(LIBRARY, lines)
    assert found.total.value == pytest.approx(3 * 1.6667e-12 + 4e-12)
    assert found.share("a model") == pytest.approx(4 / 9, rel=1e-3)
    power = bill(LIBRARY, [Line("adc.isaac.energy", 8, rate_hz=1.2e9)], "W")
    assert power.total.value == pytest.approx(16e-3, rel=1e-4)
    energy = bill(LIBRARY, [Line("adc.puma.power", 1, seconds=1e-6)])
    assert energy.total.value == pytest.approx(2e-9)
    area = bill(LIBRARY, [Line("adc.isaac.area", 8)], "um2")
    assert area.total.value == 9600
    with pytest.raises(InputError, match=r"in 'J' and the bill in 'W'; give rate_hz"):
        bill(LIBRARY, [Line("adc.isaac.energy", 8)], "W")
    with pytest.raises(InputError, match=r"in 'W' and the bill in 'J'; give seconds"):
        bill(LIBRARY, [Line("adc.puma.power", 8)])
    with pytest.raises(InputError, match=r"in 'um2' and the bill in 'J'; name a component in 'J'"):
        bill(LIBRARY, [Line("adc.isaac.area", 8)])
