"""Architectures as data: the built-in ones, users' files, and what is wrong told with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from mortalff.energy.architectures import Net, built_in_architectures, compare, load_architecture
from mortalff.energy.architectures.component_models import COMPONENT_MODELS
from mortalff.energy.architectures.load import checked
from mortalff.energy.library import built_in_library
from mortalff.errors import InputError
from tests.strategies.architectures import PAIRS, plan


def file(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("name", built_in_architectures())
def test_built_in_ones_name_components_that_there_are(name: str) -> None:
    architecture = built_in_architectures()[name]
    assert architecture.name == name
    assert architecture.notes
    for component in architecture.components.values():
        assert component in COMPONENT_MODELS or component in built_in_library()


def test_every_kind_that_is_asked_for_is_there() -> None:
    kinds = {(a.activities, a.errors, a.weights) for a in built_in_architectures().values()}
    assert kinds == {
        ("analog", "none", "crossbar"),
        ("digital", "none", "crossbar"),
        ("digital", "digital", "crossbar"),
        ("analog", "analog", "crossbar"),
        ("digital", "digital", "digital"),
    }


@pytest.mark.parametrize(("learner", "architecture"), PAIRS)
def test_every_action_on_built_in_ones_has_a_price(learner: str, architecture: str) -> None:
    for cost in compare([plan(learner, architecture)]).entrants[0].costs.values():
        assert cost.bill.unpriced == {}


def test_a_file_changes_another(tmp_path: Path) -> None:
    text = 'base = "ff_analog"\nname = "mine"\n[converters]\nadc_bits = 6\n[components]\nsquarer = "card"\n'
    mine, base = load_architecture(file(tmp_path, text)), load_architecture("ff_analog")
    assert (mine.name, mine.converters.adc_bits, mine.components["squarer"]) == ("mine", 6, "card")
    assert {**mine.components, "squarer": base.components["squarer"]} == base.components
    assert mine.arrays == base.arrays


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('base = "ff_analgo"', r"mine.toml:1: base: got 'ff_analgo'; .*'ff_analog'"),
        (
            'base = "ff_analog"\n[converters]\nadc_bit = 6',
            r"mine.toml:3: converters.adc_bit: .*'adc_bits'",
        ),
        (
            'base = "ff_analog"\n[converters]\nadc_bits = 6.5',
            r"mine.toml:3: converters.adc_bits: got 6.5; .*whole number",
        ),
        (
            'base = "ff_analog"\n[components]\nsqarer = "card"',
            r"mine.toml:3: components.sqarer: .*no such action.*'squarer'",
        ),
        (
            'base = "sram"\nactivities = "analog"',
            r"mine.toml:2: activities: got 'analog'; .*digital",
        ),
        ('base = "bp_analog"\nactivities = "digital"', r"errors: got 'analog'; .*activities"),
        ('base = "sram"\n[settings.fff]\nlr = 1.0', r"settings.fff: got 'fff'; .*'ff'"),
        ("base = ", r"mine.toml:1"),
    ],
)
def test_what_is_wrong_in_a_file_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        load_architecture(file(tmp_path, text))


def test_unknown_names_are_refused() -> None:
    with pytest.raises(InputError, match=r"architecture: got 'ff_analogue'; .*'ff_analog'"):
        load_architecture("ff_analogue")
    with pytest.raises(InputError, match=r"it cannot be read"):
        load_architecture("nowhere.toml")
    with pytest.raises(InputError, match=r"learner: got 'bp'; architecture 'ff_analog'"):
        plan("bp", "ff_analog")
    with pytest.raises(InputError, match=r"components.squarer: got 'squarer.analog.enregy'"):
        compare(
            [plan("ff", "ff_analog", changes={"components": {"squarer": "squarer.analog.enregy"}})]
        )
    with pytest.raises(InputError, match=r"'um2'.*joules"):
        compare(
            [plan("ff", "ff_analog", changes={"components": {"array_read": "array.isaac.area"}})]
        )
    with pytest.raises(InputError, match=r"converters.adc_bits"):
        load_architecture("ff_analog").changed(**{"converters.adc_bits": 99})
    with pytest.raises(InputError, match=r"here, name"):
        checked({}, "here")


def test_what_has_no_component_is_named_and_not_guessed() -> None:
    bare = plan("ff", "ff_analog", changes={"components": {"cell_read": "card"}})  # no array_read
    bill = compare([bare]).entrants[0].costs["update"].bill
    assert [term.action for term in bill.terms] == ["cell_conduction", "cell_wire"]  # of its reads
    assert "names no component" in bill.unpriced["squarer"]


@pytest.mark.parametrize("text", ["784", "784-", "784x500", "784--5", "0-5"])
def test_networks_that_are_none(text: str) -> None:
    with pytest.raises(InputError, match=r"net: got .*such as 784-500-500"):
        Net.of(text)
