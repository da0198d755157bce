"""What a learner is given: images with labels, in splits, with a checksum of all of it."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace

import torch

from mortalff.errors import DataError, InputError, message


@dataclass(frozen=True, eq=False)
class Split:
    """Images and their labels.

    Args:
        images: (n, n_features) float32, every number in [0, 1].
        labels: (n,) int64, classes counted from 0.

    Raises:
        DataError: a shape, type or range is not as stated, or the counts differ.
    """

    images: torch.Tensor
    labels: torch.Tensor

    def __post_init__(self) -> None:
        """Check shapes, types and ranges."""
        _check_tensor("images", self.images, 2, torch.float32)
        _check_tensor("labels", self.labels, 1, torch.int64)
        n_images, n_labels = len(self.images), len(self.labels)
        if n_images != n_labels:
            found = f"{n_images} images, {n_labels} labels"
            raise DataError(
                message("split", found, "each image has one label", "give as many of both")
            )
        if self.images.numel() == 0:
            shape = tuple(self.images.shape)
            rule = "a split holds at least one image of one pixel"
            raise DataError(message("split.images", shape, rule, "give some images"))
        low, high = (float(bound) for bound in torch.aminmax(self.images))
        if not (low >= 0.0 and high <= 1.0):  # also false for NaN
            rule = "pixels are numbers in [0, 1]"
            right = "divide by the largest value, and remove NaN"
            raise DataError(message("split.images", f"range [{low}, {high}]", rule, right))

    def __len__(self) -> int:
        """The number of images."""
        return len(self.images)

    def take(self, n: int) -> Split:
        """The first ``n`` images, copied, so that the rest need not stay in memory.

        Raises:
            InputError: ``n`` is not between 1 and the number of images.
        """
        if not 1 <= n <= len(self):
            right = f"give a number from 1 to {len(self)}"
            raise InputError(message("take", n, f"the split holds {len(self)} images", right))
        return Split(self.images[:n].clone(), self.labels[:n].clone())


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set, split for training, validation and test.

    Args:
        name: what tables and figures call it.
        train: the training split.
        validation: the validation split, or None.
        test: the test split.
        image_shape: an image's height, width and planes, such as (28, 28, 1); their product is
            ``n_features``. Pixels are in rows from the top, a pixel's planes side by side
            (channels last). None where the features are no image.
        n_classes: labels run from 0 to ``n_classes - 1``.
        checksum: identifies the splits' bytes; computed by :func:`checksum_of` when left empty.

    Raises:
        DataError: the splits do not fit the image shape, or a label is not a class.
    """

    name: str
    train: Split
    validation: Split | None
    test: Split
    image_shape: tuple[int, int, int] | None
    n_classes: int
    checksum: str = ""

    def __post_init__(self) -> None:
        """Check that the splits belong together, and compute the checksum."""
        for part, split in self._parts():
            where = f"data set {self.name!r}, {part}"
            self._check_features(split.images.shape[1], where)
            check_labels(split.labels, self.n_classes, where)
        if not self.checksum:
            computed = checksum_of(self.train, self.validation, self.test)
            object.__setattr__(self, "checksum", computed)

    @property
    def n_features(self) -> int:
        """Numbers of an image, or of whatever else a learner is shown."""
        return self.train.images.shape[1]

    def take(
        self, *, train: int | None = None, validation: int | None = None, test: int | None = None
    ) -> Dataset:
        """A smaller data set: the first images of each split, in the splits' fixed order.

        The order is that of the source (MNIST's files; the digits' fixed permutation), so the
        same numbers always give the same images. Classes are not balanced. The first 5,000 test
        images of MNIST are cleaner and easier than the last 5,000 (LeCun, Cortes, Burges), so
        an error on the first few is not an estimate of the error on all.

        Args:
            train: training images to keep; all if None.
            validation: validation images to keep; all if None.
            test: test images to keep; all if None.

        Returns:
            A data set with a checksum of its own.

        Raises:
            InputError: a number is below 1 or above what the split holds, or there is no
                validation split.
        """
        if validation is not None and self.validation is None:
            rule = f"data set {self.name!r} has no validation split"
            right = "load it with validation=N first"
            raise InputError(message("take.validation", validation, rule, right))
        kept = self.validation
        if kept is not None and validation is not None:
            kept = kept.take(validation)
        return replace(
            self,
            train=self.train if train is None else self.train.take(train),
            validation=kept,
            test=self.test if test is None else self.test.take(test),
            checksum="",
        )

    def _check_features(self, found: int, where: str) -> None:
        expected, rule = self.n_features, f"the training split has {self.n_features}"
        if self.image_shape is not None:
            expected = math.prod(self.image_shape)
            rule = f"images of shape {self.image_shape} have {expected}"
        if found != expected:
            right = "give every split images of the same shape"
            raise DataError(message(where, f"{found} pixels", rule, right))

    def _parts(self) -> list[tuple[str, Split]]:
        parts = [("train", self.train), ("validation", self.validation), ("test", self.test)]
        return [(part, split) for part, split in parts if split is not None]


def checksum_of(train: Split, validation: Split | None, test: Split) -> str:
    """SHA-256, in hex, of every split's sizes, images and labels as little-endian bytes."""
    digest = hashlib.sha256()
    for part, split in (("train", train), ("validation", validation), ("test", test)):
        if split is None:
            continue
        digest.update(f"{part} {tuple(split.images.shape)}\n".encode())
        digest.update(split.images.cpu().contiguous().numpy().astype("<f4", copy=False).data)
        digest.update(split.labels.cpu().contiguous().numpy().astype("<i8", copy=False).data)
    return digest.hexdigest()


def check_labels(labels: torch.Tensor, n_classes: int, where: str) -> None:
    """Raise unless every label is in 0 … ``n_classes - 1``.

    Raises:
        DataError: names the first label that is not a class, and its position.
    """
    wrong = (labels < 0) | (labels >= n_classes)
    if bool(wrong.any()):
        first = int(wrong.nonzero()[0])
        rule = f"labels are classes from 0 to {n_classes - 1}"
        right = "mend the labels, or give the number of classes they have"
        raise DataError(message(f"{where}, label {first}", int(labels[first]), rule, right))


def hold_out(split: Split, n: int) -> tuple[Split, Split | None]:
    """Part the last ``n`` images from a training split, for validation.

    Returns:
        The images before them, and the last ``n`` (None where ``n`` is 0).

    Raises:
        InputError: ``n`` is negative, or leaves nothing to train on.
    """
    if not 0 <= n < len(split):
        rule = f"it is taken from the end of {len(split)} training images"
        right = f"give a number from 0 to {len(split) - 1}"
        raise InputError(message("validation", n, rule, right))
    if n == 0:
        return split, None
    held_out = Split(split.images[-n:].clone(), split.labels[-n:].clone())
    return split.take(len(split) - n), held_out


def _check_tensor(name: str, tensor: torch.Tensor, ndim: int, dtype: torch.dtype) -> None:
    if tensor.ndim != ndim or tensor.dtype != dtype:
        found = f"shape {tuple(tensor.shape)} of {tensor.dtype}"
        shape = "(n, n_features)" if ndim == 2 else "(n,)"
        right = f"give a tensor {shape} of {dtype}"
        raise DataError(message(f"split.{name}", found, "wrong shape or type", right))
