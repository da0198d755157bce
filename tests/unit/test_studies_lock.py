"""Locks end with the processes that hold them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mortalff.errors import StoreError
from mortalff.studies import lock

_HOLD = """
import sys, time
from pathlib import Path
from mortalff.studies import lock
with lock.hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""
_WORK = """
import sys, time
from pathlib import Path
from mortalff.studies import lock
kept = lock.join_as_worker(Path(sys.argv[1]))
print("working", flush=True)
time.sleep(float(sys.argv[2]))
"""


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_a_second_study_is_refused_and_told_who_holds_the_folder(tmp_path: Path) -> None:
    with start(_HOLD, str(tmp_path)) as holder:
        with pytest.raises(StoreError, match=rf"a study runs .*process {holder.pid} on "):
            lock.hold(tmp_path).__enter__()
        holder.kill()
    with lock.hold(tmp_path):
        assert str(os.getpid()) in (tmp_path / ".lock").read_text()


def test_a_lock_is_free_again_when_it_is_left(tmp_path: Path) -> None:
    for _ in range(2):
        with lock.hold(tmp_path):
            pass


def test_the_last_studys_workers_are_waited_for(tmp_path: Path) -> None:
    with start(_WORK, str(tmp_path), "1.0"):
        began = time.monotonic()
        with lock.hold(tmp_path):
            assert time.monotonic() - began > 0.2


def test_a_worker_that_does_not_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_PATIENCE_S", 0.2)
    with start(_WORK, str(tmp_path), "60") as worker:
        with pytest.raises(StoreError, match="still runs"):
            lock.hold(tmp_path).__enter__()
        worker.kill()
