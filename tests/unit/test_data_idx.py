"""Reading IDX files: what was written comes back, and nothing damaged does."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mortalff.data import read_idx
from mortalff.data.idx import parse_idx, unpack
from mortalff.errors import DataError
from tests.strategies.idx import idx_arrays, idx_bytes

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


@given(idx_arrays(), st.booleans())
def test_what_was_written_is_read(array: NDArray[np.generic], gz: bool) -> None:
    content = gzip.compress(idx_bytes(array)) if gz else idx_bytes(array)
    found = parse_idx(unpack(content, "made up"), "made up")
    assert found.dtype == array.dtype
    assert found.shape == array.shape
    assert found.tobytes() == array.tobytes()  # NaN payloads too


def test_the_bytes_of_a_known_file() -> None:
    content = bytes([0, 0, 0x0B, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 1, 1, 0, 0xFF, 0xFF])
    assert parse_idx(content, "known").tolist() == [[1, 256, -1]]


@pytest.mark.parametrize("gz", [False, True])
def test_content_not_name_says_whether_a_file_is_gzipped(tmp_path: Path, gz: bool) -> None:
    content = idx_bytes(IMAGES)
    path = tmp_path / ("images" if gz else "images.gz")
    path.write_bytes(gzip.compress(content) if gz else content)
    assert np.array_equal(read_idx(path), IMAGES)


@settings(deadline=None)  # one example is as many reads as the file has bytes
@given(idx_arrays(max_side=2), st.booleans())
def test_truncation_anywhere_is_an_error(array: NDArray[np.generic], gz: bool) -> None:
    content = idx_bytes(array)
    content = gzip.compress(content) if gz else content
    for n in range(len(content)):
        with pytest.raises(DataError, match=r"^cut: .*(truncated|magic number)"):
            parse_idx(unpack(content[:n], "cut"), "cut")


@pytest.mark.parametrize("gz", [False, True])
def test_a_truncated_file_says_how_long_it_should_be(tmp_path: Path, gz: bool) -> None:
    path = tmp_path / "images"
    # Incompressible, so that half of the stream holds more than the header.
    array = np.random.default_rng(0).integers(0, 256, (50, 10, 10), dtype=np.uint8)
    content = gzip.compress(idx_bytes(array)) if gz else idx_bytes(array)
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match=rf"^{path}: .*truncated: expected 5016 bytes.* found \d+"):
        read_idx(path)


def test_a_header_of_absurd_size_is_a_truncated_file() -> None:
    content = bytes([0, 0, 8, 3]) + b"\xff" * 12
    with pytest.raises(DataError, match=f"expected {(2**32 - 1) ** 3 + 16} bytes"):
        parse_idx(content, "absurd")


def test_bytes_after_the_end_are_an_error() -> None:
    with pytest.raises(DataError, match=r"too long: expected 40 bytes .*\(2, 3, 4\), found 41"):
        parse_idx(idx_bytes(IMAGES) + b"x", "long")
    with pytest.raises(DataError, match="3 bytes after the end of the gzip stream"):
        unpack(gzip.compress(idx_bytes(IMAGES)) + b"xyz", "long")


def test_a_damaged_gzip_stream_is_an_error() -> None:
    content = bytearray(gzip.compress(idx_bytes(IMAGES)))
    content[-8] ^= 1  # the CRC of the content
    with pytest.raises(DataError, match="the gzip stream is damaged"):
        unpack(bytes(content), "damaged")


@pytest.mark.parametrize(
    "magic", [b"\x89PNG", b"<htm", bytes([0, 0, 0x0A, 1]), bytes([0, 1, 0x08, 1])]
)
def test_a_wrong_magic_number_is_an_error(magic: bytes) -> None:
    with pytest.raises(DataError, match=f"got 'magic number {magic.hex()}'"):
        parse_idx(magic + bytes(20), "other")


def test_type_and_axes_are_checked_when_asked_for() -> None:
    content = idx_bytes(IMAGES)
    assert parse_idx(content, "images", dtype="uint8", ndim=3).dtype == np.uint8
    with pytest.raises(DataError, match="got 'uint8'; wrong type: the file must hold float32"):
        parse_idx(content, "images", dtype="float32")
    with pytest.raises(DataError, match=r"3 axes .*must have 1 axes; name a file of labels"):
        parse_idx(content, "images", ndim=1)
    with pytest.raises(DataError, match="an IDX file with 2 axes"):
        parse_idx(content, "images", ndim=2)


def test_type_is_compared_without_byte_order() -> None:
    array = np.array([1.5, -2.0], dtype=np.float32)
    assert np.array_equal(parse_idx(idx_bytes(array), "floats", dtype="float32"), array)


def test_a_missing_file_is_answered_with_the_nearest_name(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    with pytest.raises(DataError, match=r"no such file; the folder .* is empty"):
        read_idx(path)
    (tmp_path / "train-images-idx3-ubyt").touch()
    with pytest.raises(DataError, match="did you mean 'train-images-idx3-ubyt'"):
        read_idx(path)
    with pytest.raises(DataError, match=r"the folder .* does not exist either"):
        read_idx(tmp_path / "no" / "file")


def test_a_long_folder_is_not_listed(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number}").touch()
    with pytest.raises(DataError, match=r"none of the 40 names in .* is similar"):
        read_idx(tmp_path / "train-images")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the file cannot be read"):
        read_idx(tmp_path)
