"""Wires of given resistances, arrays that are hard on them, and how far IR drop is from the exact network."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import linprog
from torch import Tensor

from mortalff.cards.quantity import Quantity
from mortalff.cards.wires import End, PairLayout, Wires
from mortalff.physics.ir_drop import IRDrop
from mortalff.physics.resistive_network import ResistiveNetwork

Array = npt.NDArray[np.float64]


def ohm(value: float) -> Quantity:
    return Quantity(value=value, unit="Ohm", source="made up")


def wires(
    input_ohm: float = 0.0,
    output_ohm: float = 0.0,
    driver_ohm: float = 0.0,
    sense_ohm: float = 0.0,
    *,
    driven_from: End = "first",
    sensed_from: End = "last",
    pair_layout: PairLayout = "separate",
    coupling_max: float | None = None,
) -> Wires:
    made = Wires(
        input_wire_ohm=ohm(input_ohm),
        output_wire_ohm=ohm(output_ohm),
        driver_ohm=ohm(driver_ohm),
        sense_ohm=ohm(sense_ohm),
        driven_from=driven_from,
        sensed_from=sensed_from,
        pair_layout=pair_layout,
    )
    if coupling_max is None:
        return made
    accepted = Quantity(value=coupling_max, unit="1", source="made up")
    return made.model_copy(update={"coupling_max": accepted})


def as_tensor(array: Array) -> Tensor:
    """One chip's array."""
    return torch.from_numpy(array)[None]


def exact(conductance: Array, made: Wires) -> Array:
    return ResistiveNetwork(conductance, made).effective_conductance()


def fast(conductance: Array, made: Wires) -> Array:
    effective: Array = IRDrop(made).effective_conductance(as_tensor(conductance))[0].numpy()
    return effective


def scaled_to(coupling: float, pattern: Array, made: Wires) -> Array:
    """Conductances in this pattern, of just that coupling with these wires."""
    ir_drop, low, high = IRDrop(made), 1e-15, 1e3
    for _ in range(60):
        middle = (low * high) ** 0.5
        below = float(ir_drop.drop(as_tensor(pattern * middle)).coupling) < coupling
        low, high = (middle, high) if below else (low, middle)
    return pattern * low


def simple_error(approximate: Array, right: Array) -> float:
    """Largest error of an output, per largest output, for equal inputs and for each input alone."""
    error = np.abs(approximate - right)
    driving = right.max(0) > 0.0
    alone = error.max(0)[driving] / right.max(0)[driving]
    return float(max(error.sum(1).max() / right.sum(1).max(), alone.max()))


def worst_error(approximate: Array, right: Array) -> float:
    """The same for the worst inputs there are: max |δE| v over v >= 0 for which no output exceeds 1."""
    scale = right.max()
    error, bounds = np.abs(approximate - right) / scale, [(0.0, 1e6)] * right.shape[1]
    limit = np.ones(len(right))
    worst = 0.0
    for row in error:
        found = linprog(-row, A_ub=right / scale, b_ub=limit, bounds=bounds)
        assert found.status == 0, found.message
        worst = max(worst, -found.fun)
    return worst


def _as_cells(on: npt.NDArray[np.bool_]) -> Array:
    return on.astype(np.float64)


def patterns(n_out: int, n_in: int, rng: np.random.Generator) -> Iterator[tuple[str, Array]]:
    """Conductances from 0 to 1: random, even, graded, in blocks and in single lines."""
    o, i = np.meshgrid(np.arange(n_out), np.arange(n_in), indexing="ij")
    top, left = o < n_out // 2, i < n_in // 2
    yield "all on", np.ones((n_out, n_in))
    yield "uniform", rng.random((n_out, n_in))
    yield "half on", _as_cells(rng.random((n_out, n_in)) < 0.5)
    yield "one in ten on", _as_cells(rng.random((n_out, n_in)) < 0.1)
    yield "half normal", np.clip(np.abs(rng.normal(0.0, 0.3, (n_out, n_in))), 0.0, 1.0)
    yield "one input line on", _as_cells(i == 0)
    yield "a cross of lines far from terminals", _as_cells((i == 0) | (o == n_out - 1))
    yield "rising along input lines", (o + 1.0) / n_out
    yield "falling along output lines", 1.0 - i / n_in
    yield "blocks", _as_cells(top == left)
    yield "other blocks", _as_cells(top != left)
    yield "checkerboard", _as_cells((o + i) % 2 == 1)
    yield "the far quarter", _as_cells(~top & left)
    yield "far edges", _as_cells((o >= n_out * 7 // 8) | (i < max(1, n_in // 8)))
    yield "diagonal", _as_cells(o == i)
