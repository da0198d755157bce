"""Closed forms for learners: numbers written out by hand, and what is refused."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from mortalff.actions import ACTIONS
from mortalff.cards import load_card
from mortalff.energy.forms import (
    FORMS,
    NetworkPlan,
    analog_error_form,
    distillation_counts,
    learner_form,
    update_counts,
)
from mortalff.energy.forms.lay_out import TwoArraysTold
from mortalff.errors import InputError
from mortalff.hardware.two_array import TwoArrays
from mortalff.learners import (
    BP,
    FF,
    PAT,
    BPSettings,
    DFASettings,
    FFSettings,
    PATSettings,
)
from mortalff.learners.contrast import contrast_of
from tests.strategies.learner_plans import learner_type

CARD = load_card("gokmen_vlasov")
PLAN = NetworkPlan(CARD, (1, 784, 1), (500, 500))
ANALOG = NetworkPlan(CARD, (1, 784, 1), (500, 500), activities="analog")
PULSES_ALONE = FFSettings(head=False, negatives="random", peer=0.0, batch=1)


def test_a_pair_of_ff_on_analog_activities() -> None:
    """Two passes and outer products; inputs ranged and converted, two scalars a layer and vector; a label drawn."""
    counts = update_counts(FF.name, PULSES_ALONE, ANALOG)
    assert counts == {
        "array_read": 4,
        "cell_read": 2 * 2 * (785 * 500 + 501 * 500),
        "dac_conversion": 2 * (785 + 2),
        "adc_conversion": 2 * 2,
        "sample_hold": 2 * (785 + 501 + 1000),
        "squarer": 2 * 1000,
        "gain_control": 4,
        "outer_product": 4,
        "voltage_to_pulse": 2 * (785 + 501 + 1000),
        "digital_op": 2 * (784 + 785 + 2) + 2 * 10,
        "digital_mac": 2 * (784 + 785),
    }


def test_layers_that_do_not_learn_hold_nothing_for_an_update() -> None:
    """Two passes as inference takes them; of a silent first layer no lines are held, but for the second's."""
    frozen = PULSES_ALONE.model_copy(update={"layers": "frozen"})
    assert update_counts(FF.name, frozen, ANALOG) == {
        "array_read": 4,
        "cell_read": 2 * 2 * (785 * 500 + 501 * 500),
        "dac_conversion": 2 * 785,
        "squarer": 2 * 1000,
        "gain_control": 4,
        "digital_op": 2 * (784 + 785) + 2 * 10,
        "digital_mac": 2 * (784 + 785),
    }
    silent = PULSES_ALONE.model_copy(update={"layer_rates": (0.0, 1.0)})
    assert update_counts(FF.name, silent, ANALOG)["sample_hold"] == 2 * (501 + 500)


def test_negative_data_of_two_images_take_operations_for_each_pixel() -> None:
    """Of 32x32x3 numbers each is chosen or added; a mask has a bit, six blurs and a cut for each of 32x32 pixels."""
    plan = NetworkPlan(CARD, (32, 32, 3), (50,))
    hybrid, pairs = (
        update_counts("ff", FFSettings(contrast=contrast, batch=7), plan)
        for contrast in ("hybrid", "pairs")
    )
    apart = {action: hybrid[action] - pairs[action] for action in hybrid}
    assert apart.pop("digital_op") == 7 * 32 * 32 * (1 + 6 * 4 + 1)
    assert not any(apart.values())
    assert contrast_of("pairs", 3072, 10).operations == 3072 + 2
    assert contrast_of("hybrid", 3072, 10).operations == 3072 + 2 + 32 * 32 * 26


