"""What architectures cost: sums by hand for a tiny net, time, area, epochs and inferences."""

from __future__ import annotations

import math
from itertools import combinations

import pytest

from mortalff.actions import READ_LOADS
from mortalff.cards import Card, load_card
from mortalff.energy.adc import reference_area_um2
from mortalff.energy.architectures import (
    Cost,
    Net,
    Plan,
    Purpose,
    Task,
    area,
    bill_of_counts,
    compare,
    pulse_rates,
)
from mortalff.energy.architectures.area import converters
from mortalff.energy.architectures.pulse_rates import CARRIED_OVER, measured_rates
from mortalff.energy.architectures.read_loads import read_loads
from mortalff.energy.library import Price, built_in_library
from mortalff.errors import InputError
from tests.strategies.architectures import PAIRS, plan

LIBRARY = built_in_library()
ONE = Task(batch=1, examples=1)


def cost(of: Plan, purpose: Purpose = "update", task: Task = ONE) -> Cost:
    return compare([of], task).entrants[0].costs[purpose]


def test_a_pair_of_all_analog_ff_by_hand() -> None:
    """Three inputs, a bias, two units; two vectors, each read once and pulsed once. Prices in fJ."""
    spent = {
        t.action: t.price.value * 1e15 for t in cost(plan("ff", "ff_analog", "3-2")).bill.terms
    }
    rates = pulse_rates("ff", load_card("gokmen_vlasov"))
    loads = read_loads("ff", load_card("gokmen_vlasov"))
    assert rates is not None
    assert loads is not None
    logic = (0.9559 * 0.64 - 0.7823 * 0.8 + 0.471) / (1.103 * 0.64 - 0.362 * 0.8 + 0.2767)
    passed = 2 * 8 / 6  # cells on a line, the mean
    line = 286.1 * (2.1 * passed + 48) / (2.1 * 512 + 48)
    hand = {
        "cell_conduction": 2 * (4 * 2 * 2) * loads.conduction.value * 1.0**2 * 74 * 0.08,
        "cell_wire": 2 * (4 * 2 * 2) * loads.square.value * 2.1 * 1.0**2,
        "line_end": 2 * (4 * 2) * loads.square.value * 48 * 1.0**2,
        "dac_conversion": 2 * (4 + 1) * 291 / 2,
        "adc_conversion": 2 * 2340,
        "sample_hold": 2 * 2 * (4 + 2) * 13.03,
        "squarer": 2 * 2 * 67,
        "gain_control": 2 * 603,
        "voltage_to_pulse": 2 * (4 + 2) * 41.7,
        "outer_product": 0,
        "line_pulse": 2 * (4 + 2) * rates.line.value * line,
        "device_pulse": 2 * 8 * rates.device.value * 0.04167,
        "digital_mac": 2 * (3 + 4) * (200 + 100) * logic,
        # Inputs normalised, their ranges found; sigmoids, hold, a class drawn.
        "digital_op": (2 * 3 + 2 * 4 + 2 + 5 + 2 * 3) * 100 * logic,
    }
    assert spent.keys() == hand.keys()
    assert spent == {action: pytest.approx(fj, rel=2e-3) for action, fj in hand.items()}


def test_a_sample_of_backpropagation_with_numbers_by_hand() -> None:
    """3-2-3: 14 and 9 lines' worth of cells; every output converted, and the hidden layer's errors."""
    bill = cost(plan("bp", "bp_digital", "3-2")).bill
    counts = {term.action: term.count for term in bill.terms}
    assert counts["cell_conduction"] == 2 * (4 * 2 + 3 * 3 + 3 * 3)
    assert counts["line_end"] == 2 * (4 + 3 + 3)
    assert counts["adc_conversion"] == 2 + 3 + 3
    assert counts["dac_conversion"] == 4 + 3 + 3
    adc = next(term for term in bill.terms if term.action == "adc_conversion")
    assert adc.price.value == pytest.approx(8 * 2.34e-12, rel=2e-3)
    assert bill.total.value == pytest.approx(math.fsum(term.price.value for term in bill.terms))


def test_analog_rivals_convert_their_logits_alone() -> None:
    for learner, architecture in (("bp", "bp_analog"), ("dfa", "dfa_array")):
        counts = {t.action: t.count for t in cost(plan(learner, architecture)).bill.terms}
        assert counts["adc_conversion"] == 3


