"""How a study is going: a bar on a terminal, a line a run elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as Remaining
from rich.table import Table
from rich.text import Text

from mortalff.studies.conduct import Progress as Told
from mortalff.studies.plan import Plan
from mortalff.studies.run_spec import canonical_json
from mortalff.studies.store import Store


class RunDisplay:
    """Shows runs done, failures and the time left.

    Args:
        console: where, standard error.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._done = 0
        self._failed = 0
        self._began = time.monotonic()

    def __enter__(self) -> RunDisplay:
        """Begin with the first word told."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop drawing."""
        if self._bar is not None:
            self._bar.stop()

    def tell(self, told: Told) -> None:
        """The study begins, or a run has ended."""
        total = len(told.to_do)
        if told.job is None or told.outcome is None:
            self._start(told, total)
            return
        self._done += 1
        self._failed += bool(told.outcome.error)
        text = f"{self._done}/{total} runs"
        text += f", {self._failed} failed" if self._failed else ""
        if self._bar is not None:
            effort = told.job.spec.effort
            self._bar.update(self._task, advance=effort, description=text)
        elif not self._console.is_terminal:
            seconds = time.monotonic() - self._began
            end = f"failed: {told.outcome.error}" if told.outcome.error else "done"
            name = f"{told.job.block}, {told.job.source.name}, {told.job.spec.learner}"
            line = f"{text} after {seconds:.0f} s: {told.outcome.run_id} ({name}) {end}"
            self._console.print(Text(line))

    def _start(self, told: Told, total: int) -> None:
        if not total or not self._console.is_terminal:
            return
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
            TextColumn("left:"),
            Remaining(),
            console=self._console,
        )
        effort = sum(job.spec.effort for job in told.to_do)
        self._task = self._bar.add_task(f"0/{total} runs", total=effort)
        self._bar.start()


def print_plan(plan: Plan, store: Store) -> None:
    """Print the runs of a plan, and which are there."""
    planned = (store.folder / "plan.json").is_file()
    failed = store.failures() if planned else {}
    columns = ("run", "block", "hardware", "learner", "condition", "seed", "chips", "state")
    table = Table(*columns, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.columns[0].min_width = len("0123456789abcdef")
    states = []
    for run in plan.distinct():
        state = "skipped" if run.skipped else "to do"
        if store.has(run.run_id):
            state = "there"
        elif run.run_id in failed:
            state = "failed, to do"
        states.append(state)
        condition = canonical_json(run.spec.condition)
        learner = ", ".join([run.spec.learner, *run.spec.lesson.methods])
        numbers = str(run.spec.seed), str(len(run.spec.chips))
        cells = (run.run_id, run.block, run.source.name, learner, condition, *numbers, state)
        table.add_row(*(Text(cell) for cell in cells))
    # Where there is no terminal, lines may be long: they are read by programs.
    Console(width=None if sys.stdout.isatty() else 200).print(table)
    for why in dict.fromkeys(run.skipped for run in plan.runs if run.skipped):
        print(f"skipped: {why}")
    there, skipped = states.count("there"), states.count("skipped")
    left = len(states) - there - skipped
    print(f"{len(states)} runs: {left} to do, {there} there, {skipped} skipped; in {store.folder}")
