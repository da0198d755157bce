"""Data sets: numbers in [0, 1] with labels, always the same split, identified by a checksum."""

from mortalff.data.aesop import load_aesop
from mortalff.data.cifar10 import load_cifar10
from mortalff.data.dataset import Dataset, Split, checksum_of
from mortalff.data.digits import load_digits
from mortalff.data.hybrid import hybrid, hybrid_masks
from mortalff.data.idx import read_idx
from mortalff.data.mnist import load_mnist
from mortalff.data.named import DATASETS, load
from mortalff.data.shifts import shift_images

__all__ = [
    "DATASETS",
    "Dataset",
    "Split",
    "checksum_of",
    "hybrid",
    "hybrid_masks",
    "load",
    "load_aesop",
    "load_cifar10",
    "load_digits",
    "load_mnist",
    "read_idx",
    "shift_images",
]
