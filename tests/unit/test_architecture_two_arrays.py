"""What a second array a layer takes on an architecture: cells, converters, time, reads of single lines, pulses."""

from __future__ import annotations

import pytest

from mortalff.cards import load_card
from mortalff.energy.architectures import Cost, Net, Plan, Task, area, compare, load_architecture
from mortalff.energy.architectures.read_loads import read_loads
from mortalff.energy.architectures.two_array_rates import measured_two_arrays, two_array_rates
from mortalff.energy.library import built_in_library
from mortalff.errors import InputError
from mortalff.hardware.two_array import TwoArrays
from mortalff.learners import BPSettings, FFSettings
from mortalff.networks import LocalFields

LIBRARY = built_in_library()
NET = Net.of("12-8-6", 3)
JOINED = TwoArrays(every=2, gamma=0.3)
APART = TwoArrays(every=2)


def plan(scheme: object = None, card: str = "reram_es", net: Net = NET, rows: int = 512) -> Plan:
    """FF on ff_digital, its layers not overlapping."""
    changes = {"pipeline.layers_overlap": False, "arrays.rows": rows}
    architecture = load_architecture("ff_digital").changed(**changes)
    return Plan(architecture, "ff", FFSettings(), load_card(card), net, scheme)


def cost(of: Plan) -> Cost:
    return compare([of], Task(batch=1)).entrants[0].costs["update"]


def counts(of: Plan) -> dict[str, float]:
    """Of all terms that are not pulses; loads before their shares."""
    terms = [t for t in cost(of).bill.terms if t.action[-6:] != "_pulse"]
    return {
        name: sum(t.count for t in terms if t.action == name) for name in {t.action for t in terms}
    }


@pytest.mark.parametrize(
    ("scheme", "cells", "converters"),
    [
        (APART, 2, 1),
        (JOINED, 2, 2),
        (TwoArrays(devices=3), 6, 3),
        (TwoArrays(devices=3, gamma=0.3), 6, 6),
    ],
)
def test_silicon_is_cells_of_all_and_converters_of_those_read_at_once(
    scheme: TwoArrays, cells: int, converters: int
) -> None:
    one, two = (area(plan(each), LIBRARY).parts for each in (None, scheme))
    assert two["cells"][0] == cells * one["cells"][0]
    for part in ("ADCs", "DACs"):
        assert two[part][0] == converters * one[part][0]


def test_time_is_that_of_passes_and_of_lines_one_after_another() -> None:
    """13 lines of the first layer, each two reads of 80 ns, conversions of eight lines in turn, two slots of 40 ns."""
    scheme = JOINED.model_copy(update={"reads": 2})
    one, two = (cost(plan(each)).latency.seconds for each in (None, scheme))
    assert one is not None
    assert two is not None
    read = plan().card.conductance
    assert read is not None
    line = 2 * (read.read_time_s.value + 8 / 1e8) + 2 * 40e-9
    assert two.value - one.value == pytest.approx(13 * line / 2)


def test_a_transfer_reads_the_cells_of_one_line_at_a_time() -> None:
    one, two = counts(plan()), counts(plan(JOINED))
    cells, passes = 2 * (13 * 8 + 9 * 6), 3
    for load in ("cell_conduction", "cell_wire"):
        assert one[load] == passes * cells
        assert two[load] == pytest.approx(2 * passes * cells + cells / 2)
    work = cost(plan(JOINED)).work
    assert work.counts["cell_read"] == 2 * passes * cells + 2 * (13 * 13 * 8 + 9 * 9 * 6) / 2
    assert one["line_end"] == passes * 2 * (13 + 9)
    assert two["line_end"] == pytest.approx(2 * passes * 2 * (13 + 9) + 2 * (13 + 9) / 2)


def test_a_line_that_a_transfer_reads_is_at_full_scale() -> None:
    loads = read_loads("ff", load_card("reram_es"))
    assert loads is not None
    passed, taught = (t for t in cost(plan(JOINED)).bill.terms if t.action == "cell_wire")
    assert passed.factors[0].price == loads.square
    assert taught.price.value / taught.count == pytest.approx(
        passed.price.value / passed.count / loads.square.value
    )


