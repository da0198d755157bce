"""Getting a data set's files from a mirror: checked before anything is written, written whole."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pooch
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from mortalff.data.idx import read_unpacked, unpack
from mortalff.data.sources import DataFile, Source
from mortalff.errors import DataError, InputError, message

_CHUNK_BYTES = 1 << 16
_BUSY = (408, 425, 429)  # client errors of HTTP that pass with time
_CONNECT_TIMEOUT_S = 5.0  # for each of a server's addresses: a firewall may swallow them all


@dataclass(frozen=True)
class Fetched:
    """A file of a data set that is now in the folder with the right checksum.

    Args:
        path: where it is.
        downloaded: False where it was there before.
    """

    path: Path
    downloaded: bool


def download(
    source: Source,
    folder: str | Path,
    base_url: str | None = None,
    *,
    rounds: int = 3,
    pause_s: float = 1.0,
    timeout_s: float = 20.0,
    console: Console | None = None,
) -> tuple[Fetched, ...]:
    """Put a data set's files, unpacked, into a folder.

    A file that is there with the right checksum is kept, raw or gzipped. A downloaded one is
    unpacked and checked in memory and then moved into place, so the folder never holds part of
    a file, nor a wrong one. Mirrors are tried in turn; those that could not be reached or were
    busy are tried again after a pause that doubles, those that refused or sent other bytes
    are not.

    Args:
        source: the data set.
        folder: where the files go; made when the first file is good.
        base_url: a server that holds every file as ``<name>.gz``, in place of the mirrors.
        rounds: how often each mirror is tried at most.
        pause_s: the pause before the second round.
        timeout_s: how long to wait for each next part of the answer; for a connection, 5 s
            at most.
        console: where the progress bar goes; the standard error stream if None. There is no
            bar where it is not a terminal.

    Returns:
        The files in the source's order.

    Raises:
        InputError: ``base_url`` is no http or https address.
        DataError: a file that is there is damaged or another one, no mirror had the right file,
            or the folder cannot be written.
    """
    folder = Path(folder).expanduser()
    mirrors = source.mirrors if base_url is None else (_checked_url(base_url),)
    there = {file.name: _existing(file, folder) for file in source.files}
    console = console if console is not None else Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    fetched = []
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        for file in source.files:
            path = there[file.name]
            if path is not None:
                fetched.append(Fetched(path, downloaded=False))
                continue
            bar = _Bar(progress, progress.add_task(file.name, total=None))
            fetch = _Fetch(source, file, folder, bar, timeout_s)
            content = fetch.from_mirrors(mirrors, rounds, pause_s)
            fetched.append(Fetched(_write(content, folder / file.name), downloaded=True))
    return tuple(fetched)


@dataclass(frozen=True)
class _Fetch:
    """One file's way from a mirror into memory."""

    source: Source
    file: DataFile
    folder: Path
    bar: _Bar
    timeout_s: float

    def from_mirrors(self, mirrors: Sequence[str], rounds: int, pause_s: float) -> bytes:
        """The file's unpacked, verified bytes from the first mirror that has them."""
        urls = [f"{mirror.rstrip('/')}/{self.file.name}.gz" for mirror in mirrors]
        failures: dict[str, str] = {}
        for number in range(rounds):
            if number > 0:
                time.sleep(pause_s * 2 ** (number - 1))
            for url in list(urls):
                try:
                    content = unpack(self._get(url), url)
                    self.file.verify(content, url, right="name a server that holds this file")
                except DataError as error:
                    failures[url] = str(error)
                    urls.remove(url)
                except OSError as error:  # every error of the requests library is one
                    failures[url] = f"{url}: {error}"
                    if not _may_pass(error):
                        urls.remove(url)
                else:
                    return content
            if not urls:
                break
        raise self._failed(failures)

    def _get(self, url: str) -> bytes:
        buffer = io.BytesIO()
        timeouts_s = (min(_CONNECT_TIMEOUT_S, self.timeout_s), self.timeout_s)
        fetch = pooch.HTTPDownloader(
            progressbar=self.bar, chunk_size=_CHUNK_BYTES, timeout=timeouts_s
        )
        fetch(url, buffer, None)
        return buffer.getvalue()

    def _failed(self, failures: dict[str, str]) -> DataError:
        names = ", ".join(file.name for file in self.source.files)
        reasons = "".join(f"\n  {reason}" for reason in failures.values())
        right = (
            f"check the network, name another server with --base-url, or put the files {names} "
            f"(raw, or gzipped with the ending .gz) into {self.folder} by hand"
        )
        where = f"data set {self.source.name!r}"
        summary = message(where, self.file.name, "it could not be downloaded", right)
        return DataError(f"{summary}\nwhat went wrong:{reasons}")


class _Bar:
    """A rich progress task with the methods that pooch calls on a progress bar."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._total = 0

    @property
    def total(self) -> int:
        """The bytes to come; 0 where the server does not say."""
        return self._total

    @total.setter
    def total(self, n_bytes: int) -> None:
        self._total = n_bytes
        self._progress.reset(self._task, total=n_bytes or None)

    def update(self, n_bytes: int) -> None:
        self._progress.advance(self._task, n_bytes)

    def reset(self) -> None:
        self._progress.update(self._task, completed=0)

    def close(self) -> None:
        """Nothing to do: the display that holds the task closes it."""


def _may_pass(error: OSError) -> bool:
    """Whether trying again may help: no answer, a broken one, or a server in trouble."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status is None or status >= 500 or status in _BUSY


def _existing(file: DataFile, folder: Path) -> Path | None:
    path = file.find(folder)
    if path is not None:
        try:
            right = "remove it, or name another folder with --dir"
            file.verify(read_unpacked(path), str(path), right=right)
        except DataError as error:
            raise DataError(f"{error} (a file that is there is never overwritten)") from error
    return path


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        right = "give an address such as 'https://example.org/mnist/'"
        raise InputError(message("--base-url", url, "it must be an http or https address", right))
    return url


def _write(content: bytes, path: Path) -> Path:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        right = "name a folder that can be written with --dir"
        raise DataError(message(str(path), reason, "the file cannot be written", right)) from error
    return path
