"""A folder of results: one Parquet file a run, and what else a study leaves.

=====================  =========================================================================
study.yaml             the study file, as it was written
plan.json              the runs the study asks for, and those skipped
runs/ID.parquet        a run's measurements, written whole or not at all; its specification is in
                       the file's metadata
failures/ID.txt        why a run failed; gone when it succeeds
timing/ID.json         how long a run took, and on which host
checkpoints/ID/        a run that was stopped on the way
=====================  =========================================================================
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mortalff.errors import SpecError, StoreError, message
from mortalff.studies.files import write_text, write_whole
from mortalff.studies.problems import checked
from mortalff.studies.spec import Study
from mortalff.studies.table import COLUMNS, WHOLE_EPOCHS, study_table
from mortalff.studies.yaml_file import parse_yaml

_STUDY, _PLAN, _FORMAT = "study.yaml", "plan.json", 1
_SPEC_KEY = b"mortalff.run_spec"


@dataclass(frozen=True)
class PlanEntry:
    """A run that the study in a folder asks for.

    Attributes:
        run_id: the run's name.
        block: the block that asks for it.
        skipped: why it could not be done; empty where it could.
        from_card: whether the learner's rule set from the card what the study file left to it; None where that was not
            noted.
    """

    run_id: str
    block: str
    skipped: str = ""
    from_card: bool | None = None


class Store:
    """Results in a folder.

    Making one touches nothing. Several processes may write different runs at the same time; that no two studies use
    one folder is up to :func:`mortalff.studies.lock.hold`.

    Args:
        folder: the folder.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    @property
    def study(self) -> Study:
        """The study whose results these are.

        Raises:
            StoreError: there is no study in the folder, or its file cannot be read.
        """
        path = self.folder / _STUDY
        text = self._read(path)
        try:
            yaml = parse_yaml(text, str(path))
            return checked(Study, yaml.data, yaml)
        except SpecError as error:
            raise StoreError(
                f"{error}\n{path}: the study's copy is damaged; run it again"
            ) from error

    @property
    def entries(self) -> list[PlanEntry]:
        """The runs that the study asks for, in order.

        Raises:
            StoreError: there is no study in the folder, or the plan cannot be read.
        """
        return self._plan[1]

    @property
    def command(self) -> str:
        """The command by which the study was last run; empty where it was not the command line.

        Raises:
            StoreError: there is no study in the folder, or the plan cannot be read.
        """
        return self._plan[0]

    @property
    def _plan(self) -> tuple[str, list[PlanEntry]]:
        path = self.folder / _PLAN
        try:
            content = json.loads(self._read(path))
            if content["format"] != _FORMAT:
                rule, right = f"this mortalff reads format {_FORMAT}", "use the one that wrote it"
                raise StoreError(message(f"{path}: format", content["format"], rule, right))
            runs = [
                PlanEntry(r["run_id"], r["block"], r["skipped"], r.get("from_card"))
                for r in content["runs"]
            ]
            return str(content["command"]), runs
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{path}: it is damaged ({error}); run the study again") from error

    def check_free_for(self, study: str) -> None:
        """Check that the folder is new, or holds results of a study of this name.

        Raises:
            StoreError: it holds something else.
        """
        if self.folder.exists() and not self.folder.is_dir():
            rule, right = "it is a file", "give a folder, or one that is not there yet"
            raise StoreError(message("results folder", str(self.folder), rule, right))
        if (self.folder / _STUDY).is_file():
            if self.study.study != study:
                rule = f"it holds the results of study {self.study.study!r}"
                right = f"give study {study!r} another --out"
                raise StoreError(message("results folder", str(self.folder), rule, right))
        elif self.folder.is_dir() and any(p.name[0] != "." for p in self.folder.iterdir()):
            rule = "it holds files that are not a study's results"
            raise StoreError(
                message("results folder", str(self.folder), rule, "give a new or empty --out")
            )

    def begin(self, text: str, entries: Sequence[PlanEntry], command: str = "") -> None:
        """Write down what is going to be run, and clear away what is out of date.

        That is what a killed study left half-written, and why runs failed that are not asked for any more. Runs
        themselves are never deleted.

        Args:
            text: the study file.
            entries: the runs that it asks for.
            command: the command line that asks for it.
        """
        write_text(self.folder / _STUDY, text)
        plan = {"format": _FORMAT, "command": command, "runs": [asdict(e) for e in entries]}
        write_text(self.folder / _PLAN, json.dumps(plan, indent=1))
        for folder in ("runs", "failures", "timing", "."):
            for path in (self.folder / folder).glob(".*.tmp"):
                path.unlink()
        for path in (self.folder / "failures").glob("*.txt"):
            if path.stem not in {entry.run_id for entry in entries}:
                path.unlink()
        for path in (self.folder / "checkpoints").glob("*"):
            if path.name.startswith(".") or self.has(path.name):
                shutil.rmtree(path)

    def has(self, run_id: str) -> bool:
        """Whether a run is there."""
        return self._run_path(run_id).is_file()

    def write_run(self, run_id: str, table: pa.Table, spec: str, seconds: float, host: str) -> None:
        """Write a run's table, whole or not at all, and clear away what it needed on the way.

        Args:
            run_id: the run's name.
            table: with the columns of :data:`mortalff.studies.table.COLUMNS`.
            spec: the run's specification, as canonical JSON.
            seconds: how long it took.
            host: where.
        """
        timing = {"seconds": round(seconds, 3), "host": host}
        write_text(self.folder / "timing" / f"{run_id}.json", json.dumps(timing))
        tagged = table.replace_schema_metadata({_SPEC_KEY: spec.encode()})
        write_whole(self._run_path(run_id), lambda fresh: pq.write_table(tagged, fresh))
        self._failure_path(run_id).unlink(missing_ok=True)
        shutil.rmtree(self.checkpoint(run_id), ignore_errors=True)

    def write_failure(self, run_id: str, text: str) -> None:
        """Write down why a run failed."""
        write_text(self._failure_path(run_id), text)

    def failures(self) -> dict[str, str]:
        """Runs of the study that failed when last tried → why."""
        paths = {entry.run_id: self._failure_path(entry.run_id) for entry in self.entries}
        return {
            name: path.read_text(encoding="utf-8", errors="replace")
            for name, path in paths.items()
            if path.is_file() and not self.has(name)
        }

    def missing(self) -> list[str]:
        """Runs that the study asks for and that are not there, those skipped included."""
        return [name for name in self._names() if not self.has(name)]

    def checkpoint(self, run_id: str) -> Path:
        """The folder for a run's checkpoints."""
        return self.folder / "checkpoints" / run_id

    def table(self) -> pa.Table:
        """All measurements of the runs that the study asks for and that are there.

        Returns:
            A table with :data:`mortalff.studies.table.STUDY_COLUMNS`, in the order of the study file.

        Raises:
            StoreError: there is no study in the folder, or a file is damaged.
        """
        present = [entry for entry in self.entries if self.has(entry.run_id)]
        parts = ((one.block, one.from_card, self._read_run(one.run_id)) for one in present)
        return study_table(self.study.study, parts)

    def spec(self, run_id: str) -> str:
        """The specification of a run that is there, as canonical JSON."""
        metadata = pq.read_schema(self._run_path(run_id)).metadata or {}
        return bytes(metadata.get(_SPEC_KEY, b"")).decode()

    def _read_run(self, run_id: str) -> pa.Table:
        path = self._run_path(run_id)
        right = "delete the file and run the study again: only this run is repeated"
        try:
            table = pq.read_table(path, partitioning=None)
        except (pa.ArrowException, OSError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise StoreError(f"{path}: it is damaged ({reason}); {right}") from error
        if table.schema.equals(WHOLE_EPOCHS):
            table = table.cast(COLUMNS)
        if not table.schema.equals(COLUMNS):
            lacking = sorted(set(COLUMNS.names) - set(table.column_names))
            what = (
                f"it lacks the columns {lacking}" if lacking else "its columns are of other kinds"
            )
            raise StoreError(f"{path}: {what}; {right}")
        return table

    def _names(self) -> list[str]:
        return list(dict.fromkeys(entry.run_id for entry in self.entries))

    def _run_path(self, run_id: str) -> Path:
        return self.folder / "runs" / f"{run_id}.parquet"

    def _failure_path(self, run_id: str) -> Path:
        return self.folder / "failures" / f"{run_id}.txt"

    def _read(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not text in UTF-8"
            right = "give the folder that 'mortalff run STUDY --out DIR' wrote"
            raise StoreError(
                message(str(path), reason, "a results folder holds this file", right)
            ) from None
