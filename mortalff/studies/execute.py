"""Running a plan in parallel processes.

Each worker is a fresh process with one thread, also where there is but one worker, so a run's numbers
do not depend on how many there are. The study's process only hands out runs: a run that is done is on
disk before it is told of, and what stops the study, at whatever moment, costs no more than the epochs
under way.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType

from mortalff.errors import MortalffError
from mortalff.studies.perform import Job
from mortalff.studies.store import Store
from mortalff.studies.worker import Outcome, start, work

_DIED = "the worker process died in this run (out of memory, or a crash in compiled code)"


def execute(
    jobs: Sequence[Job],
    store: Store,
    workers: int,
    on_done: Callable[[Job, Outcome], None] | None = None,
) -> list[Outcome]:
    """Do runs, as many at a time as there are workers.

    The caller holds the store's folder (:func:`mortalff.studies.lock.hold`).

    Args:
        jobs: the runs, each once.
        store: where their tables go.
        workers: number of processes.
        on_done: called with each run that ends, in the order in which they do.

    Returns:
        How each run ended, in that order. Exceptions in runs are recorded and do not stop others.

    Raises:
        MortalffError: worker processes do not even start.
        KeyboardInterrupt: on Ctrl-C, after the workers have been ended.
    """
    # Long ones first, so that none is left to run alone at the end.
    waiting = deque(sorted(jobs, key=lambda job: -job.spec.effort))
    suspects: deque[Job] = deque()
    outcomes: list[Outcome] = []

    def done(job: Job, outcome: Outcome) -> None:
        outcomes.append(outcome)
        if on_done is not None:
            on_done(job, outcome)

    while waiting or suspects:
        # Whichever run took its worker down is found by running those under way again, one by one.
        alone = bool(suspects)
        queue = deque([suspects.popleft()]) if alone else waiting
        with _Pool(store.folder, 1 if alone else min(workers, len(waiting))) as pool:
            if alone:
                pool.check_starts()
            for job in pool.drain(queue, done):
                if alone:
                    store.write_failure(job.spec.run_id, f"{job.spec.canonical()}\n\n{_DIED}\n")
                    done(job, Outcome(job.spec.run_id, _DIED))
                else:
                    suspects.append(job)
    return outcomes


class _Pool:
    """Worker processes that are gone when the block that uses them is left, in whatever way."""

    def __init__(self, folder: Path, workers: int) -> None:
        self._folder = folder
        self._workers = workers
        self._before = set(multiprocessing.active_children())
        self._executor = ProcessPoolExecutor(
            workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=start,
            initargs=(os.getpid(), folder),
        )

    def __enter__(self) -> _Pool:
        """Nothing to begin: processes start with the first runs."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the workers: kindly when they are idle, else at once; what they write is whole or not there."""
        if kind is not None:
            for process in self._processes():
                process.kill()
        self._executor.shutdown(wait=True, cancel_futures=True)

    def check_starts(self) -> None:
        """Check that a worker starts, before a run is blamed.

        Raises:
            MortalffError: it does not.
        """
        try:
            with _no_interrupts():
                future = self._executor.submit(os.getpid)
            future.result()
        except BrokenProcessPool as error:
            raise MortalffError(
                "study: worker processes do not start (see what they said above); a script that runs"
                " a study must do so under `if __name__ == '__main__':`"
            ) from error

    def drain(self, queue: deque[Job], done: Callable[[Job, Outcome], None]) -> Iterable[Job]:
        """Do the runs of a queue until it is empty or a worker dies.

        Returns:
            The runs that were under way when a worker died; whatever had not begun is in the queue.
        """
        under_way: dict[Future[Outcome], Job] = {}
        try:
            while queue or under_way:
                while queue and len(under_way) < self._workers:
                    with _no_interrupts():
                        future = self._executor.submit(work, queue[0], self._folder)
                    under_way[future] = queue.popleft()
                finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in finished:
                    outcome = future.result()
                    done(under_way.pop(future), outcome)
        except BrokenProcessPool:
            return list(under_way.values())
        return []

    def _processes(self) -> set[BaseProcess]:
        return set(multiprocessing.active_children()) - self._before


@contextlib.contextmanager
def _no_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back, so that a process started here never gets it, and this one does after."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
