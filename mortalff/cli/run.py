"""``mortalff run``: run a study, see how it goes, stop it, go on."""

from __future__ import annotations

import contextlib
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from mortalff.cli.numbers import Whole

if TYPE_CHECKING:
    from mortalff.studies.conduct import Summary
    from mortalff.studies.plan import Plan
    from mortalff.studies.store import Store

_SOME_FAILED, _STOPPED = 1, 130


def run(
    study: str,
    /,
    *,
    out: Path | None = None,
    workers: Whole | None = None,
    device: str = "cpu",
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    data: Path | None = None,
) -> int:
    """Run a study, or what is left of one.

    Runs that are in the folder already are not run again. Stopped by Ctrl-C, or in any other way,
    the same command goes on where it stopped, and comes to the same numbers.

    Args:
        study: a study file, or the name of a study that comes with mortalff.
        out: folder for the results; reports/ and the study's name if not given.
        workers: processes to run in; one a processor if not given. The numbers do not depend on it.
        device: what simulates chips of cards: cpu, or cuda for a GPU (with --workers 1 for each GPU).
            Numbers differ between devices by rounding, so that runs of one are not those of another.
        dry_run: say which runs there are and which are done; run nothing.
        data: folder with data sets; $MORTALFF_DATA or the user's data folder if not given.

    Returns:
        The exit code: 0, or 1 where runs failed, or 130 where the study was stopped.
    """
    # Here, so that help need not wait for them.
    from mortalff.cli.run_display import RunDisplay, print_plan
    from mortalff.studies.conduct import run_study
    from mortalff.studies.plan import make_plan
    from mortalff.studies.store import Store
    from mortalff.studies.study_file import read_study

    file = read_study(study)
    store = Store(Path("reports") / file.study.study if out is None else out)
    store.check_free_for(file.study.study)
    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    command = _command(study, out, workers, device, data)
    try:
        waiting = errors.status("checking the study") if errors.is_terminal else None
        with waiting or contextlib.nullcontext():
            plan = make_plan(file, data, device)
        if dry_run:
            print_plan(plan, store)
            return 0
        with RunDisplay(errors) as display:
            summary = run_study(
                plan,
                store.folder,
                workers=workers,
                data=data,
                command=command,
                tell=display.tell,
            )
    except KeyboardInterrupt:
        text = f"stopped; what is done is kept in {store.folder}; to go on: {command}"
        errors.print(Text(text, style="yellow"))
        return _STOPPED
    _conclude(summary, plan, store, errors)
    return _SOME_FAILED if summary.failed else 0


def _command(
    study: str, out: Path | None, workers: int | None, device: str, data: Path | None
) -> str:
    """The command line that was given, to be given again."""
    words = ["mortalff", "run", study]
    on = None if device == "cpu" else device
    given = (("--out", out), ("--workers", workers), ("--device", on), ("--data", data))
    for option, value in given:
        words += [] if value is None else [option, str(value)]
    return shlex.join(words)


def _conclude(summary: Summary, plan: Plan, store: Store, errors: Console) -> None:
    """Say what came of it."""
    from mortalff.studies.layers import diverged_chips, silent_layers

    blocks = {run.run_id: f"{run.block}, {run.source.name}" for run in plan.runs}
    for why in dict.fromkeys(summary.skipped.values()):
        names = [name for name, reason in summary.skipped.items() if reason == why]
        places = ", ".join(dict.fromkeys(blocks[name] for name in names))
        text = f"skipped {len(names)} runs ({places}): {why}"
        errors.print(Text(text, style="yellow"))
    for name, why in summary.failed.items():
        text = f"failed: {name} ({blocks[name]}): {why}; see {store.folder / 'failures' / name}.txt"
        errors.print(Text(text, style="red"))
    table = store.table() if summary.done else None
    for problem in (*diverged_chips(table), *silent_layers(table)) if table is not None else ():
        errors.print(Text(f"warning: {problem}", style="yellow"))
    counts = f"{len(summary.done)} runs done, {len(summary.there)} were there"
    if summary.failed:
        counts += f", {len(summary.failed)} failed: the same command tries them again"
    if summary.skipped:
        counts += f", {len(summary.skipped)} skipped"
    print(f"{counts}; results in {store.folder}\nFor the report: mortalff report {store.folder}")
