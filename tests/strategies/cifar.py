"""Files in CIFAR-10's form for tests: batches of a few images, loose or in an archive."""

from __future__ import annotations

import io
import tarfile

import numpy as np
from numpy.typing import NDArray

NAMES = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")
FOLDER = "cifar-10-batches-bin"


def cifar_like(n: int = 4, seed: int = 8) -> dict[str, tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Made-up images (n, 32, 32, 3) and labels (n,) under the names of CIFAR-10's files."""
    rng = np.random.default_rng(seed)
    return {
        name: (
            rng.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8),
            rng.integers(0, 10, n, dtype=np.uint8),
        )
        for name in NAMES
    }


def batch_bytes(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> bytes:
    """A label, then the red, the green and the blue plane, image by image."""
    return b"".join(
        bytes([label, *image[..., 0].flat, *image[..., 1].flat, *image[..., 2].flat])
        for image, label in zip(images, labels, strict=True)
    )


def archive_bytes(contents: dict[str, bytes], folder: str = FOLDER) -> bytes:
    """A gzipped tar archive with these files, and others, in a folder."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in {"readme.html": b"<html>", **contents}.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()
