"""The results folder: whole files, one study a folder, the table of the present plan."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mortalff.errors import StoreError
from mortalff.studies.files import write_text, write_whole
from mortalff.studies.store import PlanEntry, Store
from mortalff.studies.table import STUDY_COLUMNS, run_table
from tests.strategies.studies import SMALL

ROW = {
    "study": "small", "block": "old name", "run_id": "x", "kind": "train", "hardware": "ecram",
    "card_hash": "c", "condition": "{}", "learner": "ff", "settings": "{}", "needs": "forward,pulse",
    "privileged": False, "reproducible": True, "activities": "digital", "sizes": "64-10",
    "method": "", "chip_id": 0, "seed": 0, "data": "digits", "data_checksum": "d",
    "metric": "test_error_softmax", "value": 0.25, "unit": "1", "version": "0.1.0",
}  # fmt: skip


def one_row(run_id: str, value: float) -> pa.Table:
    return run_table([{**ROW, "run_id": run_id, "value": value}])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "results")
    store.begin(SMALL, [PlanEntry("b", "one"), PlanEntry("a", "two"), PlanEntry("c", "two")], "cmd")
    return store


def test_the_table_is_in_the_plans_order_whatever_was_written_first(store: Store) -> None:
    store.write_run("a", one_row("a", 0.1), "{}", 1.0, "host")
    store.write_run("b", one_row("b", 0.2), "{}", 1.0, "host")
    table = store.table()
    assert table.schema.equals(STUDY_COLUMNS)
    assert table["run_id"].to_pylist() == ["b", "a"]
    assert table["block"].to_pylist() == ["one", "two"]
    assert store.missing() == ["c"]


def test_whether_a_rule_set_a_run_is_the_plans_to_say_and_not_the_runs(store: Store) -> None:
    blocks = {"ruled": True, "named": False, "old": None}
    store.write_run("a", one_row("a", 0.1), "{}", 1.0, "host")
    store.begin(SMALL, [PlanEntry("a", block, from_card=flag) for block, flag in blocks.items()])
    table = store.table()
    assert table.schema.equals(STUDY_COLUMNS)
    assert (
        dict(zip(*(table[name].to_pylist() for name in ("block", "from_card")), strict=True))
        == blocks
    )
    plan = store.folder / "plan.json"
    written = json.loads(plan.read_text())
    for run in written["runs"]:
        del run["from_card"]
    plan.write_text(json.dumps(written))  # as plans were before
    assert store.table()["from_card"].to_pylist() == [None] * 3


def test_runs_the_study_no_longer_asks_for_are_kept_but_left_out(store: Store) -> None:
    store.write_run("a", one_row("a", 0.1), "{}", 1.0, "host")
    store.begin(SMALL, [PlanEntry("b", "one")])
    assert len(store.table()) == 0
    assert store.has("a")


def test_a_run_that_two_blocks_ask_for_is_in_the_table_for_each(store: Store) -> None:
    store.begin(SMALL, [PlanEntry("a", "one"), PlanEntry("a", "two")])
    store.write_run("a", one_row("a", 0.1), "{}", 1.0, "host")
    assert store.table()["block"].to_pylist() == ["one", "two"]
    assert store.missing() == []


def test_a_run_carries_its_specification(store: Store) -> None:
    store.write_run("a", one_row("a", 0.1), '{"seed":3}', 1.5, "host")
    assert json.loads(store.spec("a")) == {"seed": 3}
    timing = json.loads((store.folder / "timing" / "a.json").read_text())
    assert timing == {"seconds": 1.5, "host": "host"}


def test_success_clears_failure_and_checkpoint_away(store: Store) -> None:
    store.checkpoint("a").mkdir(parents=True)
    store.write_failure("a", "Traceback\nValueError: no")
    assert store.failures() == {"a": "Traceback\nValueError: no"}
    store.write_run("a", one_row("a", 0.1), "{}", 1.0, "host")
    assert store.failures() == {}
    assert not store.checkpoint("a").exists()


def test_what_a_killed_study_left_is_cleared_away(store: Store) -> None:
    store.write_run("a", one_row("a", 0.1), "{}", 1.0, "host")
    left = [store.folder / ".plan.json.7.tmp", store.folder / "runs" / ".b.parquet.7.tmp"]
    for path in left:
        path.write_text("half")
    store.checkpoint("a").mkdir(parents=True)  # killed between table and clearing away
    store.checkpoint("b").mkdir()
    store.begin(SMALL, [PlanEntry("a", "one"), PlanEntry("b", "one")])
    assert not any(path.exists() for path in left)
    assert not store.checkpoint("a").exists()
    assert store.checkpoint("b").exists()
    assert len(store.table()) == 1


def test_failures_of_runs_no_longer_asked_for_are_forgotten(store: Store) -> None:
    store.write_failure("a", "ValueError: no")
    store.write_failure("b", "ValueError: nor this")
    store.begin(SMALL, [PlanEntry("b", "one")])
    assert [path.name for path in (store.folder / "failures").iterdir()] == ["b.txt"]


def test_another_study_is_refused(store: Store) -> None:
    store.check_free_for("small")
    with pytest.raises(StoreError, match="it holds the results of study 'small'"):
        store.check_free_for("other")


def test_a_folder_of_other_files_is_refused(tmp_path: Path) -> None:
    Store(tmp_path / "new").check_free_for("small")
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(StoreError, match="not a study's results"):
        Store(tmp_path).check_free_for("small")
    with pytest.raises(StoreError, match="it is a file"):
        Store(tmp_path / "thesis.tex").check_free_for("small")


def test_a_damaged_run_is_told_with_what_to_do(store: Store) -> None:
    store.write_run("a", one_row("a", 0.1), "{}", 1.0, "host")
    path = store.folder / "runs" / "a.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StoreError, match=r"a\.parquet: it is damaged .*; delete the file"):
        store.table()
    pq.write_table(one_row("a", 0.1).drop_columns("value"), path)
    with pytest.raises(StoreError, match=r"a\.parquet: it lacks the columns \['value'\]"):
        store.table()


def test_a_folder_without_a_study_is_told(tmp_path: Path) -> None:
    for ask in (lambda s: s.table(), lambda s: s.study, lambda s: s.missing()):
        with pytest.raises(StoreError, match="'mortalff run STUDY --out DIR'"):
            ask(Store(tmp_path))
    (tmp_path / "plan.json").write_text('{"format": 1, "runs": [{}]}')
    with pytest.raises(StoreError, match=r"plan\.json: it is damaged"):
        Store(tmp_path).missing()


def test_a_table_without_a_needed_column_is_no_runs_table() -> None:
    with pytest.raises(ValueError, match="column 'metric' is null in row 1"):
        run_table([ROW, {**ROW, "metric": None}])


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.txt"
    write_text(path, "old")

    def fail(fresh: Path) -> None:
        fresh.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_whole(path, fail)
    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]
