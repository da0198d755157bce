"""Made-up stores of studies, with numbers such as real ones have."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import JsonValue

from mortalff.studies.run_spec import NO_LESSON, Lesson, RunData, RunSpec, canonical_json
from mortalff.studies.store import PlanEntry, Store
from mortalff.studies.table import Row, Value, run_table

EPOCHS = 10
METHODS = ("copy", "distil", "relearn")
STUDY = """\
study: demonstration
title: How well do analog chips learn?
data: {name: mnist}
hidden: [500, 500]
epochs: 10
blocks:
  - {name: cards, hardware: [gokmen_vlasov], learners: [ff]}
"""
# component → share of the energy of an FF example, low and high as factors of it
SHARES = {
    "reads": (0.22, 0.2, 3.0),
    "input conversion": (0.03, 0.2, 8.0),
    "output conversion": (0.09, 0.3, 9.0),
    "update pulses": (0.48, 0.1, 12.0),
    "analog periphery": (0.02, 0.1, 6.0),
    "digital": (0.12, 0.1, 4.0),
    "memory": (0.04, 0.4, 5.0),
}


@dataclass(frozen=True)
class Made:
    """A setup, and how well its chips do."""

    hardware: str
    learner: str = "ff"
    error: float = 0.05
    scatter: float = 0.1
    joules: float = 2e-9
    needs: str = "forward,pulse"
    condition: Mapping[str, JsonValue] = field(default_factory=dict)
    settings: Mapping[str, JsonValue] = field(default_factory=lambda: {"lr": 0.01, "batch": 100})
    privileged: bool = False
    pulses: float = 3e8
    reproducible: bool = True
    epochs: int = EPOCHS


DEMO = (
    Made("ideal", error=0.022, scatter=0.04, pulses=0.0, joules=0.0),
    Made("ideal", "bp", 0.018, 0.03, 0.0, "forward,forward_transposed,pulse", privileged=True,
         pulses=0.0),
    Made("gokmen_vlasov", error=0.051),
    Made("gokmen_vlasov", "bp", 0.034, 0.06, 2.9e-9, "forward,forward_transposed,pulse",
         privileged=True, pulses=1.2e8),
    Made("ecram", error=0.064, scatter=0.12, joules=4e-10),
    Made("ecram", "bp", 0.047, 0.09, 5.5e-10, "forward,forward_transposed,pulse",
         privileged=True, pulses=2e8),
    Made("reram_es", error=0.31, scatter=0.2, joules=3e-8, pulses=9e8),
    Made("reram_sb", error=0.46, scatter=0.15, joules=2e-8, pulses=8e8),
    Made("aihwkit:GokmenVlasovPreset", error=0.055, scatter=0.1, reproducible=False),
)  # fmt: skip


def write_store(
    folder: Path,
    setups: Sequence[Made] = DEMO,
    *,
    chips: int = 6,
    seeds: Sequence[int] = (0,),
    pairs: int = 5,
    lacking: frozenset[str] = frozenset(),
    entries: Sequence[PlanEntry] = (),
    failures: Mapping[str, str] | None = None,
    command: str = "",
) -> Path:
    """Write a study's folder.

    Args:
        folder: where; made anew.
        setups: what was trained.
        chips: chips a setup.
        seeds: root seeds.
        pairs: pairs of chips a method of transfer; none for no transfer.
        lacking: metrics to leave out, by the start of their names.
        entries: runs that the plan has besides, without results.
        failures: name → text of failed runs.
        command: the command that ran the study.
    """
    runs: list[tuple[RunSpec, list[Row]]] = []
    for made, seed in itertools.product(setups, seeds):
        rows = [row for chip in range(chips) for row in train_rows(made, chip, seed)]
        runs.append((_spec(made, "train", seed, chips), _kept(rows, lacking)))
    for seed in seeds if pairs else ():
        rows = [
            row
            for method, pair in itertools.product(METHODS, range(pairs))
            for row in transfer_rows(method, pair, seed)
        ]
        runs.append((_spec(DEMO[2], "transfer", seed, pairs), _kept(rows, lacking)))
    fails = failures or {}
    more = [*entries, *(PlanEntry(name, "cards") for name in fails)]
    return _write(folder, runs, more, fails, command)


def train_rows(made: Made, chip: int, seed: int) -> list[Row]:
    """All measurements of one trained chip."""
    rng = np.random.default_rng([chip, seed, *made.hardware.encode(), len(made.learner)])
    luck = math.exp(made.scatter * rng.standard_normal())
    same = _columns(made, chip, seed) | {"kind": "train", "method": "", "teacher_chip_id": None}
    rows: list[Row] = []

    def add(metric: str, value: float, unit: str = "1", **more: Value) -> None:
        rows.append(same | {"metric": metric, "value": value, "unit": unit} | more)

    final = {"softmax": min(0.9, made.error * luck)}
    if made.learner == "ff":
        worse = 1.5 + 0.1 * rng.standard_normal()
        final["energy"] = min(0.9, final["softmax"] * worse)
    for epoch in range(1, EPOCHS + 1):
        decay = math.exp(-epoch / 2.2)
        for readout, error in final.items():
            noise = 1 + 0.02 * rng.standard_normal()
            add(f"error_{readout}", min(0.9, error + 0.5 * decay) * noise, epoch=epoch)
        add("error_training", min(0.9, 0.9 * final["softmax"] + 0.5 * decay), epoch=epoch)
        if made.pulses:
            add("device_pulses", made.pulses * luck * (1 - math.exp(-epoch / 4)), epoch=epoch)
        if made.learner == "ff":
            for layer in (1, 2):
                gap = 0.5 * (1 - decay) * (0.9 if made.error < 0.2 else 0.15)
                gap *= 1 + 0.05 * rng.standard_normal()
                add(f"goodness_positive_layer{layer}", 1 + gap / layer, epoch=epoch)
                add(f"goodness_negative_layer{layer}", 1 - gap / layer, epoch=epoch)
    for readout, error in final.items():
        add(f"test_error_{readout}", error)
    add("count", 60_000.0 * EPOCHS, component="array_read")
    add("count", 7.84e5 * EPOCHS, component="adc_conversion")
    if made.pulses:
        add("count", made.pulses * luck, component="device_pulse")
    if made.joules:
        _add_energy(add, made, luck)
    return rows


def _add_energy(add: Callable[..., None], made: Made, luck: float) -> None:
    shares = dict(SHARES)
    if made.learner == "bp":
        shares["update pulses"], shares["output conversion"] = (0.2, 0.1, 12.0), (0.3, 0.3, 9.0)
        shares["memory"], shares["privileged access"] = (0.1, 0.4, 5.0), (0.02, 0.3, 4.0)
    examples = 60_000 * EPOCHS
    per = {"energy_per_example_j": 1.0, "energy_per_update_j": 100.0, "energy_training_j": examples}
    for metric, factor in per.items():
        total, low, high = 0.0, 0.0, 0.0
        for component, (share, least, most) in shares.items():
            value = made.joules * share * luck * factor
            add(metric, value, "J", component=component, low=value * least, high=value * most)
            total, low, high = total + value, low + value * least, high + value * most
        add(metric, total, "J", low=low, high=high)
    add("energy_inference_softmax_j", made.joules / 3, "J", low=made.joules / 30, high=made.joules)


def transfer_rows(method: str, pair: int, seed: int) -> list[Row]:
    """All measurements of one transfer, of chip 2·pair to the next."""
    rng = np.random.default_rng([pair, seed])
    made = DEMO[2]
    if method == "copy":
        made = replace(made, needs="forward,program,pulse,read_weights", privileged=True)
    teacher = 0.05 * math.exp(0.1 * rng.standard_normal())
    loss = {"copy": 4.0, "distil": 1.15, "relearn": 1.35}[method]
    student = teacher * loss * math.exp(0.1 * rng.standard_normal())
    base = 1 - teacher - 0.05 + 0.004 * rng.standard_normal()
    agreement = {"copy": base - 0.1, "distil": base + 0.02, "relearn": base}[method]
    same = _columns(made, 2 * pair + 1, seed)
    same |= {"kind": "transfer", "method": method, "teacher_chip_id": 2 * pair}
    values = {
        "teacher_error": teacher,
        "student_error": student,
        "accuracy_kept": (1 - student) / (1 - teacher),
        "agreement": agreement,
        "agreement_baseline": base,
    }
    rows: list[Row] = [
        same | {"metric": metric, "value": value, "unit": "1"} for metric, value in values.items()
    ]
    joules = {"copy": 2e-5, "distil": 4e-4, "relearn": 3e-4}[method]
    rows.append(same | {"metric": "energy_transfer_j", "value": joules, "unit": "J",
                        "low": joules / 5, "high": joules * 6})  # fmt: skip
    return rows


def measurement(metric: str, value: float, **columns: Value) -> Row:
    """One row of a trained chip, for tests that make a few by hand."""
    chip, seed = columns.pop("chip_id", 0), columns.pop("seed", 0)
    assert isinstance(chip, int)
    assert isinstance(seed, int)
    same = _columns(Made("gokmen_vlasov"), chip, seed)
    same |= {"kind": "train", "method": "", "teacher_chip_id": None, "unit": "1"}
    return same | {"metric": metric, "value": value} | columns


def write_rows(folder: Path, rows: Sequence[Row]) -> Path:
    """Write a study's folder with these rows as its only run."""
    return _write(folder, [(_spec(Made("gokmen_vlasov"), "train", 0, 1), rows)])


