"""How often each action happens in one update or one pass of FF and of backpropagation, from layer sizes alone.

A second derivation beside :mod:`mortalff.energy.forms`, by itself: fully connected layers, one chip; a layer is one
array, or what a scheme of reading makes of it. What a run counts must equal both exactly.

Expected numbers of pulses depend on the values and are in :mod:`mortalff.energy.pulse_trains`. An
action that does not happen has no key.

Sources: the Forward-Forward update and its analog form, Hinton 2022 (arXiv 2212.13345, sections 2
and 8); the same on HfOx arrays, arXiv 2601.09903; outer products by pulse trains and the three
cycles of backpropagation on a crossbar, Gokmen and Vlasov 2016 (Front. Neurosci. 10, 333).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, get_args

from mortalff.energy.array_forms import (
    PLAIN,
    LayerShape,
    ReadScheme,
    add,
    pulse,
    read,
    read_transposed,
    whole,
)
from mortalff.errors import InputError, message, nearest

Activities = Literal["analog", "digital"]
"""Whether what layers hand to one another is held in analog form or converted and stored."""


def ff_update(
    shapes: Sequence[LayerShape],
    pairs: int,
    activities: Activities,
    *,
    dac_bits: int | None = None,
    adc_bits: int | None = None,
    inputs: int = 0,
    peer: bool = False,
    difference: bool = False,
    hold: bool = False,
    cells_per_weight: int = 2,
    scheme: ReadScheme = PLAIN,
) -> dict[str, float]:
    """One Forward-Forward update of all layers: two vectors a pair, each read and then pulsed.

    * Analog activities: DACs at the first layer only, no ADC on outputs. Each vector and layer
      holds its inputs and outputs, squares the outputs, sets one gain, converts one goodness, takes
      one sigmoid, and converts one factor for the update.
    * Digital activities: DACs and ADCs at every layer. Each vector and layer rectifies, normalises
      and scales n_out values, squares them, takes one sigmoid, and writes inputs and outputs to
      memory, to be read for the update.

    Args:
        shapes: the layers, first to last.
        pairs: positive-negative pairs in the batch.
        activities: "analog" or "digital".
        dac_bits: bits of a stored input; needed where activities are digital.
        adc_bits: bits of a stored output; needed where activities are digital.
        inputs: pixels of each vector that are normalised digitally on the way in; 0 where they come
            normalised.
        peer: whether units' mean activities on positive data are levelled, which takes each such
            activity as a number, three operations a unit and layer, and its pull on each error.
        difference: whether pairs are pulsed by the sums and differences of their halves' lines and errors: two
            operations for each, or, where activities are analog, two holds.
        hold: whether each pair's mean goodness is held at θ: five operations a pair and layer.
        cells_per_weight: 2 where each weight is a differential pair.
        scheme: how each layer is read.

    Raises:
        InputError: a number out of range, bits missing, another word for activities.
    """
    _activities(activities)
    whole("pairs", pairs, 0)
    vectors = 2 * pairs
    counts = _pass(shapes, vectors, activities, True, cells_per_weight, scheme)
    for shape in shapes:
        add(counts, pulse(shape, vectors, scheme=scheme))
        # The sigmoid of the goodness.
        add(counts, {"digital_op": vectors})
        if activities == "analog":
            add(counts, {"adc_conversion": vectors, "dac_conversion": vectors})
            add(counts, {"sample_hold": vectors * (shape.n_in + shape.n_out)})
        else:
            stored = shape.n_in * _bits("dac_bits", dac_bits)
            stored += shape.n_out * _bits("adc_bits", adc_bits)
            add(counts, {"digital_op": vectors * shape.n_out})
            add(counts, {"memory_byte": vectors * stored / 8 * 2})
        if hold:
            add(counts, {"digital_op": 5 * pairs})
        if difference:
            action = "sample_hold" if activities == "analog" else "digital_op"
            add(counts, {action: 2 * pairs * (shape.n_in + shape.n_out)})
        if peer:
            add(counts, {"digital_op": (pairs + 3) * shape.n_out})
            if activities == "analog":
                add(counts, {"adc_conversion": pairs * shape.n_out, "dac_conversion": shape.n_out})
            else:
                add(counts, {"digital_op": pairs * shape.n_out})
    add(counts, _normalised(inputs, vectors))
    return counts


def bp_update(
    shapes: Sequence[LayerShape],
    samples: int,
    *,
    input_bits: int,
    error_bits: int,
    inputs: int = 0,
    cells_per_weight: int = 2,
    scheme: ReadScheme = PLAIN,
) -> dict[str, float]:
    """One backpropagation update with digital errors.

    Every layer is read forward, every layer but the first is read transposed, and each takes one
    outer product a sample. Each sample and layer takes 2 n_out digital operations (the activation
    and its derivative), and writes to memory, and reads again, its inputs, and an error and
    a bit of derivative for each output.

    Args:
        shapes: the layers, first to last.
        samples: samples in the batch.
        input_bits: bits of a stored input.
        error_bits: bits of a stored error.
        inputs: pixels of each vector that are normalised digitally on the way in; 0 where they come
            normalised.
        cells_per_weight: 2 where each weight is a differential pair.
        scheme: how each layer is read.

    Raises:
        InputError: a number out of range.
    """
    whole("samples", samples, 0)
    counts: dict[str, float] = {}
    for depth, shape in enumerate(shapes):
        stored = shape.n_in * _bits("input_bits", input_bits)
        stored += shape.n_out * (_bits("error_bits", error_bits) + 1)
        add(
            counts,
            read(
                shape, samples, dac=True, adc=True, cells_per_weight=cells_per_weight, scheme=scheme
            ),
        )
        if depth > 0:
            back = read_transposed(
                shape, samples, dac=True, adc=True, cells_per_weight=cells_per_weight, scheme=scheme
            )
            add(counts, back)
        add(counts, pulse(shape, samples, scheme=scheme))
        add(counts, {"digital_op": samples * 2 * shape.n_out})
        add(counts, {"memory_byte": samples * stored / 8 * 2})
    add(counts, _normalised(inputs, samples))
    return counts


def inference(
    shapes: Sequence[LayerShape],
    vectors: int,
    activities: Activities,
    *,
    normalised: bool = True,
    goodness: Collection[int] = (),
    features: Collection[int] = (),
    inputs: int = 0,
    cells_per_weight: int = 2,
    scheme: ReadScheme = PLAIN,
) -> dict[str, float]:
    """One pass of each vector through all layers; nothing is kept for an update.

    * Analog activities: DACs at the first layer. To normalise, each vector and layer squares its
      outputs and sets one gain. Reading a goodness converts one value and adds it up.
    * Digital activities: DACs and ADCs at every layer; n_out operations to rectify. To normalise,
      n_out more, and n_out squares, of which the goodness is made: reading it adds it up.

    Args:
        shapes: the layers, first to last.
        vectors: how many vectors pass.
        activities: "analog" or "digital".
        normalised: whether layers hand on normalised activities, as Forward-Forward has it.
        goodness: positions (from 0) of normalised layers whose goodness is read.
        features: positions of layers whose activities go to a digital read-out, not itself counted.
        inputs: pixels of each vector that are normalised digitally on the way in; 0 where they come
            normalised.
        cells_per_weight: 2 where each weight is a differential pair.
        scheme: how each layer is read.

    Raises:
        InputError: a number out of range, another word for activities.
    """
    _activities(activities)
    for depth in (*goodness, *features):
        whole("layer to read", depth, 0, len(shapes) - 1)
    if goodness and not normalised:
        rule = "goodness is the sum of squares that normalised layers take"
        raise InputError(message("goodness", goodness, rule, "set normalised = True"))
    analog = activities == "analog"
    counts = _pass(shapes, vectors, activities, normalised, cells_per_weight, scheme)
    for _ in goodness:
        add(counts, {"digital_op": vectors, "adc_conversion": vectors if analog else 0})
    for depth in features:
        add(counts, {"adc_conversion": vectors * shapes[depth].n_out if analog else 0})
    add(counts, _normalised(inputs, vectors))
    return counts


def label_scan(
    shapes: Sequence[LayerShape],
    vectors: int,
    classes: int,
    activities: Activities,
    *,
    goodness: Collection[int] | None = None,
    inputs: int = 0,
    cells_per_weight: int = 2,
    scheme: ReadScheme = PLAIN,
) -> dict[str, float]:
    """Inference by goodness: one pass for each label in the input (Hinton 2022, section 3.3).

    Args:
        shapes: the layers, first to last.
        vectors: how many images are classified.
        classes: labels tried on each.
        activities: "analog" or "digital".
        goodness: positions (from 0) of the layers whose goodness is summed; None for all.
        inputs: pixels of each vector that are normalised digitally on the way in; 0 where they come
            normalised.
        cells_per_weight: 2 where each weight is a differential pair.
        scheme: how each layer is read.

    Raises:
        InputError: as :func:`inference`.
    """
    whole("vectors", vectors, 0)
    whole("classes", classes, 1)
    return inference(
        shapes,
        vectors * classes,
        activities,
        goodness=range(len(shapes)) if goodness is None else goodness,
        inputs=inputs,
        cells_per_weight=cells_per_weight,
        scheme=scheme,
    )


def _pass(
    shapes: Sequence[LayerShape],
    vectors: int,
    activities: Activities,
    normalised: bool,
    cells_per_weight: int,
    scheme: ReadScheme,
) -> dict[str, float]:
    """Reads, rectification and normalisation of one pass."""
    whole("vectors", vectors, 0)
    digital = activities == "digital"
    counts: dict[str, float] = {}
    for depth, shape in enumerate(shapes):
        dac = digital or depth == 0
        add(
            counts,
            read(
                shape,
                vectors,
                dac=dac,
                adc=digital,
                cells_per_weight=cells_per_weight,
                scheme=scheme,
            ),
        )
        outputs = vectors * shape.n_out
        if digital:
            add(counts, {"digital_op": outputs})
        if digital and normalised:
            add(counts, {"digital_op": outputs, "digital_mac": outputs})
        elif normalised:
            add(counts, {"squarer": outputs, "gain_control": vectors})
    return counts


def _normalised(inputs: int, vectors: int) -> dict[str, float]:
    """Squaring and scaling each pixel."""
    work = vectors * whole("inputs", inputs, 0)
    return {"digital_mac": work, "digital_op": work}


def _bits(name: str, bits: int | None) -> int:
    if bits is None:
        rule = "digital activities are stored, so their size must be known"
        raise InputError(message(name, bits, rule, "give the bits of the converter"))
    return whole(name, bits, 1)


def _activities(activities: str) -> None:
    known = get_args(Activities)
    if activities not in known:
        rule = "activities are held one way or the other"
        raise InputError(message("activities", activities, rule, nearest(activities, known)))
