"""Reading IDX files, the format of MNIST: a short header, then the numbers in C order.

The header is two zero bytes, a byte for the type, a byte for the number of axes, and each axis's
length as a big-endian 32-bit integer. Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database
of handwritten digits", section "File formats".
"""

from __future__ import annotations

import difflib
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mortalff.errors import DataError, message, nearest

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_GZIP_MAGIC = b"\x1f\x8b"
_AGAIN = "copy or download the file again"


def read_idx(
    path: str | Path, *, dtype: str | None = None, ndim: int | None = None
) -> NDArray[np.generic]:
    """The array in an IDX file, raw or gzipped (told apart by content, not by name).

    Args:
        path: the file.
        dtype: the type the numbers must have (a numpy name such as ``"uint8"``); any if None.
        ndim: the number of axes the array must have; any if None.

    Returns:
        A new array of the file's shape, in the machine's byte order.

    Raises:
        DataError: the file is not there, is truncated or too long, is no IDX file, or does not
            have the type or the axes asked for.
    """
    return parse_idx(read_unpacked(path), str(path), dtype=dtype, ndim=ndim)


def read_unpacked(path: str | Path) -> bytes:
    """The bytes of a file, unpacked where they are gzipped.

    Raises:
        DataError: the file is not there, cannot be read, or its gzip stream is damaged.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(message(str(path), path.name, "no such file", names_near(path))) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(
            message(str(path), reason, "the file cannot be read", "name a readable file")
        ) from error
    return unpack(content, str(path))


def unpack(content: bytes, where: str) -> bytes:
    """``content`` itself, or what it holds where it is a gzip stream.

    Raises:
        DataError: the gzip stream is cut short or damaged; ``where`` names it.
    """
    if not content.startswith(_GZIP_MAGIC):
        return content
    stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        unpacked = stream.decompress(content)
    except zlib.error as error:
        raise DataError(message(where, str(error), "the gzip stream is damaged", _AGAIN)) from error
    if not stream.eof:
        n_bytes = _length(unpacked)
        expected = "" if n_bytes is None else f": expected {n_bytes} bytes, found {len(unpacked)}"
        rule = f"the gzip stream is truncated{expected}"
        raise DataError(message(where, f"{len(unpacked)} unpacked bytes", rule, _AGAIN))
    if stream.unused_data:
        found = f"{len(stream.unused_data)} bytes after the end of the gzip stream"
        raise DataError(message(where, found, "nothing may follow it", _AGAIN))
    return unpacked


def parse_idx(
    content: bytes, where: str, *, dtype: str | None = None, ndim: int | None = None
) -> NDArray[np.generic]:
    """The array in the unpacked bytes of an IDX file; ``where`` names the file in errors.

    Args, Returns, Raises: as :func:`read_idx`.
    """
    magic = content[:4]
    if len(magic) < 4:
        found = f"{len(magic)} bytes"
        rule = f"truncated: expected at least 4 bytes, found {len(magic)}"
        raise DataError(message(where, found, rule, _AGAIN))
    if magic[:2] != b"\0\0" or magic[2] not in _TYPES:
        known = ", ".join(f"{code:02x}" for code in _TYPES)
        raise DataError(
            message(
                where,
                f"magic number {magic.hex()}",
                f"an IDX file starts with 0000, a type ({known}) and the number of axes",
                "name an IDX file, raw or gzipped",
            )
        )
    stored = np.dtype(_TYPES[magic[2]])
    if dtype is not None and stored.newbyteorder("=") != np.dtype(dtype):
        raise DataError(
            message(
                where,
                stored.name,
                f"wrong type: the file must hold {dtype}",
                f"name a file of {dtype}, or convert this one",
            )
        )
    if ndim is not None and magic[3] != ndim:
        found = f"{magic[3]} axes (magic number {magic.hex()})"
        raise DataError(message(where, found, f"the file must have {ndim} axes", _right_kind(ndim)))
    _check_length(content, where)
    shape = _shape(content)
    numbers = np.frombuffer(content, dtype=stored, offset=4 + 4 * len(shape)).reshape(shape)
    return numbers.astype(stored.newbyteorder("="))


def names_near(path: Path) -> str:
    """What a user may have meant by ``path``, from the names in its folder."""
    folder = path.parent
    if not folder.is_dir():
        return f"the folder {str(folder)!r} does not exist either"
    try:
        names = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError:
        return f"the folder {str(folder)!r} cannot be read"
    if not names:
        return f"the folder {str(folder)!r} is empty"
    # A long folder is not listed whole: only names that look alike help.
    if len(names) > 12 and not difflib.get_close_matches(path.name, names):
        return f"none of the {len(names)} names in {str(folder)!r} is similar"
    return nearest(path.name, names)


def _shape(content: bytes) -> tuple[int, ...]:
    n_axes = content[3]
    return struct.unpack(f">{n_axes}I", content[4 : 4 + 4 * n_axes])


def _length(content: bytes) -> int | None:
    """The bytes the whole file should have, or None where the header does not say."""
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in _TYPES:
        return None
    header = 4 + 4 * content[3]
    if len(content) < header:
        return None
    return header + math.prod(_shape(content)) * np.dtype(_TYPES[content[2]]).itemsize


def _check_length(content: bytes, where: str) -> None:
    found = len(content)
    expected = _length(content)
    if expected is None:
        header = 4 + 4 * content[3]
        rule = f"truncated: expected a header of {header} bytes, found {found}"
        raise DataError(message(where, f"{found} bytes", rule, _AGAIN))
    if found != expected:
        fault = "truncated" if found < expected else "too long"
        rule = f"{fault}: expected {expected} bytes for shape {_shape(content)}, found {found}"
        raise DataError(message(where, f"{found} bytes", rule, _AGAIN))


def _right_kind(ndim: int) -> str:
    kinds = {1: "name a file of labels (idx1)", 3: "name a file of images (idx3)"}
    return kinds.get(ndim, f"name an IDX file with {ndim} axes")
