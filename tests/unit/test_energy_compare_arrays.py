"""``mortalff energy compare``: how layers hold weights, and local fields."""

from __future__ import annotations

import json

import pytest

from mortalff.cards import load_card
from mortalff.cli.energy_compare_net import net_of
from mortalff.cli.energy_compare_plans import plans_for
from mortalff.cli.energy_compare_rule import Training, chosen
from mortalff.cli.main import main
from mortalff.energy.architectures import Net, load_architecture
from mortalff.errors import InputError
from mortalff.learners import FF
from mortalff.learners.from_card import Task
from mortalff.networks import LocalFields

SMALL = ("--classes", "3", "--batch", "4", "--samples", "2")
NET = ("--net", "12-8", "--learners", "ff,bp")
FEW = (*NET, "--architecture", "ff_digital", "--architecture", "bp_digital", "--json")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["energy", "compare", *SMALL, *words]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["energy", "compare", *SMALL, *words]) == 2
    return capsys.readouterr().err


def test_what_is_priced_is_what_the_rule_sets() -> None:
    card, net = load_card("reram_es"), Net.of("784-100", 10)
    task = Task((1, 784, 1), 10, (100,), examples=2000, epochs=3)
    rule = FF.from_card(card, task, {"batch": 20})
    architecture = load_architecture("ff_digital")
    settings, scheme = chosen("ff", architecture, card, net, Training(20, 2000, 3), "rule")
    assert scheme == rule.scheme
    assert scheme is not None
    assert {**settings.model_dump(), **rule.settings} == settings.model_dump()
    assert chosen("ff", architecture, card, net, Training(), "one").scheme is None
    rival = load_architecture("bp_digital")
    assert chosen("bp", rival, card, net, Training(20, 2000, 3), "rule").scheme is None
    assert chosen("bp", rival, card, net, Training(20, 2000, 3), "same").scheme == scheme


def test_cards_that_forget_give_ff_two_arrays(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "--card", "reram_es", *NET)
    for words in (
        "How layers hold weights, where not in one array",
        "two_arrays: fast_rate",
        "ff on ff_analog  on card 'reram_es' its layers have a scheme",
    ):
        assert words in shown


def test_one_array_or_the_same_for_all(capsys: pytest.CaptureFixture[str]) -> None:
    ways = {
        way: json.loads(said(capsys, "--card", "reram_es", "--arrays", way, *FEW))
        for way in ("rule", "one", "same")
    }
    schemes = {one["name"]: one["scheme"] for one in ways["rule"]["entrants"]}
    assert schemes["ff on ff_digital"]["settings"]["every"] == 5
    assert schemes["bp on bp_digital"] is None
    energy = {
        way: {e["name"]: e["costs"]["update"]["energy_j"]["value"] for e in told["entrants"]}
        for way, told in ways.items()
    }
    assert energy["one"]["ff on ff_digital"] < energy["rule"]["ff on ff_digital"]
    assert energy["one"]["bp on bp_digital"] == energy["rule"]["bp on bp_digital"]
    assert energy["same"]["bp on bp_digital"] > energy["one"]["bp on bp_digital"]


def test_who_cannot_have_two_arrays_is_told() -> None:
    card, net = load_card("reram_es"), Net.of("12-8", 3)
    same = plans_for(["bp"], [], [], card, net, holding="same")
    assert list(same.left_out) == ["bp on bp_analog"]
    assert [plan.architecture.name for plan in same.plans] == ["bp_digital", "gpu", "sram"]
    several = load_card("reram_array_hfo2")
    with pytest.raises(InputError, match=r"--arrays: got 'same'; bp on bp_digital: .*transposed"):
        plans_for(["bp"], ["bp_digital"], [], several, net, holding="same")
    one = plans_for(["ff"], [], [], card, net, holding="one")
    assert not one.left_out
    assert one.plans[0].architecture.name == "ff_analog"


def test_cards_that_do_not_forget_are_as_they_were(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "--card", "ecram", *NET)
    assert "How layers hold weights" not in shown
    assert "Not compared" not in shown


def test_local_fields(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--card", "ecram", "--net", "16-2x2/2x3-4", "--architecture", "ff_digital")
    assert "16-2x2/2x3-4, 3 classes" in said(capsys, *words, "--learners", "ff")
    assert net_of("3072-11x11/1x3 truncated-7", 10) == Net(
        3072, (LocalFields(channels=3, field=11, edges="truncated"), 7), 10, (32, 32, 3)
    )
    assert net_of("784-5", 10) == Net.of("784-5")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--arrays", "two"), "--arrays: got 'two'"),
        (("--epochs", "0"), "--epochs: got 0"),
        (("--architecture", "ff_analog", "--learners", "ff"), "--architecture: got 'ff_analog'"),
        (("--net", "784-10x9/6x3"), "layer: got '10x9/6x3'"),
        (("--net", "785-10x10/6x3"), "net: got 785; local fields look at square images"),
        (("--net", "10x10/6x3-5"), "begins with the numbers that an input has"),
        (("--net", "784-10x10/5x3"), "stride: got 5"),
    ],
)
def test_what_makes_no_sense_is_refused(
    words: tuple[str, ...], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert error in refused(capsys, "--card", "reram_es", *words)
