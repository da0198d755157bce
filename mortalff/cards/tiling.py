"""How a layer larger than one array is laid over several."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mortalff.cards.quantity import Section


class Tiling(Section):
    """A layer over R by C arrays, each with converters and a range of its own.

    Lines are shared out evenly: 785 inputs on arrays of at most 512 lines are 393 and 392.
    """

    rows_max: int | None = Field(
        default=None, ge=1, description="input lines of one array; none: as many as there are"
    )
    columns_max: int | None = Field(
        default=None, ge=1, description="output lines of one array; none: as many as there are"
    )
    partial_sums: Literal["digital", "analog"] = Field(
        default="digital",
        description="digital: each array converts its sums, which are then added;"
        " analog: currents of a column of arrays are added before one converter",
    )
