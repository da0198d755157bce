"""The component library: complete entries, one's own in their place, and what is wrong told with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from mortalff.cards import load_card
from mortalff.cards.components import quantity_of
from mortalff.energy.library import (
    ASSUMED_SPREAD,
    KINDS,
    QUANTITIES,
    TAGS,
    Library,
    Price,
    built_in_library,
    load_library,
)
from mortalff.energy.library.models import MODELS
from mortalff.errors import InputError

BUILT_IN = built_in_library()


def own(folder: Path, text: str) -> Path:
    path = folder / "my.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_constant_has_unit_band_source_and_tag(name: str) -> None:
    constant = BUILT_IN[name]
    kind, _, quantity = name.split(".")
    assert kind in KINDS
    assert constant.unit == QUANTITIES[str(quantity_of(quantity))].unit
    assert len(constant.source) > 10
    assert constant.tag in TAGS
    assert constant.tag != "U"
    assert 0 < constant.price.low <= constant.value <= constant.price.high
    assert ("from memory" in constant.source) == (
        constant.tag == "M"
    ) or "second-hand" in constant.source


def test_every_part_of_the_periphery_is_there() -> None:
    priced = {name.split(".")[0] for name in BUILT_IN}
    assert priced == set(KINDS) - {"card", "own"}
    assert {model.kind for model in MODELS} <= priced


def test_what_is_from_memory_says_so() -> None:
    remembered = [name for name in BUILT_IN if BUILT_IN[name].tag == "M"]
    assert remembered == [
        "device.rpu.conductance",
        "device.rpu.read_voltage",
        "device.rpu.read_time",
    ]


def test_bounds_that_no_source_states_are_assumed_by_its_grade() -> None:
    stated, assumed = BUILT_IN["adc.comparator.energy"], BUILT_IN["hold.neurram.energy"]
    assert stated.band_is_stated
    assert stated.price == Price(41.7e-15, 67e-15, 67e-15)
    assert not assumed.band_is_stated
    assert assumed.tag == "S"
    spread = ASSUMED_SPREAD["S"]
    assert assumed.price == Price(1.2e-12 / spread, 1.2e-12, 1.2e-12 * spread)


def test_selections() -> None:
    converters = BUILT_IN.select("adc")
    assert {name.split(".")[0] for name in converters} == {"adc"}
    old = BUILT_IN.select(node_nm=130)
    assert "hold.neurram.energy" in old
    assert {old[name].node_nm for name in old} == {130}
    assert {name.split(".")[1] for name in BUILT_IN.select("hold", 130)} == {"neurram"}
    with pytest.raises(InputError, match=r"kind: got 'adcs'.*did you mean 'adc'"):
        BUILT_IN.select("adcs")
    with pytest.raises(InputError, match=r"component: got 'adc.issac.energy'.*'adc.isaac.energy'"):
        BUILT_IN["adc.issac.energy"]


def test_a_number_in_a_file_takes_a_constant_s_place(tmp_path: Path) -> None:
    library = load_library(own(tmp_path, "[adc.isaac]\nenergy = 2e-12\n"))
    constant = library["adc.isaac.energy"]
    assert constant.price == Price(2e-12, 2e-12, 2e-12)
    assert (constant.tag, constant.source, constant.node_nm) == ("U", "set by user", 32)
    assert constant.what == BUILT_IN["adc.isaac.energy"].what
    assert BUILT_IN["adc.isaac.energy"].value == 1.6667e-12
    others = set(BUILT_IN) - {"adc.isaac.energy"}
    assert all(library[name] is BUILT_IN[name] for name in others)


def test_a_table_replaces_a_constant_and_adds_new_ones(tmp_path: Path) -> None:
    text = """
