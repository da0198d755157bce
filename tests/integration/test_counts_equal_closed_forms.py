"""What a run counts is what the closed forms say, for random small nets, exactly."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mortalff.actions import OF_VALUES
from mortalff.cards import Card, load_card
from mortalff.energy import LayerShape, ReadScheme
from mortalff.errors import CardError, InputError
from mortalff.learners import BP, FF, BPSettings, FFSettings, Learner
from mortalff.networks import Network
from tests.strategies.fully_connected_forms import bp_update, ff_update, inference, label_scan

CLASSES = 3

widths = st.integers(min_value=1, max_value=9)
nets = st.tuples(st.integers(CLASSES + 1, 9), widths, widths) | st.tuples(
    st.integers(CLASSES + 1, 9), widths
)
batches = st.integers(min_value=1, max_value=6)
kinds = st.sampled_from(["analog", "digital"])


@pytest.fixture(scope="module")
def card() -> Card:
    """A card whose outputs never clip, so that no vector is read twice, and that does not range its inputs."""
    off = {"periphery.output_ranging": "none", "periphery.input_ranging": "none"}
    return load_card("gokmen_vlasov").replace(**off)


def shapes_of(learner: Learner) -> list[LayerShape]:
    """The arrays' sizes, bias lines included."""
    return [LayerShape(la.hardware.n_in, la.hardware.n_out) for la in learner.network.layers]


def counted(learner: Learner) -> list[dict[str, float]]:
    """Each chip's counts, less pulses."""
    counts = learner.network.counts
    chips = [counts.chip(i) for i in range(learner.network.chips)]
    return [
        {a: n for a, n in chip.items() if a not in OF_VALUES or a == "device_reset"}
        for chip in chips
    ]


def with_labels_drawn(form: dict[str, float], pairs: int) -> dict[str, float]:
    """An update, and a wrong label for each pair: a number for each class, and a comparison."""
    return form | {"digital_op": form["digital_op"] + 2 * pairs * CLASSES}


def images(batch: int, width: int) -> torch.Tensor:
    return torch.rand(batch, width, generator=torch.Generator().manual_seed(batch))


def targets(batch: int) -> torch.Tensor:
    hot = torch.nn.functional.one_hot(torch.arange(batch) % CLASSES, CLASSES)
    return hot.to(torch.float32).unsqueeze(0)


def ff(card: Card, sizes: tuple[int, ...], kind: str, peer: float = 0.0, **more: object) -> FF:
    network = Network.build(card, sizes, chips=2, n_classes=CLASSES, activities=kind)
    told = {"negatives": "random", "head": False, "readout_from_layer": 1, "peer": peer}
    return FF(network, FFSettings.model_validate(told | more))


@settings(max_examples=40, deadline=None)
@given(
    sizes=nets,
    pairs=batches,
    kind=kinds,
    peer=st.booleans(),
    difference=st.booleans(),
    hold=st.booleans(),
)
def test_ff_update(
    card: Card,
    sizes: tuple[int, ...],
    pairs: int,
    kind: str,
    peer: bool,
    difference: bool,
    hold: bool,
) -> None:
    more: dict[str, object] = {"pulses": "difference"} if difference else {}
    more |= {"loss": "symba", "hold": 0.6} if hold else {}
    learner = ff(card, sizes, kind, 0.03 if peer else 0.0, **more)
    learner.step(images(pairs, sizes[0]), targets(pairs), 0.01)
    form = ff_update(
        shapes_of(learner),
        pairs,
        kind,
        dac_bits=7,
        adc_bits=9,
        inputs=sizes[0],
        peer=peer,
        difference=difference,
        hold=hold,
    )
    assert counted(learner) == [with_labels_drawn(form, pairs)] * 2


@settings(max_examples=40, deadline=None)
@given(hidden=nets, samples=batches)
def test_bp_update(card: Card, hidden: tuple[int, ...], samples: int) -> None:
    network = Network.build(card, BP.sizes(hidden, CLASSES), chips=2, n_classes=CLASSES)
    learner = BP(network, BPSettings())
    learner.step(images(samples, hidden[0]), targets(samples), 0.01)
    form = bp_update(shapes_of(learner), samples, input_bits=7, error_bits=8, inputs=hidden[0])
    assert counted(learner) == [form, form]


@settings(max_examples=20, deadline=None)
@given(sizes=nets, vectors=batches, kind=kinds)
def test_label_scan(card: Card, sizes: tuple[int, ...], vectors: int, kind: str) -> None:
    learner = ff(card, sizes, kind)
    learner.scores(images(vectors, sizes[0]), "energy")
    form = label_scan(shapes_of(learner), vectors, CLASSES, kind, inputs=sizes[0])
    assert counted(learner) == [form, form]


