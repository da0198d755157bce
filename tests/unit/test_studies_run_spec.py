"""The name of a run: the same for the same numbers however they are written, another for any change."""

from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from mortalff.studies.run_spec import Lesson, RunData, RunSpec, canonical_json
from mortalff.studies.yaml_file import parse_yaml
from tests.strategies.studies import json_values

SPEC = RunSpec(
    kind="train",
    hardware={"card": "ecram"},
    card_hash="c0ffee",
    condition={"variability.dw_min_std": 1.0, "device.dw_min": 1e-3},
    learner="ff",
    provider="",
    settings={"lr": 0.01, "batch": 20, "negatives": "hard"},
    activities="digital",
    sizes=(64, 20, 20),
    data=RunData(name="digits", train=200, test=100, checksum="abc"),
    epochs=2,
    seed=0,
    chips=(0, 1),
)


def test_the_name_is_the_hash_of_everything_and_stays_so() -> None:
    """Were this to change, every result there is would be made again."""
    assert SPEC.run_id == "29a95ab9c93bb08d"


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "transfer"},
        {"hardware": {"card": "ideal"}},
        {"card_hash": "c0ffef"},
        {"condition": {}},
        {"learner": "bp"},
        {"provider": "mylab 1.0"},
        {"settings": {"lr": 0.02, "batch": 20, "negatives": "hard"}},
        {"activities": "analog"},
        {"sizes": (64, 20, 21)},
        {"data": RunData(name="digits", train=200, test=100, checksum="abd")},
        {"epochs": 3},
        {"seed": 1},
        {"chips": (0, 2)},
        {"lesson": Lesson(students=(3,))},
        {"evaluations_per_epoch": 4},
        {"numerics": 3},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_change_is_another_run(change: dict[str, object]) -> None:
    assert SPEC.model_copy(update=change).run_id != SPEC.run_id


@given(st.randoms(use_true_random=False))
def test_neither_the_order_of_keys_nor_the_way_numbers_are_written_matters(random: Random) -> None:
    written = [
        ["condition", '{"variability.dw_min_std": %s, "device.dw_min": %s}'],
        ["settings", "{lr: %s, batch: %s, negatives: hard}"],
    ]
    ones, small = ["1", "1.0", "1e0", "10e-1"], ["1e-3", "0.001", ".001", "1.0E-3"]
    lr, batch = ["0.01", "1e-2", "1.e-2"], ["20", "2e1", "20.0"]
    written[0][1] %= (random.choice(ones), random.choice(small))
    written[1][1] %= (random.choice(lr), random.choice(batch))
    text = "\n".join(f"{key}: {value}" for key, value in random.sample(written, 2))
    content = SPEC.model_dump() | parse_yaml(text, "t.yaml").data
    keys = list(content)
    random.shuffle(keys)
    assert RunSpec.model_validate({key: content[key] for key in keys}).run_id == SPEC.run_id


@given(json_values)
def test_canonical_json_says_the_same(value: JsonValue) -> None:
    assert json.loads(canonical_json(value)) == value
    assert canonical_json(json.loads(canonical_json(value))) == canonical_json(value)


def test_canonical_json_tells_true_from_one() -> None:
    assert canonical_json([True, 1, 1.0]) == "[true,1,1]"


def test_numbers_that_are_not_finite_have_no_canonical_form() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        canonical_json({"lr": float("nan")})


def test_a_specification_survives_its_canonical_form() -> None:
    assert RunSpec.model_validate_json(SPEC.canonical()).run_id == SPEC.run_id


def test_effort_grows_with_what_there_is_to_do() -> None:
    longer = SPEC.model_copy(update={"epochs": 4})
    lesson = SPEC.model_copy(update={"lesson": Lesson(methods=("copy",), images=100, epochs=2)})
    tiles = SPEC.model_copy(update={"hardware": {"aihwkit": "SomePreset"}})
    assert longer.effort == 2 * SPEC.effort
    assert lesson.effort == 1.5 * SPEC.effort
    assert tiles.effort > SPEC.effort
