"""A named stream of random numbers for a row of chips."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence

import numpy as np
import torch

from mortalff import philox
from mortalff.seeds import Seeds


class Stream:
    """Random numbers of one name, each chip's its own.

    The stream's whole state is :attr:`calls`, the number of draws so far; set it to resume. Not safe across threads.

    Attributes:
        keys: each chip's key, uint64, for kernels that draw by themselves.
        calls: draws so far.
        device: where the numbers are wanted.

    Args:
        seeds: where the keys come from.
        name: a stream's name (:data:`mortalff.seeds.STREAMS`).
        chip_ids: one number a chip; it fixes the chip's key.
        device: where the numbers are wanted.
    """

    def __init__(
        self, seeds: Seeds, name: str, chip_ids: Sequence[int], device: torch.device
    ) -> None:
        self.keys = np.array([seeds.key(name, chip) for chip in chip_ids], dtype=np.uint64)
        self.device = device
        self.calls = 0

    def of_chips(self, chips: slice) -> Stream:
        """The stream of some of the chips, at the same place in it."""
        part = copy.copy(self)
        part.keys = self.keys[chips]
        return part

    def next_call(self) -> int:
        """Reserve a place in the stream, for draws that share it under different ``sub``."""
        self.calls += 1
        return self.calls - 1

    def normal(self, *shape: int, call: int | None = None, sub: int = 0) -> torch.Tensor:
        """Standard normals, float32, with the chips in front of the shape.

        Args:
            shape: what each chip gets.
            call: a place reserved by :meth:`next_call`; by default a new one.
            sub: distinguishes draws at the same place, so that a repeat which only some chips need
                moves none of them on.
        """
        rows, columns = _rows_and_columns(shape)
        place = self.next_call() if call is None else call
        flat = philox.normals(self.keys, place, sub, rows, columns, self.device)
        return flat.reshape(len(self.keys), *shape)

    def uniform(self, *shape: int, call: int | None = None, sub: int = 0) -> torch.Tensor:
        """Uniforms in (0, 1), float32, with the chips in front; arguments as for :meth:`normal`."""
        rows, columns = _rows_and_columns(shape)
        place = self.next_call() if call is None else call
        flat = philox.uniforms(self.keys, place, sub, rows, columns, self.device)
        return flat.reshape(len(self.keys), *shape)

    def normal_where(self, mask: torch.Tensor, *, call: int, sub: int = 0) -> torch.Tensor:
        """What :meth:`normal` has at some places, without drawing the others.

        Args:
            mask: which, bool, (chips, ..., columns).
            call: a place reserved by :meth:`next_call`.
            sub: as for :meth:`normal`.

        Returns:
            One number a marked place, in their order.
        """
        return philox.normals_where(self.keys, call, sub, _by_row(mask))

    def uniform_where(self, mask: torch.Tensor, *, call: int, sub: int = 0) -> torch.Tensor:
        """What :meth:`uniform` has at some places; arguments as for :meth:`normal_where`."""
        return philox.uniforms_where(self.keys, call, sub, _by_row(mask))


def _by_row(mask: torch.Tensor) -> torch.Tensor:
    return mask.reshape(mask.shape[0], *_rows_and_columns(tuple(mask.shape[1:])))


def _rows_and_columns(shape: tuple[int, ...]) -> tuple[int, int]:
    return math.prod(shape[:-1]), shape[-1]
