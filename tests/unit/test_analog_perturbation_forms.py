"""Perturbation with activities as voltages: counts by hand, and for any small net and settings; what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mortalff.cards import load_card
from mortalff.energy.architectures import Task, compare
from mortalff.energy.forms import NetworkPlan, analog_error_form, learner_form
from mortalff.errors import InputError
from mortalff.learners import NodePerturbationSettings, WeightPerturbationSettings
from mortalff.networks import LocalFields
from tests.strategies.architectures import plan

CARD = load_card("gokmen_vlasov")
LOGITS = 3
widths = st.integers(1, 6)
SHARED = ("array_read", "cell_read", "outer_product", "voltage_to_pulse")
"""What voltages change nothing about."""


def net(*sizes: int, activities: str = "analog") -> NetworkPlan:
    n_in, *hidden = sizes
    return NetworkPlan(CARD, (1, n_in, 1), tuple(hidden), LOGITS, activities=activities)


def node(**told: object) -> NodePerturbationSettings:
    return NodePerturbationSettings.model_validate({"lr": 0.01, **told})


def test_one_draw_by_hand() -> None:
    """4-2-3, one vector: two passes, inputs ranged and converted once, noise of two units, errors of three."""
    counts = analog_error_form("node_perturbation", node(), net(4, 2)).update_counts(1)
    assert counts == {
        "array_read": 2 * 2,
        "cell_read": 2 * 2 * (5 * 2 + 3 * 3),
        "dac_conversion": 5 + 1 + 3,
        "adc_conversion": 2 * 3,
        "sample_hold": (5 + 3) + (2 + 3),
        "outer_product": 2,
        "voltage_to_pulse": 5 + 2 + 3 + 3,
        # Normalised, ranged; softmax and loss of two passes; a subtraction; two signs drawn; three errors.
        "digital_op": 4 + 5 + 2 * (3 + 1) + 1 + 2 + 3,
        "digital_mac": 4 + 5 + 2 * 3,
    }


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(widths, min_size=2, max_size=4),
    batch=st.integers(1, 5),
    draws=st.integers(1, 4),
    antithetic=st.booleans(),
    output=st.sampled_from(["error", "perturbed"]),
    activation=st.sampled_from(["relu", "tanh", "sigmoid"]),
    sigma=st.floats(0.01, 1.0),
)
def test_any_settings(
    sizes: list[int],
    batch: int,
    draws: int,
    antithetic: bool,
    output: str,
    activation: str,
    sigma: float,
) -> None:
    told = node(
        draws=draws, antithetic=antithetic, output=output, activation=activation, sigma=sigma
    )
    counts = analog_error_form("node_perturbation", told, net(*sizes)).update_counts(batch)
    passes = 1 + (2 if antithetic else 1) * draws
    noisy = sizes[1:] + ([LOGITS] if output == "perturbed" else [])
    errors = LOGITS if output == "error" else 0
    held = sum(size + 1 for size in sizes) + errors + draws * sum(noisy)
    if draws > 1:
        held += draws * sum(noisy)
    assert "memory_byte" not in counts
    assert counts["adc_conversion"] == batch * passes * LOGITS
    assert counts["dac_conversion"] == batch * (sizes[0] + 1 + draws * len(noisy) + errors)
    assert counts["sample_hold"] == batch * held
    ops = 2 * sizes[0] + 1 + passes * (LOGITS + 1) + draws * (1 + sum(noisy)) + errors
    assert counts["digital_op"] == batch * ops
    assert counts["digital_mac"] == batch * (2 * sizes[0] + 1 + passes * LOGITS)
    numbers = learner_form("node_perturbation", told, net(*sizes, activities="digital"))
    counted = numbers.update_counts(batch)
    assert {a: counts[a] for a in SHARED} == {a: counted[a] for a in SHARED}


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.lists(widths, min_size=2, max_size=4),
    batch=st.integers(1, 5),
    patterns=st.integers(1, 3),
)
def test_weights_by_pulses(sizes: list[int], batch: int, patterns: int) -> None:
    """Two passes a pattern, inputs converted for each; signs of lines; four outer products a layer."""
    told = WeightPerturbationSettings(lr=0.01, patterns=patterns)
    counts = analog_error_form("weight_perturbation", told, net(*sizes)).update_counts(batch)
    passes, units = 2 * patterns * batch, sum(sizes[1:]) + LOGITS
    assert counts["adc_conversion"] == passes * LOGITS
    assert counts["dac_conversion"] == passes * (sizes[0] + 1)
    assert not {"sample_hold", "memory_byte"} & set(counts)
    signs = patterns * (sum(sizes) + 2 * units + 1)
    ranged = passes * (sizes[0] + 1)
    assert counts["digital_op"] == batch * sizes[0] + ranged + passes * (LOGITS + 1) + signs
    numbers = learner_form("weight_perturbation", told, net(*sizes, activities="digital"))
    counted = numbers.update_counts(batch)
    assert {a: counts[a] for a in SHARED} == {a: counted[a] for a in SHARED}


def test_fields_hold_each_line_that_they_convert() -> None:
    """Four fields of 2x2 on 4x4 and their biases: as many conversions as one pass of the same takes."""
    plan = NetworkPlan(CARD, (4, 4, 1), (LocalFields(field=2, stride=2, channels=2),), LOGITS)
    once = learner_form("bp", node(), plan).network.layers[0].array.read(1)["dac_conversion"]
    analog = NetworkPlan(CARD, plan.image_shape, plan.hidden, LOGITS, activities="analog")
    counts = analog_error_form("node_perturbation", node(draws=3), analog).update_counts(1)
    assert once == 4 * 5
    assert counts["dac_conversion"] == once + 3 + LOGITS


def test_inference_is_that_of_other_analog_rivals() -> None:
    told = analog_error_form("node_perturbation", node(), net(4, 2))
    assert told.inference_counts(2) == analog_error_form("bp", node(), net(4, 2)).inference_counts(
        2
    )


def test_time_is_two_reads_and_the_logits_of_each() -> None:
    """Two layers read in each of two passes, 80 ns; three logits in turn at 10 ns; two outer products of 2 ns."""
    serial = {"pipeline.layers_overlap": False}
    of = plan("node_perturbation", "perturbation_analog", "12-8", changes=serial)
    time = compare([of], Task(batch=1, examples=1)).entrants[0].costs["update"].latency.seconds
    assert time is not None
    assert time.value == pytest.approx(2 * (2 * 80e-9 + 3 * 10e-9) + 2 * 2e-9)


def test_silicon_has_no_random_arrays() -> None:
    """A DAC an input line, logit and factor of a layer; holds for nodes, none for weights by pulses."""
    node, weight, bp = (
        compare([plan(learner, architecture, "12-8")]).entrants[0].area.parts
        for learner, architecture in (
            ("node_perturbation", "perturbation_analog"),
            ("weight_perturbation", "perturbation_analog"),
            ("bp", "bp_analog"),
        )
    )
    assert node["cells"] == weight["cells"] == bp["cells"]
    assert [parts["DACs"][0] for parts in (node, weight, bp)] == [13 + 3 + 2, 13 + 3, 13 + 3]
    assert node["holds"] == bp["holds"]
    assert "holds" not in weight


def test_what_needs_numbers_is_refused() -> None:
    with pytest.raises(InputError, match=r"activities: got 'digital'"):
        analog_error_form("node_perturbation", node(), net(4, 2, activities="digital"))
    beside = WeightPerturbationSettings(lr=0.01, applied="periphery")
    with pytest.raises(InputError, match=r"applied: got 'periphery'; .*'pulses'"):
        analog_error_form("weight_perturbation", beside, net(4, 2))
