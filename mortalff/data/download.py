"""Getting a data set's files from a mirror: checked before anything is written, written whole."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import pooch
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from mortalff.data.archive import Archive
from mortalff.data.download_bar import DownloadBar
from mortalff.data.idx import unpack
from mortalff.data.sources import DataFile, Source
from mortalff.errors import DataError, InputError, message

_CHUNK_BYTES = 1 << 16
_BUSY = (408, 425, 429)  # client errors of HTTP that pass with time
_OTHER_SERVER = "name a server that holds this file"
_CONNECT_TIMEOUT_S = 5.0  # for each of a server's addresses: a firewall may swallow them all

T = TypeVar("T")


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
        base_url: a server that holds every file as ``<name>.gz``, or the archive where the data
            set comes as one, in place of the mirrors.
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
        DataError: a file that is there is damaged or another one, there is no mirror or none
            had the right file, or the folder cannot be written.
    """
    folder = Path(folder).expanduser()
    mirrors = source.mirrors if base_url is None else (_checked_url(base_url),)
    there = _existing(source, folder)
    console = console if console is not None else Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    fetched = []
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        fetch = _Fetch(source, folder, progress, mirrors, rounds, pause_s, timeout_s)
        members: dict[str, bytes] = {}
        for file in source.files:
            if file in there:
                fetched.append(Fetched(there[file], downloaded=False))
                continue
            if source.archive is not None:
                members = members or fetch.archive(source.archive)
                content = members.pop(file.name)
            else:
                content = fetch.file(file)
            fetched.append(Fetched(_write(content, folder / file.name), downloaded=True))
    return tuple(fetched)


@dataclass(frozen=True)
class _Fetch:
    """The way of a data set's files from a mirror into memory."""

    source: Source
    folder: Path
    progress: Progress
    mirrors: Sequence[str]
    rounds: int
    pause_s: float
    timeout_s: float

    def file(self, file: DataFile) -> bytes:
        """A file's unpacked, verified bytes from the first mirror that has them."""

        def open_file(packed: bytes, url: str) -> bytes:
            content = unpack(packed, url)
            file.verify(content, url, right=_OTHER_SERVER)
            return content

        return self._from_mirrors(f"{file.name}.gz", file.name, open_file)

    def archive(self, archive: Archive) -> dict[str, bytes]:
        """The verified bytes of every file in the archive of the first mirror that has it."""
        files = self.source.files

        def open_archive(packed: bytes, url: str) -> dict[str, bytes]:
            # Parsed first, as everywhere: "truncated" says more than a checksum that differs.
            members = archive.members(packed, [file.name for file in files], url)
            archive.verify(packed, url, right=_OTHER_SERVER)
            for file in files:
                file.verify(members[file.name], url, right=_OTHER_SERVER)
            return members

        return self._from_mirrors(archive.name, archive.name, open_archive)

    def _from_mirrors(self, served: str, name: str, opened: Callable[[bytes, str], T]) -> T:
        bar = DownloadBar(self.progress, self.progress.add_task(name, total=None))
        urls = [f"{mirror.rstrip('/')}/{served}" for mirror in self.mirrors]
        failures: dict[str, str] = {}
        for number in range(self.rounds if urls else 0):
            if number > 0:
                time.sleep(self.pause_s * 2 ** (number - 1))
            for url in list(urls):
                try:
                    return opened(self._get(url, bar), url)
                except DataError as error:
                    failures[url] = str(error)
                    urls.remove(url)
                except OSError as error:  # every error of the requests library is one
                    failures[url] = f"{url}: {error}"
                    if not _may_pass(error):
                        urls.remove(url)
            if not urls:
                break
        raise self._failed(name, failures)

    def _get(self, url: str, bar: DownloadBar) -> bytes:
        buffer = io.BytesIO()
        timeouts_s = (min(_CONNECT_TIMEOUT_S, self.timeout_s), self.timeout_s)
        fetch = pooch.HTTPDownloader(progressbar=bar, chunk_size=_CHUNK_BYTES, timeout=timeouts_s)
        fetch(url, buffer, None)
        return buffer.getvalue()

    def _failed(self, name: str, failures: dict[str, str]) -> DataError:
        where = f"data set {self.source.name!r}"
        if not self.mirrors:
            right = f"{self.source.by_hand}: {self.folder}"
            rule = "no server is known to hold this file"
            return DataError(message(where, name, rule, right))
        names = ", ".join(file.name for file in self.source.files)
        wanted = f"the files {names} (raw, or gzipped with the ending .gz)"
        if self.source.archive is not None:
            wanted = self.source.archive.name
        reasons = "".join(f"\n  {reason}" for reason in failures.values())
        right = (
            f"check the network, name another server with --base-url, or put {wanted} "
            f"into {self.folder} by hand"
        )
        summary = message(where, name, "it could not be downloaded", right)
        return DataError(f"{summary}\nwhat went wrong:{reasons}")


def _may_pass(error: OSError) -> bool:
    """Whether trying again may help: no answer, a broken one, or a server in trouble."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status is None or status >= 500 or status in _BUSY


def _existing(source: Source, folder: Path) -> dict[DataFile, Path]:
    """Where those files are that are there, each with the right checksum."""
    places = {file: source.find(file, folder) for file in source.files}
    found = {file: path for file, path in places.items() if path is not None}
    try:
        for file, path, content in source.contents(found):
            right = "remove it, or name another folder with --dir"
            file.verify(content, str(path), right=right)
    except DataError as error:
        raise DataError(f"{error} (a file that is there is never overwritten)") from error
    return found


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
