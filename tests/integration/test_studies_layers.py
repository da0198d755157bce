"""What a run tells of its layers: rows in its table, a warning at its end, a sentence in its report."""

from __future__ import annotations

from pathlib import Path

import pytest

from mortalff.cli.main import main
from mortalff.report.groups import group_trials
from mortalff.report.layers import layers_that_do_not_learn
from mortalff.report.load import load_study
from mortalff.studies.layers import silent_layers
from mortalff.studies.store import Store
from tests.strategies.studies import write

STUDY = """
study: layers
data: {name: digits, train: 200, test: 100}
hidden: [20, 20]
epochs: 1
chips: 2
blocks:
  - name: too slow
    hardware: [gokmen_vlasov]
    learners: [{name: ff, settings: {lr: 1.0e-9, batch: 20, readout_from_layer: 1}}]
  - name: floor
    hardware: [gokmen_vlasov]
    learners: [{name: ff, settings: {layers: frozen, batch: 20, readout_from_layer: 1}}]
  - name: other
    hardware: [ideal]
    learners: [bp]
"""


def test_layers_are_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["run", str(write(tmp_path, STUDY)), "--out", str(out), "--workers", "1"]) == 0
    told = capsys.readouterr().err
    assert "warning: too slow, gokmen_vlasov: layer 1 does not learn on 2 of 2 chips" in told
    assert "pulses a weight: raise the rate" in told
    assert "warning: floor" not in told
    table = Store(out).table()
    rows = [row for row in table.to_pylist() if row["metric"] == "layer_separation"]
    assert {(row["block"], row["component"], row["chip_id"]) for row in rows} == {
        (block, layer, chip)
        for block in ("too slow", "floor")
        for layer in ("layer1", "layer2")
        for chip in (0, 1)
    }
    assert len(silent_layers(table)) == 2
    sentences = list(layers_that_do_not_learn(group_trials(load_study(out).trials)))
    assert len(sentences) == 2
    assert all("does not learn on 2 of 2 chips" in sentence for sentence in sentences)