@settings(max_examples=20, deadline=None)
@given(hidden=nets, vectors=batches)
def test_bp_inference(card: Card, hidden: tuple[int, ...], vectors: int) -> None:
    network = Network.build(card, BP.sizes(hidden, CLASSES), chips=2, n_classes=CLASSES)
    learner = BP(network)
    learner.scores(images(vectors, hidden[0]), "softmax")
    form = inference(shapes_of(learner), vectors, "digital", normalised=False, inputs=hidden[0])
    assert counted(learner) == [form, form]


def test_hard_negatives_cost_one_neutral_pass_and_the_head(card: Card) -> None:
    sizes, pairs = (8, 6, 5), 4
    network = Network.build(card, sizes, n_classes=CLASSES, activities="analog")
    learner = FF(network, FFSettings(readout_from_layer=2))
    learner.step(images(pairs, 8), targets(pairs), 0.01)
    shapes = shapes_of(learner)
    expected = ff_update(shapes, pairs, "analog", dac_bits=7, adc_bits=9, inputs=8, peer=True)
    for action, number in inference(shapes, pairs, "analog", features=[1], inputs=8).items():
        expected[action] = expected.get(action, 0) + number
    head = 5 * CLASSES
    expected["digital_mac"] += head * (pairs + pairs + 4)  # forward, gradient, smoothing, decay
    expected["digital_op"] += pairs * CLASSES
    expected["memory_byte"] = (4 + 16) * head
    assert counted(learner) == [with_labels_drawn(expected, pairs)]


sides = st.none() | st.integers(1, 9)
schemes = st.fixed_dictionaries(
    {
        "tiling.rows_max": sides,
        "tiling.columns_max": sides,
        "tiling.partial_sums": st.sampled_from(["digital", "analog"]),
        "periphery.input_ranging": st.sampled_from(
            ["none", "abs_max", "average_abs_max", "calibrated"]
        ),
        "periphery.input_slice_bits": st.none() | st.integers(1, 6),
        "periphery.weight_mapping": st.sampled_from(["differential", "offset"]),
        "periphery.reference_subtraction": st.sampled_from(["digital", "analog"]),
    }
)


@settings(max_examples=60, deadline=None)
@given(sizes=nets, number=batches, changes=schemes, back=st.booleans())
def test_layers_over_several_arrays(
    card: Card, sizes: tuple[int, ...], number: int, changes: dict[str, object], back: bool
) -> None:
    """Whatever the arrays, ranges, slices and references: counts are the closed form's."""
    laid = card.replace(**changes)
    scheme = ReadScheme.of(laid)
    if back:
        network = Network.build(laid, BP.sizes(sizes, CLASSES), chips=2, n_classes=CLASSES)
        bp = BP(network, BPSettings())
        bp.step(images(number, sizes[0]), targets(number), 0.01)
        shapes = shapes_of(bp)
        form = bp_update(shapes, number, input_bits=7, error_bits=8, inputs=sizes[0], scheme=scheme)
        assert counted(bp) == [form, form]
    else:
        learner = ff(laid, sizes, "digital")
        learner.step(images(number, sizes[0]), targets(number), 0.01)
        form = ff_update(
            shapes_of(learner),
            number,
            "digital",
            dac_bits=7,
            adc_bits=9,
            inputs=sizes[0],
            scheme=scheme,
        )
        assert counted(learner) == [with_labels_drawn(form, number)] * 2


def test_analog_activities_over_several_arrays(card: Card) -> None:
    """Currents must meet before anything is held: partial sums that are added as numbers are refused."""
    changes: dict[str, object] = {"tiling.rows_max": 4, "tiling.columns_max": 3}
    ranged = {"tiling.partial_sums": "analog", "periphery.input_ranging": "abs_max"}
    merged = card.replace(**changes, **ranged)
    learner = ff(merged, (9, 8), "analog")
    learner.step(images(3, 9), targets(3), 0.01)
    scheme = ReadScheme.of(merged)
    form = ff_update(shapes_of(learner), 3, "analog", inputs=9, scheme=scheme)
    assert counted(learner) == [with_labels_drawn(form, 3)] * 2
    apart = card.replace(**changes)
    with pytest.raises(CardError, match="partial_sums"):
        ff(apart, (9, 8), "analog")
    with pytest.raises(InputError, match="no ADC"):
        ff_update(shapes_of(learner), 3, "analog", inputs=9, scheme=ReadScheme.of(apart))