@pytest.mark.parametrize(("learner", "architecture"), PAIRS)
def test_an_epoch_is_its_updates(learner: str, architecture: str) -> None:
    of = plan(learner, architecture)
    task = Task(batch=8, examples=20)
    epoch = cost(of, "epoch", task).bill.total.value
    full, rest = (cost(of, task=Task(batch=size)).bill.total.value for size in (8, 4))
    assert epoch == pytest.approx(2 * full + rest)


def test_label_scan_takes_a_pass_a_class() -> None:
    scan, once = (
        cost(plan(*pair), "inference") for pair in (("ff", "ff_analog"), ("bp", "bp_analog"))
    )
    reads = [each.work.counts["array_read"] for each in (scan, once)]
    assert reads == [3 * 2, 3]


def test_a_smoothed_gradient_costs_a_number_a_weight() -> None:
    plain, smooth = (
        {
            t.action: t.count
            for t in cost(
                plan("ff", "ff_analog", "3-2", changes={"gradient.smoothed": on})
            ).bill.terms
        }
        for on in (False, True)
    )
    assert smooth["digital_mac"] - plain["digital_mac"] == (2 + 2) * 8
    assert smooth["memory_byte"] == 2 * 2 * 8  # written and read, of 2 bytes
    assert smooth["adc_conversion"] - plain["adc_conversion"] == 2 * 2  # each vector's errors


def test_time_is_reads_conversions_and_pulses() -> None:
    """Two layers, one after another: per vector 80 ns of reading, turns of the ADC at 10 ns, two slots of 1 ns."""
    serial = {"pipeline.layers_overlap": False}
    ff = cost(plan("ff", "ff_analog", changes=serial)).latency
    assert ff.seconds is not None
    assert ff.seconds.value == pytest.approx(2 * 2 * (80e-9 + 10e-9 + 2e-9))
    bp = cost(plan("bp", "bp_digital", changes={**serial, "converters.columns_per_adc": 4})).latency
    assert bp.seconds is not None
    assert bp.seconds.value == pytest.approx(5 * (80e-9 + 40e-9) + 3 * 2e-9)
    overlapped = cost(plan("ff", "ff_analog"), task=Task(batch=500)).latency.seconds
    alone = cost(plan("ff", "ff_analog", changes=serial), task=Task(batch=500)).latency.seconds
    assert overlapped is not None
    assert alone is not None
    assert overlapped.value == pytest.approx(alone.value * (1000 + 1) / 1000 / 2)
    for settled in ("bp_digital", "bp_analog"):
        one_by_one, at_once = (
            cost(plan("bp", settled, changes=how)).latency.seconds for how in (serial, {})
        )
        assert one_by_one == at_once  # one example has nothing to overlap with


def test_what_has_no_time_is_said() -> None:
    ecram = cost(plan("ff", "ff_analog", card="ecram")).latency
    assert "states no width" in ecram.not_timed["pulses"]
    untimed = cost(plan("ff", "sram", changes={"digital.accesses_per_s": None}))
    assert untimed.latency.seconds is None
    assert "neither" in untimed.latency.not_timed["all"]
    assert untimed.edp_js is None


@pytest.mark.parametrize(("kb", "memories"), [(1024.0, 1), (1.0, 2)])
def test_time_of_digital_memories_is_that_of_their_accesses(kb: float, memories: int) -> None:
    """Of 8 bytes each, to as many memories at once as hold the weights: 763 of 2 bytes are more than 1 KB."""
    of = plan("bp", "sram", "34-20", changes={"digital.sram_kb": kb})
    assert of.weights == 35 * 20 + 21 * 3
    done = cost(of)
    (stored,) = (term.count for term in done.bill.terms if term.action == "memory_byte")
    found = done.latency.seconds
    assert found is not None
    assert found.value == pytest.approx(stored / 8 / memories * 1e-9)
    assert (found.low, found.high) == pytest.approx((found.value, found.value / 0.3))
    assert done.latency.not_timed.keys() == {"arithmetic"}


def test_area_is_parts_times_their_areas() -> None:
    of = plan("bp", "bp_digital", "3-2", changes={"converters.columns_per_adc": 2})
    assert converters(of) == 1 + 2
    parts = area(of, LIBRARY).parts
    assert parts["ADCs"][1].value == pytest.approx(3 * reference_area_um2(9, 32, 1e8))
    assert parts["cells"][0] == 2 * (4 * 2 + 3 * 3)
    assert parts["DACs"][0] == 4 + 3
    ff = area(plan("ff", "ff_analog", "3-2"), LIBRARY)
    assert ff.parts["ADCs"][0] == 1
    assert "squarers" in ff.unpriced
    assert area(plan("ff", "gpu"), LIBRARY).total is None