def test_reads_at_a_price_of_the_user_s_take_the_lines_that_are_driven() -> None:
    """A flat price is that of a cell at full scale, in passes and transfers alike."""
    flat = plan(JOINED).device.replace(**{"energy.cell_read": 1e-15, "energy.array_read": 1e-12})
    of = Plan(plan(JOINED).architecture, "ff", FFSettings(), flat, NET, JOINED)
    changed = of.architecture.changed(**{"components.array_read": "card"})
    told = counts(Plan(changed, "ff", FFSettings(), flat, NET, JOINED))
    cells, passes = 2 * (13 * 8 + 9 * 6), 3
    assert told["cell_read"] == pytest.approx(2 * passes * cells + cells / 2)
    assert told["array_read"] == pytest.approx(2 * passes * 2 + 2 / 2)
    assert not {"cell_conduction", "cell_wire", "line_end"} & told.keys()


def test_pulses_of_both_arrays_are_at_measured_rates() -> None:
    rates = two_array_rates("ff", load_card("reram_es"))
    assert rates is not None
    assert rates.transfer is not None
    terms = [t for t in cost(plan(JOINED)).bill.terms if t.action == "device_pulse"]
    weights = 13 * 8 + 9 * 6
    assert [t.count for t in terms] == [2 * weights, weights / 2]
    assert [t.factors[1].key for t in terms] == ["pulses.ff", "pulses.ff.transfers"]
    expected = [2 * weights * rates.fast.device.value, weights / 2 * rates.transfer.device.value]
    found = [t.price.value / t.factors[0].price.value for t in terms]
    assert found == pytest.approx(expected)
    shares = cost(plan(JOINED)).bill.shares
    assert sum(shares.values()) == pytest.approx(1.0)


def test_pulses_that_were_not_measured_are_named() -> None:
    bill = cost(plan(JOINED, "reram_sb")).bill
    (device,) = (t for t in bill.terms if t.action == "device_pulse")
    assert [f.key for f in device.factors[1:]] == ["pulses.ff", "pulses.carried_over"]
    assert bill.unpriced == {"pulses of transfers": "they were not measured on card 'reram_sb'"}
    rival = Plan(
        load_architecture("bp_digital"), "bp", BPSettings(), load_card("reram_es"), NET, JOINED
    )
    bill = cost(rival).bill
    assert "'bp' on two arrays were not measured" in bill.unpriced["device_pulse"]
    assert "device_pulse" not in {t.action for t in bill.terms}


def test_measured_steps_are_those_of_the_cards() -> None:
    for cards in measured_two_arrays().values():
        for name, rates in cards.items():
            device = load_card(name).device
            assert device is not None
            assert rates.dw_min == float(device.dw_min)


def test_weights_in_digital_memory_have_no_second_array() -> None:
    architecture = load_architecture("sram")
    told = ("ff", FFSettings(), load_card("reram_es"), NET)
    one, two = (Plan(architecture, *told, scheme) for scheme in (None, JOINED))
    assert cost(one).bill == cost(two).bill


def test_arrays_that_are_read_as_numbers_do_not_go_with_voltages() -> None:
    settings = FFSettings(head=False, negatives="random")
    analog = Plan(
        load_architecture("ff_analog"), "ff", settings, load_card("reram_es"), NET, JOINED
    )
    with pytest.raises(InputError, match=r"activities: got 'analog'; a scheme reads"):
        cost(analog)


def test_local_fields_work_at_once_and_have_converters_of_their_own() -> None:
    """Four fields of four pixels and a bias: 20 lines, which take the time of one array's read."""
    fields = Net(16, (LocalFields(field=2, stride=2, channels=3),), 3, (4, 4, 1))
    of = plan(net=fields)
    parts = area(of, LIBRARY).parts
    assert of.weights == 4 * 5 * 3
    assert parts["cells"][0] == 2 * of.weights
    assert parts["DACs"][0] == 4 * 5
    assert parts["ADCs"][0] == 4
    assert cost(of).latency.seconds == cost(plan(net=Net.of("16-12", 3))).latency.seconds
    tiled = area(plan(net=fields, rows=3), LIBRARY).parts
    assert tiled["cells"] == parts["cells"]


def test_an_image_has_the_numbers_of_an_input() -> None:
    with pytest.raises(InputError, match=r"image: got \(4, 4, 1\); an input has 12 numbers"):
        Net(12, (3,), 3, (4, 4, 1))
