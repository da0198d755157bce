"""Reading the store of a study into objects; the one place that knows how results lie on disk."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, TypedDict

from mortalff.errors import StoreError, message
from mortalff.report.trials import Failure, Measured, Setup, Skipped, Study, Trial
from mortalff.studies.store import Store

_NOT_SETUP = ("seed", "chips")  # of a run's specification: what trials of one setup differ in
_NOT_LESSON = ("students", "methods")  # likewise, of what is said of transfers


class _Row(TypedDict):
    """One measurement: the columns of the store that a report looks at."""

    run_id: str
    kind: str
    hardware: str
    condition: str
    learner: str
    needs: str
    privileged: bool
    reproducible: bool
    activities: str
    sizes: str
    method: str
    chip_id: int
    teacher_chip_id: int | None
    seed: int
    data: str
    data_checksum: str
    epoch: float | None
    metric: str
    component: str | None
    value: float
    low: float | None
    high: float | None
    version: str
    git_commit: str | None


class _Identity(NamedTuple):
    """What tells one trial from another; a run that two blocks ask for is one."""

    kind: str
    setup: Setup
    chip: int
    teacher: int | None
    seed: int
    run_id: str


def load_study(folder: Path) -> Study:
    """Read what a study left in a folder.

    Args:
        folder: the study's folder, as ``mortalff run`` wrote it.

    Raises:
        StoreError: the folder is not there or is no study's, or a file in it cannot be read.
    """
    _check_folder(folder)
    store = Store(folder)
    rows: list[_Row] = store.table().select(list(_Row.__annotations__)).to_pylist()
    done = sorted({row["run_id"] for row in rows})
    specs = {run_id: _setup_spec(store.spec(run_id)) for run_id in done}
    skipped = [entry for entry in store.entries if entry.skipped]
    failures = store.failures()
    return Study(
        name=store.study.study,
        title=store.study.title,
        text=(folder / "study.yaml").read_text(encoding="utf-8"),
        command=store.command,
        trials=_trials(rows, specs),
        failures=tuple(Failure(name, text) for name, text in sorted(failures.items())),
        skipped=tuple(Skipped(entry.run_id, entry.block, entry.skipped) for entry in skipped),
        n_runs=len(done),
        n_left=len({*store.missing()} - {*failures} - {entry.run_id for entry in skipped}),
        versions=_unique(row["version"] for row in rows),
        commits=_unique(row["git_commit"] for row in rows),
        data=tuple(sorted({(row["data"], row["data_checksum"]) for row in rows})),
        date=_newest_day(folder / "runs" / f"{run_id}.parquet" for run_id in done),
    )


def _check_folder(folder: Path) -> None:
    if (folder / "study.yaml").is_file():
        return
    right = "give the folder that 'mortalff run STUDY --out DIR' wrote"
    if not folder.is_dir():
        raise StoreError(message("results folder", str(folder), "there is no such folder", right))
    inside = sorted(path.parent.name for path in folder.glob("*/study.yaml"))
    if inside:
        right = f"give a study's own folder, such as '{folder / inside[0]}'"
    rule = "a results folder holds the file study.yaml, and this one does not"
    raise StoreError(message("results folder", str(folder), rule, right))


def _trials(rows: Iterable[_Row], specs: Mapping[str, str]) -> tuple[Trial, ...]:
    finals: dict[_Identity, dict[tuple[str, str], Measured]] = {}
    series: dict[_Identity, dict[tuple[str, str], dict[float, float]]] = {}
    for row in rows:
        identity, key = _identity(row, specs), (row["metric"], row["component"] or "")
        once, by_epoch = finals.setdefault(identity, {}), series.setdefault(identity, {})
        if row["epoch"] is None:
            once[key] = Measured(row["value"], row["low"], row["high"])
        else:
            by_epoch.setdefault(key, {})[row["epoch"]] = row["value"]
    return tuple(
        Trial(
            run_id=one.run_id,
            kind=one.kind,
            setup=one.setup,
            chip=one.chip,
            teacher=one.teacher,
            seed=one.seed,
            finals=finals[one],
            series={key: tuple(sorted(points.items())) for key, points in series[one].items()},
        )
        for one in sorted(finals, key=_in_order)
    )


def _identity(row: _Row, specs: Mapping[str, str]) -> _Identity:
    setup = Setup(
        hardware=row["hardware"],
        condition=row["condition"],
        learner=row["learner"],
        method=row["method"],
        needs=row["needs"],
        privileged=row["privileged"],
        reproducible=row["reproducible"],
        activities=row["activities"],
        sizes=row["sizes"],
        data=row["data"],
        spec=specs[row["run_id"]],
    )
    return _Identity(
        row["kind"], setup, row["chip_id"], row["teacher_chip_id"], row["seed"], row["run_id"]
    )


def _in_order(one: _Identity) -> tuple[object, ...]:
    teacher = -1 if one.teacher is None else one.teacher
    return one.kind, one.setup, one.seed, one.chip, teacher, one.run_id


def _setup_spec(text: str) -> str:
    """A run's specification without what trials of one setup differ in."""
    spec = json.loads(text) if text else {}
    lesson = spec.get("lesson", {})
    kept = {key: value for key, value in spec.items() if key not in _NOT_SETUP}
    kept["lesson"] = {key: value for key, value in lesson.items() if key not in _NOT_LESSON}
    return json.dumps(kept, sort_keys=True)


def _unique(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value}))


def _newest_day(paths: Iterable[Path]) -> str:
    """The day of the data, not of the report, so that the same store gives the same report."""
    times = [path.stat().st_mtime for path in paths]
    if not times:
        return ""
    return datetime.datetime.fromtimestamp(max(times), datetime.UTC).date().isoformat()
