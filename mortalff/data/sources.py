"""Data sets that live in files: which files, where they are looked for, and their checksums."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from mortalff.data.archive import Archive
from mortalff.data.idx import names_near, read_unpacked
from mortalff.errors import DataError, message

DATA_VARIABLE = "MORTALFF_DATA"


@dataclass(frozen=True)
class DataFile:
    """One file of a data set.

    Args:
        name: its unpacked name, such as ``train-images-idx3-ubyte``.
        sha256: the checksum, in hex, of its unpacked bytes. The gzip wrapper differs from one
            mirror to another, so it is not checked.
        sha1: the same, where no SHA-256 is known.
    """

    name: str
    sha256: str = ""
    sha1: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which it is accepted: raw or gzipped, with a dash or a dot."""
        dotted = self.name.replace("-idx", ".idx")
        stems = (self.name,) if dotted == self.name else (self.name, dotted)
        return (*stems, *(f"{stem}.gz" for stem in stems))

    def find(self, folder: Path) -> Path | None:
        """Where it is in ``folder``, or None."""
        found = (folder / name for name in self.names)
        return next((path for path in found if path.is_file()), None)

    def verify(
        self,
        content: bytes,
        where: str,
        *,
        right: str = "replace the file, or load data of your own with verify=False",
    ) -> None:
        """Check unpacked bytes against the checksum.

        Args:
            content: the unpacked bytes.
            where: what the error names: a path or an address.
            right: what the error says would be right.

        Raises:
            DataError: they differ; both checksums are named.
        """
        kind, expected = ("SHA-256", self.sha256) if self.sha256 else ("SHA-1", self.sha1)
        digest = hashlib.sha256 if self.sha256 else hashlib.sha1
        found = digest(content, usedforsecurity=False).hexdigest()
        if found != expected:
            rule = f"the {kind} of the unpacked bytes of {self.name} is {expected}"
            raise DataError(message(where, found, rule, right))


@dataclass(frozen=True)
class Source:
    """A data set's files and the mirrors that serve them.

    Args:
        name: the data set's name, and that of its folder.
        files: what belongs to it.
        mirrors: base URLs, tried in this order; each serves every file as ``<name>.gz``, or the
            archive. None where no server is known to hold these bytes.
        archive: the archive that the mirrors serve in place of the files; what is in it counts
            as being in the folder where it lies.
        by_hand: how to come by the files where there is no mirror.
    """

    name: str
    files: tuple[DataFile, ...]
    mirrors: tuple[str, ...]
    archive: Archive | None = None
    by_hand: str = ""

    @property
    def how_to_get(self) -> str:
        """What a user without the files should do."""
        return f"run 'mortalff data get {self.name}'" if self.mirrors else self.by_hand

    def find(self, file: DataFile, folder: Path) -> Path | None:
        """Where ``file`` is in ``folder``: itself, or the archive that holds it; or None."""
        path = file.find(folder)
        if path is not None or self.archive is None:
            return path
        packed = folder / self.archive.name
        path = file.find(folder / self.archive.folder)
        return packed if path is None and packed.is_file() else path

    def folder(self, directory: str | Path | None = None) -> Path:
        """Where the files are, or where they should be put.

        That is ``directory``, else ``$MORTALFF_DATA``, else the user's data folder: itself or
        its child named after the data set, whichever holds more of the files. Where neither
        holds any, a ``directory`` is meant itself and the others have a child for each data set.
        The first of the three that is set counts; no later one is searched in its place.
        """
        root, _ = data_root(directory)
        child = root / self.name
        n_root, n_child = (
            sum(self.find(file, place) is not None for file in self.files)
            for place in (root, child)
        )
        if n_root == n_child == 0:
            return child if directory is None or child.is_dir() else root
        return root if n_root >= n_child else child

    def path(self, file: DataFile, directory: str | Path | None = None) -> Path:
        """Where ``file`` is.

        Raises:
            DataError: it is not in the data folder.
        """
        folder = self.folder(directory)
        path = self.find(file, folder)
        if path is not None:
            return path
        _, origin = data_root(directory)
        hint = names_near(folder / file.name)
        forms = "raw or gzipped" if self.archive is None else f"or {self.archive.name}"
        rule = f"{self.name} needs this file, {forms} ({hint})"
        right = (
            f"{self.how_to_get}, or name the folder that holds its files "
            f"with --data or ${DATA_VARIABLE}"
        )
        raise DataError(message(f"{folder} ({origin})", file.name, f"missing: {rule}", right))

    def missing(self, directory: str | Path | None = None) -> tuple[str, ...]:
        """The names of the files that are not in the data folder."""
        folder = self.folder(directory)
        return tuple(file.name for file in self.files if self.find(file, folder) is None)

    def verify(self, directory: str | Path | None = None) -> None:
        """Check that every file is there with the right checksum.

        Raises:
            DataError: a file is missing, damaged, or another one.
        """
        paths = {file: self.path(file, directory) for file in self.files}
        for file, path, content in self.contents(paths):
            file.verify(content, str(path))

    def contents(self, paths: dict[DataFile, Path]) -> Iterator[tuple[DataFile, Path, bytes]]:
        """Files with their unpacked bytes, from where :meth:`find` or :meth:`path` found them.

        The archive is unpacked once, not once a file.

        Raises:
            DataError: a file cannot be read, or is damaged.
        """
        members: dict[str, bytes] = {}
        for file, path in paths.items():
            if self.archive is None or path.name != self.archive.name:
                yield file, path, read_unpacked(path)
                continue
            if not members:
                names = [other.name for other, place in paths.items() if place == path]
                members = self.archive.read(path, names)
            yield file, path, members.pop(file.name)


def data_root(directory: str | Path | None = None) -> tuple[Path, str]:
    """The folder in which data sets are looked for, and what named it."""
    if directory is not None:
        return Path(directory).expanduser(), "the folder that was named"
    named = os.environ.get(DATA_VARIABLE)
    if named:
        return Path(named).expanduser(), f"from ${DATA_VARIABLE}"
    return platformdirs.user_data_path("mortalff", appauthor=False) / "data", "the default folder"
