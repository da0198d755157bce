"""Clustered faults: Thomas's process, a case of Neyman and Scott's.

Parents fall as a Poisson process; each has a Poisson number of faults, scattered about it as an isotropic Gaussian
(Thomas, Biometrika 36:18, 1949; clustered defects of chips: Stapper, Armstrong and Saji, Proc. IEEE 71:453, 1983).
Faults that share a device count once. Parents are drawn four radii beyond the edge too, so that edges are hit like the
middle.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import special  # not stats, whose import takes a second of every worker's start

Floats = npt.NDArray[np.float64]
Cells = npt.NDArray[np.int64]

_MARGIN = 4.0  # radii


def poisson_number(u: Floats, mean: float) -> Cells:
    """Poisson numbers from uniforms in (0, 1), by the inverse of the distribution function."""
    if mean == 0.0:
        return np.zeros(u.shape, np.int64)
    number = np.ceil(special.pdtrik(u, mean))
    # The inverse is of a continuous function, and may be off by a rounding where that meets a whole number.
    below = np.maximum(number - 1.0, 0.0)
    lowest: Cells = np.where(special.pdtr(below, mean) >= u, below, number).astype(np.int64)
    return lowest


def mean_parents(density: float, radius: float, n_out: int, n_in: int) -> float:
    """How many parents to expect on an array and about it, for their density per device."""
    margin = _margin(radius)
    return density * (n_out + 2 * margin) * (n_in + 2 * margin)


def parent_places(u: Floats, radius: float, n_out: int, n_in: int) -> Floats:
    """Parents' places in devices, (parents, 2), from uniforms of that shape."""
    margin = _margin(radius)
    size = np.array([n_out + 2 * margin, n_in + 2 * margin], np.float64)
    return u * size - margin


def hit_devices(
    parents: Floats, sizes: Cells, radius: float, xi: Floats, n_out: int, n_in: int
) -> tuple[Cells, Cells]:
    """Which devices the faults of clusters fall on.

    Args:
        parents: places, (parents, 2).
        sizes: number of faults of each.
        radius: spread along each axis, in devices.
        xi: standard normals, (sum of sizes or more, 2).
        n_out: rows of devices.
        n_in: columns of devices.

    Returns:
        Indices of the devices along n_out and along n_in; a device may come twice.
    """
    places = np.repeat(parents, sizes, axis=0)
    cells = np.floor(places + radius * xi[: len(places)]).astype(np.int64)
    inside = ((cells >= 0) & (cells < np.array([n_out, n_in]))).all(axis=1)
    return cells[inside, 0], cells[inside, 1]


def _margin(radius: float) -> int:
    return math.ceil(_MARGIN * radius)
