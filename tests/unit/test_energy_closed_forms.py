"""Closed forms of action counts, against sums written out by hand for one small net."""

from __future__ import annotations

import pytest

from mortalff.actions import ACTIONS
from mortalff.cards import Tiling
from mortalff.energy import (
    LayerShape,
    ReadScheme,
    pulse,
    read,
    read_transposed,
)
from mortalff.errors import InputError
from tests.strategies.fully_connected_forms import bp_update, ff_update, inference, label_scan

NET = (LayerShape(5, 3), LayerShape(4, 2))


def test_reads() -> None:
    shape = LayerShape(5, 3)
    assert read(shape, 7, dac=True, adc=True) == {
        "array_read": 7,
        "cell_read": 7 * 5 * 3 * 2,
        "dac_conversion": 35,
        "adc_conversion": 21,
    }
    assert read(shape, 7, dac=False, adc=False, cells_per_weight=1) == {
        "array_read": 7,
        "cell_read": 105,
    }
    assert read_transposed(shape, 7, dac=True, adc=True) == {
        "array_read_transposed": 7,
        "cell_read": 210,
        "dac_conversion": 21,
        "adc_conversion": 35,
    }


def test_pulse_drives_all_lines() -> None:
    assert pulse(LayerShape(5, 3), 7) == {"outer_product": 7, "voltage_to_pulse": 56}
    tiled = ReadScheme(Tiling(rows_max=2, columns_max=2))  # three arrays down, two across
    assert pulse(LayerShape(5, 3), 7, scheme=tiled) == {
        "outer_product": 7 * 6,
        "voltage_to_pulse": 7 * (2 * 5 + 3 * 3),
    }


def test_ff_with_analog_activities() -> None:
    # Three pairs: six vectors, two layers.
    assert ff_update(NET, 3, "analog") == {
        "array_read": 12,
        "cell_read": 6 * (15 + 8) * 2,
        "dac_conversion": 6 * (5 + 1 + 1),
        "adc_conversion": 6 * 2,
        "sample_hold": 6 * (8 + 6),
        "squarer": 6 * 5,
        "gain_control": 12,
        "voltage_to_pulse": 6 * (8 + 6),
        "outer_product": 12,
        "digital_op": 12,
    }


def test_ff_with_digital_activities() -> None:
    assert ff_update(NET, 3, "digital", dac_bits=7, adc_bits=9) == {
        "array_read": 12,
        "cell_read": 6 * (15 + 8) * 2,
        "dac_conversion": 6 * (5 + 4),
        "adc_conversion": 6 * (3 + 2),
        "voltage_to_pulse": 6 * (8 + 6),
        "outer_product": 12,
        "digital_mac": 6 * 5,
        "digital_op": 6 * (3 * 5 + 2),
        "memory_byte": 2 * 6 * (9 * 7 + 5 * 9) / 8,
    }


def test_bp_reads_back_from_the_second_layer_on() -> None:
    assert bp_update(NET, 6, input_bits=7, error_bits=9) == {
        "array_read": 12,
        "array_read_transposed": 6,
        "cell_read": 6 * (15 + 8 + 8) * 2,
        "dac_conversion": 6 * (5 + 4 + 2),
        "adc_conversion": 6 * (3 + 2 + 4),
        "voltage_to_pulse": 6 * (8 + 6),
        "outer_product": 12,
        "digital_op": 6 * 2 * 5,
        "memory_byte": 2 * 6 * (9 * 7 + 5 * 10) / 8,
    }


def test_an_update_holds_an_inference_pass_of_its_vectors() -> None:
    for activities in ("analog", "digital"):
        update = ff_update(NET, 3, activities, dac_bits=7, adc_bits=9)
        for action, count in inference(NET, 6, activities).items():
            assert count <= update[action], action