def test_a_sample_of_backpropagation() -> None:
    """One pass each way but for the first layer, one outer product, errors of 8 bits and a bit of derivative.

    Each input of an array is compared and scaled for its range, each output scaled back.
    """
    counts = update_counts(BP.name, BPSettings(batch=1), PLAN)
    cells = 785 * 500 + 501 * 500 + 501 * 10
    driven = 785 + 501 + 501 + 500 + 10
    assert counts == {
        "array_read": 3,
        "array_read_transposed": 2,
        "cell_read": 2 * (2 * cells - 785 * 500),
        "dac_conversion": driven,
        "adc_conversion": 1010 + 501 + 501,
        "outer_product": 3,
        "voltage_to_pulse": 785 + 501 + 501 + 1010,
        "digital_op": 784 + 2 * 1010 + driven,
        "digital_mac": 784 + driven + 1010 + 501 + 501,
        "memory_byte": 2 * (7 * (785 + 501 + 501) + 9 * 1010) / 8,
    }


def test_backpropagation_with_analog_errors_converts_the_output_alone() -> None:
    counts = analog_error_form("bp", BPSettings(batch=1), ANALOG).update_counts()
    cells = 785 * 500 + 501 * 500 + 501 * 10
    assert counts == {
        "array_read": 3,
        "array_read_transposed": 2,
        "cell_read": 2 * (2 * cells - 785 * 500),
        "dac_conversion": 785 + 10,
        "adc_conversion": 10,
        "sample_hold": 785 + 501 + 501 + 1010,
        "outer_product": 3,
        "voltage_to_pulse": 785 + 501 + 501 + 1010,
        "digital_op": 784 + 785 + 2 * 10,
        "digital_mac": 784 + 785,
    }


def test_direct_feedback_by_arrays_reads_one_for_each_hidden_layer() -> None:
    bp, dfa = (
        analog_error_form(name, settings, ANALOG).update_counts(1)
        for name, settings in (("bp", BPSettings()), ("dfa", DFASettings()))
    )
    assert dfa["array_read"] == 3 + 2
    assert "array_read_transposed" not in dfa
    forward = 785 * 500 + 501 * 500 + 501 * 10
    assert dfa["cell_read"] == 2 * (forward + 2 * 10 * 500)
    rest = set(bp) - {"array_read", "array_read_transposed", "cell_read"}
    assert {action: bp[action] for action in rest} == {action: dfa[action] for action in rest}


def test_analog_errors_are_refused_where_nothing_carries_them() -> None:
    with pytest.raises(InputError, match=r"learner: got 'ff'; .*analog errors"):
        analog_error_form("ff", FFSettings(), ANALOG)
    with pytest.raises(InputError, match=r"activities: got 'digital'"):
        analog_error_form("bp", BPSettings(), PLAN)
    with pytest.raises(InputError, match=r"activation: got 'tanh'; .*multiplier"):
        analog_error_form("bp", BPSettings(activation="tanh"), ANALOG)


def test_a_round_shares_out_what_happens_now_and_then() -> None:
    plan = NetworkPlan(CARD, (1, 8, 1), (5,), 3)
    every = learner_form("pat", PATSettings(program_every=1), plan).update_counts(2)
    fourth = learner_form("pat", PATSettings(program_every=4), plan).update_counts(2)
    assert every["program_cell"] == 9 * 5 + 6 * 3 == 4 * fourth["program_cell"]
    two = NetworkPlan(CARD, (1, 8, 1), (5,), 3, scheme=TwoArrays(every=4, lines=3))
    counts = update_counts("dfa", DFASettings(), two, 2)
    assert counts["outer_product"] == 2 * 2 + 2 * 3 / 4
    assert counts["array_read"] == 2 * 2 + 2 * 3 / 4


def test_a_training_is_its_updates() -> None:
    form = learner_form("ff", PULSES_ALONE, ANALOG)
    update, training = form.update_counts(), form.training_counts(7, 3)
    assert training == {action: 21 * number for action, number in update.items()}
    assert form.training_counts(7, 0) == {}


