"""The wires of a crossbar: their resistance, and where they are driven and sensed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mortalff.cards.quantity import Quantity, Section, quantity

End = Literal["first", "last", "both"]
PairLayout = Literal["separate", "adjacent_outputs", "opposed_inputs"]

_USUAL = (1e-3, 1e4)


class Wires(Section):
    """Wire resistance. An input line passes outputs 0, 1, ...; an output line passes inputs 0, 1, ...

    Where inputs drive the gates of transistors, no read current flows in the input lines: leave ``input_wire_ohm`` and
    ``driver_ohm`` zero.
    """

    input_wire_ohm: Quantity = quantity(
        "Ohm", "resistance of an input line per cell", ge=0, usual=_USUAL, default=0.0
    )
    output_wire_ohm: Quantity = quantity(
        "Ohm", "resistance of an output line per cell", ge=0, usual=_USUAL, default=0.0
    )
    driver_ohm: Quantity = quantity(
        "Ohm", "resistance in series with each driven end", ge=0, usual=_USUAL, default=0.0
    )
    sense_ohm: Quantity = quantity(
        "Ohm", "resistance in series with each sensed end", ge=0, usual=_USUAL, default=0.0
    )
    driven_from: End = Field(
        default="first", description="driven ends of the input lines; first: at output 0"
    )
    sensed_from: End = Field(
        default="last", description="sensed ends of the output lines; first: at input 0"
    )
    pair_layout: PairLayout = Field(
        default="separate",
        description="devices of a pair: in two arrays, on adjacent output lines, "
        "or on one output line with input lines at +v and -v",
    )
    coupling_max: Quantity = quantity(
        "1",
        "largest coupling of input and output lines that the approximation of IR drop is used for",
        gt=0,
        le=1,
        default=0.08,
        default_source="within 2 % of the exact network for any conductances, by its sweep",
    )

    @property
    def resist(self) -> bool:
        """Whether there is any resistance at all."""
        return any(
            float(ohm) > 0.0
            for ohm in (self.input_wire_ohm, self.output_wire_ohm, self.driver_ohm, self.sense_ohm)
        )
