"""How often each action happens in one update or one pass, from layer sizes alone.

Fully connected layers, one array each, one chip. What a run counts must equal these exactly.
Expected numbers of pulses depend on the values and are in :mod:`mortalff.energy.pulse_trains`. An
action that does not happen has no key.

Sources: the Forward-Forward update and its analog form, Hinton 2022 (arXiv 2212.13345, sections 2
and 8); the same on HfOx arrays, arXiv 2601.09903; outer products by pulse trains and the three
cycles of backpropagation on a crossbar, Gokmen and Vlasov 2016 (Front. Neurosci. 10, 333).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from mortalff.actions import ACTIONS
from mortalff.errors import InputError, message, nearest

Activities = Literal["analog", "digital"]
"""Whether what layers hand to one another is held in analog form or converted and stored."""


@dataclass(frozen=True)
class LayerShape:
    """One array: its input lines, a bias line included where there is one, and its output lines."""

    n_in: int
    n_out: int

    def __post_init__(self) -> None:
        """Check that there are lines."""
        _whole("n_in", self.n_in, 1)
        _whole("n_out", self.n_out, 1)


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
    counts = _read(shape.n_in, shape.n_out, vectors, dac, adc, cells_per_weight)
    return _total({"array_read": vectors}, counts)


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
    counts = _read(shape.n_out, shape.n_in, vectors, dac, adc, cells_per_weight)
    return _total({"array_read_transposed": vectors}, counts)


def pulse(shape: LayerShape, vectors: int) -> dict[str, float]:
    """Rank-one updates of one array, one a vector; each drives all its lines.

    Expected pulses come besides: :func:`mortalff.energy.pulse_trains.pulse_trains`.

    Raises:
        InputError: a number out of range.
    """
    _whole("vectors", vectors, 0)
    lines = vectors * (shape.n_in + shape.n_out)
    return _total({"outer_product": vectors, "voltage_to_pulse": lines})


def ff_update(
    shapes: Sequence[LayerShape],
    pairs: int,
    activities: Activities,
    *,
    dac_bits: int | None = None,
    adc_bits: int | None = None,
    cells_per_weight: int = 2,
) -> dict[str, float]:
    """One Forward-Forward update of all layers: two vectors a pair, each read and then pulsed.

    * Analog activities: DACs at the first layer only, no ADC on outputs. Each vector and layer
      holds its inputs and outputs, squares the outputs, sets one gain, converts one goodness, takes
      one sigmoid, and converts one factor for the update.
    * Digital activities: DACs and ADCs at every layer. Each vector and layer rectifies, normalises
      and scales n_out values, squares them, takes one sigmoid, and stores inputs and outputs.

    Args:
        shapes: the layers, first to last.
        pairs: positive-negative pairs in the batch.
        activities: "analog" or "digital".
        dac_bits: bits of a stored input; needed where activities are digital.
        adc_bits: bits of a stored output; needed where activities are digital.
        cells_per_weight: 2 where each weight is a differential pair.

    Raises:
        InputError: a number out of range, bits missing, another word for activities.
    """
    _activities(activities)
    _whole("pairs", pairs, 0)
    vectors = 2 * pairs
    counts = inference(shapes, vectors, activities, cells_per_weight=cells_per_weight)
    for shape in shapes:
        own: dict[str, float]
        if activities == "analog":
            own = {
                "sample_hold": vectors * (shape.n_in + shape.n_out),
                "digital_op": vectors,
                "dac_conversion": vectors,
            }
        else:
            stored = shape.n_in * _bits("dac_bits", dac_bits)
            stored += shape.n_out * _bits("adc_bits", adc_bits)
            own = {
                "digital_op": vectors * (shape.n_out + 1),
                "memory_byte": vectors * stored / 8,
            }
        counts = _total(counts, pulse(shape, vectors), own)
    return counts


def bp_update(
    shapes: Sequence[LayerShape],
    samples: int,
    *,
    input_bits: int,
    error_bits: int,
    cells_per_weight: int = 2,
) -> dict[str, float]:
    """One backpropagation update with digital errors.

    Every layer is read forward, every layer but the first is read transposed, and each takes one
    outer product a sample. Each sample and layer takes 2 n_out digital operations (the activation
    and its derivative), and stores its inputs, and an error and a bit of derivative for each
    output.

    Args:
        shapes: the layers, first to last.
        samples: samples in the batch.
        input_bits: bits of a stored input.
        error_bits: bits of a stored error.
        cells_per_weight: 2 where each weight is a differential pair.

    Raises:
        InputError: a number out of range.
    """
    _whole("samples", samples, 0)
    counts: dict[str, float] = {}
    for depth, shape in enumerate(shapes):
        stored = shape.n_in * _bits("input_bits", input_bits)
        stored += shape.n_out * (_bits("error_bits", error_bits) + 1)
        parts = [
            read(shape, samples, dac=True, adc=True, cells_per_weight=cells_per_weight),
            pulse(shape, samples),
            {"digital_op": samples * 2 * shape.n_out, "memory_byte": samples * stored / 8},
        ]
        if depth > 0:
            parts.append(
                read_transposed(
                    shape, samples, dac=True, adc=True, cells_per_weight=cells_per_weight
                )
            )
        counts = _total(counts, *parts)
    return counts


def inference(
    shapes: Sequence[LayerShape],
    vectors: int,
    activities: Activities,
    *,
    goodness: bool = True,
    features: Collection[int] = (),
    cells_per_weight: int = 2,
) -> dict[str, float]:
    """One pass of each vector through all layers; nothing is kept for an update.

    * Analog activities: DACs at the first layer. Where there is goodness, each vector and layer
      squares its outputs, sets one gain and converts one goodness.
    * Digital activities: DACs and ADCs at every layer; n_out operations to rectify. Where there is
      goodness, n_out more to normalise, and n_out squares.

    Args:
        shapes: the layers, first to last.
        vectors: how many vectors pass.
        activities: "analog" or "digital".
        goodness: whether layers measure goodness and normalise, as Forward-Forward has it.
        features: positions (from 0) of layers whose analog outputs are converted as well, for a
            digital read-out.
        cells_per_weight: 2 where each weight is a differential pair.

    Raises:
        InputError: a number out of range, another word for activities.
    """
    _activities(activities)
    _whole("vectors", vectors, 0)
    for depth in features:
        _whole("features", depth, 0, len(shapes) - 1)
    digital = activities == "digital"
    counts: dict[str, float] = {}
    for depth, shape in enumerate(shapes):
        outputs = vectors * shape.n_out
        own: dict[str, float] = {}
        if digital:
            own["digital_op"] = outputs * (2 if goodness else 1)
            own["digital_mac"] = outputs if goodness else 0
        elif goodness:
            own = {"squarer": outputs, "gain_control": vectors, "adc_conversion": vectors}
        reads = read(
            shape,
            vectors,
            dac=digital or depth == 0,
            adc=digital or depth in features,
            cells_per_weight=cells_per_weight,
        )
        counts = _total(counts, reads, own)
    return counts


def label_scan(
    shapes: Sequence[LayerShape],
    vectors: int,
    classes: int,
    activities: Activities,
    *,
    cells_per_weight: int = 2,
) -> dict[str, float]:
    """Inference by goodness: one pass for each label in the input (Hinton 2022, section 3.3).

    Args:
        shapes: the layers, first to last.
        vectors: how many images are classified.
        classes: labels tried on each.
        activities: "analog" or "digital".
        cells_per_weight: 2 where each weight is a differential pair.

    Raises:
        InputError: as :func:`inference`.
    """
    _whole("vectors", vectors, 0)
    _whole("classes", classes, 1)
    return inference(shapes, vectors * classes, activities, cells_per_weight=cells_per_weight)


def _read(
    driven: int, taken: int, vectors: int, dac: bool, adc: bool, cells_per_weight: int
) -> dict[str, float]:
    _whole("vectors", vectors, 0)
    _whole("cells_per_weight", cells_per_weight, 1, 2)
    return {
        "cell_read": vectors * driven * taken * cells_per_weight,
        "dac_conversion": vectors * driven if dac else 0,
        "adc_conversion": vectors * taken if adc else 0,
    }


def _total(*parts: Mapping[str, float]) -> dict[str, float]:
    sums = {action: float(sum(part.get(action, 0) for part in parts)) for action in ACTIONS}
    return {action: count for action, count in sums.items() if count != 0.0}


def _bits(name: str, bits: int | None) -> int:
    if bits is None:
        rule = "digital activities are stored, so their size must be known"
        raise InputError(message(name, bits, rule, "give the bits of the converter"))
    return _whole(name, bits, 1)


def _activities(activities: str) -> None:
    known = get_args(Activities)
    if activities not in known:
        rule = "activities are held one way or the other"
        raise InputError(message("activities", activities, rule, nearest(activities, known)))


def _whole(name: str, value: int, least: int, most: int | None = None) -> int:
    if not isinstance(value, int) or value < least or (most is not None and value > most):
        span = f"{least} or more" if most is None else f"{least} to {most}"
        raise InputError(message(name, value, "it must be a whole number", f"give {span}"))
    return value
