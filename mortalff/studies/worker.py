"""A worker process: one thread of arithmetic, and gone when its study is.

Imports nothing heavy before the number of threads is set.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from mortalff.studies.perform import Job

_THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)
_WATCH_S = 0.2


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        run_id: the run's name.
        error: its last line of bad news; empty where it succeeded.
    """

    run_id: str
    error: str = ""


def start(parent: int, folder: Path) -> None:
    """Make this process a worker.

    Args:
        parent: the process that runs the study; this one ends when that one does. It started this
            one deaf to Ctrl-C, and decides itself what that does.
        folder: the results folder.
    """
    for name in _THREADS:
        os.environ[name] = "1"
    from mortalff.studies.lock import join_as_worker

    membership = join_as_worker(folder)
    # Only now, so that a parent that died meanwhile leaves no worker behind unseen.
    if os.getppid() != parent:
        os._exit(1)
    threading.Thread(target=_watch, args=(parent, membership), daemon=True).start()
    import torch

    torch.set_num_threads(1)


def work(job: Job, folder: Path) -> Outcome:
    """Do a run and write its table, or why there is none.

    Args:
        job: the run.
        folder: the results folder.
    """
    from mortalff.studies.perform import perform
    from mortalff.studies.store import Store

    store, run_id, began = Store(folder), job.spec.run_id, time.monotonic()
    try:
        table = perform(job, store.checkpoint(run_id))
        seconds = time.monotonic() - began
        store.write_run(run_id, table, job.spec.canonical(), seconds, socket.gethostname())
    except BaseException as error:  # one run's failure, even its exit, is not the study's
        store.write_failure(run_id, f"{job.spec.canonical()}\n\n{traceback.format_exc()}")
        first = (str(error).splitlines() or [""])[0]
        return Outcome(run_id, f"{type(error).__name__}: {first}")
    return Outcome(run_id)


def _watch(parent: int, membership: IO[str]) -> None:
    """End this process when its parent has ended, in the middle of whatever it does."""
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    membership.close()
    os._exit(1)
