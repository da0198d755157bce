"""Running a study into a results folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mortalff.errors import InputError, message
from mortalff.studies.execute import execute
from mortalff.studies.lock import hold
from mortalff.studies.origin import this_origin
from mortalff.studies.perform import Job
from mortalff.studies.plan import Plan, PlannedRun
from mortalff.studies.store import PlanEntry, Store
from mortalff.studies.worker import Outcome


@dataclass(frozen=True)
class Progress:
    """What is told while a study runs.

    Attributes:
        to_do: the runs that are going to be done.
        outcome: how a run ended; None at the start.
        job: the run that ended; None at the start.
    """

    to_do: Sequence[Job]
    outcome: Outcome | None = None
    job: Job | None = None


@dataclass(frozen=True)
class Summary:
    """What running a study came to.

    Attributes:
        done: runs done now.
        there: runs that were there already.
        failed: runs that failed → why.
        skipped: runs that cannot be done here → why.
    """

    done: tuple[str, ...]
    there: tuple[str, ...]
    failed: dict[str, str]
    skipped: dict[str, str]


def run_study(
    plan: Plan,
    folder: str | Path,
    *,
    workers: int | None = None,
    data: str | Path | None = None,
    command: str = "",
    tell: Callable[[Progress], None] | None = None,
) -> Summary:
    """Do the runs of a plan that are not in the folder yet.

    Stopped at any moment, by Ctrl-C or a kill, it goes on where it was when it is called again, and comes
    to the same table.

    Args:
        plan: what to do.
        folder: where results go; made where it is not there.
        workers: number of processes; by default one a processor.
        data: the folder with data sets, as :func:`mortalff.data.load` takes it.
        command: the command line that asked for it, for the record.
        tell: called at the start and whenever a run ends.

    Raises:
        StoreError: the folder holds something else, or a study runs in it.
        InputError: no workers.
        KeyboardInterrupt: on Ctrl-C; finished runs stay.
    """
    number = processors() if workers is None else workers
    if number < 1:
        rule = "runs are done by at least one process"
        raise InputError(message("--workers", workers, rule, "give 1 or more"))
    store = Store(folder)
    store.check_free_for(plan.study.study)
    store.folder.mkdir(parents=True, exist_ok=True)
    with hold(store.folder):
        store.check_free_for(plan.study.study)
        entries = [PlanEntry(r.run_id, r.block, r.skipped, r.from_card) for r in plan.runs]
        store.begin(plan.text, entries, command)
        runs = plan.distinct()
        there = tuple(run.run_id for run in runs if store.has(run.run_id))
        skipped = {r.run_id: r.skipped for r in runs if r.skipped and r.run_id not in there}
        left = [run for run in runs if run.run_id not in {*there, *skipped}]
        jobs = _jobs(left, plan.study.study, data)
        if tell is not None:
            tell(Progress(jobs))

        def on_done(job: Job, outcome: Outcome) -> None:
            if tell is not None:
                tell(Progress(jobs, outcome, job))

        outcomes = execute(jobs, store, number, on_done)
    done = tuple(outcome.run_id for outcome in outcomes if not outcome.error)
    failed = {outcome.run_id: outcome.error for outcome in outcomes if outcome.error}
    return Summary(done, there, failed, skipped)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _jobs(runs: Sequence[PlannedRun], study: str, data: str | Path | None) -> list[Job]:
    folder = None if data is None else os.path.abspath(os.path.expanduser(data))
    origin = this_origin()
    return [Job(run.spec, study, run.block, run.source, origin, run.hidden, folder) for run in runs]
