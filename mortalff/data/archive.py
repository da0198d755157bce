"""Data sets whose makers serve one .tar.gz: its members are read in memory, none is ever written by its own path."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mortalff.errors import DataError, message

_AGAIN = "copy or download the archive again"


@dataclass(frozen=True)
class Archive:
    """A gzipped tar archive that holds all files of a data set.

    Args:
        name: its file name, such as ``cifar-10-binary.tar.gz``.
        sha256: the checksum, in hex, of the archive as it is served, packed.
        folder: the folder inside it that holds the files; also searched where it is unpacked.
    """

    name: str
    sha256: str
    folder: str

    def verify(self, packed: bytes, where: str, *, right: str) -> None:
        """Check the packed bytes against the checksum.

        Raises:
            DataError: they differ; both checksums are named.
        """
        found = hashlib.sha256(packed).hexdigest()
        if found != self.sha256:
            rule = f"the SHA-256 of {self.name} is {self.sha256}"
            raise DataError(message(where, found, rule, right))

    def read(self, path: Path, names: Collection[str]) -> dict[str, bytes]:
        """Some members of an archive on disk; see :meth:`members`."""
        try:
            with path.open("rb") as stream:
                return self._members(stream, names, str(path))
        except OSError as error:
            reason = error.strerror or str(error)
            right = "name a readable file"
            raise DataError(message(str(path), reason, "it cannot be read", right)) from error

    def members(self, packed: bytes, names: Collection[str], where: str) -> dict[str, bytes]:
        """Some members of an archive in memory, by their names without the folder.

        Args:
            packed: the archive's bytes.
            names: the members wanted.
            where: what the error names: a path or an address.

        Raises:
            DataError: the archive is damaged or cut short, or lacks a member.
        """
        return self._members(io.BytesIO(packed), names, where)

    def _members(self, stream: IO[bytes], names: Collection[str], where: str) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        try:
            # In one pass from front to back: going back in a gzip stream means unpacking it anew.
            with tarfile.open(fileobj=stream, mode="r:gz") as archive:
                for member in archive:
                    folder, _, name = member.name.removeprefix("./").rpartition("/")
                    content = archive.extractfile(member) if folder == self.folder else None
                    if name in names and content is not None:
                        found[name] = content.read()
        # gzip's own BadGzipFile is an OSError.
        except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
            rule = "the archive is damaged or truncated"
            raise DataError(message(where, str(error), rule, _AGAIN)) from error
        missing = [name for name in names if name not in found]
        if missing:
            rule = f"the archive lacks {self.folder}/{missing[0]}"
            raise DataError(message(where, sorted(found), rule, f"give the whole {self.name}"))
        return found
