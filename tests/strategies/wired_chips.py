"""Chips that are read through wires with resistance, and what the exact network makes of their pairs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mortalff.cards import Card, Periphery, Wires
from mortalff.hardware.crossbar import Crossbar
from tests.strategies.devices import crossbar, made_up, no_spread
from tests.strategies.reads import uniform
from tests.strategies.wires import Array, exact

N_OUT, N_IN = 12, 20
G_MIN, G_MAX, W_MAX = 1e-6, 25e-6, 0.6
W = 0.5 * uniform(0, N_OUT, N_IN)
OHMS = (70.0, 100.0, 100.0, 50.0)
TILES = {"tiling.rows_max": 8, "tiling.columns_max": 5, "tiling.partial_sums": "analog"}
IN_PAIRS = {"cell": {"kind": "one_sided_pair", "refresh_every": 0}, "device.w_min": 0.0}
WRITTEN = {
    "programming.scatter": {
        "kind": "Normal",
        "magnitude": {"value": 0.0, "unit": "1", "source": "test"},
        "g_min_siemens": {"value": G_MIN, "unit": "S", "source": "test"},
    }
}


def card(made: Wires | None = None, **changes: object) -> Card:
    """Devices that are all alike, from 1 to 25 µS; ``__`` in a name stands for its dot."""
    changes = {name.replace("__", "."): value for name, value in changes.items()}
    given = {} if made is None else {"wires": made}
    plain = made_up(variability=no_spread())
    return plain.replace(**{"conductance.g_max_siemens": G_MAX, **WRITTEN, **given, **changes})


def holding(weights: Tensor, of: Card, chips: int = 1, read: Periphery | None = None) -> Crossbar:
    made = crossbar(of, weights.shape[0], weights.shape[1], chips, read=read)
    made.probe().program(weights)
    return made


def seen(made: Crossbar, chip: int = 0) -> Tensor:
    """The weights that reads show, one input at a time."""
    return made.forward(torch.eye(made.n_in))[chip].T


def exact_pair(plus: Array, minus: Array, made: Wires) -> Array:
    """Exact effective conductances of pairs, in the layout of their wires."""
    if made.pair_layout == "separate":
        return exact(plus, made) - exact(minus, made)
    axis = 1 if made.pair_layout == "adjacent_outputs" else 2
    both = np.stack([plus, minus], axis)
    shape = (2 * plus.shape[0], plus.shape[1]) if axis == 1 else (plus.shape[0], -1)
    whole: Array = exact(both.reshape(shape), made)
    return whole[0::2] - whole[1::2] if axis == 1 else whole[:, 0::2] - whole[:, 1::2]


def split(weights: Array) -> tuple[Array, Array, float]:
    """Conductances of pairs, of which one holds the weight, and siemens per weight."""
    k = (G_MAX - G_MIN) / W_MAX
    return G_MIN + k * np.clip(weights, 0, None), G_MIN + k * np.clip(-weights, 0, None), k


def by_pairs(made: Wires) -> Callable[[Array], Array]:
    def each(weights: Array) -> Array:
        plus, minus, k = split(weights)
        return exact_pair(plus, minus, made) / k

    return each
