"""One study at a time in a folder, and none of the last one's processes left.

Both locks are the kernel's (flock): they end with the process that holds them, however it ends, so none goes stale.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from mortalff.errors import StoreError, message

_MAIN, _WORKERS = ".lock", ".workers"
_PATIENCE_S = 60.0
_PAUSE_S = 0.1


@contextlib.contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Have a results folder to oneself.

    Waits for worker processes of a study that was killed here, which end by themselves.

    Args:
        folder: the results folder; it must exist.

    Raises:
        StoreError: a study runs in it, or a killed study's worker does not end.
    """
    with (folder / _MAIN).open("a+", encoding="utf-8") as file:
        if not _try(file, fcntl.LOCK_EX):
            file.seek(0)
            rule = f"a study runs in this folder ({_holder(file.read())})"
            right = "wait until it is done, stop it, or give another --out"
            raise StoreError(message("results folder", str(folder), rule, right))
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
        file.flush()
        try:
            _wait_for_workers(folder)
            yield
        finally:
            file.truncate(0)


def join_as_worker(folder: Path) -> IO[str]:
    """Be known as a worker in a results folder until the file returned is closed or the process ends."""
    file = (folder / _WORKERS).open("a+", encoding="utf-8")
    fcntl.flock(file, fcntl.LOCK_SH)
    return file


def _wait_for_workers(folder: Path) -> None:
    with (folder / _WORKERS).open("a+", encoding="utf-8") as file:
        end = time.monotonic() + _PATIENCE_S
        while not _try(file, fcntl.LOCK_EX):
            if time.monotonic() > end:
                raise StoreError(
                    f"results folder {folder}: a worker process of a study that was stopped here"
                    " still runs; end it, or give another --out"
                )
            time.sleep(_PAUSE_S)


def _try(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(text: str) -> str:
    try:
        who = json.loads(text)
        return f"process {who['pid']} on {who['host']}"
    except (ValueError, KeyError, TypeError):
        return "of another process"
