"""Where in the stream of read noise one pass of one array draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

OUTPUT: Final = 0
INPUT: Final = 1
DEVICE: Final = 2
REFERENCE_OUTPUT: Final = 3
REFERENCE_DEVICE: Final = 4
# Room for 8 kinds of noise, 16 attempts, 16 slices of an input.
_PER_ATTEMPT, _PER_SLICE, _PER_ARRAY = 8, 128, 2048


@dataclass(frozen=True)
class Place:
    """A place of its own for each kind of noise, slice of an input, repeated attempt and array.

    So that one kind of noise switched on, or one vector read again, leaves all other numbers as they were.

    Attributes:
        keys: key of each chip's stream.
        call: place of the read in the stream.
        sub: place within it.
        rows: number of each vector in its batch, where some are left out.
    """

    keys: npt.NDArray[np.uint64]
    call: int
    sub: int = 0
    rows: npt.NDArray[np.int64] | None = None

    def of(self, kind: int) -> Place:
        """The place of a kind of noise."""
        return replace(self, sub=self.sub + kind)

    def part(self, *, array: int = 0, slice_: int = 0, attempt: int = 0) -> Place:
        """The place of an array, a slice of the input, an attempt."""
        sub = self.sub + _PER_ARRAY * array + _PER_SLICE * slice_ + _PER_ATTEMPT * attempt
        return replace(self, sub=sub)
