"""A law as loops compiled for a CPU take it: its terms as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

from mortalff.hardware.law_terms import DirectionTerms, law_terms
from mortalff.physics.law import Law

Array = npt.NDArray[np.float32]
Direction = tuple[Array, Array, Array]
Shared = tuple[tuple[int, ...], int, np.float32, Array, Array, Array, Array]

_NONE: Array = np.empty((0, 0, 0), np.float32)


@dataclass(frozen=True)
class LawTables:
    """Constants of every device of every chip, on a CPU.

    Attributes:
        low: lower bounds, (chips, n_out, n_in).
        high: upper bounds.
        up: for up pulses, the law's constants and the constant part that additive noise scales with, each
            (chips, n_out, n_in), or empty where the law has none.
        down: likewise for down pulses.
        shared: a tuple whose length less one is the kind of law, so that kernels are compiled for each; kind of noise,
            cycle-to-cycle spread, then numbers that all devices share: of up and down steps, nodes of up and down
            steps.
    """

    low: Array
    high: Array
    up: Direction
    down: Direction
    shared: Shared

    def block(self, chips: slice, rows: slice) -> tuple[Array, Array, Direction, Direction]:
        """Low, high, up and down of some chips' rows."""
        up, down = (
            tuple(t[chips, rows] if t.size else t for t in way) for way in (self.up, self.down)
        )
        return self.low[chips, rows], self.high[chips, rows], up, down  # type: ignore[return-value]


def law_tables(law: Law) -> LawTables | None:
    """The tables of a law on a CPU, views of its tensors; None for a law that no kernel knows."""
    terms = law_terms(law)
    if terms is None:
        return None
    up, down = terms.up, terms.down
    return LawTables(
        low=terms.low.numpy(),
        high=terms.high.numpy(),
        up=_direction(up),
        down=_direction(down),
        shared=(
            (0,) * (terms.kind + 1),
            terms.noise,
            np.float32(terms.cycle_std),
            np.array(up.numbers, np.float32),
            np.array(down.numbers, np.float32),
            np.array(up.nodes, np.float32),
            np.array(down.nodes, np.float32),
        ),
    )


def _direction(terms: DirectionTerms) -> Direction:
    return terms.step.numpy(), _array(terms.second), _array(terms.constant)


def _array(tensor: Tensor | None) -> Array:
    return _NONE if tensor is None else tensor.numpy()