def test_inference() -> None:
    assert inference(NET, 6, "analog") == {
        "array_read": 12,
        "cell_read": 276,
        "dac_conversion": 30,
        "squarer": 30,
        "gain_control": 12,
    }
    assert inference(NET, 6, "digital") == {
        "array_read": 12,
        "cell_read": 276,
        "dac_conversion": 6 * 9,
        "adc_conversion": 6 * 5,
        "digital_op": 6 * 2 * 5,
        "digital_mac": 6 * 5,
    }
    plain = inference(NET, 6, "digital", normalised=False)
    assert plain["digital_op"] == 6 * 5
    assert "digital_mac" not in plain
    silent = inference(NET, 6, "analog", normalised=False)
    assert silent == {"array_read": 12, "cell_read": 276, "dac_conversion": 30}


def test_what_is_read_out_is_converted_where_it_is_analog() -> None:
    analog = inference(NET, 6, "analog", goodness=[1], features=[0])
    assert analog == inference(NET, 6, "analog") | {"adc_conversion": 6 + 18, "digital_op": 6}
    digital = inference(NET, 6, "digital", goodness=[0, 1], features=[0, 1])
    assert digital == inference(NET, 6, "digital") | {"digital_op": 6 * 2 * 5 + 12}


def test_a_label_scan_is_one_pass_a_class() -> None:
    assert label_scan(NET, 6, 10, "analog") == inference(NET, 60, "analog", goodness=[0, 1])
    upper = label_scan(NET, 6, 10, "digital", goodness=[1])
    assert upper == inference(NET, 60, "digital", goodness=[1])


def test_counts_grow_with_the_batch_and_name_known_actions() -> None:
    one = ff_update(NET, 1, "digital", dac_bits=8, adc_bits=8)
    many = ff_update(NET, 50, "digital", dac_bits=8, adc_bits=8)
    assert many == {action: 50 * count for action, count in one.items()}
    assert set(one) <= set(ACTIONS)
    assert ff_update(NET, 0, "analog") == {}
    assert bp_update((), 5, input_bits=8, error_bits=8) == {}


def test_analog_activities_convert_less_and_square_more() -> None:
    wide = (LayerShape(784, 500), LayerShape(500, 500))
    analog = ff_update(wide, 1, "analog")
    digital = ff_update(wide, 1, "digital", dac_bits=7, adc_bits=9)
    backprop = bp_update(wide, 1, input_bits=7, error_bits=9)
    assert analog["adc_conversion"] == 4
    assert digital["adc_conversion"] == 2000
    assert backprop["adc_conversion"] == 1500
    # Two reads a pair against three a sample that are not at the first layer.
    assert analog["cell_read"] == 2 * 2 * (784 * 500 + 500 * 500)
    assert backprop["cell_read"] == 2 * (784 * 500 + 2 * 500 * 500)


def test_bad_input_is_told() -> None:
    with pytest.raises(InputError, match=r"n_in: got 0; .*give 1 or more"):
        LayerShape(0, 3)
    with pytest.raises(InputError, match=r"n_out: got 2\.5"):
        LayerShape(3, 2.5)  # type: ignore[arg-type]  # what a careless caller does
    with pytest.raises(InputError, match=r"activities: got 'analogue'; .*did you mean 'analog'"):
        ff_update(NET, 1, "analogue")  # type: ignore[arg-type]  # a misspelling
    with pytest.raises(InputError, match="adc_bits: got None"):
        ff_update(NET, 1, "digital", dac_bits=8)
    with pytest.raises(InputError, match="vectors: got -1"):
        read(NET[0], -1, dac=True, adc=True)
    with pytest.raises(InputError, match=r"cells_per_weight: got 3; .*give 1 to 2"):
        read(NET[0], 1, dac=True, adc=True, cells_per_weight=3)
    with pytest.raises(InputError, match=r"layer to read: got 2; .*give 0 to 1"):
        inference(NET, 1, "analog", features=[2])
    with pytest.raises(InputError, match=r"goodness: got \[0\]; .*normalised = True"):
        inference(NET, 1, "analog", normalised=False, goodness=[0])
    with pytest.raises(InputError, match="classes: got 0"):
        label_scan(NET, 1, 0, "analog")
