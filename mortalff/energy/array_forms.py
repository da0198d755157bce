"""How often each action happens when one array is read or pulsed.

Array reads in three cycles and outer products by pulse trains: Gokmen and Vlasov 2016 (Front.
Neurosci. 10, 333). An action that does not happen has no key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mortalff.errors import InputError, message


@dataclass(frozen=True)
class LayerShape:
    """One array: its input lines, a bias line included where there is one, and its output lines."""

    n_in: int
    n_out: int

    def __post_init__(self) -> None:
        """Check that there are lines."""
        whole("n_in", self.n_in, 1)
        whole("n_out", self.n_out, 1)


def read(
    shape: LayerShape, vectors: int, *, dac: bool, adc: bool, cells_per_weight: int = 2
) -> dict[str, float]:
    """Forward reads of one array.

    Args:
        shape: the array.
        vectors: how many input vectors are applied.
        dac: whether each input line has a DAC.
        adc: whether each output line has an ADC.
        cells_per_weight: 2 where each weight is a differential pair.

    Raises:
        InputError: a number out of range.
    """
    lines = (shape.n_in, shape.n_out)
    return _read("array_read", *lines, vectors, (dac, adc), cells_per_weight)


def read_transposed(
    shape: LayerShape, vectors: int, *, dac: bool, adc: bool, cells_per_weight: int = 2
) -> dict[str, float]:
    """Transposed reads of one array: driven at its outputs, taken at its inputs.

    Args:
        shape: the array, as for a forward read.
        vectors: how many error vectors are applied.
        dac: whether each output line has a DAC.
        adc: whether each input line has an ADC.
        cells_per_weight: 2 where each weight is a differential pair.

    Raises:
        InputError: a number out of range.
    """
    lines = (shape.n_out, shape.n_in)
    return _read("array_read_transposed", *lines, vectors, (dac, adc), cells_per_weight)


def pulse(shape: LayerShape, vectors: int) -> dict[str, float]:
    """Rank-one updates of one array, one a vector; each drives all its lines.

    Expected pulses come besides: :func:`mortalff.energy.pulse_trains.pulse_trains`.

    Raises:
        InputError: a number out of range.
    """
    whole("vectors", vectors, 0)
    counts: dict[str, float] = {}
    lines = vectors * (shape.n_in + shape.n_out)
    add(counts, {"outer_product": vectors, "voltage_to_pulse": lines})
    return counts


def _read(
    action: str,
    driven: int,
    taken: int,
    vectors: int,
    converters: tuple[bool, bool],
    cells_per_weight: int,
) -> dict[str, float]:
    whole("vectors", vectors, 0)
    whole("cells_per_weight", cells_per_weight, 1, 2)
    counts: dict[str, float] = {}
    add(counts, {action: vectors, "cell_read": vectors * driven * taken * cells_per_weight})
    dac, adc = converters
    add(counts, {"dac_conversion": vectors * driven if dac else 0})
    add(counts, {"adc_conversion": vectors * taken if adc else 0})
    return counts


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
