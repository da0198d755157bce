"""The order in which a learner sees its examples."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from mortalff import philox
from mortalff.seeds import Seeds


def data_order(seeds: Seeds, epoch: int, n: int) -> Tensor:
    """A random permutation of n examples, (n,) int64, the same for all chips and fixed by seed and epoch.

    It is the order of n random words, ties by number, so it does not change with the version of any library.
    """
    keys = np.array([seeds.key("data_order", step=epoch)], dtype=np.uint64)
    draws = philox.uniforms(keys, 0, 0, 1, n, torch.device("cpu"))
    return draws.flatten().argsort(stable=True)
