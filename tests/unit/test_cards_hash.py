"""The hash follows the numbers on a card and nothing else."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mortalff.cards import Card, card_hash, load_card
from tests.strategies.cards import CARD_TEXT, numbers, write_card

CARD = Card.model_validate(tomllib.loads(CARD_TEXT))
NUMBERS = numbers(CARD)


def shuffled(content: object, data: st.DataObject) -> object:
    if not isinstance(content, dict):
        return content
    keys = data.draw(st.permutations(list(content)))
    return {key: shuffled(content[key], data) for key in keys}


@given(st.data())
def test_the_order_of_keys_is_nothing(data: st.DataObject) -> None:
    content = shuffled(tomllib.loads(CARD_TEXT), data)
    assert card_hash(Card.model_validate(content)) == card_hash(CARD)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a card for tests", "a card for the tests"),
        ('source = "test"', 'source = "tests"'),
        ("nowhere but in tests", "nowhere but in the tests"),
        ("no paper: made up", "no paper, made up"),
        ('caveats = ["made up"]', "caveats = []"),
        ('tag = "U"', 'tag = "E"\nconditions = "some"'),
        ("value = 1.0, ", "value = 1, "),
    ],
)
def test_prose_is_nothing(old: str, new: str) -> None:
    assert old in CARD_TEXT
    content = tomllib.loads(CARD_TEXT.replace(old, new))
    assert card_hash(Card.model_validate(content)) == card_hash(CARD)


@given(st.sampled_from(NUMBERS), st.floats(0.5, 2.0).filter(lambda factor: factor != 1.0))
def test_any_other_number_is_another_hash(key: str, factor: float) -> None:
    *above, last = key.split(".")
    content = CARD.model_dump()
    table = content
    for part in above:
        table = table[part]
    number = table[last]["value"]
    table[last]["value"] = (number or 0.25) * factor
    for bound, least in (("low", min), ("high", max)):
        if table[last][bound] is not None:
            table[last][bound] = least(table[last][bound], table[last]["value"])
    assert card_hash(Card.model_validate(content)) != card_hash(CARD)


@given(st.sampled_from(["low", "high"]), st.sampled_from(NUMBERS))
def test_another_band_is_another_hash(bound: str, key: str) -> None:
    *above, last = key.split(".")
    content = CARD.model_dump()
    table = content
    for part in above:
        table = table[part]
    number = table[last]["value"]
    widened = number - abs(number) / 7 if bound == "low" else number + abs(number) / 7
    if number == 0.0:
        widened = 0.0  # a band of no width is still not the same as none stated
    table[last][bound] = widened
    assert card_hash(Card.model_validate(content)) != card_hash(CARD)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("adc_bits = 9", "adc_bits = 8"),
        ("adc_bits = 9", 'adc_bits = 9\ninput_ranging = "abs_max"'),
        ('kind = "LinearStep"', 'kind = "LinearStep"\ncycle_noise = "additive"'),
        ("[periphery]", "[pulses]\nupdate_management = false\n\n[periphery]"),
        ('name = "tiny"', 'name = "other"'),
        ("[provenance]", "pulses_max = 1e6\n\n[provenance]"),
    ],
)
def test_any_other_choice_is_another_hash(old: str, new: str) -> None:
    content = tomllib.loads(CARD_TEXT.replace(old, new, 1))
    assert card_hash(Card.model_validate(content)) != card_hash(CARD)


def test_a_default_written_out_is_the_default(tmp_path: Path) -> None:
    written = 'drift_nu = { value = -0.0, unit = "1", source = "measured: none" }'
    text = CARD_TEXT.replace("[periphery]", f"[time]\n{written}\n\n[periphery]")
    assert card_hash(load_card(write_card(tmp_path, text))) == card_hash(CARD)


def test_a_hash_is_sha256_in_hexadecimal() -> None:
    assert len(card_hash(CARD)) == 64
    assert int(card_hash(CARD), 16) > 0
