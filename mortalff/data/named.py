"""Loading a data set by its name, as study files and the command line do."""

from __future__ import annotations

from pathlib import Path

from mortalff.data.aesop import AESOP, load_aesop
from mortalff.data.cifar10 import CIFAR10, load_cifar10
from mortalff.data.dataset import Dataset
from mortalff.data.digits import load_digits
from mortalff.data.mnist import MNIST, load_mnist
from mortalff.errors import DataError, message, nearest

SOURCES = {source.name: source for source in (MNIST, CIFAR10, AESOP)}
"""The data sets that live in files, by name."""

DATASETS = ("digits", *SOURCES)


def load(
    name: str,
    directory: str | Path | None = None,
    *,
    validation: int = 0,
    verify: bool = True,
) -> Dataset:
    """A data set by its name.

    Args:
        name: one of :data:`DATASETS`.
        directory: where data sets in files are looked for (see :func:`load_mnist`). The digits
            come with scikit-learn and need none.
        validation: images to take from the end of the training split for validation.
        verify: check the checksums of data sets in files.

    Raises:
        DataError: there is no data set of that name, or its files are missing or wrong.
        InputError: ``validation`` is negative or leaves nothing to train on.
    """
    check_name(name)
    if name == "digits":
        return load_digits(validation)
    loaders = {"mnist": load_mnist, "cifar10": load_cifar10, "aesop": load_aesop}
    return loaders[name](directory, validation=validation, verify=verify)


def check_name(name: str) -> None:
    """Raise unless ``name`` is one of :data:`DATASETS`.

    Raises:
        DataError: names the nearest.
    """
    if name not in DATASETS:
        rule = "there is no such data set"
        raise DataError(message("data set", name, rule, nearest(name, DATASETS)))
