"""Energy to accuracy: measured counts of a small study, priced on architectures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from mortalff.actions import METERED, READS
from mortalff.cards import load_card
from mortalff.energy.architectures import (
    Task,
    bill_of_counts,
    built_in_architectures,
    load_architecture,
    work_for,
)
from mortalff.energy.library import built_in_library
from mortalff.errors import InputError
from mortalff.report.energy_to_accuracy import (
    Candidate,
    EnergyToAccuracy,
    EnergyToTarget,
    NotPriced,
    energy_to_accuracy,
    trained_plans,
)
from mortalff.report.energy_to_accuracy.courses import Course
from mortalff.report.load import load_study
from mortalff.studies.conduct import run_study
from mortalff.studies.measure import COUNT_SO_FAR
from mortalff.studies.plan import make_plan
from mortalff.studies.store import Store
from tests.strategies.energy_study import COARSE, EVERY, small_energy_study
from tests.strategies.studies import study_file


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return small_energy_study(tmp_path_factory)


@pytest.fixture(scope="module")
def found(store: Store) -> EnergyToAccuracy:
    return energy_to_accuracy(load_study(store.folder), (EVERY, 0.0), samples=200)


def candidate_of(found: EnergyToAccuracy, hardware: str, name: str) -> Candidate:
    return next(w for w in found.candidates if (w.group.hardware, w.name) == (hardware, name))


def counted(store: Store, learner: str, chip: int, metric: str = "count") -> Mapping[str, float]:
    table: pa.Table = store.table().filter(
        (pc.field("metric") == metric)
        & (pc.field("learner") == learner)
        & (pc.field("chip_id") == chip)
        & (pc.field("hardware") == "gokmen_vlasov")
        & (pc.field("block") != "floor")
    )
    first = table["run_id"][0].as_py()
    return {row["component"]: row["value"] for row in table.to_pylist() if row["run_id"] == first}


def test_candidates_are_architectures_that_do_what_was_simulated(found: EnergyToAccuracy) -> None:
    """Analog FF on its own, BP with errors as numbers and as voltages, digital weights in memory; no floor."""
    names = {
        (candidate.group.hardware, candidate.name, candidate.trained.counted)
        for candidate in found.candidates
    }
    assert names == {
        ("gokmen_vlasov", "FF on ff_analog", True),
        (COARSE, "BP on bp_digital", True),
        (COARSE, "BP on bp_analog", False),
        ("reram_sb (two_arrays)", "FF on ff_digital", True),
        ("ideal", "BP on sram", True),
        ("ideal", "BP on gpu", True),
    }
    assert found.left_out == {}


def test_a_whole_training_costs_what_its_counts_do(store: Store, found: EnergyToAccuracy) -> None:
    candidate = candidate_of(found, "gokmen_vlasov", "FF on ff_analog")
    library = built_in_library()
    for chip, course in enumerate(candidate.courses):
        counts = counted(store, "ff", chip)
        metered = {*READS, *METERED.values()}  # priced by their loads
        assert course.counts[3] == {a: n for a, n in counts.items() if a not in metered}
        bill = bill_of_counts(candidate.trained.plan, counts, library)
        assert candidate.prices.value(course.counts[3]) == pytest.approx(
            bill.total.value, rel=1e-12
        )
        assert dict(bill.unpriced) == dict(candidate.prices.unpriced) == {}


def test_measured_counts_are_those_of_closed_forms(found: EnergyToAccuracy) -> None:
    """All but pulses and reads, which are priced by their loads; what was done before training is not in the form."""
    for candidate in found.candidates:
        trained = candidate.trained
        form = work_for("epoch", trained.plan, Task(trained.batch, trained.examples)).stored.driven
        for course in candidate.courses:
            assert ("cell_conduction" in course.counts[2]) == ("cell_read" in form)
            for action, count in form.items():
                if action in READS:
                    assert action not in course.counts[2]
                    continue
                before = course.counts[0].get(action, 0.0)
                due = pytest.approx(before + 2 * count, rel=1e-12)
                assert course.counts[2][action] == due, (candidate.name, action)


def test_the_first_epoch_that_all_chips_show_it_decides(found: EnergyToAccuracy) -> None:
    """All are below 99.9 % after one epoch, and none is at 0."""
    for candidate in found.candidates:
        first, never = candidate.to_target(EVERY), candidate.to_target(0.0)
        assert (first.epochs, first.everywhere) == ((1, 1), True)
        each = [candidate.prices.value(course.counts[1]) for course in candidate.courses]
        assert first.energy_j.value == pytest.approx(np.mean(each), rel=1e-12)
        assert first.energy_j.low <= first.energy_j.value < first.energy_j.high
        assert (never.reached, never.seconds) == (0, None)
        with pytest.raises(InputError, match="0 of 2 chips reached it"):
            _ = never.energy_j


def test_a_later_epoch_takes_more(found: EnergyToAccuracy) -> None:
    for candidate in found.candidates:
        spent = [candidate.prices.value(candidate.courses[0].counts[epoch]) for epoch in (1, 2, 3)]
        assert 0.0 < spent[0] < spent[1] < spent[2]


def test_errors_as_voltages_take_the_pulses_of_the_run(found: EnergyToAccuracy) -> None:
    numbers = candidate_of(found, COARSE, "BP on bp_digital")
    voltages = candidate_of(found, COARSE, "BP on bp_analog")
    for one, other in zip(numbers.courses, voltages.courses, strict=True):
        for pulse in ("line_pulse", "device_pulse"):
            assert one.counts[3][pulse] == other.counts[3][pulse] > 0.0
        assert other.counts[3]["adc_conversion"] < 0.2 * one.counts[3]["adc_conversion"]


def test_the_best_setting_is_the_cheapest_that_got_there(found: EnergyToAccuracy) -> None:
    """At a rate of .001 as many updates took fewer pulses; where none gets there, the least error at the end tells."""
    key = (COARSE, "BP on bp_digital")
    rivals = found.rivals[key]
    assert sorted(found.settings(candidate) for candidate in rivals) == ["lr 0.001", "lr 0.1"]
    least = min(rivals, key=lambda candidate: candidate.to_target(EVERY).energy_j.value)
    assert found.best(EVERY)[key].candidate is least
    assert found.settings(found.best(0.0)[key].candidate) == "lr 0.1"


def test_ratios_cancel_what_both_share(found: EnergyToAccuracy) -> None:
    """Of one candidate to another rate of it next to nothing is uncertain, though each energy is by tens of percent."""
    one, other = (
        candidate.to_target(EVERY) for candidate in found.rivals[COARSE, "BP on bp_digital"]
    )
    ratio = one.over(other)
    assert ratio.high / ratio.low < 1.1
    assert one.energy_j.high / one.energy_j.low > 1.3


def test_a_target_is_a_share(store: Store) -> None:
    with pytest.raises(InputError, match=r"5 %"):
        energy_to_accuracy(load_study(store.folder), (5.0,))


def test_a_card_that_is_not_the_one_that_ran_is_named(store: Store) -> None:
    """Unless a user gives it: then its prices are asked for."""
    study = load_study(store.folder)
    setup = next(one.setup for one in study.of_kind("train") if one.setup.learner == "bp")
    spec = json.loads(setup.spec) | {"card_hash": "0" * 64}
    other = setup._replace(spec=json.dumps(spec))
    architectures = built_in_architectures().values()
    refused = trained_plans(other, architectures)
    assert isinstance(refused, NotPriced)
    assert "no longer the one that ran" in refused.reason
    card = load_card(spec["hardware"]["card"])
    given = trained_plans(other, architectures, {card.name: card})
    assert not isinstance(given, NotPriced)
    assert all(trained.card_given for trained in given)


def test_what_an_earlier_version_counted_otherwise_is_left_out(store: Store) -> None:
    """Memory tells: half of it, and the run would seem cheaper than another made today."""
    study = load_study(store.folder)
    halved = []
    for trial in study.trials:
        key = (COUNT_SO_FAR, "memory_byte")
        points = tuple((epoch, count / 2) for epoch, count in trial.series.get(key, ()))
        series = {**trial.series, key: points} if points else trial.series
        halved.append(replace(trial, series=series))
    found = energy_to_accuracy(replace(study, trials=tuple(halved)), (EVERY,), samples=10)
    assert {candidate.name for candidate in found.candidates} == {
        "FF on ff_analog",
        "BP on bp_analog",
    }
    assert any("run it again" in reason for reason in found.left_out.values())


@pytest.mark.parametrize(
    ("change", "counted"),
    [
        ({"node_nm": 22.0}, True),
        ({"arrays.rows": 16}, False),
        ({"converters.adc_bits": 4}, False),
        ({"gradient.smoothed": True}, False),
    ],
)
def test_counts_of_other_hardware_are_closed_forms(
    store: Store, change: dict[str, object], counted: bool
) -> None:
    """Other tiles, converters or smoothing were not simulated; then all rivals alike are counted by forms."""
    changed = [load_architecture(name).changed(**change) for name in ("ff_analog", "bp_digital")]
    found = energy_to_accuracy(
        load_study(store.folder), (EVERY,), architectures=changed, samples=10
    )
    on_devices = [
        candidate for candidate in found.candidates if candidate.group.hardware != "ideal"
    ]
    assert len(on_devices) == 3
    assert all(candidate.trained.counted is counted for candidate in on_devices)
    for candidate in on_devices:
        form = work_for("epoch", candidate.trained.plan, Task(20, 200)).stored.driven
        for action in form.keys() - {*READS}:
            count = form[action]
            assert candidate.courses[0].counts[1][action] == pytest.approx(count, rel=1e-12)


def test_an_error_has_to_last() -> None:
    """A curve that dips under the line and comes back has not got there."""
    found = Course({1: 0.3, 2: 0.09, 3: 0.2, 4: 0.08, 5: 0.1}, {})
    assert found.epochs_to(0.1, lasting=True) == 4
    assert found.epochs_to(0.1, lasting=False) == 2
    assert found.epochs_to(0.08, lasting=True) is None
    assert found.epochs_to(0.08, lasting=False) == 4


def test_more_evaluations_ask_no_more_of_an_error() -> None:
    """Between ends of epochs an error may be reached, and need not last."""
    found = Course({0.5: 0.05, 1: 0.2, 1.5: 0.1, 2: 0.08, 2.5: 0.3, 3: 0.1}, {})
    assert found.epochs_to(0.1, lasting=True) == 1.5
    assert found.epochs_to(0.08, lasting=True) is None
    assert found.epochs_to(0.1, lasting=False) == 0.5
    ends = Course({e: error for e, error in found.errors.items() if e == int(e)}, {})
    assert ends.epochs_to(0.1, lasting=True) == 2


def test_settling_is_paid_for(tmp_path: Path) -> None:
    """Pulses before the first epoch, as reram_es wants them, are counted as epoch 0 and in every one after."""
    text = """
    study: settled
    data: {name: digits, train: 100, test: 50}
    hidden: [8]
    epochs: 1
    chips: 1
    blocks:
      - name: two arrays
        hardware: [reram_es]
        learners: [{name: ff, from_card: true, settings: {batch: 20}}]
    """
    run_study(make_plan(study_file(tmp_path, text)), tmp_path / "out", workers=1)
    found = energy_to_accuracy(load_study(tmp_path / "out"), (EVERY,), samples=10)
    (candidate,) = found.candidates
    before, after = (candidate.courses[0].counts[epoch] for epoch in (0, 1))
    assert 0.0 < before["device_pulse"] < after["device_pulse"]
    assert candidate.prices.value(before) > 0.0


def test_architectures_may_be_chosen(store: Store) -> None:
    """One whose converters cost more bits, alone: FF has none then."""
    fine = load_architecture("bp_digital").changed(**{"name": "fine", "node_nm": 45.0})
    found = energy_to_accuracy(load_study(store.folder), (EVERY,), architectures=[fine], samples=10)
    assert {candidate.name for candidate in found.candidates} == {"BP on fine"}
    assert "no architecture is for 'ff'" in " ".join(found.left_out.values())


def test_energies_are_compared_where_all_chips_came_to_the_error(found: EnergyToAccuracy) -> None:
    candidate = found.candidates[0]
    there: EnergyToTarget = candidate.to_target(EVERY)
    with pytest.raises(InputError, match="chips reached it"):
        there.over(candidate.to_target(0.0))
