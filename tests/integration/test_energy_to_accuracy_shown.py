"""Energy to accuracy as people see it: in reports, in sentences, by the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mortalff.cli.main import main
from mortalff.report import write_report
from mortalff.report.energy_to_accuracy import (
    EnergyToAccuracy,
    energy_sentences,
    energy_to_accuracy,
)
from mortalff.report.load import load_study
from mortalff.studies.store import Store
from tests.strategies.energy_study import EVERY, small_energy_study


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return small_energy_study(tmp_path_factory)


@pytest.fixture(scope="module")
def found(store: Store) -> EnergyToAccuracy:
    return energy_to_accuracy(load_study(store.folder), (EVERY, 0.0), samples=200)


def test_the_report_shows_it(store: Store) -> None:
    """Its targets are of trained networks; these chips, trained for three epochs, come to none of them."""
    text = write_report(store.folder, progress=False).read_text(encoding="utf-8")
    assert "on no setup did all chips come to 10, 5, 3 % test error" in text


def test_sentences_compare_ff_with_the_others_on_the_same_hardware(found: EnergyToAccuracy) -> None:
    """There is one only where both were trained on it."""
    assert list(energy_sentences(found)) == []


def test_the_command_shows_tables_and_records(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, figure = str(store.folder), tmp_path / "result.svg"
    asked = ["energy", "to-accuracy", folder, "--error", "0.999", "--samples", "50"]
    assert main([*asked, "--plot", str(figure)]) == 0
    text = capsys.readouterr().out
    assert "gokmen_vlasov, 99.9 % error" in text
    assert "BP on bp_analog *" in text
    assert figure.stat().st_size > 1000
    assert main([*asked, "--json", "--all-settings"]) == 0
    told = json.loads(capsys.readouterr().out)["energies"]
    assert len(told) == 8
    ff = next(one for one in told if one["architecture"] == "ff_digital")
    assert ff["epochs"] == [1, 1]
    assert 0.0 < ff["energy_j"]["low"] < ff["energy_j"]["value"] < ff["energy_j"]["high"]
    assert sum(one["best"] for one in told) == 6
