"""A small study of each way to price a training, whose store tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from mortalff.studies.conduct import run_study
from mortalff.studies.plan import make_plan
from mortalff.studies.store import Store
from tests.strategies.built_once import built_once
from tests.strategies.studies import study_file

STUDY = """
study: energy
data: {name: digits, train: 200, test: 100}
hidden: [12, 12]
epochs: 3
chips: 2
blocks:
  - name: ff
    hardware: [gokmen_vlasov]
    activities: analog
    learners:
      - {name: ff, settings: {lr: 0.02, batch: 20, head: false, negatives: random, peer: 0}}
  - name: others
    hardware: [gokmen_vlasov]
    conditions: [{periphery.adc_bits: 8}]
    learners:
      - {name: bp, settings: {lr: 0.1, batch: 20}}
      - {name: bp, settings: {lr: 0.001, batch: 20}}
  - name: digital
    hardware: [ideal]
    learners: [{name: bp, settings: {lr: 0.1, batch: 20}}]
  - name: two arrays
    hardware: [reram_sb]
    learners: [{name: ff, from_card: true, settings: {batch: 20}}]
  - name: floor
    hardware: [gokmen_vlasov]
    learners: [{name: ff, settings: {lr: 0.02, batch: 20, layers: frozen}}]
"""
COARSE = "gokmen_vlasov, adc_bits = 8"
EVERY = 0.999
"""A test error that all chips have after the first epoch."""


def small_energy_study(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The store, made once for all processes."""

    def build(folder: Path) -> None:
        run_study(make_plan(study_file(folder, STUDY)), folder / "out", workers=1)

    return Store(built_once(tmp_path_factory, "energy", build) / "out")
