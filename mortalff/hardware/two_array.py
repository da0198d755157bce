"""The scheme of two arrays: a layer's weights in a fast and a slow one (:mod:`mortalff.hardware.transfer_array`).

Each may have several devices a weight, and be settled before first use.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from mortalff.hardware.base import Hardware
from mortalff.hardware.parallel_arrays import ParallelArrays
from mortalff.hardware.scheme import MakeArray, Scheme
from mortalff.hardware.transfer_array import Transfer, TransferArray


class TwoArrays(Transfer, Scheme):
    """How arrays are made, and how one is transferred to the other."""

    name: ClassVar[str] = "two_arrays"

    settle: float = Field(
        default=0.0,
        ge=0,
        description="change of weight asked of every device upwards, and as much downwards, before first use, so that "
        "those of both arrays come to rest; what noise then leaves them at are the initial weights",
    )

    devices: int = Field(
        default=1,
        ge=1,
        description="devices of either array whose mean is a weight; initial weights spread by that much less",
    )

    def wrap(self, make: MakeArray) -> Hardware:
        """A fast array that starts from zero, and the layer's own as the slow one; both settled."""
        copies = [str(index) for index in range(1, self.devices)]
        fast = [make("fast" + copy, w_init_std=0.0) for copy in ("", *copies)]
        slow = [make("slow" + copy if copy else "") for copy in ("", *copies)]
        arrays = TransferArray(_together(fast), _together(slow), self)
        arrays.settle(self.settle)
        return arrays


def _together(arrays: Sequence[Hardware]) -> Hardware:
    return ParallelArrays(arrays) if len(arrays) > 1 else arrays[0]
