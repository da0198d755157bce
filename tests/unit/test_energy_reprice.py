"""A card's prices follow its bits and a design."""

from __future__ import annotations

import pytest

from mortalff.actions import Tally
from mortalff.cards import card_hash, load_card
from mortalff.energy import estimate
from mortalff.energy.adc import reference_energy_j
from mortalff.energy.library.reprice import Design, repriced
from mortalff.errors import InputError

CARD = load_card("ecram")


def test_conversions_cost_by_the_card_s_bits() -> None:
    nine = repriced(CARD).energy["adc_conversion"]
    # The card's own price was reckoned by the same regression.
    assert nine.value == pytest.approx(CARD.energy["adc_conversion"].value, rel=1e-3)
    assert nine.low <= nine.value <= nine.high
    assert "reference model of ADCs, 9 bits, 1e+08 Hz" in nine.source
    six = repriced(CARD.replace(**{"periphery.adc_bits": 6}))
    assert six.energy["adc_conversion"].value == reference_energy_j(6, 32, 1e8)
    assert six.energy["sample_hold"].value < repriced(CARD).energy["sample_hold"].value
    four = repriced(CARD.replace(**{"periphery.dac_bits": 4})).energy["dac_conversion"]
    assert four.value == pytest.approx(repriced(CARD).energy["dac_conversion"].value / 8)


def test_digital_work_costs_by_the_design() -> None:
    old = repriced(CARD, Design(node_nm=45, sum_number=None))
    assert old.energy["digital_mac"].value == pytest.approx(0.23e-12)
    assert old.energy["digital_op"].value == pytest.approx(0.03e-12)
    assert old.energy["memory_byte"].value == pytest.approx(20e-12 / 8)
    new = repriced(CARD, Design(node_nm=7, sum_number=None))
    assert new.energy["digital_mac"].value == pytest.approx(0.23e-12 * 0.0943, rel=1e-3)
    assert new.energy["memory_byte"].value == pytest.approx(8.5e-12 / 8)


def test_what_is_the_card_s_own_stays() -> None:
    new = repriced(CARD, Design(node_nm=22))
    for action in ("cell_read", "array_read", "line_pulse", "device_pulse", "program_cell"):
        assert new.energy[action] == CARD.energy[action]
    assert set(new.energy) == set(CARD.energy)
    assert card_hash(new) != card_hash(CARD)
    assert repriced(load_card("ideal")).energy.keys() == load_card("ideal").energy.keys()


def test_counts_are_billed_with_the_new_prices() -> None:
    tally = Tally(1)
    tally.add("adc_conversion", 100)
    tally.add("memory_byte", 10)
    new = repriced(CARD, Design(node_nm=22, adc_model="survey"))
    spent = estimate(tally.snapshot(), new).total
    due = 100 * new.energy["adc_conversion"].value + 10 * new.energy["memory_byte"].value
    assert spent.value[0] == pytest.approx(due)
    assert spent.low[0] < spent.value[0] < spent.high[0]


def test_designs_outside_a_model_are_refused() -> None:
    with pytest.raises(InputError, match=r"node: got 5.0"):
        repriced(CARD, Design(node_nm=5))
    with pytest.raises(InputError, match=r"number: got 'fp8'"):
        repriced(CARD, Design(number="fp8"))
