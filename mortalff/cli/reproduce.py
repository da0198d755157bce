"""``mortalff reproduce``: run the reference experiments, and say whether what was published came out again."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from mortalff.cli.numbers import Whole
from mortalff.errors import DataError, StoreError, message

if TYPE_CHECKING:
    from mortalff.studies.experiments_file import Planned
    from mortalff.studies.plan import Plan
    from mortalff.studies.store import Store

_SOME_FAILED, _STOPPED = 1, 130
_OUT = Path("reports") / "reproduce"


def reproduce(
    *names: str,
    size: Literal["small", "paper", "all"] = "small",
    list_: Annotated[bool, Parameter(name="--list", negative="")] = False,
    out: Path | None = None,
    from_: Annotated[Path | None, Parameter(name="--from")] = None,
    workers: Whole | None = None,
    device: str = "cpu",
    data: Path | None = None,
    markdown: Path | None = None,
    experiments: Path | None = None,
) -> int:
    """Run reference experiments, and compare them with what was published.

    Runs that are in the folder already are not run again. Stopped by Ctrl-C, or in any other way,
    the same command goes on where it stopped. A missed target is told, and is no error.

    Args:
        names: experiments, or beginnings of their names; all if none is given.
        size: small, in minutes each on one core; paper, the paper's own sizes; or all.
        list_: say which experiments there are; run nothing.
        out: folder for the results, each study's in a folder of its own; reports/reproduce if not given.
        from_: judge the results in this folder of studies, by whichever mortalff they were made; run nothing.
        workers: processes to run in; one a processor if not given. The numbers do not depend on it.
        device: what simulates chips of cards: cpu, or cuda for a GPU (with --workers 1 for each GPU).
        data: folder with data sets; $MORTALFF_DATA or the user's data folder if not given.
        markdown: write the table to this file too.
        experiments: a file of experiments of your own.

    Returns:
        The exit code: 0, or 1 where runs failed, or 130 where it was stopped.
    """
    # Here, so that help need not wait for them.
    from mortalff.cli.reproduce_table import print_experiments, print_results, write_markdown
    from mortalff.studies.experiments_file import read_experiments, select
    from mortalff.studies.reproduce import commits, judge

    if out is not None and from_ is not None:
        rule = "results are either made or looked up"
        raise StoreError(message("--from", str(from_), rule, "leave out --out, or --from"))
    every = read_experiments(experiments)
    chosen = select(every, names, "all" if list_ and not names else size)
    if list_:
        print_experiments(chosen)
        return 0
    if from_ is not None:
        results = _Results(stores=_stores_in(from_))
    else:
        on = None if device == "cpu" else device
        given = {"--out": out, "--workers": workers, "--device": on, "--data": data}
        given |= {"--markdown": markdown, "--experiments": experiments}
        command = _command(names, size, given)
        errors = Console(stderr=True, soft_wrap=True, highlight=False)
        try:
            results = _run(
                chosen, _OUT if out is None else out, workers, device, data, command, errors
            )
        except KeyboardInterrupt:
            text = f"stopped; what is done is kept; to go on: {command}"
            errors.print(Text(text, style="yellow"))
            return _STOPPED
    wanted = {planned.study for planned in chosen}
    tables = {name: s.table() for name, s in results.stores.items() if name in wanted}
    judged = [
        one
        for planned in chosen
        for one in judge(
            planned.experiment, tables.get(planned.study), results.missing.get(planned.study, "")
        )
    ]
    print_results(judged)
    if markdown is not None:
        write_markdown(markdown, judged, [c for table in tables.values() for c in commits(table)])
    return _SOME_FAILED if results.failed else 0


@dataclass
class _Results:
    """Where results are, and why there are none.

    Attributes:
        stores: study → its results.
        missing: study → why results are missing.
        failed: whether a run failed.
    """

    stores: dict[str, Store] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    failed: bool = False


def _stores_in(folder: Path) -> dict[str, Store]:
    """The results of studies in a folder: study → its store.

    Raises:
        StoreError: there are none, or two stores of one study.
    """
    from mortalff.studies.store import Store

    stores: dict[str, Store] = {}
    for path in sorted({*folder.glob("study.yaml"), *folder.glob("*/study.yaml")}):
        store = Store(path.parent)
        name = store.study.study
        if name in stores:
            where = f"--from {folder}"
            rule = f"study {name!r} has results in {stores[name].folder} and {store.folder}"
            raise StoreError(message(where, name, rule, "give the folder of one of them"))
        stores[name] = store
    if not stores:
        rule = "it holds no results: no study.yaml in it or in a folder below"
        right = "give the folder in which 'mortalff run' or 'mortalff reproduce' left them"
        raise StoreError(message("--from", str(folder), rule, right))
    return stores


def _run(
    chosen: list[Planned],
    out: Path,
    workers: int | None,
    device: str,
    data: Path | None,
    command: str,
    errors: Console,
) -> _Results:
    """Run each study that is not done yet; all of them are checked before the first begins."""
    from mortalff.cli.run_display import RunDisplay
    from mortalff.studies.conduct import run_study
    from mortalff.studies.plan import make_plan
    from mortalff.studies.store import Store

    results = _Results()
    plans: dict[str, Plan] = {}
    waiting = errors.status("checking the studies") if errors.is_terminal else None
    with waiting or contextlib.nullcontext():
        for name, file in {planned.study: planned.file for planned in chosen}.items():
            try:
                plans[name] = make_plan(file, data, device)
            except DataError as error:
                results.missing[name] = f"skipped: {error}"
    for number, (name, plan) in enumerate(plans.items(), start=1):
        errors.print(Text(f"study {number} of {len(plans)}: {name}", style="bold"))
        with RunDisplay(errors) as display:
            summary = run_study(
                plan, out / name, workers=workers, data=data, command=command, tell=display.tell
            )
        results.stores[name] = Store(out / name)
        for run_id, why in summary.failed.items():
            results.failed = True
            place = out / name / "failures" / f"{run_id}.txt"
            errors.print(Text(f"failed: {run_id}: {why}; see {place}", style="red"))
        unable = [f"failed: {why}" for why in summary.failed.values()]
        unable += [f"skipped: {why}" for why in summary.skipped.values()]
        results.missing |= {name: unable[0]} if unable else {}
    return results


def _command(names: tuple[str, ...], size: str, given: Mapping[str, object]) -> str:
    """The command line that was given, to be given again."""
    words = ["mortalff", "reproduce", *names]
    words += [] if size == "small" else ["--size", size]
    for option, value in given.items():
        words += [] if value is None else [option, str(value)]
    return shlex.join(words)
