"""How often each action happens when one layer is read or pulsed.

Array reads in three cycles and outer products by pulse trains: Gokmen and Vlasov 2016 (Front.
Neurosci. 10, 333). An action that does not happen has no key.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mortalff.cards import Card, Tiling
from mortalff.errors import InputError, message


@dataclass(frozen=True)
class LayerShape:
    """One layer: its input lines, a bias line included where there is one, and its output lines."""

    n_in: int
    n_out: int

    def __post_init__(self) -> None:
        """Check that there are lines."""
        whole("n_in", self.n_in, 1)
        whole("n_out", self.n_out, 1)


_ONE_ARRAY = Tiling()


@dataclass(frozen=True)
class ReadScheme:
    """How a layer is read: over how many arrays, in how many slices, against what.

    Attributes:
        tiling: the largest array, and how partial sums meet.
        slices: reads of an input whose bits are applied one after another; 1 where they are not.
        reference: "none" where weights are differential; else whether an array's reference column is taken off
            before ("analog") or after conversion ("digital").
        ranging: what inputs are divided by, as cards have it. Finding the largest of each vector ("abs_max",
            "average_abs_max") is digital work, and so are scaling by it and undoing that.
    """

    tiling: Tiling = _ONE_ARRAY
    slices: int = 1
    reference: Literal["none", "analog", "digital"] = "none"
    ranging: Literal["none", "abs_max", "constant", "average_abs_max", "calibrated"] = "none"

    @classmethod
    def of(cls, card: Card) -> ReadScheme:
        """A card's."""
        path = card.periphery
        slices = 1
        if path.dac_bits is not None and path.input_slice_bits is not None:
            slices = max(1, math.ceil((path.dac_bits - 1) / path.input_slice_bits))
        offset = path.weight_mapping == "offset"
        reference = path.reference_subtraction if offset else "none"
        return cls(card.tiling, slices, reference, path.input_ranging)

    def arrays(self, shape: LayerShape) -> tuple[int, int]:
        """How many arrays a layer takes: down its input lines, and across its outputs."""
        most = self.tiling.rows_max, self.tiling.columns_max
        return _parts(shape.n_in, most[0]), _parts(shape.n_out, most[1])


PLAIN = ReadScheme()
"""One array a layer, inputs at once, differential weights, no ranges found."""


def read(
    shape: LayerShape,
    vectors: int,
    *,
    dac: bool,
    adc: bool,
    cells_per_weight: int = 2,
    scheme: ReadScheme = PLAIN,
) -> dict[str, float]:
    """Forward reads of one layer.

    Args:
        shape: the layer.
        vectors: how many input vectors are applied.
        dac: whether each input line has a DAC.
        adc: whether each output line has an ADC.
        cells_per_weight: 2 where each weight is a differential pair; an offset weight has one.
        scheme: how the layer is read.

    Raises:
        InputError: a number out of range, outputs to be added as numbers that no ADC converts.
    """
    parts, lines = scheme.arrays(shape), (shape.n_in, shape.n_out)
    return _read("array_read", lines, parts, vectors, (dac, adc), cells_per_weight, scheme)


def read_transposed(
    shape: LayerShape,
    vectors: int,
    *,
    dac: bool,
    adc: bool,
    cells_per_weight: int = 2,
    scheme: ReadScheme = PLAIN,
) -> dict[str, float]:
    """Transposed reads of one layer: driven at its outputs, taken at its inputs.

    Args:
        shape: the layer, as for a forward read.
        vectors: how many error vectors are applied.
        dac: whether each output line has a DAC.
        adc: whether each input line has an ADC.
        cells_per_weight: 2 where each weight is a differential pair; an offset weight has one.
        scheme: how the layer is read.

    Raises:
        InputError: a number out of range, outputs to be added as numbers that no ADC converts.
    """
    (down, across), lines = scheme.arrays(shape), (shape.n_out, shape.n_in)
    parts, action = (across, down), "array_read_transposed"
    return _read(action, lines, parts, vectors, (dac, adc), cells_per_weight, scheme)


def pulse(shape: LayerShape, vectors: int, *, scheme: ReadScheme = PLAIN) -> dict[str, float]:
    """Rank-one updates of one layer, one a vector; each pulses every array, and drives all lines of each.

    Expected pulses come besides: :func:`mortalff.energy.pulse_trains.pulse_trains`.

    Args:
        shape: the layer.
        vectors: how many outer products are asked for.
        scheme: over how many arrays the layer lies.

    Raises:
        InputError: a number out of range.
    """
    whole("vectors", vectors, 0)
    down, across = scheme.arrays(shape)
    lines = vectors * (across * shape.n_in + down * shape.n_out)
    counts: dict[str, float] = {}
    add(counts, {"outer_product": vectors * down * across, "voltage_to_pulse": lines})
    return counts


def _read(
    action: str,
    lines: tuple[int, int],
    parts: tuple[int, int],
    vectors: int,
    converters: tuple[bool, bool],
    cells_per_weight: int,
    scheme: ReadScheme,
) -> dict[str, float]:
    """Reads of a layer of ``lines`` (driven, taken) over ``parts`` (down, across) arrays."""
    whole("vectors", vectors, 0)
    whole("cells_per_weight", cells_per_weight, 1, 2)
    (driven, taken), (down, across), (dac, adc) = lines, parts, converters
    slices = whole("slices", scheme.slices, 1) if dac else 1
    offset, subtract = scheme.reference != "none", scheme.reference == "digital"
    converted = 1 if scheme.tiling.partial_sums == "analog" else down  # rows of converters
    if not adc and (converted > 1 or slices > 1 or subtract):
        rule = "partial sums, slices or reference are added as numbers, and no ADC makes them so"
        right = "give adc = True, or let them meet as currents"
        raise InputError(message("adc", adc, rule, right))
    cells = driven * taken * (1 if offset else cells_per_weight) + (
        driven * across if offset else 0
    )
    reads = vectors * slices
    counts: dict[str, float] = {}
    add(counts, {action: reads * down * across, "cell_read": reads * cells})
    add(counts, {"dac_conversion": reads * driven * across if dac else 0})
    columns = converted * (taken + (across if subtract else 0))
    add(counts, {"adc_conversion": reads * columns if adc else 0})
    sums = converted - 1 + converted * (slices - 1 + (slices if subtract else 0))
    add(counts, {"digital_op": vectors * sums * taken})
    if dac and scheme.ranging in ("abs_max", "average_abs_max"):
        # Each input compared and scaled, once a row of arrays; each converted output scaled back.
        average = 2 * converted if scheme.ranging == "average_abs_max" else 0
        macs = driven + average + (converted * taken if adc else 0)
        add(counts, {"digital_op": vectors * driven, "digital_mac": vectors * macs})
    return counts


def _parts(lines: int, most: int | None) -> int:
    return 1 if most is None else math.ceil(lines / most)


def add(counts: dict[str, float], more: Mapping[str, float]) -> None:
    """Count more actions, in place; those that do not happen get no key."""
    for action, times in more.items():
        if times:
            counts[action] = counts.get(action, 0.0) + times


def whole(name: str, value: int, least: int, most: int | None = None) -> int:
    """The value itself, where it is a whole number in range.

    Raises:
        InputError: it is not.
    """
    if not isinstance(value, int) or value < least or (most is not None and value > most):
        span = f"{least} or more" if most is None else f"{least} to {most}"
        raise InputError(message(name, value, "it must be a whole number", f"give {span}"))
    return value
