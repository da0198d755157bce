"""How the weights of one layer lie on arrays: side by side, in several that act as one, over tiles."""

from __future__ import annotations

from dataclasses import dataclass

from mortalff.energy.array_forms import LayerShape, ReadScheme
from mortalff.energy.forms.arrays import ArrayForm
from mortalff.energy.forms.joined_arrays import SeveralForm, SideBySideForm, TwoArraysForm


@dataclass(frozen=True)
class Place:
    """An array of weights; a dense layer has one, a layer of local fields one for each field.

    Attributes:
        shape: its lines, the bias among the inputs.
        down: arrays of the architecture that its input lines take.
        across: and its outputs.
    """

    shape: LayerShape
    down: int
    across: int

    @property
    def weights(self) -> int:
        """How many it has."""
        return self.shape.n_in * self.shape.n_out


@dataclass(frozen=True)
class LaidLayer:
    """One layer.

    Attributes:
        shape: lines of what is below, the bias among them, and all outputs.
        places: its arrays of weights.
        copies: arrays that hold such weights together: 1, or devices of a fast and a slow array.
        read: of these, how many a pass reads, all at once.
        pulsed: of these, how many an outer product of the learner's pulses.
        teachers: for each place, how one array teaches the other; none where there is one array.
    """

    shape: LayerShape
    places: tuple[Place, ...]
    copies: int
    read: int
    pulsed: int
    teachers: tuple[TwoArraysForm, ...]

    @property
    def weights(self) -> int:
        """Weights that are learned; where fields do not look there are none."""
        return sum(place.weights for place in self.places)

    @classmethod
    def of(cls, array: ArrayForm, scheme: ReadScheme) -> LaidLayer:
        """How the arrays of a closed form lie.

        Args:
            array: of one layer.
            scheme: over how many arrays of the architecture each lies.
        """
        arrays, teachers = _side_by_side(array), teachers_of(array)
        one = teachers[0].one if teachers else arrays[0]
        devices = one.number if isinstance(one, SeveralForm) else 1
        both = 2 if teachers else 1
        return cls(
            array.shape,
            tuple(Place(each.shape, *scheme.arrays(each.shape)) for each in arrays),
            copies=both * devices,
            read=both * devices if teachers and teachers[0].joined else devices,
            pulsed=devices,
            teachers=teachers,
        )


def teachers_of(array: ArrayForm) -> tuple[TwoArraysForm, ...]:
    """Those of a layer's arrays that are a fast and a slow one."""
    return tuple(one for one in _side_by_side(array) if isinstance(one, TwoArraysForm))


def _side_by_side(array: ArrayForm) -> tuple[ArrayForm, ...]:
    return array.arrays if isinstance(array, SideBySideForm) else (array,)