[hold.isaac.energy]
value = 2e-15
low = 1e-15
high = 5e-15
unit = "J"
source = "our own simulation"
tag = "E"
node_nm = 22
[own.neuron.energy]
value = 1e-13
unit = "J"
what = "one neuron"
source = "our own simulation"
"""
    library = load_library(own(tmp_path, text))
    assert library.price("hold.isaac.energy") == Price(1e-15, 2e-15, 5e-15)
    assert library["hold.isaac.energy"].node_nm == 22
    assert library["own.neuron.energy"].tag == "U"
    assert list(library)[-1] == "own.neuron.energy"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[adc.isaac]\nenergy = 1.7 # pJ",
            r"my.toml:2: adc.isaac.energy.value: got 1.7; .*usual range is 1e-19 to 1e-06, in 'J'",
        ),
        (
            '[adc.isaac.energy]\nvalue = 1.7\nunit = "pJ"\nsource = "mine"',
            r"my.toml:3: adc.isaac.energy.unit: got 'pJ'; .*write value = 1.7e-12, unit = \"J\"",
        ),
        (
            "[adc.issac]\nenergy = 1e-12",
            r"my.toml:2: adc.issac.energy: got 1e-12; .*'adc.isaac.energy'.*\[own.issac.energy\]",
        ),
        ("[adcs.x]\nenergy = 1e-12", r"my.toml:1: adcs: .*no such kind; did you mean 'adc'"),
        (
            "[gain]\nanalog = 3",
            r"my.toml:2: gain.analog: got 3; .*three parts.*write \[gain.name\]",
        ),
        (
            "[own.x]\nspeed = 3",
            r"my.toml:2: own.x.speed: got 3; a name ends in what is measured; choose one of 'area'",
        ),
        (
            '[own.x.energy]\nvalue = 1e-12\nunit = "J"\nsource = "mine"',
            r"my.toml:1: own.x.energy: .*says what one of it is; add what",
        ),
        (
            '[hold.isaac.energy]\nvalue = 1e-15\nlow = 2e-15\nunit = "J"\nsource = "mine"',
            r"my.toml:2: hold.isaac.energy.value: got 1e-15; low <= value <= high must hold",
        ),
        (
            '[hold.isaac.energy]\nvalue = 1e-15\nunit = "J"',
            r"my.toml:1: hold.isaac.energy.source: the key is missing; where the number is from",
        ),
        (
            '[hold.isaac.energy]\nvalue = 1e-15\nunit = "J"\nsource = "mine"\ntag = "Q"',
            r"my.toml:5: hold.isaac.energy.tag: got 'Q'; grade of the source.*choose one of 'A'",
        ),
        (
            '[hold.isaac.energy]\nvalue = 1e-15\nunit = "J"\nsource = "mine"\ncolour = "red"',
            r"my.toml:5: hold.isaac.energy.colour: got 'red'; there is no such key",
        ),
        (
            '[hold.isaac]\nenergy = "1e-15"',
            r"my.toml:2: hold.isaac.energy: got '1e-15'; a constant is a number or a table",
        ),
        (
            '[own."My ADC"]\nenergy = 1e-12',
            r"my.toml:2: own.My ADC.energy: .*small letters, digits and _",
        ),
        ("[card.cell]\nenergy = 1e-15", r"my.toml:2: card.cell.energy: .*stand on the card"),
        ("[adc.isaac", r"my.toml:1:11: got '\[adc.isaac'; this is not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_key(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        load_library(own(tmp_path, text))


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = "[adc.isaac]\nenergy = 1.7\n[dac.cdac_8bit]\nenergy = -1e-15\n"
    with pytest.raises(InputError) as caught:
        load_library(own(tmp_path, text))
    lines = str(caught.value).splitlines()
    assert lines[0].endswith("my.toml: 2 errors")
    assert ["my.toml:2:" in lines[1], "my.toml:4:" in lines[2]] == [True, True]
    assert "must be at least 0" in lines[2]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"components: got '.*none.toml'; it cannot be read"):
        load_library(tmp_path / "none.toml")


def test_a_card_s_prices_and_operating_point_can_be_added() -> None:
    card = load_card("rram_wan").replace(**{"energy.cell_read": 2e-14})
    library = BUILT_IN.with_card(card)
    assert library.price("card.cell_read.energy") == Price(2e-14, 2e-14, 2e-14)
    assert library["card.cell.read_voltage"].value == 0.5
    assert library["card.adc_conversion.energy"].tag == "R"
    assert not any(name.startswith("card.") for name in BUILT_IN)


def test_prices_add_and_multiply_bound_by_bound() -> None:
    price = Price(1.0, 2.0, 4.0)
    assert 2 * price + price == Price(3.0, 6.0, 12.0)
    with pytest.raises(InputError, match="0 <= low <= value <= high"):
        Price(2.0, 1.0, 3.0)


def test_a_library_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        BUILT_IN.table["adc.isaac.energy"] = BUILT_IN["hold.isaac.energy"]  # type: ignore[index]
    assert isinstance(BUILT_IN, Library)
