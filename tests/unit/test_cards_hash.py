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


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("ideal", "7a65f24982330fa4ed02d5d9f9a8bd956c5b47019def1becf3b11444d50f2a55"),
        ("ecram", "902fdd8469adb5449ca99dfda375a5ad0dc12f553cf2f125f8c00dbcc7aa68f9"),
        ("pcm", "778cecbfb4030d9672365feb896f234c20b2205b772ec0192cc6219c78fdc656"),
    ],
)
def test_a_card_keeps_the_hash_by_which_stored_results_name_it(name: str, digest: str) -> None:
    """Another one is right only where a number on the card was changed."""
    assert card_hash(load_card(name)) == digest


def test_what_an_input_is_counts_where_it_is_no_voltage() -> None:
    card = load_card("ecram")
    named, other = (card.replace(**{"conductance.inputs": k}) for k in ("amplitude", "duration"))
    assert card_hash(named) == card_hash(card) != card_hash(other)


@pytest.mark.parametrize("nothing", [{}, {"adc": {}}, {"adc": {"isaac": {}}}])
def test_no_constants_of_components_are_nothing(nothing: dict[str, object]) -> None:
    assert card_hash(CARD.replace(components=nothing)) == card_hash(CARD)


def test_constants_of_components_are_in_the_hash_without_their_prose() -> None:
    table = {"value": 1e-13, "unit": "J", "source": "our own", "what": "one neuron"}
    named = CARD.replace(**{"components.own.source.energy": table})
    reworded = {**table, "source": "ours", "what": "a neuron", "conditions": "1 V", "tag": "E"}
    known = {card_hash(CARD), card_hash(named)}
    assert card_hash(CARD.replace(**{"components.own.source.energy": reworded})) in known
    for key, value in (("value", 2e-13), ("low", 5e-14), ("node_nm", 28)):
        known.add(card_hash(named.replace(**{f"components.own.source.energy.{key}": value})))
    known.add(card_hash(CARD.replace(**{"components.own.source.energy": 1e-13})))
    known.add(card_hash(CARD.replace(**{"components.own.neuron.energy": 1e-13})))
    assert len(known) == 7
