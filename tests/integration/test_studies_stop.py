"""Stopping a study, kindly or not, and going on: the same table as if it had never been stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mortalff.studies.lock import hold
from mortalff.studies.store import Store
from tests.strategies.built_once import built_once
from tests.strategies.studies import LONGER, SMALL, write

_LIMIT_S = 300.0


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts ``mortalff run`` in a session of its own; whatever is left of it is killed at the end."""
    processes: list[subprocess.Popen[str]] = []

    def start(study: Path, out: Path, workers: int = 2) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "mortalff.cli.main", "run", str(study), "--out", str(out)]
        process = subprocess.Popen(
            [*command, "--workers", str(workers)],
            cwd=tmp_path,
            start_new_session=True,
            # A shell that runs the tests in the background has Ctrl-C ignored, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for(happened: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + _LIMIT_S
    while not happened():
        assert time.monotonic() < end, "it took too long"
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def finished_runs(out: Path) -> int:
    return len(list((out / "runs").glob("*.parquet")))


def checkpoints(out: Path) -> int:
    return len(list((out / "checkpoints").glob("*/training/about.json")))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The results of a study that was never stopped."""
    from mortalff.studies.conduct import run_study
    from mortalff.studies.plan import make_plan
    from mortalff.studies.study_file import read_study

    def build(folder: Path) -> None:
        run_study(make_plan(read_study(write(folder, LONGER))), folder / "out", workers=2)

    return Store(built_once(tmp_path_factory, "undisturbed", build) / "out")


def assert_equal(store: Store, undisturbed: Store) -> None:
    # A commit made meanwhile would be the only difference.
    ours, theirs = (s.table().drop_columns(["git_commit"]) for s in (store, undisturbed))
    assert ours.equals(theirs)


def test_killed_half_way_and_run_again_it_comes_to_the_same_table(
    tmp_path: Path, started: Callable[..., subprocess.Popen[str]], undisturbed: Store
) -> None:
    study, out = write(tmp_path, LONGER), tmp_path / "out"
    process = started(study, out)
    wait_for(lambda: finished_runs(out) >= 1 and checkpoints(out) >= 1, process)
    process.kill()
    process.wait()
    assert 1 <= finished_runs(out) < 5
    with hold(out):  # no sooner than the workers are gone, which nobody told to go
        half = finished_runs(out)
        left = {path.parent.parent.name for path in out.glob("checkpoints/*/training/about.json")}
        assert left, "runs were under way"
    Store(out).table()  # whole files only
    again = started(study, out)
    said, complaints = again.communicate(timeout=_LIMIT_S)
    assert again.returncode == 0, complaints
    assert f"{5 - half} runs done, {half} were there" in said
    assert_equal(Store(out), undisturbed)
    assert list((out / "checkpoints").iterdir()) == []


def test_killed_with_one_worker_in_the_middle_of_a_run_it_goes_on_from_there(
    tmp_path: Path, started: Callable[..., subprocess.Popen[str]], undisturbed: Store
) -> None:
    study, out = write(tmp_path, LONGER), tmp_path / "out"
    for _ in range(2):
        process = started(study, out, workers=1)
        before = {p.stat().st_mtime_ns for p in out.glob("checkpoints/*/training/about.json")}

        def moved_on() -> bool:
            now = {p.stat().st_mtime_ns for p in out.glob("checkpoints/*/training/about.json")}
            return bool(now - before)  # noqa: B023

        wait_for(moved_on, process)
        process.kill()
        process.wait()
    last = started(study, out)
    assert last.wait(_LIMIT_S) == 0
    assert_equal(Store(out), undisturbed)


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(
    tmp_path: Path, started: Callable[..., subprocess.Popen[str]], undisturbed: Store
) -> None:
    study, out = write(tmp_path, LONGER), tmp_path / "out"
    process = started(study, out)
    wait_for(lambda: finished_runs(out) >= 1, process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers too
    _, complaints = process.communicate(timeout=_LIMIT_S)
    assert process.returncode == 130
    assert f"to go on: mortalff run {study} --out {out} --workers 2" in complaints
    assert "Traceback" not in complaints
    assert "failed" not in complaints
    assert not (out / "failures").exists()
    assert 1 <= finished_runs(out) < 5
    again = started(study, out)
    assert again.wait(_LIMIT_S) == 0
    assert_equal(Store(out), undisturbed)


@pytest.mark.parametrize("moment", ["plan.json", ".workers"])
def test_ctrl_c_while_workers_start_is_as_clean(
    tmp_path: Path, started: Callable[..., subprocess.Popen[str]], moment: str
) -> None:
    study, out = write(tmp_path, SMALL), tmp_path / "out"
    process = started(study, out)
    wait_for((out / moment).exists, process)
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    _, complaints = process.communicate(timeout=_LIMIT_S)
    assert process.returncode == 130, complaints
    assert "Traceback" not in complaints
    with hold(out):  # nobody is left
        pass


def test_a_second_study_in_the_same_folder_is_refused(
    tmp_path: Path, started: Callable[..., subprocess.Popen[str]]
) -> None:
    study, out = write(tmp_path, LONGER), tmp_path / "out"
    first = started(study, out)
    wait_for((out / "plan.json").exists, first)
    second = started(study, out)
    _, complaints = second.communicate(timeout=_LIMIT_S)
    assert second.returncode == 2
    assert f"a study runs in this folder (process {first.pid} on " in complaints
    assert first.poll() is None
