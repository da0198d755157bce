"""Two projections of training in analog arrays side by side, and what of them components explain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from mortalff.energy.library.arrays import device_read, line_charge
from mortalff.energy.library.library import Library
from mortalff.energy.library.load import built_in_library
from mortalff.energy.library.price import Price, total
from mortalff.errors import InputError, message

_DRIVEN_SHARE = 0.5


@dataclass(frozen=True)
class Projection:
    """A published figure, and the array it is taken to be of.

    Attributes:
        name: authors. tops_per_w: the figure. source: where it is from.
        device: the part of ``device.<part>``. side: rows and columns of an array.
        cells_per_weight: cells read for one weight.
        converter: the constant that prices the conversion of an output. assumed: what of this was not read there.
    """

    name: str
    tops_per_w: float
    source: str
    device: str
    side: int
    cells_per_weight: int
    converter: str
    assumed: str


PROJECTIONS = (
    Projection(
        name="Gokmen and Vlasov",
        tops_per_w=84.0,
        source="Front. Neurosci. 10:333 (2016), 10.3389/fnins.2016.00333",
        device="rpu",
        side=4096,
        cells_per_weight=2,
        converter="adc.newton.energy",
        assumed="arrays of 4096 x 4096, 9 bits, a reference cell a weight, 24 MΩ, 1 V, 80 ns: all from memory",
    ),
    Projection(
        name="Ambrogio et al.",
        tops_per_w=28.07,
        source="Nature 558, 60 (2018), abstract: 28,065 billion operations per second per watt",
        device="pcm",
        side=512,
        cells_per_weight=2,
        converter="adc.isaac.energy",
        assumed="arrays of 512 x 512, 8 bits, 0.2 V, 100 ns; two phase-change cells of a weight are read, and its"
        " capacitors' cells take nothing",
    ),
)
"""The two figures that the project compares itself with."""


class ProjectionRow(TypedDict):
    """One line of the comparison; energies in joules per operation, two operations a weight and read."""

    figure: str
    tops_per_w: float
    published: float
    cells: Price
    lines: Price
    converters: Price
    from_components: Price
    explained: float
    assumed: str
    source: str


def side_by_side(library: Library | None = None) -> list[ProjectionRow]:
    """Each projection with what cells, lines and converters come to by the library.

    Lines are charged once a read; inputs are taken to come to half of full drive, in energy. What is not explained is
    what the authors' designs pay beyond that: amplifiers, digital functions, memory and communication, of which we have
    no breakdown.

    Args:
        library: where the constants are; by default the built-in one.
    """
    known = built_in_library() if library is None else library
    return [_row(projection, known) for projection in PROJECTIONS]


def gap(library: Library | None = None) -> str:
    """In words: why the two figures differ by what they differ."""
    known = built_in_library() if library is None else library
    first, second = side_by_side(known)
    apart = second["published"] - first["published"]
    cells = second["cells"].value - first["cells"].value
    one, other = (projection.device for projection in PROJECTIONS)
    ratios = [
        known[f"device.{other}.{key}"].value / known[f"device.{one}.{key}"].value
        for key in ("conductance", "read_voltage", "read_time")
    ]
    return (
        f"{second['figure']} take {apart * 1e15:.1f} fJ an operation more than {first['figure']}"
        f" ({second['published'] * 1e15:.1f} against {first['published'] * 1e15:.1f})."
        f" Reading the cells alone accounts for {cells * 1e15:.1f} fJ of that, at the operating points taken here:"
        f" {ratios[0]:.0f} times the conductance, {1 / ratios[1] ** 2:.0f} times less from the square of the voltage,"
        f" {ratios[2]:.2f} times the time. Components explain {first['explained']:.0%} of the first figure and"
        f" {second['explained']:.0%} of the second; the rest is amplifiers, digital functions, memory and communication"
        " of designs whose breakdown is not in the library."
    )


def _row(projection: Projection, library: Library) -> ProjectionRow:
    side, cells = projection.side, projection.cells_per_weight
    operations = 2.0 * side * side
    volts = library[f"device.{projection.device}.read_voltage"].value
    of_cells = device_read(projection.device, library) * (cells * _DRIVEN_SHARE / 2.0)
    of_lines = line_charge(side, volts, library) * (side * cells * _DRIVEN_SHARE / operations)
    of_converters = library.price(projection.converter) * (side / operations)
    together = total((of_cells, of_lines, of_converters))
    published = joules_per_operation(projection.tops_per_w)
    return {
        "figure": projection.name,
        "tops_per_w": projection.tops_per_w,
        "published": published,
        "cells": of_cells,
        "lines": of_lines,
        "converters": of_converters,
        "from_components": together,
        "explained": together.value / published,
        "assumed": projection.assumed,
        "source": projection.source,
    }


def joules_per_operation(tops_per_w: float) -> float:
    """Joules of one operation from 10^12 operations a joule; a multiply-accumulate is two.

    Raises:
        InputError: the figure is not above 0.
    """
    if not tops_per_w > 0.0:
        raise InputError(message("TOPS/W", tops_per_w, "it must be above 0", "such as 84"))
    return 1e-12 / tops_per_w