def test_a_teacher_is_asked_in_batches() -> None:
    plan = NetworkPlan(load_card("ideal"), (1, 8, 1), (5,), 3)
    teacher, student = (learner_form("bp", BPSettings(), plan) for _ in range(2))
    counts = distillation_counts(teacher, student, 2500, 2)
    one = teacher.inference_counts(1000), teacher.inference_counts(500)
    assert counts.teacher["memory_byte"] == 2 * one[0]["memory_byte"] + one[1]["memory_byte"]
    asked = 2 * one[0]["digital_op"] + one[1]["digital_op"]
    assert counts.teacher["digital_op"] == asked + 2500 * 3
    assert counts.student == student.training_counts(2500, 2)
    other = learner_form("bp", BPSettings(), NetworkPlan(plan.card, (1, 9, 1), (5,), 3))
    with pytest.raises(InputError, match=r"student, n_in: got 9; .*that of the teacher, 8"):
        distillation_counts(teacher, other, 10, 1)


def test_actions_have_names_that_are_known() -> None:
    plan = NetworkPlan(CARD, (1, 16, 1), (5, 4), 3, stage=True)
    for name in FORMS:
        settings = learner_type(name).settings_type()
        assert set(update_counts(name, settings, plan)) <= set(ACTIONS)


UNCOUNTED = {
    *("lr", "schedule", "activation", "goodness", "loss", "threshold", "temperature"),
    *("temperature_share", "feedback_scale", "sigma", "epsilon", "perturbation", "projection_lr"),
    *("damping", "shift", "fast_rate", "transfer_rate", "dead_zone", "chop_every"),
}
"""Settings that change no count."""


def test_every_setting_is_looked_at_or_known_to_change_no_count() -> None:
    told = [(name, learner_type(name).settings_type, FORMS[name].told_type) for name in FORMS]
    for name, settings, looked_at in [*told, ("two_arrays", TwoArrays, TwoArraysTold)]:
        others = set(settings.model_fields) - set(looked_at.model_fields) - UNCOUNTED
        others -= {"negatives"} if name == "ff_recurrent" else set()  # the head is asked anyway
        assert not others, f"{name}: does {sorted(others)} change what is counted?"


def test_bad_input_is_told() -> None:
    with pytest.raises(InputError, match=r"learner: got 'fff'; .*did you mean 'ff'"):
        learner_form("fff", FFSettings(), PLAN)
    with pytest.raises(InputError, match=r"settings: got 'BPSettings'; counts of learner 'ff'"):
        learner_form("ff", BPSettings(), PLAN)
    with pytest.raises(InputError, match=r"activities: got 'analog'; .*'bp' works on activities"):
        learner_form("bp", BPSettings(), ANALOG)
    with pytest.raises(InputError, match=r"card: got 'gokmen_vlasov'; smoothing and decay"):
        learner_form("ff", FFSettings(smoothing=0.9), PLAN)
    with pytest.raises(InputError, match="readout: got 'energy'"):
        learner_form("bp", BPSettings(), PLAN).inference_counts(1, "energy")
    with pytest.raises(InputError, match=r"layer_rates: .*the network has 2 layers"):
        update_counts("ff", FFSettings(layer_rates=(1.0,)), PLAN)
    unknown = NetworkPlan(CARD, (1, 9, 1), (5,), scheme=SimpleNamespace(name="three_arrays"))
    with pytest.raises(InputError, match=r"scheme: got 'three_arrays'; there is no closed form"):
        learner_form("ff", FFSettings(), unknown)
    several = NetworkPlan(CARD, (1, 9, 1), (5,), 3, scheme=TwoArrays(devices=2))
    with pytest.raises(InputError, match=r"devices: got 2; .*no transposed reads"):
        update_counts("bp", BPSettings(), several)
    with pytest.raises(InputError, match=r"devices: got 2; .*no programming"):
        update_counts(PAT.name, PATSettings(), several)
    with pytest.raises(InputError, match=r"hidden: .*a network has layers"):
        learner_form("ff", FFSettings(), NetworkPlan(CARD, (1, 9, 1), ()))
