"""``mortalff energy components``, and the table of converters as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mortalff.cli.energy import app
from mortalff.cli.main import main
from mortalff.energy.library import built_in_library
from mortalff.errors import InputError


@pytest.fixture(autouse=True)
def _narrow_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def command(*tokens: str) -> None:
    app(tokens, exit_on_error=False, print_error=False, result_action="return_value")


def test_all_constants_are_listed_with_band_node_and_source(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["energy", "components"]) == 0
    shown = capsys.readouterr().out
    lines = shown.splitlines()
    assert all(any(line.startswith(name) for line in lines) for name in built_in_library())
    number = next(line for line in lines if line.startswith("adc.isaac.energy"))
    assert number.split(maxsplit=1)[1] == "1.67 pJ (~1.39 pJ to ~2 pJ)          32 nm"
    comparator = next(line for line in lines if line.startswith("adc.comparator.energy"))
    assert "67 fJ (41.7 fJ to 67 fJ)" in comparator
    assert "[M] Gokmen and Vlasov" in shown
    assert "model library.memory.sram" in shown
    assert "~ a bound assumed from the grade of the source." in shown


def test_kind_and_node_choose(capsys: pytest.CaptureFixture[str]) -> None:
    command("components", "--kind", "adc", "--node", "130", "--json")
    told = json.loads(capsys.readouterr().out)
    assert [one["name"].split(".")[-1] for one in told] == ["energy", "time", "area"]
    assert told[0] == {
        "name": "adc.neurram_step.energy",
        "value": 3e-13,
        "low": pytest.approx(2e-13),
        "high": pytest.approx(4.5e-13),
        "band": "assumed",
        "unit": "J",
        "node_nm": 130,
        "what": "one step of a conversion, of which it takes as many as bits",
        "conditions": "1.8 V",
        "source": built_in_library()["adc.neurram_step.energy"].source,
        "tag": "S",
    }
    command("components", "--kind", "adc", "--node", "3")
    assert "No constant is of that kind and node." in capsys.readouterr().out


def test_one_s_own_are_listed_in_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "my.toml"
    path.write_text("[hold.isaac]\nenergy = 3e-15\n")
    command("components", "--kind", "hold", "--components", str(path))
    shown = capsys.readouterr().out
    assert "3 fJ (3 fJ to 3 fJ)" in shown
    assert "[U] set by user" in shown
    path.write_text("[hold.isaac]\nenergy = 3\n")
    assert main(["energy", "components", "--components", str(path)]) == 2
    said = capsys.readouterr()
    assert f"{path}:2: hold.isaac.energy.value: got 3" in said.err
    assert "usual range is 1e-19 to 1e-06" in said.err
    assert said.out == ""


def test_a_card_s_numbers_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    command("components", "--kind", "card", "--card", "ecram")
    shown = capsys.readouterr().out
    assert "card.cell_read.energy" in shown
    assert "card.cell.read_voltage" in shown


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'memory'"):
        command("components", "--kind", "memori")


def test_converters_as_json_are_both_models_with_bands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    command("adc", "--bits", "8", "--node", "32", "--rate", "1.2e9", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["models"][0]["model"].startswith("reference regression")
    assert told["models"][0]["energy_j"] == pytest.approx(1.84861e-12, rel=1e-5)
    assert set(told["price_j"]) == {"reference", "survey"}
    for band in told["price_j"].values():
        assert band["low"] <= band["value"] <= band["high"]


def test_one_s_own_comparator_prices_few_bits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "my.toml"
    path.write_text("[adc.comparator]\nenergy = 1e-14\n")
    command("adc", "--bits", "1", "--node", "65", "--rate", "1e8", "--components", str(path))
    assert "one comparator, typical" in (shown := capsys.readouterr().out)
    assert "10 fJ" in shown


def test_published_figures_are_shown_beside_components(
    capsys: pytest.CaptureFixture[str],
) -> None:
    command("published")
    shown = capsys.readouterr().out
    rows = {line[:28].strip(): line[28:].split() for line in shown.splitlines()}
    assert rows["ISAAC-CE, unit"][:3] == ["24.08", "mW", "24.08"]
    assert rows["ISAAC-CE, chip"][:3] == ["65.8", "W", "65.81"]
    assert rows["PUMA, one product"][-1] == "+0.1%"
    assert rows["NeuRRAM, 9 bits out, 7 in"][:3] == ["7.75", "TOPS/W", "7.072"]
    assert rows["Gokmen and Vlasov"] == ["11.9", "1.67", "1.06", "0.315", "3.04", "26%"]
    assert rows["Ambrogio et al."] == ["35.6", "24", "0.0439", "1.63", "25.7", "72%"]
    assert "Reading the cells alone accounts for 22.3 fJ" in " ".join(shown.split())
    assert all(len(line) <= 100 for line in shown.splitlines())
    command("published", "--json")
    told = json.loads(capsys.readouterr().out)
    assert len(told["reproductions"]) == 7
    assert told["projections"][0]["cells"]["value"] == pytest.approx(1.667e-15, rel=1e-3)


def test_published_figures_follow_one_s_own_constants(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "my.toml"
    path.write_text("[adc.isaac]\nenergy = 3.3334e-12\n")
    command("published", "--components", str(path), "--json")
    told = json.loads(capsys.readouterr().out)["reproductions"]
    unit = next(row for row in told if row["figure"] == "ISAAC-CE, unit")
    assert unit["from_components"]["value"] == pytest.approx(40.08e-3, rel=1e-3)
