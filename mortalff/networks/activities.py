"""How activities pass between layers, and what that costs.

``digital``: every array's inputs come from DACs and its outputs go through ADCs; rectifying, squaring and normalising
are digital operations on stored numbers. ``analog``: activities stay voltages; only the network's input is converted,
and each layer's goodness, one scalar a vector, is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mortalff.actions import Tally
from mortalff.cards import Periphery
from mortalff.errors import InputError, message, nearest
from mortalff.networks.layer import Layer


class Activities(Protocol):
    """What stands between layers."""

    @property
    def name(self) -> str:
        """``digital`` or ``analog``."""
        ...

    @property
    def input_bits(self) -> int:
        """Bits of a stored input."""
        ...

    def periphery(self, periphery: Periphery, first: bool) -> Periphery:
        """The converters of a layer's array, given the card's."""
        ...

    def count_ff_pass(self, tally: Tally, layer: Layer, vectors: int) -> None:
        """One training pass of FF through a layer: goodness taken, activities held for the update."""
        ...

    def count_difference(self, tally: Tally, layer: Layer, pairs: int) -> None:
        """Sums and differences of both halves' inputs and errors, for an update by differences."""
        ...

    def count_pass(self, tally: Tally, layer: Layer, vectors: int) -> None:
        """One pass for inference through a layer, goodness not taken."""
        ...

    def count_goodness(self, tally: Tally, layer: Layer, vectors: int) -> None:
        """Goodness taken of a layer's activities during inference."""
        ...

    def count_features(self, tally: Tally, layer: Layer, vectors: int) -> None:
        """A layer's activities handed to a digital read-out."""
        ...

    def count_peer(self, tally: Tally, layer: Layer, vectors: int) -> None:
        """One update's peer normalisation: each unit's mean activity kept, its pull added to the error."""
        ...


@dataclass(frozen=True)
class DigitalActivities:
    """Activities as numbers, held with the converters' bits."""

    input_bits: int = 32
    output_bits: int = 32
    name: str = "digital"

    def periphery(self, periphery: Periphery, first: bool) -> Periphery:
        """The card's own."""
        del first
        return periphery

    def count_ff_pass(self, tally: Tally, layer: Layer, vectors: int) -> None:
        """Rectify, square, normalise, decide, scale the update; write what the update needs to memory, and read it.

        Bytes of vectors v, lines n_in and units n_out: 2 v (n_in bits_in + n_out bits_out)/8, as each number is written
        when the vector passes and read for the update.
        """
        n_in, n_out = layer.hardware.n_in, layer.n_out
        tally.add("digital_op", vectors * (3 * n_out + 1))
        tally.add("digital_mac", vectors * n_out)
        bits = n_in * self.input_bits + n_out * self.output_bits
        tally.add("memory_byte", 2 * vectors * bits / 8)

    def count_difference(self, tally: Tally, layer: Layer, pairs: int) -> None:
        """A sum and a difference for each line."""
        tally.add("digital_op", 2 * pairs * (layer.hardware.n_in + layer.n_out))

    def count_pass(self, tally: Tally, layer: Layer, vectors: int) -> None:
        """Rectify and normalise: one operation each a unit."""
        tally.add("digital_op", vectors * 2 * layer.n_out)
        tally.add("digital_mac", vectors * layer.n_out)

    def count_goodness(self, tally: Tally, layer: Layer, vectors: int) -> None:
        """The squares are there already, for the normalisation; one addition."""
        tally.add("digital_op", vectors)

    def count_features(self, tally: Tally, layer: Layer, vectors: int) -> None:
        """Nothing: they are numbers already."""

    def count_peer(self, tally: Tally, layer: Layer, vectors: int) -> None:
        """Each activity added up; a running mean and a pull for each unit, added to each error."""
        tally.add("digital_op", (2 * vectors + 3) * layer.n_out)


@dataclass(frozen=True)
class AnalogActivities:
    """Activities as held voltages.

    Every conversion, square, hold and gain is billed; their own errors are not simulated: ranging behind the first
    layer, the goodness, the update's factor and held voltages are taken as exact. The first layer's inputs are numbers,
    whose range is found and scaled by digital work; the gain that normalises undoes it, and stands for ranging behind.
    """

    input_bits: int = 32
    name: str = "analog"

    def periphery(self, periphery: Periphery, first: bool) -> Periphery:
        """The card's, less the ADCs, and less the DACs behind the first layer."""
        bits = {"adc_bits": None, "dac_bits": periphery.dac_bits if first else None}
        return periphery.model_copy(update=bits)

    def count_ff_pass(self, tally: Tally, layer: Layer, vectors: int) -> None:
        """Hold both sides, square, set a gain; convert the goodness in and the update's factor out."""
        n_in, n_out = layer.hardware.n_in, layer.n_out
        tally.add("sample_hold", vectors * (n_in + n_out))
        self.count_pass(tally, layer, vectors)
        self.count_goodness(tally, layer, vectors)
        tally.add("dac_conversion", vectors)

    def count_difference(self, tally: Tally, layer: Layer, pairs: int) -> None:
        """Held voltages added and subtracted by sharing charge: another two holds a line."""
        tally.add("sample_hold", 2 * pairs * (layer.hardware.n_in + layer.n_out))

    def count_pass(self, tally: Tally, layer: Layer, vectors: int) -> None:
        """Squares feed the gain control that normalises."""
        tally.add("squarer", vectors * layer.n_out)
        tally.add("gain_control", vectors)

    def count_goodness(self, tally: Tally, layer: Layer, vectors: int) -> None:
        """One scalar converted, and one digital operation with it: a sigmoid, or an addition."""
        tally.add("adc_conversion", vectors)
        tally.add("digital_op", vectors)

    def count_features(self, tally: Tally, layer: Layer, vectors: int) -> None:
        """Every activity converted."""
        tally.add("adc_conversion", vectors * layer.n_out)

    def count_peer(self, tally: Tally, layer: Layer, vectors: int) -> None:
        """Every activity converted and added up; a running mean and a pull for each unit, converted back."""
        tally.add("adc_conversion", vectors * layer.n_out)
        tally.add("digital_op", (vectors + 3) * layer.n_out)
        tally.add("dac_conversion", layer.n_out)


def activities_of(name: str, periphery: Periphery) -> Activities:
    """The kind of activities by name, with the card's converters.

    Raises:
        InputError: there is no such kind.
    """
    if name == "digital":
        return DigitalActivities(periphery.dac_bits or 32, periphery.adc_bits or 32)
    if name == "analog":
        return AnalogActivities(periphery.dac_bits or 32)
    raise InputError(
        message("activities", name, "no such kind", nearest(name, ("analog", "digital")))
    )
