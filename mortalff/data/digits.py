"""scikit-learn's handwritten digits: 1,797 real images of 8×8 pixels that need no file.

Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
Repository, 1998 (the test part), as shipped with scikit-learn.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from mortalff.data.dataset import Dataset, Split, hold_out
from mortalff.errors import InputError, message

N_TRAIN = 1400
_SPLIT_KEY = 0x6D6F7274616C6666  # "mortalff" in ASCII
_MAX_PIXEL = 16.0


def load_digits(validation: int = 0, *, seed: int = 0) -> Dataset:
    """The digits, split once and for all into 1,400 training and 397 test images.

    The split is a property of the data set, not of a run: the images are put in the order of
    raw 64-bit numbers of numpy's Philox generator with the key (``_SPLIT_KEY``, ``seed``), which
    numpy keeps the same in all its versions; the first 1,400 are for training.

    Args:
        validation: images to take from the end of the training split for validation.
        seed: another number gives another split, for studies of how much the split matters.

    Returns:
        Images (n, 64), pixels divided by 16.

    Raises:
        InputError: ``validation`` is not between 0 and 1,399, or ``seed`` not a 64-bit number.
    """
    pixels, targets = _pixels_and_targets()
    order = torch.from_numpy(_permutation(len(targets), seed))
    images = torch.from_numpy((pixels / _MAX_PIXEL).astype(np.float32))[order]
    labels = torch.from_numpy(targets)[order]
    train = Split(images[:N_TRAIN].clone(), labels[:N_TRAIN].clone())
    test = Split(images[N_TRAIN:].clone(), labels[N_TRAIN:].clone())
    train, held_out = hold_out(train, validation)
    return Dataset("digits", train, held_out, test, image_shape=(8, 8, 1), n_classes=10)


def _pixels_and_targets() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Images (n, 64), pixels from 0 to 16, and their classes.

    From scikit-learn's file itself where it is found: to import scikit-learn takes a second, a quarter of what each
    process of a study needs to start.
    """
    package = find_spec("sklearn")
    for folder in (package and package.submodule_search_locations) or ():
        file = Path(folder) / "datasets" / "data" / "digits.csv.gz"
        if file.is_file():
            table = np.loadtxt(file, delimiter=",")
            return table[:, :-1], table[:, -1].astype(np.int64)
    from sklearn.datasets import load_digits as load_bunch

    pixels, targets = load_bunch(return_X_y=True)
    return pixels, targets.astype(np.int64)


def _permutation(n: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if not 0 <= seed < 2**64:
        rule = "the split's seed is a 64-bit number"
        raise InputError(message("seed", seed, rule, "give a number from 0 to 2**64 - 1"))
    key = np.array([_SPLIT_KEY, seed], dtype=np.uint64)
    draws = np.random.Philox(key=key).random_raw(n)
    return np.argsort(draws, kind="stable").astype(np.int64)
