"""A card with some parameters changed is a card that was checked."""

from __future__ import annotations

import pickle
import tomllib

import numpy as np
import pytest

from mortalff.cards import Card, Quantity, card_hash
from mortalff.errors import CardError
from tests.strategies.cards import CARD_TEXT

CARD = Card.model_validate(tomllib.loads(CARD_TEXT))


def test_numbers_keep_their_unit_and_say_who_set_them() -> None:
    card = CARD.replace(**{"device.dw_min": 0.004, "periphery.adc_bits": 6})
    assert card.device is not None
    assert card.device.dw_min == Quantity(value=0.004, unit="weight", source="set by user")
    assert card.periphery.adc_bits == 6
    assert card.variability == CARD.variability
    assert card_hash(card) != card_hash(CARD)


def test_the_card_that_is_changed_stays() -> None:
    before = CARD.model_dump()
    CARD.replace(**{"device.dw_min": 0.004, "energy.adc_conversion": 1e-12})
    assert CARD.model_dump() == before


def test_no_change_is_the_same_card() -> None:
    assert CARD.replace() == CARD


def test_a_price_is_a_number_of_joules_without_a_band() -> None:
    price = CARD.replace(**{"energy.adc_conversion": 3e-12}).energy["adc_conversion"]
    assert (price.value, price.low, price.high) == (3e-12, 3e-12, 3e-12)
    assert (price.unit, price.source, price.tag) == ("J", "set by user", "U")


def test_an_action_without_a_price_gets_one() -> None:
    assert CARD.replace(**{"energy.squarer": 1e-13}).energy["squarer"].value == 1e-13


def test_what_a_card_may_leave_out_can_be_set_and_taken_away() -> None:
    card = CARD.replace(**{"periphery.dac_bits": 7, "periphery.input_bound": 1.0})
    assert card.periphery.input_bound is not None
    assert card.periphery.input_bound.unit == "1"
    card = card.replace(**{"periphery.dac_bits": None, "periphery.input_bound": None})
    assert card == CARD


def test_numbers_of_numpy_are_numbers() -> None:
    changes = {"device.dw_min": np.float32(0.5), "periphery.adc_bits": np.int64(5)}
    card = CARD.replace(**changes)
    assert card.device is not None
    assert (float(card.device.dw_min), card.periphery.adc_bits) == (0.5, 5)


def test_choices_quantities_and_whole_sections_are_replaced() -> None:
    sourced = Quantity(value=0.003, unit="weight", source="measured last week", low=0.002)
    law = {"kind": "ConstantStep"}
    card = CARD.replace(**{"device.dw_min": sourced, "law": law, "pulses.update_management": False})
    assert card.device is not None
    assert card.device.dw_min == sourced
    assert card.law.kind == "ConstantStep"
    assert not card.pulses.update_management


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        (
            "device.dw_mim",
            0.1,
            "device.dw_mim: got 0.1; a card has no such parameter; did you mean 'device.dw_min'",
        ),
        ("dw_min", 0.1, "a card has no such parameter; did you mean 'device.dw_min'?"),
        ("variability.dw_min", 0.1, "a card has no such parameter; choose one of 'device.dw_min'"),
        ("devise.dw_min", 0.1, "did you mean 'device.dw_min'?"),
        ("periphery.bits", 6, "did you mean 'periphery.dac_bits' or 'periphery.adc_bits'"),
        ("device.dw_min.value", 0.1, "device.dw_min.value: got 0.1"),
        ("energy.adc_convertion", 1e-12, "no such action; did you mean 'adc_conversion'"),
        ("energy.adc_conversion", 2.0, "no single action costs that many joules"),
        ("variability.dw_min_dtod", -0.3, "must be at least 0"),
        ("device.dw_min", "0.1", "device.dw_min: got '0.1'"),
        ("device.dw_min", True, "device.dw_min: got True"),
        ("periphery.adc_bits", 6.5, "it must be a whole number"),
        ("periphery.adc_bits", 99, "periphery.adc_bits: got 99"),
        ("periphery.output_bound", None, "a converter needs its full scale, output_bound"),
        ("device", None, "a card with this law needs [device]"),
        ("law.kind", "SoftBounds", "law.gamma_up: got"),
    ],
)
def test_a_wrong_change_is_answered(key: str, value: object, told: str) -> None:
    with pytest.raises(CardError) as caught:
        CARD.replace(**{key: value})
    assert told in str(caught.value)
    assert key.split(".")[-1] in str(caught.value)


def test_a_section_that_is_absent_must_be_given_whole() -> None:
    content = tomllib.loads(CARD_TEXT)
    del content["conductance"]
    card = Card.model_validate(content)
    with pytest.raises(CardError, match=r"this card has no \[conductance\]; give conductance as"):
        card.replace(**{"conductance.g_max_siemens": 1e-5})
    assert card.replace(conductance=CARD.conductance) == CARD


def test_cards_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="frozen"):
        CARD.__setattr__("name", "other")


def test_a_card_survives_the_way_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(CARD)) == CARD