def test_gpus_are_bound_by_their_peak() -> None:
    of = cost(plan("bp", "gpu"))
    macs = {t.action: t.count for t in of.bill.terms}["digital_mac"]
    assert of.bill.total.value >= macs * 2 * 1.28e-12
    assert of.tops_per_w <= 1 / 1.28


def test_pulses_carried_over_to_another_card_say_so() -> None:
    known, other = (pulse_rates("ff", load_card(name)) for name in ("gokmen_vlasov", "reram_es"))
    assert known is not None
    assert other is not None
    assert "carried over" in other.source
    assert (known.carried, other.carried) == (None, Price(1 / CARRIED_OVER, 1, CARRIED_OVER))
    bill = cost(plan("ff", "ff_analog", card="reram_es")).bill
    (pulses,) = (term for term in bill.terms if term.action == "device_pulse")
    assert [factor.key for factor in pulses.factors][1:] == ["pulses.ff", "pulses.carried_over"]
    assert pulse_rates("rbm", load_card("ecram")) is None
    assert pulse_rates("ff", load_card("rram_wan")) is None


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(InputError, match="nothing to compare"):
        compare([])
    with pytest.raises(InputError, match="there twice"):
        compare([plan("ff", "ff_analog")] * 2)
    with pytest.raises(InputError, match=r"entrant: got 'ff on analog'.*'ff on ff_analog'"):
        compare([plan("ff", "ff_analog")]).entrant("ff on analog")
    with pytest.raises(InputError, match="its weights are numbers"):
        Plan(
            plan("ff", "ff_analog").architecture, "ff", object(), load_card("ideal"), Net.of("3-2")
        )
    with pytest.raises(InputError, match="nothing that 'bp' does in 'update' has a price"):
        compare([plan("bp", "gpu", changes={"components": {"memory_byte": "included"}})])
    with pytest.raises(InputError, match="partial sums"):
        compare(
            [plan("ff", "ff_analog", changes={"arrays.rows": 4, "arrays.partial_sums": "digital"})]
        )


@pytest.mark.parametrize("learner", measured_rates())
def test_carrying_over_is_as_good_as_is_said(learner: str) -> None:
    known = measured_rates()[learner]
    for one, other in combinations(known.values(), 2):
        ratio = one.dw_min / other.dw_min
        devices = one.device[1] * ratio / other.device[1]
        lines = one.line[1] * math.sqrt(ratio) / other.line[1]
        for off in (devices, lines):
            assert 1 / CARRIED_OVER < off < CARRIED_OVER
    assert {name: rates.dw_min for name, rates in known.items()} == {
        name: _step(load_card(name)) for name in known
    }


def _step(card: Card) -> float:
    assert card.device is not None
    return float(card.device.dw_min)


def test_what_a_run_counted_is_priced_pulses_and_all() -> None:
    of = plan("ff", "ff_analog")
    done = cost(of)
    counted = {
        term.action: term.count * (term.factors[0].price.value if term.action in READ_LOADS else 1)
        for term in done.bill.terms
    }
    pulses = {"line_pulse": 3.0, "device_pulse": 7.0, "device_reset": 1.0}
    bill = bill_of_counts(of, {**counted, **pulses}, LIBRARY)
    assert [bill.terms[-3].action, *bill.unpriced] == ["device_pulse", "device_reset"]
    without = {term.action: term.price for term in done.bill.terms if "pulse" not in term.action}
    told = {t.action: t.price for t in bill.terms if "pulse" not in t.action}
    assert told.keys() == without.keys()
    for action, price in without.items():  # loads are shares of cells, multiplied in another order
        loaded = action in READ_LOADS
        assert told[action].value == (pytest.approx(price.value) if loaded else price.value)
        assert loaded or told[action] == price
    rates = pulse_rates("ff", of.card)
    assert rates is not None
    (line,) = (term.price.value for term in done.bill.terms if term.action == "line_pulse")
    (three,) = (term.price.value for term in bill.terms if term.action == "line_pulse")
    assert line / (counted["line_pulse"] * rates.line.value) == pytest.approx(three / 3.0)
