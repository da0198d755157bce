"""Studies evaluated several times an epoch: the same training, told more closely, and read beside older runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from mortalff.actions import READS
from mortalff.energy.architectures import Task, work_for
from mortalff.errors import SpecError
from mortalff.report import write_report
from mortalff.report.energy_to_accuracy import energy_to_accuracy
from mortalff.report.load import load_study
from mortalff.studies.conduct import run_study
from mortalff.studies.plan import make_plan
from mortalff.studies.store import Store
from mortalff.studies.table import WHOLE_EPOCHS
from tests.strategies.built_once import built_once
from tests.strategies.studies import study_file

STUDY = """
study: evaluated
data: {name: digits, train: 190, test: 60}
hidden: [12, 12]
epochs: 2
chips: 2
evaluations_per_epoch: 4
blocks:
  - name: ff
    hardware: [gokmen_vlasov]
    activities: analog
    learners: [{name: ff, settings: {lr: 0.1, batch: 20, head: false, negatives: random, peer: 0}}]
  - name: bp
    hardware: [gokmen_vlasov]
    learners: [{name: bp, settings: {lr: 0.1, batch: 20}}]
"""
ONCE = STUDY.replace("evaluations_per_epoch: 4\n", "")
PARTS = [0.2, 0.5, 0.7, 1.0, 1.2, 1.5, 1.7, 2.0]
"""Of ten updates, the last of which has half the examples, after two, five, seven and all."""
EVERY = 0.999


def run(folder: Path, text: str) -> Store:
    folder.mkdir(exist_ok=True)
    summary = run_study(make_plan(study_file(folder, text)), folder / "out", workers=1)
    assert len(summary.done) == 2
    return Store(folder / "out")


@pytest.fixture(scope="module")
def often(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(built_once(tmp_path_factory, "often", lambda folder: run(folder, STUDY)) / "out")


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(built_once(tmp_path_factory, "once", lambda folder: run(folder, ONCE)) / "out")


def told(store: Store) -> pa.Table:
    """All but where and by which run it was made."""
    return store.table().drop_columns(["git_commit", "run_id"])


def test_all_else_is_what_it_is_with_one_evaluation(often: Store, once: Store) -> None:
    """Rows within epochs are added, and none of the others is another."""
    whole = pc.is_null(pc.field("epoch")) | (pc.floor(pc.field("epoch")) == pc.field("epoch"))
    assert told(often).filter(whole).equals(told(once))
    assert len(told(often)) > len(told(once))


def test_errors_and_counts_are_told_of_each_part(often: Store) -> None:
    for trial in load_study(often.folder).of_kind("train"):
        readout = "energy" if trial.setup.learner == "ff" else "softmax"
        assert [epoch for epoch, _ in trial.curve(f"error_{readout}")] == pytest.approx(PARTS)
        assert [epoch for epoch, _ in trial.curve("device_pulses")] == pytest.approx(PARTS)
        reads = [count for _, count in trial.curve("count_so_far", "array_read")]
        seen = [40, 100, 140, 190, 230, 290, 330, 380]
        assert reads == pytest.approx([reads[-1] * images / 380 for images in seen], rel=1e-12)


def test_measured_counts_within_epochs_are_those_of_closed_forms(often: Store) -> None:
    found = energy_to_accuracy(load_study(often.folder), (EVERY,), samples=20)
    assert found.left_out == {}
    assert {one.name for one in found.candidates} >= {"FF on ff_analog", "BP on bp_digital"}
    for one in found.candidates:
        plan, task = one.trained.plan, Task(20, 190)
        epoch, update = (work_for(each, plan, task).stored.driven for each in ("epoch", "update"))
        for course in one.courses:
            for action, count in epoch.items():
                due = count + 5 * update[action]
                if action not in READS:
                    assert course.counts[1.5][action] == pytest.approx(due, rel=1e-12), action
                    continue
                assert action not in course.counts[1.5]  # priced by their loads
                for trial in one.group.trials if one.trained.counted else ():
                    reads = dict(trial.curve("count_so_far", action))
                    assert reads[1.5] - reads.get(0, 0.0) == pytest.approx(due, rel=1e-12), action


def test_an_accuracy_is_charged_up_to_the_part_that_brought_it(often: Store, once: Store) -> None:
    """An error that was there after two updates of ten takes a fifth or so, and not the whole epoch."""
    close, coarse = (
        {one.name: one.to_target(EVERY) for one in found.candidates}
        for found in (
            energy_to_accuracy(load_study(store.folder), (EVERY,), samples=20)
            for store in (often, once)
        )
    )
    assert set(close) == set(coarse)
    for name, one in close.items():
        assert one.epochs == pytest.approx((0.2, 0.2))
        assert coarse[name].epochs == (1.0, 1.0)
        ratio = one.energy_j.value / coarse[name].energy_j.value
        assert 0.15 < ratio < 0.3, name


def test_the_report_draws_curves_by_parts_of_epochs(often: Store, once: Store) -> None:
    page = write_report(often.folder, progress=False).read_text(encoding="utf-8")
    assert "measured after equal parts of each epoch" in page
    assert "after epoch 0.2," in page
    page = write_report(once.folder, progress=False).read_text(encoding="utf-8")
    assert "measured after each epoch" in page
    assert "after epoch 1," in page


def test_runs_made_when_epochs_were_whole_numbers_are_read(once: Store, tmp_path: Path) -> None:
    """They have the same names, so that nothing is made again."""
    folder = tmp_path / "older"
    # Not the report that another process may be writing there.
    shutil.copytree(once.folder, folder, ignore=shutil.ignore_patterns(".*", "report.html"))
    for path in (folder / "runs").glob("*.parquet"):
        table = pq.read_table(path)
        older = WHOLE_EPOCHS.with_metadata(table.schema.metadata)
        pq.write_table(table.cast(older), path)
    older = Store(folder)
    assert older.table().equals(once.table())
    assert load_study(folder).trials == load_study(once.folder).trials
    summary = run_study(make_plan(study_file(tmp_path, ONCE)), folder, workers=1)
    assert (len(summary.done), len(summary.there)) == (0, 2)


WRONG = [
    ("per_epoch: 4", "per_epoch: 11", "7: evaluations_per_epoch: got 11; an epoch has 10 updates"),
    ("per_epoch: 4", "per_epoch: 0", "7: evaluations_per_epoch: got 0"),
    ("  - name: bp\n", "  - name: bp\n    evaluations_per_epoch: 12\n",
     r"14: blocks\[1\].evaluations_per_epoch: got 12; an epoch has 10 updates"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), WRONG)
def test_more_parts_than_updates_are_told(old: str, new: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=told):
        make_plan(study_file(tmp_path, STUDY.replace(old, new)))


def test_a_block_speaks_before_the_study(tmp_path: Path) -> None:
    text = STUDY.replace("  - name: bp\n", "  - name: bp\n    evaluations_per_epoch: 1\n")
    runs = make_plan(study_file(tmp_path, text)).runs
    assert [run.spec.evaluations_per_epoch for run in runs] == [4, 1]
    plain = make_plan(study_file(tmp_path, ONCE)).runs
    assert [run.run_id == other.run_id for run, other in zip(runs, plain, strict=True)] == [
        False,
        True,
    ]


def test_transfers_alone_are_not_evaluated_on_the_way(tmp_path: Path) -> None:
    text = (
        STUDY[: STUDY.index("blocks:")]
        + """\
transfers:
  - {name: t, hardware: [gokmen_vlasov], learner: ff, methods: [relearn]}
"""
    )
    with pytest.raises(SpecError, match=r"7: evaluations_per_epoch: got 4; transfers are"):
        study_file(tmp_path, text)
