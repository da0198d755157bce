"""``mortalff cards``, also in a pipe and at 80 columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from mortalff.actions import ACTIONS
from mortalff.cards import card_hash, load_card
from mortalff.cards.keys import leaves
from mortalff.cli.cards import app
from mortalff.errors import CardError
from tests.strategies.cards import CARD_TEXT, write_card


@pytest.fixture(autouse=True)
def _narrow_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MORTALFF_CARDS", raising=False)
    monkeypatch.setenv("COLUMNS", "80")


def command(*tokens: str) -> None:
    app(tokens, exit_on_error=False, print_error=False, result_action="return_value")


def words(text: str) -> str:
    """A text without the layout of its table."""
    return " ".join(text.split())


def test_cards_are_listed_with_law_and_origin(capsys: pytest.CaptureFixture[str]) -> None:
    command()
    out = capsys.readouterr().out
    rows = {row.split()[0]: row.split() for row in out.splitlines() if not row.startswith(" ")}
    for name, law in (("ecram", "LinearStep"), ("reram_sb", "SoftBoundsReference")):
        assert rows[name][1] == law
        assert rows[name][-1] == "built-in"
    assert all(len(row) <= 80 for row in out.splitlines())


def test_a_broken_card_does_not_hide_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_card(tmp_path, "schema_version = 1", "broken")
    monkeypatch.setenv("MORTALFF_CARDS", str(tmp_path))
    command()
    out = capsys.readouterr().out
    assert "breaks the schema: see" in words(out)
    assert "gokmen_vlasov" in out


def told_of(out: str) -> set[str]:
    """The keys that a page has rows for, from their sections on."""
    section, keys = "", set()
    for row in out.splitlines():
        if row.startswith("["):
            section = row.strip("[] ").removesuffix(" of one action")
        elif section and row and not row.startswith(" "):
            keys.add(f"{section}.{row.split()[0]}")
    return keys


@pytest.mark.parametrize("name", ["gokmen_vlasov", "ideal", "reram_es", "pcm"])
def test_show_explains_every_parameter_and_price(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command("show", name, "--all")
    out = capsys.readouterr().out
    assert all(len(row) <= 80 for row in out.splitlines())
    assert "\x1b" not in out
    card = load_card(name)
    assert card_hash(card) in out
    keys = told_of(out)
    for path, _, _ in leaves(card):
        if len(path) > 1 and path[0] not in ("validity", "provenance"):
            assert ".".join(path) in keys
    assert {f"energy.{action}" for action in card.energy} <= keys
    assert "programming.verify.tolerance" in keys
    assert "all effects off" not in out
    assert card.provenance.paper in words(out)
    assert card.validity.statement in words(out)


def test_show_leaves_out_what_a_card_leaves_at_its_defaults(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wire = '[wires]\ninput_wire_ohm = { value = 1.5, unit = "Ohm", source = "test" }\n'
    card = str(write_card(tmp_path, CARD_TEXT + wire))
    command("show", card)
    out = capsys.readouterr().out
    shown = {key.split(".")[0] for key in told_of(out)}
    stated = {"law", "device", "variability", "conductance", "periphery", "wires", "energy"}
    assert shown == stated | {"validity", "provenance"}
    left_out = "cell, pulses, time, faults, programming, tiling"
    assert f"at their defaults, all effects off: {left_out}; --all shows them" in words(out)
    assert "wires.sense_ohm" in told_of(out)
    command("show", card, "--all")
    keys = told_of(capsys.readouterr().out)
    assert {"cell.kind", "time.drift_nu", "faults.dead_rate", "tiling.rows_max"} <= keys


def test_show_says_what_each_chosen_kind_does(capsys: pytest.CaptureFixture[str]) -> None:
    command("show", "gokmen_vlasov", "--all")
    out = words(capsys.readouterr().out)
    assert "kind ConstantStep Each pulse moves the weight by the same amount until a" in out
    assert "kind single The weight is one device's, read against a fixed reference;" in out
    assert "scatter.kind Exact A device takes the weight that is written, as far" in out
    assert "the device law" not in out


def test_show_gives_value_unit_band_meaning_and_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = CARD_TEXT.replace('unit = "S", source = "test"', 'unit = "S", source = "[my] notes"')
    command("show", str(write_card(tmp_path, text)))
    rows = capsys.readouterr().out.splitlines()
    at = next(index for index, row in enumerate(rows) if row.startswith("dw_min "))
    assert rows[at].split()[:3] == ["dw_min", "0.001", "weight"]
    assert "mean weight change of one pulse" in rows[at]
    assert "0.0005 to 0.002" in rows[at + 1]
    assert any("source: [my] notes" in row for row in rows)  # brackets are not markup
    price = next(index for index, row in enumerate(rows) if row.startswith("adc_conversion"))
    assert rows[price].split()[1] == "2e-12"
    assert "1e-12 to 4e-12" in rows[price + 1]
    assert "source [U]: test" in rows[price + 1]
    told = words("\n".join(rows))
    assert "this card cannot bill: array_read," in told


def test_show_of_an_unknown_card_names_the_nearest() -> None:
    with pytest.raises(CardError, match=r"got 'reram'; .*did you mean .*'reram_sb'"):
        command("show", "reram")


def test_check_passes_a_valid_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_card(tmp_path)
    for place in (path, path.parent):
        command("check", str(place))
        out = capsys.readouterr().out
        assert "tiny is a valid card" in out
        assert card_hash(load_card(path)) in out
        assert f"no price for  {next(iter(ACTIONS))}" in out


def test_check_lists_all_that_is_wrong(tmp_path: Path) -> None:
    text = CARD_TEXT.replace('"S"', '"uS"').replace("adc_bits = 9", "adc_bits = 90")
    with pytest.raises(CardError, match=r"2 errors\n.*'uS'.*\n.*got 90"):
        command("check", str(write_card(tmp_path, text)))
