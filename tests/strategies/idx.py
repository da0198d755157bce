"""IDX files for tests: writing them, and folders of small ones in MNIST's form."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

TYPE_CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def idx_bytes(array: NDArray[np.generic]) -> bytes:
    """The unpacked bytes of an IDX file that holds ``array``."""
    code = TYPE_CODES[array.dtype.str[1:]]
    header = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def idx_arrays(max_side: int = 5) -> st.SearchStrategy[NDArray[np.generic]]:
    """Arrays of every type and up to four axes, some of length 0."""
    shapes = npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=max_side)
    return st.sampled_from(sorted(TYPE_CODES)).flatmap(lambda code: npst.arrays(code, shapes))


def mnist_like(
    n_train: int = 30, n_test: int = 12, shape: tuple[int, int] = (4, 3)
) -> dict[str, NDArray[np.uint8]]:
    """Made-up arrays under the names of MNIST's files."""
    rng = np.random.default_rng(5)
    arrays = {}
    for part, n in (("train", n_train), ("t10k", n_test)):
        arrays[f"{part}-images-idx3-ubyte"] = rng.integers(0, 256, (n, *shape), dtype=np.uint8)
        arrays[f"{part}-labels-idx1-ubyte"] = rng.integers(0, 10, n, dtype=np.uint8)
    return arrays


def write_folder(
    folder: Path, arrays: dict[str, NDArray[np.uint8]], *, gz: bool = False, dotted: bool = False
) -> Path:
    """Write each array as an IDX file of its name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        name = name.replace("-idx", ".idx") if dotted else name
        content = idx_bytes(array)
        if gz:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)
    return folder
