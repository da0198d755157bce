"""Constants of components on a card: form, units and ranges are checked with the card, and nothing of them is lost."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from mortalff.cards import Card, load_card
from mortalff.cards.components import ComponentConstant
from mortalff.cards.write_toml import card_toml
from mortalff.errors import CardError
from tests.strategies.cards import CARD_TEXT, line_number, write_card

STATED = """
[components.adc.isaac]
energy = 2e-12
area = 1200

[components.own.neuron.energy]
value = 1e-13
low = 5e-14
high = 3e-13
unit = "J"
what = "one neuron"
source = "our own simulation"
node_nm = 28
conditions = "1 V"
tag = "E"
"""


def card_of(folder: Path, text: str = STATED) -> Card:
    return load_card(write_card(folder, CARD_TEXT + text))


def test_a_card_keeps_constants_as_they_are_written(tmp_path: Path) -> None:
    neuron = ComponentConstant(
        value=1e-13,
        low=5e-14,
        high=3e-13,
        unit="J",
        what="one neuron",
        source="our own simulation",
        node_nm=28,
        conditions="1 V",
        tag="E",
    )
    assert card_of(tmp_path).components == {
        "adc": {"isaac": {"energy": 2e-12, "area": 1200.0}},
        "own": {"neuron": {"energy": neuron}},
    }


@pytest.mark.parametrize("nothing", ["", "[components]", "[components.adc.isaac]"])
def test_a_section_that_says_nothing_is_none(nothing: str, tmp_path: Path) -> None:
    card = card_of(tmp_path, f"\n{nothing}\n")
    assert card.components == {}
    assert "[components" not in card_toml(card)


def test_what_is_written_out_is_read_back(tmp_path: Path) -> None:
    card = card_of(tmp_path)
    text = card_toml(card)
    assert "[components.adc.isaac]\nenergy = 2e-12\narea = 1200.0\n" in text
    path = tmp_path / "again" / "tiny" / "card.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    assert load_card(path) == card
    assert card_toml(load_card(path)) == text
    changed = card.replace(**{"components.own.neuron.energy.tag": "A"})
    path.write_text(card_toml(changed), encoding="utf-8")
    assert load_card(path) == changed
    assert pickle.loads(pickle.dumps(card)) == card


def test_constants_are_set_by_their_names(tmp_path: Path) -> None:
    card = card_of(tmp_path)
    changed = card.replace(
        **{
            "components.adc.isaac.energy": 3e-12,
            "components.hold.isaac.energy": 2e-15,
            "components.own.neuron.energy.value": 2e-13,
        }
    )
    assert changed.components["adc"]["isaac"] == {"energy": 3e-12, "area": 1200.0}
    assert changed.components["hold"] == {"isaac": {"energy": 2e-15}}
    neuron = changed.components["own"]["neuron"]["energy"]
    assert isinstance(neuron, ComponentConstant)
    assert (neuron.value, neuron.source) == (2e-13, "our own simulation")
    assert card.components["adc"]["isaac"]["energy"] == 2e-12
    assert card.replace() == card
    assert card.replace(components={}).components == {}


def test_a_constant_is_replaced_whole(tmp_path: Path) -> None:
    sourced = ComponentConstant(value=1e-12, unit="J", source="measured last week")
    card = card_of(tmp_path).replace(**{"components.adc.isaac.energy": sourced})
    assert card.components["adc"]["isaac"]["energy"] == sourced


THREE_PARTS = "a constant's name has three parts, as in [components.adc.isaac] energy = ..."
WRONG = {
    "picojoules where joules belong": (
        "[components.adc.isaac]\nenergy = 1.7",
        "energy",
        "components.adc.isaac.energy.value: got 1.7; an energy lies outside anything built;"
        " the usual range is 1e-19 to 1e-06, in 'J'",
    ),
    "picojoules by their unit": (
        '[components.adc.isaac.energy]\nvalue = 1.7\nunit = "pJ"\nsource = "mine"',
        "unit",
        "components.adc.isaac.energy.unit: got 'pJ'; an energy must be in 'J';"
        ' write value = 1.7e-12, unit = "J"',
    ),
    "a bound in picojoules": (
        '[components.adc.isaac.energy]\nvalue = 1e-7\nhigh = 1.7\nunit = "J"\nsource = "mine"',
        "high",
        "components.adc.isaac.energy.high: got 1.7; an energy lies outside anything built",
    ),
    "a number outside its band": (
        '[components.hold.isaac.energy]\nvalue = 1e-15\nlow = 2e-15\nunit = "J"\nsource = "mine"',
        "value = 1e-15",
        "components.hold.isaac.energy.value: got 1e-15; low <= value <= high must hold",
    ),
    "a number too near the top": (
        "[components.adc]\nisaac = 2e-12",
        "isaac",
        f"components.adc.isaac: got 2e-12; {THREE_PARTS}; write [components.kind.name] and below"
        " it quantity = ...",
    ),
    "a number at the top": (
        "[components]\nadc = 2e-12",
        "adc",
        f"components.adc: got 2e-12; {THREE_PARTS}",
    ),
    "a table too deep": (
        "[components.adc.isaac.energy.typical]\nvalue = 2e-12",
        "[components.adc.isaac.energy.typical]",
        "components.adc.isaac.energy.typical: got {'value': 2e-12}; there is no such key",
    ),
    "nothing that is measured": (
        "[components.own.neuron]\nspeed = 3",
        "speed",
        "components.own.neuron.speed: got 3.0; a name ends in what is measured;"
        " choose one of 'area', 'capacitance'",
    ),
    "text": (
        '[components.adc.isaac]\nenergy = "2e-12"',
        "energy",
        "components.adc.isaac.energy: got '2e-12'; a constant is a number or a table;"
        " write a number, or a table with value, unit, source",
    ),
    "no number": (
        "[components.adc.isaac]\nenergy = nan",
        "energy",
        "components.adc.isaac.energy: got nan; a constant is a number or a table",
    ),
    "no source": (
        '[components.adc.isaac.energy]\nvalue = 2e-12\nunit = "J"',
        "[components.adc.isaac.energy]",
        "components.adc.isaac.energy.source: the key is missing; where the number is from",
    ),
    "an unknown key": (
        '[components.adc.isaac.energy]\nvalue = 2e-12\nunit = "J"\nsource = "mine"\nnode = 32',
        "node",
        "components.adc.isaac.energy.node: got 32; there is no such key; did you mean 'node_nm'",
    ),
    "an unknown grade": (
        '[components.adc.isaac.energy]\nvalue = 2e-12\nunit = "J"\nsource = "mine"\ntag = "Q"',
        'tag = "Q"',
        "components.adc.isaac.energy.tag: got 'Q'; grade of the source: R, A, S, M, E or U;",
    ),
    "a name in capitals": (
        '[components.own."My ADC"]\nenergy = 2e-12',
        '[components.own."My ADC"]',
        "components.own.My ADC: got 'My ADC'; names are of small letters, digits and _",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_with_its_place(case: str, tmp_path: Path) -> None:
    text, start, told = WRONG[case]
    before = CARD_TEXT.count("\n") + 1  # the empty line that the text begins with
    with pytest.raises(CardError) as caught:
        card_of(tmp_path, f"\n{text}\n")
    line = before + line_number(text, start)
    assert f"card.toml:{line}: {told}" in str(caught.value)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = "\n[components.adc.isaac]\nenergy = 1.7\n[components.dac.cdac_8bit]\nenergy = -1e-15\n"
    with pytest.raises(CardError, match=r"2 errors\n.*got 1\.7; .*\n.*must be at least 0"):
        card_of(tmp_path, text)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("components.adc.isaac", 2e-12, THREE_PARTS),
        ("components.adc.isaac.energy", 2.0, "the usual range is 1e-19 to 1e-06"),
        ("components.adc.isaac.speed", 2.0, "a name ends in what is measured"),
        ("components.adc.isaac.energy", None, "a constant is a number or a table"),
        ("components.adc.isaac.energy.value", 1e-12, "a card has no such parameter"),
        ("component.adc.isaac.energy", 1e-12, "did you mean 'components.adc.isaac.energy'"),
    ],
)
def test_a_wrong_change_is_answered(key: str, value: object, told: str, tmp_path: Path) -> None:
    with pytest.raises(CardError) as caught:
        card_of(tmp_path).replace(**{key: value})
    assert told in str(caught.value)
