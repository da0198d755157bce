"""Running studies: the same table for any number of workers, and no failure but its own run's."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from torch import Tensor

from mortalff.actions import ACTIONS, METERED, READ_LOADS, READS
from mortalff.cards import load_card
from mortalff.doctor import Check
from mortalff.energy.library import read_load_prices
from mortalff.errors import InputError
from mortalff.learners.base import Learner
from mortalff.learners.ff import FF
from mortalff.studies import choices
from mortalff.studies import perform as performing
from mortalff.studies.conduct import Summary, run_study
from mortalff.studies.origin import Origin
from mortalff.studies.perform import Job, perform
from mortalff.studies.plan import make_plan
from mortalff.studies.store import Store
from mortalff.studies.table import STUDY_COLUMNS
from tests.strategies.studies import (
    BREAKING,
    SMALL,
    dedented,
    install_breaking_learners,
    study_file,
)


def run(folder: Path, text: str, workers: int, name: str = "out") -> tuple[Store, Summary]:
    plan = make_plan(study_file(folder, text))
    summary = run_study(plan, folder / name, workers=workers)
    return Store(folder / name), summary


def same(table: pa.Table) -> pa.Table:
    """A table without where it was made, which commits made meanwhile would change."""
    return table.drop_columns(["git_commit"])


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return run(tmp_path_factory.mktemp("small"), SMALL, workers=2)[0]


def test_one_worker_gives_the_table_of_two(small: Store, tmp_path: Path) -> None:
    store, summary = run(tmp_path, SMALL, workers=1)
    assert len(summary.done) == 5
    assert same(store.table()).equals(same(small.table()))
    assert store.missing() == []


def test_what_is_there_is_not_run_again(small: Store, tmp_path: Path) -> None:
    times = {path: path.stat().st_mtime_ns for path in (small.folder / "runs").iterdir()}
    plan = make_plan(study_file(tmp_path, SMALL))
    summary = run_study(plan, small.folder, workers=2)
    assert (summary.done, len(summary.there)) == ((), 5)
    assert times == {path: path.stat().st_mtime_ns for path in (small.folder / "runs").iterdir()}


def test_a_study_grows_by_what_is_new(small: Store, tmp_path: Path) -> None:
    before = same(small.table())
    plan = make_plan(study_file(tmp_path, SMALL.replace("seeds: [0, 1]", "seeds: [0, 1, 2]")))
    summary = run_study(plan, small.folder, workers=1)
    assert (len(summary.done), len(summary.there)) == (1, 5)
    after = same(small.table())
    assert after.filter(pc.field("seed") != 2).equals(before)
    run_study(make_plan(study_file(tmp_path, SMALL)), small.folder, workers=1)
    assert same(small.table()).equals(before), "the table is that of the present plan"


def test_training_is_told_by_epoch_and_at_the_end(small: Store) -> None:
    table = small.table()
    assert table.schema.equals(STUDY_COLUMNS)
    ff = table.filter((pc.field("block") == "in_situ") & (pc.field("hardware") == "ecram"))
    by_epoch = ff.filter(pc.field("metric") == "error_softmax")
    assert by_epoch["epoch"].to_pylist() == [1, 1, 2, 2]
    assert by_epoch["chip_id"].to_pylist() == [0, 1, 0, 1]
    metrics = set(ff["metric"].to_pylist())
    assert {
        "error_training", "error_energy", "goodness_positive_layer1", "goodness_negative_layer2",
        "device_pulses", "test_error_softmax", "test_error_energy", "count", "energy_training_j",
        "energy_per_update_j", "energy_per_example_j", "energy_inference_softmax_j", "energy_inference_energy_j",
    } <= metrics  # fmt: skip
    assert set(ff["needs"].to_pylist()) == {"forward,pulse"}
    assert set(ff["from_card"].to_pylist()) == {False}
    assert not any(ff["privileged"].to_pylist())
    bp = table.filter(pc.field("learner") == "bp")
    assert all(bp["privileged"].to_pylist())


def value(table: pa.Table, metric: str, component: str | None, chip: int) -> float:
    part = table.filter((pc.field("metric") == metric) & (pc.field("chip_id") == chip))
    rows = [row for row in part.to_pylist() if row["component"] == component]
    assert len(rows) == 1
    return float(rows[0]["value"])


def test_counts_are_those_of_training_alone(small: Store) -> None:
    """Two layers of 12; each image is read as positive, as negative and under the neutral label."""
    table = small.table().filter(pc.field("block") == "in_situ")
    ecram = table.filter(pc.field("hardware") == "ecram")
    images, epochs = 200, 2
    assert value(ecram, "count", "array_read", 0) == 3 * 2 * images * epochs
    assert value(ecram, "count", "outer_product", 1) == 2 * 2 * images * epochs


def test_counts_are_told_by_epoch(small: Store) -> None:
    """Before training nothing was done on these chips; the last epoch's are those of all, each epoch's alike."""
    ecram = small.table().filter(
        (pc.field("block") == "in_situ")
        & (pc.field("hardware") == "ecram")
        & (pc.field("chip_id") == 1)
    )
    told: dict[int, dict[str, float]] = {}
    for row in ecram.filter(pc.field("metric") == "count_so_far").to_pylist():
        told.setdefault(row["epoch"], {})[row["component"]] = row["value"]
    in_all = {
        row["component"]: row["value"]
        for row in ecram.filter(pc.field("metric") == "count").to_pylist()
    }
    assert set(told) == {1, 2}
    assert told[2] == in_all
    of_values = {"line_pulse", "device_pulse", *READ_LOADS}
    assert of_values < set(in_all)
    for action, count in in_all.items():
        if action in of_values:
            assert 0.0 < told[1][action] < count
        else:
            assert 2 * told[1][action] == count


def test_energy_is_what_counts_cost(small: Store) -> None:
    table = small.table().filter(pc.field("block") == "in_situ")
    ecram, card = table.filter(pc.field("hardware") == "ecram"), load_card("ecram")
    counts = {
        row["component"]: row["value"]
        for row in ecram.to_pylist()
        if row["metric"] == "count" and row["chip_id"] == 1
    }
    assert set(counts) <= set(ACTIONS)
    loads = {load: price.value for load, price in read_load_prices(card).items()}
    unpriced = {*READS, *METERED.values()}  # all reads are metered, and priced by their loads
    total = sum(
        times * (loads[action] if action in loads else card.energy[action].value)
        for action, times in counts.items()
        if action not in unpriced
    )
    assert counts["cell_read"] == counts["cell_read_metered"]
    assert value(ecram, "energy_training_j", None, 1) == pytest.approx(total, rel=1e-12)
    each = value(ecram, "energy_per_example_j", None, 1)
    assert each == pytest.approx(total / 400, rel=1e-12)
    update = value(ecram, "energy_per_update_j", None, 1)
    assert update == pytest.approx(total / 20, rel=1e-12)  # 2 epochs of 10 batches
    (row,) = (
        row
        for row in ecram.filter(pc.field("metric") == "energy_per_update_j").to_pylist()
        if row["chip_id"] == 1 and row["component"] is None
    )
    assert 0.0 < row["low"] < row["value"] < row["high"]


def test_transfers_compare_each_student_with_its_teacher(small: Store) -> None:
    table = small.table().filter(pc.field("kind") == "transfer")
    pairs = set(
        zip(table["teacher_chip_id"].to_pylist(), table["chip_id"].to_pylist(), strict=True)
    )
    assert pairs == {(0, 1), (2, 3)}
    metrics = {
        method: {row["metric"] for row in table.to_pylist() if row["method"] == method}
        for method in ("copy", "distil", "relearn")
    }
    wanted = {"teacher_error", "student_error", "accuracy_kept", "agreement", "agreement_baseline"}
    assert all(wanted | {"count", "energy_transfer_j"} <= found for found in metrics.values())
    privileged = {row["method"]: row["privileged"] for row in table.to_pylist()}
    assert privileged == {"copy": True, "distil": False, "relearn": False}
    baseline = table.filter(pc.field("metric") == "agreement_baseline")
    relearned = table.filter(
        (pc.field("metric") == "agreement") & (pc.field("method") == "relearn")
    )
    assert baseline["value"].to_pylist() == 3 * relearned["value"].to_pylist()


def test_every_method_is_compared_with_the_same_teacher(small: Store) -> None:
    """Reads are noisy: were a teacher asked again for each method, its errors would differ."""
    table = small.table().filter(pc.field("metric") == "teacher_error")
    errors = {(row["method"], row["teacher_chip_id"]): row["value"] for row in table.to_pylist()}
    assert len(errors) == 6
    for teacher in (0, 2):
        assert len({errors[method, teacher] for method in ("copy", "distil", "relearn")}) == 1


def test_a_teacher_is_asked_once_for_all_methods(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = make_plan(study_file(tmp_path, SMALL)).runs[-1]
    asked, outputs = [], performing.outputs

    def recorded(learner: Learner, images: Tensor) -> Tensor:
        asked.append(learner.network.chip_ids)
        return outputs(learner, images)

    monkeypatch.setattr(performing, "outputs", recorded)
    perform(
        Job(
            planned.spec,
            "small",
            planned.block,
            planned.source,
            Origin("1", None),
            planned.hidden,
        )
    )
    assert asked == [(0, 2), (1, 3), (1, 3), (1, 3)]


def test_an_odd_batch_at_the_end_is_an_update_too(tmp_path: Path) -> None:
    head, _, rest = SMALL.partition("  - name: reference")
    del rest
    text = head.replace("train: 200", "train: 190").replace("[gokmen_vlasov, ecram]", "[ecram]")
    table = run(tmp_path, text, workers=1)[0].table()
    total = value(table, "energy_training_j", None, 0)
    assert value(table, "energy_per_update_j", None, 0) == pytest.approx(total / 20, rel=1e-12)


@pytest.mark.parametrize(
    ("index", "stop", "left"),
    [
        # Training: 2 epochs of 10 batches; stopped in the second.
        (0, 15, 10),
        # Transfer: 20 batches for the teacher, then 2 epochs of 5 for each of distil and relearn;
        # stopped in the last.
        (4, 37, 5),
    ],
)
def test_a_run_that_was_stopped_goes_on_after_its_last_whole_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: int, stop: int, left: int
) -> None:
    planned = make_plan(study_file(tmp_path, SMALL)).runs[index]
    origin = Origin("1", None)
    job = Job(planned.spec, "small", planned.block, planned.source, origin, planned.hidden)
    undisturbed = perform(job)
    steps, step = [], FF.step

    def counted(self: FF, images: Tensor, targets: Tensor, rate: float) -> dict[str, Tensor]:
        steps.append(rate)
        if len(steps) == stop:
            raise KeyboardInterrupt
        return step(self, images, targets, rate)

    monkeypatch.setattr(FF, "step", counted)
    with pytest.raises(KeyboardInterrupt):
        perform(job, tmp_path / "checkpoint")
    steps.clear()
    assert perform(job, tmp_path / "checkpoint").equals(undisturbed)
    assert len(steps) == left


def test_a_method_does_not_depend_on_those_before_it(small: Store, tmp_path: Path) -> None:
    head, _, rest = SMALL.partition("blocks:")
    alone = head + rest[rest.index("transfers:") :].replace("copy, distil, relearn", "distil")
    table = run(tmp_path, alone, workers=1)[0].table()
    columns = ["metric", "component", "chip_id", "value"]
    before = small.table().filter(
        (pc.field("method") == "distil") & (pc.field("metric") != "agreement_baseline")
    )
    assert table.select(columns).equals(before.select(columns))


def test_chip_3_alone_is_chip_3_of_8(tmp_path: Path) -> None:
    text = dedented("""
        study: chips
        data: {name: digits, train: 100, test: 50}
        hidden: [10, 10]
        epochs: 1
        blocks:
          - name: a
            hardware: [gokmen_vlasov]
            learners: [{name: ff, settings: {lr: 0.03, batch: 20}}]
            chips: 8
          - name: b
            hardware: [gokmen_vlasov]
            learners: [{name: ff, settings: {lr: 0.03, batch: 20}}]
            chips: [3]
    """)
    table = run(tmp_path, text, workers=2)[0].table().filter(pc.field("chip_id") == 3)
    columns = ["metric", "component", "epoch", "value", "low", "high"]
    of_8, alone = (table.filter(pc.field("block") == block).select(columns) for block in ("a", "b"))
    assert len(alone) > 10
    assert of_8.equals(alone)


def test_a_run_that_fails_or_dies_takes_no_other_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_breaking_learners(tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    store, summary = run(tmp_path, BREAKING, workers=2)
    assert len(summary.done) == 3
    assert set(store.table()["block"].to_pylist()) == {"good"}
    ids = {entry.block: entry.run_id for entry in store.entries}
    assert summary.failed[ids["raises"]] == "RuntimeError: this learner always breaks"
    assert "the worker process died" in summary.failed[ids["dies"]]
    failures = store.failures()
    assert set(failures) == {ids["raises"], ids["dies"]}
    assert "Traceback" in failures[ids["raises"]]
    assert failures[ids["raises"]].rstrip().endswith("RuntimeError: this learner always breaks")
    again = run(tmp_path, BREAKING, workers=2)[1]
    assert (len(again.there), len(again.done), len(again.failed)) == (3, 0, 2)


def test_without_aihwkit_the_rest_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = Check("aihwkit", "missing", "not installed", "run `make aihwkit`")
    monkeypatch.setattr(choices, "check_aihwkit", lambda: absent)
    text = SMALL[: SMALL.index("transfers:")].replace("ecram]", "{aihwkit: GokmenVlasovPreset}]")
    store, summary = run(tmp_path, text, workers=1)
    assert (len(summary.done), len(summary.failed)) == (3, 0)
    assert list(summary.skipped.values()) == ["aihwkit: not installed; run `make aihwkit`"]
    assert store.missing() == list(summary.skipped)
    assert "aihwkit:GokmenVlasovPreset" not in store.table()["hardware"].to_pylist()


def test_aihwkit_tiles_are_chips_like_others(tmp_path: Path) -> None:
    if (why := choices.check_aihwkit()).status != "ok":
        pytest.skip(f"aihwkit: {why.detail}")
    tile = "{aihwkit: GokmenVlasovPreset, w_init_std: 0.3, priced_as: gokmen_vlasov}"
    text = SMALL[: SMALL.index("  - name: reference")].replace("ecram]", f"{tile}]")
    table = run(tmp_path, text, workers=1)[0].table()
    tiles = table.filter(pc.field("hardware") == "aihwkit:GokmenVlasovPreset")
    assert set(tiles["reproducible"].to_pylist()) == {False}
    assert set(tiles["chip_id"].to_pylist()) == {0, 1}
    assert value(tiles, "energy_training_j", None, 1) > 0.0
    own = table.filter(pc.field("hardware") == "gokmen_vlasov")
    for action in ("array_read", "dac_conversion", "adc_conversion", "outer_product"):
        assert value(tiles, "count", action, 0) == value(own, "count", action, 0)


def test_a_study_needs_a_worker(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--workers: got 0"):
        run(tmp_path, SMALL, workers=0)
    assert not (tmp_path / "out").exists()
