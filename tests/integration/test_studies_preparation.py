"""What it takes to get arrays ready to learn is billed as training."""

from __future__ import annotations

from pathlib import Path

from mortalff.studies.conduct import run_study
from mortalff.studies.plan import make_plan
from mortalff.studies.store import Store
from tests.strategies.studies import study_file

STUDY = """
study: preparation
data: {{name: digits, train: 20, test: 10}}
hidden: [8]
epochs: 1
blocks:
  - name: settled
    hardware: [{{card: reram_es, scheme: {{name: two_arrays, settings: {{settle: {settle}, dead_zone: 100.0}}}}}}]
    learners: [{{name: ff, settings: {{batch: 20, layers: frozen}}}}]
"""


def _pulses(folder: Path, settle: float) -> float:
    folder.mkdir()
    run_study(make_plan(study_file(folder, STUDY.format(settle=settle))), folder / "out", workers=1)
    rows = Store(folder / "out").table().to_pylist()
    (pulses,) = [
        r["value"] for r in rows if (r["metric"], r["component"]) == ("count", "device_pulse")
    ]
    return float(pulses)


def test_settling_is_billed(tmp_path: Path) -> None:
    # Layers that do not learn are never pulsed after they were settled.
    little, much = (_pulses(tmp_path / str(settle), settle) for settle in (0.5, 2.0))
    cells = 65 * 8 * 2
    assert little > cells * 100
    assert 3.5 < much / little < 4.5
