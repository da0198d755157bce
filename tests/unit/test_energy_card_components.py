"""A card's constants stand in place of the built-in ones wherever its work is priced, and a user's file before both."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from mortalff.cards import Card, load_card
from mortalff.cards.write_toml import card_toml
from mortalff.cli.cards import app as cards_app
from mortalff.cli.main import main
from mortalff.energy.architectures import Plan, Task, compare
from mortalff.energy.library import Library, Price, built_in_library, load_library
from mortalff.energy.library.published import neurram_mvm
from mortalff.energy.library.reprice import repriced
from mortalff.errors import CardError
from tests.strategies.architectures import plan

BUILT_IN = built_in_library()
SQUARER, CONVERTER = "squarer.analog.energy", "adc.isaac.energy"
SMALL = ("--net", "12-8", "--classes", "3", "--batch", "4", "--samples", "10")


def stating(constants: Mapping[str, object], name: str = "gokmen_vlasov") -> Card:
    return load_card(name).replace(
        **{f"components.{constant}": value for constant, value in constants.items()}
    )


def own_file(folder: Path, text: str) -> Path:
    path = folder / "my.toml"
    path.write_text(text)
    return path


def written(folder: Path, card: Card) -> str:
    path = folder / "mine" / "card.toml"
    path.parent.mkdir()
    path.write_text(card_toml(card.replace(name="mine")), encoding="utf-8")
    return str(path)


def spent(on: Plan, library: Library | None = None) -> dict[str, float]:
    cost = compare([on], Task(batch=4), library, samples=10).entrants[0].costs["update"]
    return {term.action: term.price.value for term in cost.bill.terms}


def test_a_number_on_a_card_takes_a_constant_s_place() -> None:
    library = BUILT_IN.with_card(stating({CONVERTER: 2e-12}))
    constant, was = library[CONVERTER], BUILT_IN[CONVERTER]
    assert constant.price == Price(2e-12, 2e-12, 2e-12)
    assert (constant.tag, constant.source) == ("U", "set on card 'gokmen_vlasov'")
    assert (constant.what, constant.node_nm) == (was.what, was.node_nm)
    own = {name for name in library if not name.startswith("card.")} - {CONVERTER}
    assert all(library[name] is BUILT_IN[name] for name in own)
    assert BUILT_IN.with_components_of(load_card("ecram")) is BUILT_IN


def test_a_table_on_a_card_replaces_a_constant_and_adds_new_ones() -> None:
    sourced = {"value": 2e-15, "low": 1e-15, "high": 5e-15, "unit": "J", "source": "measured"}
    neuron = {**sourced, "what": "one neuron", "tag": "E", "node_nm": 28.0}
    card = stating({"hold.isaac.energy": sourced, "own.neuron.energy": neuron})
    library = BUILT_IN.with_components_of(card)
    assert library.price("hold.isaac.energy") == Price(1e-15, 2e-15, 5e-15)
    assert library["hold.isaac.energy"].what == BUILT_IN["hold.isaac.energy"].what
    assert library["own.neuron.energy"].model_dump(exclude_none=True) == {
        **neuron,
        "conditions": "",
    }


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "adc.issac.energy",
            1e-12,
            "components.adc.issac.energy: got 1e-12; the library has no such constant;"
            " did you mean 'adc.isaac.energy'",
        ),
        ("adc.issac.energy", 1e-12, "For a new one write [components.own.issac.energy]"),
        ("adcs.isaac.energy", 1e-12, "components.adcs: got {'isaac': {'energy': 1e-12}};"),
        ("adcs.isaac.energy", 1e-12, "there is no such kind; did you mean 'adc'?"),
        (
            "own.neuron.energy",
            {"value": 1e-13, "unit": "J", "source": "mine"},
            "a new constant says what one of it is; add what",
        ),
        ("own.neuron.energy", 1e-13, "components.own.neuron.energy.what: the key is missing"),
        ("card.cell.energy", 1e-15, "a card's own numbers stand on the card; change [energy] or"),
    ],
)
def test_a_name_that_the_library_lacks_is_told_with_card_and_key(
    name: str, value: object, told: str, tmp_path: Path
) -> None:
    card = stating({name: value})
    with pytest.raises(CardError) as caught:
        BUILT_IN.with_card(card)
    assert str(caught.value).startswith("card 'gokmen_vlasov': components.")
    assert told in str(caught.value)
    with pytest.raises(CardError, match="card 'gokmen_vlasov': components"):
        spent(replace(plan("ff", "ff_analog"), device=card))
    command = ("check", written(tmp_path, card))
    with pytest.raises(CardError, match="card 'mine': components"):
        cards_app(command, exit_on_error=False, print_error=False, result_action="return_value")


def test_all_wrong_names_are_told_at_once() -> None:
    card = stating({"adc.issac.energy": 1e-12, "hold.issac.energy": 1e-15})
    with pytest.raises(CardError, match=r"^card 'gokmen_vlasov': 2 errors\n.*adc.*\n.*hold"):
        BUILT_IN.with_card(card)


def test_a_user_s_file_stands_before_the_card_in_either_order(tmp_path: Path) -> None:
    card = stating({CONVERTER: 2e-12, SQUARER: 1e-13})
    library = load_library(own_file(tmp_path, "[adc.isaac]\nenergy = 3e-12\n")).with_card(card)
    assert library.price(CONVERTER).value == 3e-12
    assert library.price(SQUARER).value == 1e-13
    again = BUILT_IN.with_card(card).replaced({CONVERTER: library[CONVERTER]}).with_card(card)
    assert again.price(CONVERTER).value == 3e-12
    assert library.select("adc").with_components_of(stating({CONVERTER: 1e-12})).price(
        CONVERTER
    ) == Price(3e-12, 3e-12, 3e-12)


@pytest.mark.parametrize(
    ("component", "action"), [(SQUARER, "squarer"), (CONVERTER, "adc_conversion")]
)
def test_twice_a_constant_is_twice_its_line_of_the_bill(component: str, action: str) -> None:
    before = plan("ff", "ff_analog", changes={f"components.{action}": component})
    twice = 2.0 * BUILT_IN[component].value
    after = spent(replace(before, device=stating({component: twice})))
    due = spent(before)
    assert due[action] > 0.0
    assert after == {**due, action: pytest.approx(2.0 * due[action], rel=1e-12)}


def test_models_reckon_with_a_card_s_constants() -> None:
    """The converter of inputs is a CDAC of 8 bits, scaled to the card's 7."""
    before = plan("ff", "ff_analog")
    component = "dac.cdac_8bit.energy"
    half = stating({component: 0.5 * BUILT_IN[component].value})
    due, after = spent(before), spent(replace(before, device=half))
    assert after == {
        **due,
        "dac_conversion": pytest.approx(0.5 * due["dac_conversion"], rel=1e-12),
    }


