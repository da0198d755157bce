"""Data sets: images in [0, 1] with labels, always the same split, identified by a checksum."""

from mortalff.data.dataset import Dataset, Split, checksum_of
from mortalff.data.digits import load_digits
from mortalff.data.idx import read_idx
from mortalff.data.mnist import load_mnist
from mortalff.data.named import DATASETS, load

__all__ = [
    "DATASETS",
    "Dataset",
    "Split",
    "checksum_of",
    "load",
    "load_digits",
    "load_mnist",
    "read_idx",
]
