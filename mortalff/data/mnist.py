"""MNIST: 70,000 handwritten digits of 28×28 pixels, from four IDX files.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", 1998.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from mortalff.data.dataset import Dataset, Split, check_labels, hold_out
from mortalff.data.idx import parse_idx, read_unpacked
from mortalff.data.sources import DataFile, Source
from mortalff.errors import DataError, message

TRAIN_IMAGES = DataFile(
    "train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
)
TRAIN_LABELS = DataFile(
    "train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
)
TEST_IMAGES = DataFile(
    "t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
)
TEST_LABELS = DataFile(
    "t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
)
MNIST = Source(
    name="mnist",
    files=(TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS),
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
)
_N_CLASSES = 10
_MAX_PIXEL = np.float32(255.0)


def load_mnist(
    directory: str | Path | None = None, *, validation: int = 0, verify: bool = True
) -> Dataset:
    """MNIST from a folder, in the files' order: 60,000 training and 10,000 test images.

    Args:
        directory: the folder with the four files, or its parent if that folder is ``mnist``;
            else ``$MORTALFF_DATA``, else where ``mortalff data get mnist`` puts them.
        validation: images to take from the end of the training split for validation; 10,000
            leaves the usual 50,000.
        verify: check the files' checksums. False admits other data in the same form (any number
            of images of any size, labels 0 to 9), and names it ``mnist_unverified``.

    Returns:
        Images (n, 784), pixels divided by 255.

    Raises:
        DataError: a file is missing, truncated, not IDX, or not MNIST's; the counts of images
            and labels differ; a label is not in 0 … 9.
        InputError: ``validation`` is negative or leaves nothing to train on.
    """
    train, image_shape = _split(TRAIN_IMAGES, TRAIN_LABELS, directory, verify)
    test, _ = _split(TEST_IMAGES, TEST_LABELS, directory, verify)
    train, held_out = hold_out(train, validation)
    name = MNIST.name if verify else f"{MNIST.name}_unverified"
    return Dataset(name, train, held_out, test, image_shape, n_classes=_N_CLASSES)


def _split(
    images: DataFile, labels: DataFile, directory: str | Path | None, verify: bool
) -> tuple[Split, tuple[int, int, int]]:
    image_path = MNIST.path(images, directory)
    label_path = MNIST.path(labels, directory)
    pixels = _read(images, image_path, 3, verify)
    classes = torch.from_numpy(_read(labels, label_path, 1, verify).astype(np.int64))
    if len(pixels) != len(classes):
        found = f"{len(classes)} labels"
        rule = f"{image_path} holds {len(pixels)} images, and each has one label"
        raise DataError(message(str(label_path), found, rule, "take both files from one source"))
    check_labels(classes, _N_CLASSES, str(label_path))
    flat = pixels.reshape(len(pixels), -1).astype(np.float32) / _MAX_PIXEL
    _, height, width = pixels.shape
    return Split(torch.from_numpy(flat), classes), (height, width, 1)


def _read(file: DataFile, path: Path, ndim: int, verify: bool) -> NDArray[np.generic]:
    content = read_unpacked(path)
    # Parsed first: "truncated" says more than a checksum that differs.
    numbers = parse_idx(content, str(path), dtype="uint8", ndim=ndim)
    if verify:
        file.verify(content, str(path))
    return numbers
