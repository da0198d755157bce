"""What stands between layers, and what it counts: activities as numbers, or as held voltages.

Inputs and outputs that are normalised have mean square 1. The formulas are those of Forward-Forward's passes; learners
that hand activities on as they are count theirs themselves.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from mortalff.cards import Periphery
from mortalff.energy.array_forms import LayerShape
from mortalff.energy.forms.counts import Counts
from mortalff.errors import InputError, message, nearest


class Between(ABC):
    """What is done with a layer's activities, for a number of vectors.

    Attributes:
        name: ``digital`` or ``analog``.
        input_bits: bits of a stored input.
    """

    name: str
    input_bits: int

    @abstractmethod
    def ff_pass(self, layer: LayerShape, vectors: int) -> Counts:
        """A training pass of FF: goodness taken, activities held for the update."""

    @abstractmethod
    def plain_pass(self, layer: LayerShape, vectors: int) -> Counts:
        """A pass for inference: rectified and normalised, goodness not taken."""

    @abstractmethod
    def goodness(self, vectors: int) -> Counts:
        """Goodness taken of a layer during inference."""

    @abstractmethod
    def features(self, layer: LayerShape, vectors: int) -> Counts:
        """A layer's activities handed to a digital read-out."""

    @abstractmethod
    def difference(self, layer: LayerShape, pairs: int) -> Counts:
        """Sums and differences of both halves' lines and errors."""

    @abstractmethod
    def peer(self, layer: LayerShape, vectors: int) -> Counts:
        """Each unit's mean activity kept, and its pull added to the errors."""


@dataclass(frozen=True)
class DigitalBetween(Between):
    """Activities as numbers of the converters' bits."""

    input_bits: int
    output_bits: int
    name: str = "digital"

    def ff_pass(self, layer: LayerShape, vectors: int) -> Counts:
        """Rectify, normalise and scale each output, square it, one sigmoid; inputs and outputs written and read."""
        stored = layer.n_in * self.input_bits + layer.n_out * self.output_bits
        return {
            "digital_op": vectors * (3 * layer.n_out + 1),
            "digital_mac": vectors * layer.n_out,
            "memory_byte": 2 * vectors * stored / 8,
        }

    def plain_pass(self, layer: LayerShape, vectors: int) -> Counts:
        """Rectify and normalise each output, by its square."""
        outputs = vectors * layer.n_out
        return {"digital_op": 2 * outputs, "digital_mac": outputs}

    def goodness(self, vectors: int) -> Counts:
        """An addition; squares are there."""
        return {"digital_op": vectors}

    def features(self, layer: LayerShape, vectors: int) -> Counts:
        """Nothing."""
        del layer, vectors
        return {}

    def difference(self, layer: LayerShape, pairs: int) -> Counts:
        """A sum and a difference a line."""
        return {"digital_op": 2 * pairs * (layer.n_in + layer.n_out)}

    def peer(self, layer: LayerShape, vectors: int) -> Counts:
        """An addition an activity to its mean and to its error; three operations a unit."""
        return {"digital_op": (2 * vectors + 3) * layer.n_out}


@dataclass(frozen=True)
class AnalogBetween(Between):
    """Activities as voltages: squared, held, scaled by one gain; scalars alone are converted."""

    input_bits: int
    name: str = "analog"

    def ff_pass(self, layer: LayerShape, vectors: int) -> Counts:
        """A plain pass; lines held, goodness converted, one sigmoid, the update's factor converted back."""
        return {
            **self.plain_pass(layer, vectors),
            "sample_hold": vectors * (layer.n_in + layer.n_out),
            "adc_conversion": vectors,
            "digital_op": vectors,
            "dac_conversion": vectors,
        }

    def plain_pass(self, layer: LayerShape, vectors: int) -> Counts:
        """Squares for the gain that normalises."""
        return {"squarer": vectors * layer.n_out, "gain_control": vectors}

    def goodness(self, vectors: int) -> Counts:
        """Converted, and added up."""
        return {"adc_conversion": vectors, "digital_op": vectors}

    def features(self, layer: LayerShape, vectors: int) -> Counts:
        """Every activity converted."""
        return {"adc_conversion": vectors * layer.n_out}

    def difference(self, layer: LayerShape, pairs: int) -> Counts:
        """Two more holds a line."""
        return {"sample_hold": 2 * pairs * (layer.n_in + layer.n_out)}

    def peer(self, layer: LayerShape, vectors: int) -> Counts:
        """Activities converted and added up; three operations a unit; its pull converted back."""
        return {
            "adc_conversion": vectors * layer.n_out,
            "digital_op": (vectors + 3) * layer.n_out,
            "dac_conversion": layer.n_out,
        }


def between_of(name: str, periphery: Periphery, number_bits: int) -> Between:
    """What stands between layers, by name, with the card's converters.

    Args:
        name: ``digital`` or ``analog``.
        periphery: the converters.
        number_bits: bits of a stored number that no converter made.

    Raises:
        InputError: there is no such kind.
    """
    bits = periphery.dac_bits or number_bits
    if name == "digital":
        return DigitalBetween(bits, periphery.adc_bits or number_bits)
    if name == "analog":
        return AnalogBetween(bits)
    raise InputError(
        message("activities", name, "no such kind", nearest(name, ("analog", "digital")))
    )