def _write(
    folder: Path,
    runs: Sequence[tuple[RunSpec, Sequence[Row]]],
    more: Sequence[PlanEntry] = (),
    failures: Mapping[str, str] | None = None,
    command: str = "",
) -> Path:
    store = Store(folder)
    store.begin(STUDY, [*(PlanEntry(spec.run_id, "cards") for spec, _ in runs), *more], command)
    for spec, rows in runs:
        named = [{"study": "demonstration", "run_id": spec.run_id, **row} for row in rows]
        store.write_run(spec.run_id, run_table(named), spec.canonical(), 1.0, "host")
        path = folder / "runs" / f"{spec.run_id}.parquet"
        os.utime(path, (1_760_000_000, 1_760_000_000))  # 2025-10-09
    for name, text in (failures or {}).items():
        store.write_failure(name, text)
    return folder


def _spec(made: Made, kind: Literal["train", "transfer"], seed: int, chips: int) -> RunSpec:
    lesson = NO_LESSON
    if kind == "transfer":
        students = tuple(2 * pair + 1 for pair in range(chips))
        lesson = Lesson(students=students, methods=METHODS, images=1000, epochs=EPOCHS)
    return RunSpec(
        kind=kind,
        hardware={"card": made.hardware},
        card_hash=made.hardware.encode().hex()[:16],
        condition=dict(made.condition),
        learner=made.learner,
        provider="",
        settings=dict(made.settings),
        activities="digital",
        sizes=(784, 500, 500, 10) if made.learner == "bp" else (784, 500, 500),
        data=RunData(name="mnist", train=60_000, test=10_000, checksum="5f" * 32),
        epochs=made.epochs,
        seed=seed,
        chips=tuple(range(chips)),
        lesson=lesson,
    )


def _columns(made: Made, chip: int, seed: int) -> dict[str, Value]:
    spec = _spec(made, "train", seed, 1)
    return {
        "block": "cards",
        "hardware": made.hardware,
        "card_hash": spec.card_hash,
        "condition": canonical_json(spec.condition),
        "learner": made.learner,
        "settings": canonical_json(spec.settings),
        "needs": made.needs,
        "privileged": made.privileged,
        "reproducible": made.reproducible,
        "activities": spec.activities,
        "sizes": "-".join(map(str, spec.sizes)),
        "chip_id": chip,
        "seed": seed,
        "data": spec.data.name,
        "data_checksum": spec.data.checksum,
        "version": "0.1.0",
        "git_commit": "0123456789abcdef0123456789abcdef01234567",
    }


def _kept(rows: list[Row], lacking: frozenset[str]) -> list[Row]:
    return [row for row in rows if not str(row["metric"]).startswith(tuple(lacking))]
