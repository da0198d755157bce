"""CIFAR-10: 60,000 colour photographs of 32×32 pixels in ten classes, from its binary version.

Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", technical report, University of Toronto,
2009; files and their form: https://www.cs.toronto.edu/~kriz/cifar.html.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from mortalff.data.archive import Archive
from mortalff.data.dataset import Dataset, Split, check_labels, hold_out
from mortalff.data.sources import DataFile, Source, data_root
from mortalff.errors import DataError, message

# SHA-1 of the files as in Apache MXNet (gluon/data/vision/datasets.py). SHA-256 of the archive as in TensorFlow
# Datasets (url_checksums/cifar10.txt); its MD5 on CIFAR-10's page is c32a1d4ab5d03f1284b67883e8d87530.
TRAIN = (
    DataFile("data_batch_1.bin", sha1="aadd24acce27caa71bf4b10992e9e7b2d74c2540"),
    DataFile("data_batch_2.bin", sha1="c0ba65cce70568cd57b4e03e9ac8d2a5367c1795"),
    DataFile("data_batch_3.bin", sha1="1dd00a74ab1d17a6e7d73e185b69dbf31242f295"),
    DataFile("data_batch_4.bin", sha1="aab85764eb3584312d3c7f65fd2fd016e36a258e"),
    DataFile("data_batch_5.bin", sha1="26e2849e66a845b7f1e4614ae70f4889ae604628"),
)
TEST = DataFile("test_batch.bin", sha1="67eb016db431130d61cd03c7ad570b013799c88c")
CIFAR10 = Source(
    name="cifar10",
    files=(*TRAIN, TEST),
    mirrors=("https://www.cs.toronto.edu/~kriz/",),
    archive=Archive(
        "cifar-10-binary.tar.gz",
        "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        folder="cifar-10-batches-bin",
    ),
)
CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
_SIDE, _PLANES = 32, 3
_RECORD = 1 + _PLANES * _SIDE * _SIDE  # bytes: a label, then the red, the green and the blue plane
_MAX_PIXEL = np.float32(255.0)
_PICKLES = ("cifar-10-python.tar.gz", "cifar-10-batches-py", "data_batch_1")


def load_cifar10(
    directory: str | Path | None = None, *, validation: int = 0, verify: bool = True
) -> Dataset:
    """CIFAR-10 from a folder, in the files' order: 50,000 training and 10,000 test images.

    The six ``.bin`` files may lie in the folder, in ``cifar-10-batches-bin`` inside it, or in the
    makers' ``cifar-10-binary.tar.gz``. The Python version, which holds pickles, is refused.

    Args:
        directory: the folder with the files, or its parent if that folder is ``cifar10``; else
            ``$MORTALFF_DATA``, else where ``mortalff data get cifar10`` puts them.
        validation: images to take from the end of the training split for validation.
        verify: check the files' checksums. False admits other data in the same form (any number
            of images, labels 0 to 9), and names it ``cifar10_unverified``.

    Returns:
        Images (n, 3072), pixels divided by 255, a pixel's red, green and blue side by side
        (channels last; the files hold whole planes instead).

    Raises:
        DataError: a file is missing or pickled, truncated, or not CIFAR-10's; a label is not in
            0 … 9.
        InputError: ``validation`` is negative or leaves nothing to train on.
    """
    _refuse_pickles(directory)
    paths = {file: CIFAR10.path(file, directory) for file in CIFAR10.files}
    records = {}
    for file, path, content in CIFAR10.contents(paths):
        records[file] = _parse(content, f"{path} ({file.name})")
        if verify:
            file.verify(content, str(path))
    train, held_out = hold_out(_split([records[file] for file in TRAIN]), validation)
    name = CIFAR10.name if verify else f"{CIFAR10.name}_unverified"
    test = _split([records[TEST]])
    return Dataset(name, train, held_out, test, (_SIDE, _SIDE, _PLANES), n_classes=len(CLASSES))


def _parse(content: bytes, where: str) -> NDArray[np.uint8]:
    n_left = len(content) % _RECORD
    if not content or n_left != 0:
        rule = f"the file is truncated or not CIFAR-10's: each image takes {_RECORD} bytes"
        right = "copy or download the file again"
        raise DataError(message(where, f"{len(content)} bytes", rule, right))
    records = np.frombuffer(content, dtype=np.uint8).reshape(-1, _RECORD)
    check_labels(torch.from_numpy(records[:, 0].astype(np.int64)), len(CLASSES), where)
    return records


def _split(parts: list[NDArray[np.uint8]]) -> Split:
    records = np.concatenate(parts)
    planes = records[:, 1:].reshape(-1, _PLANES, _SIDE * _SIDE)
    images = planes.transpose(0, 2, 1).reshape(len(records), -1).astype(np.float32)
    images /= _MAX_PIXEL  # in place: the training images take 0.6 GB
    return Split(torch.from_numpy(images), torch.from_numpy(records[:, 0].astype(np.int64)))


def _refuse_pickles(directory: str | Path | None) -> None:
    """Say what is wrong where only the Python version is there, rather than that files are missing."""
    if not CIFAR10.missing(directory):
        return
    root, _ = data_root(directory)
    places = [place / name for place in (CIFAR10.folder(directory), root) for name in _PICKLES]
    found = next((place for place in places if place.exists()), None)
    if found is not None:
        rule = "this is the Python version: pickles, which may run any code when they are read"
        right = f"use the binary version instead: {CIFAR10.how_to_get}"
        raise DataError(message(str(found.parent), found.name, rule, right))
