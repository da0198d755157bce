"""Settings that nothing looks at beside the others are refused, and those written out by default are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from mortalff import FFSettings, load_card
from mortalff.errors import InputError, SpecError
from mortalff.learners.ff import FF
from mortalff.learners.multiplexed import MultiplexedSettings
from mortalff.learners.recurrent_ff import RecurrentFF
from mortalff.learners.recurrent_ff_settings import RecurrentFFSettings
from mortalff.learners.settings import Settings
from mortalff.learners.weight_perturbation import WeightPerturbationSettings
from mortalff.networks.arrays import CardArrays
from mortalff.studies.plan import make_plan
from tests.strategies.studies import dedented, study_file

SHARE = {"temperature_share": 0.03}
SYMBA = {"loss": "symba"}


@pytest.mark.parametrize("kind", [FFSettings, RecurrentFFSettings])
@pytest.mark.parametrize(
    ("given", "unused"),
    [
        (SHARE, {"temperature": 5.0}),
        ({}, {"hold": 0.6}),
        (SYMBA, {"threshold": 0.5}),
    ],
)
def test_the_local_rule(
    kind: type[Settings], given: dict[str, object], unused: dict[str, object]
) -> None:
    _refused(kind, given, unused)


@pytest.mark.parametrize(
    ("given", "unused"),
    [
        ({"contrast": "hybrid"}, {"negatives": "random"}),
        ({"contrast": "pairs"}, {"negatives": "random"}),
        ({}, {"rollout_steps": 30}),
        ({"contrast": "next_symbol"}, {"rollout_steps": 30}),
        ({}, {"phase_batches": 10}),
        ({"contrast": "next_symbol"}, {"shift": 1}),
    ],
)
def test_forward_forward(given: dict[str, object], unused: dict[str, object]) -> None:
    _refused(FFSettings, given, unused)


@pytest.mark.parametrize(
    ("kind", "given", "unused"),
    [
        (RecurrentFFSettings, {"learn": (1, 1), "read": (1, 1)}, {"damping": 0.5}),
        (MultiplexedSettings, {"codes": "full"}, {"smoothing": 0.9}),
        (WeightPerturbationSettings, {}, {"weight_decay": 0.001}),
    ],
)
def test_other_learners(
    kind: type[Settings], given: dict[str, object], unused: dict[str, object]
) -> None:
    _refused(kind, given, unused)


def _refused(kind: type[Settings], given: dict[str, object], unused: dict[str, object]) -> None:
    """What nothing looks at is refused by its name; the rest alone, and what its default is, are taken."""
    ((name, value),) = unused.items()
    taken = kind.model_validate(given)
    assert kind.model_validate(given | {name: getattr(taken, name)}) == taken
    with pytest.raises(
        ValidationError, match=f"{name}: got {value!r}; .*; .*(leave it out|give one)"
    ):
        kind.model_validate(given | unused)


@pytest.mark.parametrize(
    "given",
    [
        SHARE | {"threshold": 0.5},
        SYMBA | {"temperature": 3.0},
        SYMBA | SHARE | {"threshold": 0.5},
        SYMBA | {"hold": 0.6, "threshold": 0.5},
        {"phases": "apart", "phase_batches": 10},
        {"contrast": "next_symbol", "negatives": "rollout", "rollout_steps": 30},
        {"contrast": "hybrid", "shift": 2},
        {"layers": "frozen", "pulses": "difference", "layer_rates": [0.1, 1.0]},
    ],
)
def test_what_is_used_is_taken_and_loads_again_with_all_defaults_written_out(
    given: dict[str, object],
) -> None:
    settings = FFSettings.model_validate(given)
    assert FFSettings.model_validate(settings.model_dump(mode="json")) == settings
    assert FFSettings.model_validate(settings.model_dump()) == settings


def test_rows_of_numbers_are_not_moved() -> None:
    arrays = CardArrays(load_card("ideal"), chips=1, seed=0)
    moved, still = FFSettings(shift=1), FFSettings()
    with pytest.raises(InputError, match=r"shift: got 1; images are moved.*rows of 300 numbers"):
        FF.build(arrays, (1, 300, 1), (5,), 4, moved)
    assert FF.build(arrays, (1, 300, 1), (5,), 4, still).n_in == 300
    assert FF.build(arrays, (10, 10, 3), (5,), 4, moved).n_in == 300


def test_layers_that_are_not_there_are_not_read_out() -> None:
    arrays = CardArrays(load_card("ideal"), chips=1, seed=0)
    for kind in (FF, RecurrentFF):
        settings = kind.settings_type.model_validate({"readout_from_layer": 3})
        network = kind.build(arrays, (1, 16, 1), (5, 4), 4, settings)
        with pytest.raises(InputError, match="readout_from_layer: got 3; the network has 2 layers"):
            kind(network, settings)


STUDY = dedented("""
    study: unused
    data: {name: digits, train: 50, test: 20}
    hidden: [8]
    epochs: 1
    blocks:
      - name: a
        hardware: [ecram]
        learners:
          - name: ff
            from_card: false
            settings:
              readout_from_layer: 1
""")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ("phase_batches: 7", r":12: blocks\[0\].learners\[0\].settings.phase_batches: got 7; each"),
        ("shift: 9", r":12: blocks\[0\].learners\[0\].settings.shift: got 9"),
    ],
)
def test_a_study_is_told_file_line_and_key(tmp_path: Path, changes: str, told: str) -> None:
    text = STUDY.replace("readout_from_layer: 1", changes)
    with pytest.raises(SpecError, match=told):
        make_plan(study_file(tmp_path, text))


def test_what_goes_unused_beside_what_a_rule_sets_is_told(tmp_path: Path) -> None:
    """Devices that run out hold no pairs at θ, so that a threshold alone does nothing."""
    text = STUDY.replace("from_card: false", "from_card: true").replace("ecram", "hfox_reset")
    text = text.replace("readout_from_layer: 1", "{threshold: 0.5, temperature_share: null}")
    told = (
        r":10: .*settings.threshold: got 0.5; beside what learner 'ff' sets from card 'hfox_reset': "
        r"loss 'symba' knows no θ.*give hold or temperature_share"
    )
    with pytest.raises(SpecError, match=told):
        make_plan(study_file(tmp_path, text))


@pytest.mark.parametrize(
    "given", ["hold: 0.1", "pulses: halves", "{hold: 0, temperature_share: 0.1}"]
)
def test_what_goes_with_what_a_rule_sets_is_taken(tmp_path: Path, given: str) -> None:
    """The rule sets the loss of pairs, beside which they mean something; by default they do not."""
    text = STUDY.replace("from_card: false", "from_card: true")
    (run,) = make_plan(study_file(tmp_path, text.replace("readout_from_layer: 1", given))).runs
    told = run.spec.settings
    assert told["loss"] == "symba"
    assert told["hold"] == {"hold: 0.1": 0.1, "pulses: halves": 0.6}.get(given, 0.0)


def test_each_setting_beside_a_rule_is_checked_by_itself(tmp_path: Path) -> None:
    text = STUDY.replace("from_card: false", "from_card: true")
    wrong = text.replace("readout_from_layer: 1", "{hold: -1, hodl: 1}")
    with pytest.raises(SpecError, match=r"(?s)settings\.hold: got -1.*settings\.hodl: got 1"):
        make_plan(study_file(tmp_path, wrong))
