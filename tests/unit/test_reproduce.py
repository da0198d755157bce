"""Judging results by what was published."""

from __future__ import annotations

import json
import statistics

import pyarrow as pa
import pytest
from pydantic import JsonValue

from mortalff.errors import SpecError
from mortalff.studies.experiments import Experiment
from mortalff.studies.reproduce import Judged, commits, judge
from mortalff.studies.table import Row, Value, run_table
from tests.strategies.stores import measurement

SOFTMAX = {"hard": (0.020, 0.022, 0.024), "random": (0.027, 0.028, 0.032)}
ENERGY = {"hard": (0.021, 0.025, 0.026), "random": (0.025, 0.026, 0.027)}


def results() -> pa.Table:
    """Three seeds of two blocks, and rows that are not asked for."""
    rows = [
        row(f"test_error_{readout}", value, block=block, seed=seed)
        for readout, errors in (("softmax", SOFTMAX), ("energy", ENERGY))
        for block, values in errors.items()
        for seed, value in enumerate(values)
    ]
    rows.append(row("error_softmax", 0.9, block="hard", epoch=1))
    rows.append(row("test_error_softmax", 0.9, block="hard", kind="transfer", method="copy"))
    return run_table(rows)


def row(metric: str, value: float, **columns: Value) -> Row:
    """A row of a run."""
    return {"study": "s", "run_id": "r", **measurement(metric, value, **columns)}


def number(result: dict[str, JsonValue], table: pa.Table | None = None, why: str = "") -> Judged:
    """What is said of one number."""
    given = {"name": "e", "title": "t", "size": "small", "study": "s", "minutes": 1.0}
    whole = given | {"results": [{"name": "n", **result}]}
    experiment = Experiment.model_validate_json(json.dumps(whole))
    (judged,) = judge(experiment, table, why)
    return judged


@pytest.mark.parametrize(
    ("target", "verdict"),
    [
        ({"value": 2.4, "within": 0.25}, "met"),
        ({"value": 1.9, "within": 0.25}, "missed"),
        ({"at_most": 2.2}, "met"),
        ({"at_most": 2.1}, "missed"),
        ({"at_least": 2.3}, "missed"),
        (None, "no target"),
    ],
)
def test_the_mean_is_judged(target: JsonValue, verdict: str) -> None:
    judged = number({"rows": {"block": "hard"}, "target": target}, results())
    assert judged.verdict == verdict
    assert judged.found is not None
    assert judged.found.mean == pytest.approx(2.2)
    assert judged.found.sd == pytest.approx(0.2)
    assert (judged.found.n, judged.found.units) == (3, "3 seeds")


@pytest.mark.parametrize(
    ("block", "mean", "readout"), [("hard", 2.2, "softmax"), ("random", 2.6, "energy")]
)
def test_the_better_of_two_read_outs(block: str, mean: float, readout: str) -> None:
    found = number({"rows": {"block": block, "readout": "better"}}, results()).found
    assert found is not None
    assert found.mean == pytest.approx(mean)
    assert found.readouts == (readout,)


def test_a_difference_is_taken_seed_by_seed() -> None:
    asked: dict[str, JsonValue] = {"rows": {"block": "random"}, "minus": {"block": "hard"}}
    judged = number(asked | {"target": {"at_least": 0.5}}, results())
    gaps = [0.7, 0.6, 0.8]
    assert judged.verdict == "met"
    assert judged.found is not None
    assert judged.found.mean == pytest.approx(statistics.fmean(gaps))
    assert judged.found.sd == pytest.approx(statistics.stdev(gaps))
    lone = run_table([row("test_error_softmax", 0.05, block="random", seed=1),
                      row("test_error_softmax", 0.01, block="hard", seed=1),
                      row("test_error_softmax", 0.01, block="hard", seed=2)])  # fmt: skip
    found = number(asked, lone).found
    assert found is not None
    assert (found.n, found.sd, found.units) == (1, None, "1 seed")
    assert number(asked, run_table([row("test_error_softmax", 0.05, block="random")])).found is None


def test_chips_of_seeds_are_counted() -> None:
    both = [(seed, chip) for seed in (0, 1) for chip in range(3)]
    rows = [row("test_error_softmax", 0.1, block="b", seed=s, chip_id=c) for s, c in both]
    whole = number({"rows": {"block": "b"}}, run_table(rows)).found
    part = number({"rows": {"block": "b"}}, run_table(rows[:-1])).found
    assert whole is not None
    assert part is not None
    assert (whole.n, whole.units) == (6, "2 seeds × 3 chips")
    assert (part.n, part.units) == (5, "chips of seeds")


def test_rows_are_told_apart_by_learner_hardware_and_settings() -> None:
    def one(value: float, **more: Value) -> Row:
        return row("test_error_softmax", value, block="b", **more)

    table = run_table([
        one(0.1, settings='{"lr":0.01,"peer":0.0}'), one(0.2, settings='{"lr":0.02}'),
        one(0.3, learner="bp"), one(0.4, hardware="ecram"),
    ])  # fmt: skip

    def mean(**filters: JsonValue) -> float:
        found = number({"rows": {"block": "b", **filters}}, table).found
        assert found is not None
        return found.mean

    own: dict[str, JsonValue] = {"learner": "ff", "hardware": "gokmen_vlasov"}
    assert mean(**own, settings={"peer": 0}) == pytest.approx(10)
    assert mean(**own, settings={"lr": 0.02}) == pytest.approx(20)
    assert mean(learner="bp") == pytest.approx(30)
    assert mean(hardware="ecram") == pytest.approx(40)
    with pytest.raises(SpecError, match=r"'e', block: got 'b'; seed 0, chip 0 has .* several"):
        mean(**own)


def test_without_results_the_reason_stands_there() -> None:
    assert number({"rows": {"block": "hard"}}, None, "skipped: no data").why == "skipped: no data"
    assert number({"rows": {"block": "hard"}}, None).why == "not run yet"
    judged = number({"rows": {"block": "gone"}}, results())
    assert judged.verdict == "no results"
    assert judged.why == "some of its runs are still to be made"


def test_what_results_were_made_by() -> None:
    made = [row("m", 0.1, git_commit=None), row("m", 0.1), row("m", 0.2)]
    assert commits(run_table(made)) == ["0.1.0", f"0.1.0 ({'0123456789abcdef' * 2}01234567)"]