def test_a_file_prices_what_a_card_states_too(tmp_path: Path) -> None:
    before = plan("ff", "ff_analog")
    library = load_library(own_file(tmp_path, "[squarer.analog]\nenergy = 3e-14\n"))
    on_card = replace(before, device=stating({SQUARER: 1e-13}))
    assert spent(on_card, library) == spent(before, library)
    assert spent(on_card, library)["squarer"] < spent(before)["squarer"]


def test_each_plan_is_priced_with_its_own_card() -> None:
    one = plan("ff", "ff_analog")
    other = replace(plan("bp", "sram"), device=stating({"memory.sram_1mb.energy": 5e-11}))
    comparison = compare([one, other], Task(batch=4), samples=10)
    told = {name: constant.value for name, constant in comparison.own_constants}
    assert told == {"memory.sram_1mb.energy": 5e-11}
    alone = compare([plan("bp", "sram")], Task(batch=4), samples=10)
    was, now = (each.entrant("bp on sram").costs["update"] for each in (alone, comparison))
    assert was.bill.total.value != now.bill.total.value
    assert not alone.own_constants


def test_areas_are_of_a_card_s_constants() -> None:
    before = plan("ff", "ff_analog")
    component = "dac.cdac_8bit.area"
    wide = stating({component: 3.0 * BUILT_IN[component].value})
    due, after = (
        compare([each], samples=10).entrants[0].area.parts["DACs"][1].value
        for each in (before, replace(before, device=wide))
    )
    assert after == pytest.approx(3.0 * due, rel=1e-12)


def test_prices_made_anew_follow_a_card_s_constants() -> None:
    card = stating({SQUARER: 1e-13})
    assert repriced(card).energy["squarer"].value == 1e-13
    given = BUILT_IN.replaced({SQUARER: BUILT_IN[SQUARER]})
    assert repriced(card, library=given).energy["squarer"].value == BUILT_IN[SQUARER].value


def test_a_published_chip_follows_its_card_s_constants() -> None:
    step = "adc.neurram_step.energy"
    card = stating({step: 2.0 * BUILT_IN[step].value}, "rram_wan")
    due, after = (neurram_mvm(6, 4, each) for each in (load_card("rram_wan"), card))
    steps = next(price.value for line, price in due.rows if line.component == step)
    assert after.total.value == pytest.approx(due.total.value + steps, rel=1e-12)


def test_commands_list_and_use_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sourced = {"value": 1e-13, "unit": "J", "source": "our own simulation"}
    card = written(tmp_path, stating({SQUARER: sourced, "dac.cdac_8bit.energy": 1e-13}))
    file = str(own_file(tmp_path, "[dac.cdac_8bit]\nenergy = 2e-13\n"))
    listed = ("energy", "components", "--card", card, "--json")
    assert main([*listed, "--components", file]) == 0
    told = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert (told[SQUARER]["value"], told[SQUARER]["source"]) == (1e-13, "our own simulation")
    assert told["dac.cdac_8bit.energy"]["value"] == 2e-13
    compared = ("energy", "compare", "--card", card, *SMALL, "--learners", "ff")
    assert main([*compared, "--sources", "--components", file]) == 0
    shown = capsys.readouterr().out
    assert "x 100 fJ: our own simulation" in shown
    assert "Constants that are not the built-in ones" in shown
    assert "200 fJ (200 fJ to 200 fJ): set by user" in shown
    assert main([*compared, "--json"]) == 0
    own = json.loads(capsys.readouterr().out)["own_constants"]
    assert {one["name"]: one["source"] for one in own} == {
        "dac.cdac_8bit.energy": "set on card 'mine'",
        SQUARER: "our own simulation",
    }


def test_a_card_s_page_tells_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    table = {"value": 1e-13, "high": 3e-13, "unit": "J", "source": "mine", "node_nm": 28.0}
    neuron = {**table, "what": "one neuron", "conditions": "1 V"}
    card = written(tmp_path, stating({CONVERTER: 2e-12, "own.neuron.energy": neuron}))
    assert main(["cards", "show", card]) == 0
    page = capsys.readouterr().out
    section = page[page.index("[components]") : page.index("[validity]")]
    words = " ".join(section.split())
    assert "adc.isaac.energy 2e-12 J in place of the energy library's source: set on" in words
    assert "own.neuron.energy 1e-13 J one neuron 1e-13 to 3e-13 source [U]: mine" in words
    assert "node: 28 nm for: 1 V" in words
    assert main(["cards", "show", "ecram", "--all"]) == 0
    assert "[components]" not in capsys.readouterr().out
    assert main(["cards", "check", card]) == 0
    assert "mine is a valid card" in capsys.readouterr().out
