"""The tables and sentences of a report, against numbers worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import JsonValue

from mortalff.report.answers import answer
from mortalff.report.drawing import Drawing
from mortalff.report.figures import errors as errors_figure
from mortalff.report.groups import Group, group_trials
from mortalff.report.load import load_study
from mortalff.report.methods import methods_of
from mortalff.report.summary import CountTable, count_table, training_rows, transfer_rows
from mortalff.report.trials import Study
from mortalff.studies.table import Row, Value
from tests.strategies.stores import Made, measurement, write_rows, write_store


def study_of(folder: Path, rows: list[Row]) -> Study:
    return load_study(write_rows(folder / "study", rows))


def training(study: Study) -> tuple[Group, ...]:
    return group_trials(study.of_kind("train"))


def plain(text: str) -> str:
    """With ordinary spaces."""
    return text.replace("\u00a0", " ")


def errors(*values: float, metric: str = "test_error_softmax", **more: Value) -> list[Row]:
    return [measurement(metric, e, chip_id=chip, **more) for chip, e in enumerate(values)]


def energy(chip: int, value: float, low: float, high: float, **more: Value) -> Row:
    columns: dict[str, Value] = {"chip_id": chip, "unit": "J", "low": low, "high": high}
    return measurement("energy_per_example_j", value, **columns, **more)


def test_a_row_of_training(tmp_path: Path) -> None:
    rows = [
        *errors(0.04, 0.06, 0.11),
        *errors(0.08, 0.08, 0.14, metric="test_error_energy"),
        *(energy(chip, 1e-9 * (chip + 1), 1e-10 * (chip + 1), 1e-8) for chip in range(3)),
    ]
    (row,) = training_rows(training(study_of(tmp_path, rows)), 0.1)
    assert (row.hardware, row.learner) == ("gokmen_vlasov", "FF")
    assert (row.needs, row.privileged) == ("forward, pulse", False)
    assert (row.chips, row.seeds) == (3, 1)
    # (4 + 6 + 11) / 3; the interval of three chips is their range.
    assert plain(row.errors["softmax"]) == "7.00 % (4.00–11.0)"
    assert plain(row.errors["energy"]) == "10.0 % (8.00–14.0)"
    assert row.yield_ == "67 % (2 of 3)"
    assert plain(row.energy) == "2 nJ (200 pJ–10 nJ)"
    assert row.inference == "—"


def test_the_same_chip_number_of_another_seed_is_another_chip(tmp_path: Path) -> None:
    rows = [*errors(0.02, 0.04), *errors(0.06, 0.08, seed=1)]
    (row,) = training_rows(training(study_of(tmp_path, rows)), 0.05)
    assert (row.chips, row.seeds) == (4, 2)
    assert plain(row.errors["softmax"]) == "5.00 % (2.00–8.00)"
    assert row.yield_ == "50 % (2 of 4)"


def test_an_error_just_at_the_limit_counts_as_good(tmp_path: Path) -> None:
    (row,) = training_rows(training(study_of(tmp_path, errors(0.1, 0.1000001))), 0.1)
    assert row.yield_ == "50 % (1 of 2)"


def test_an_energy_without_its_total_is_not_made_up(tmp_path: Path) -> None:
    rows = [
        *errors(0.1),
        energy(0, 1e-9, 1e-10, 1e-8, component="reads"),
        measurement("unpriced", 12.0, component="squarer"),
    ]
    (row,) = training_rows(training(study_of(tmp_path, rows)), 0.1)
    assert row.energy == "—"
    assert row.unpriced == ("squarer",)


def test_counted_actions_are_means_over_chips_in_the_order_of_the_actions(tmp_path: Path) -> None:
    rows = [
        measurement("count", 30.0, component="device_pulse", chip_id=0),
        measurement("count", 50.0, component="device_pulse", chip_id=1),
        measurement("count", 2e6, component="array_read", chip_id=0),
        measurement("count", 2e6, component="array_read", chip_id=1),
    ]
    table = count_table(training(study_of(tmp_path, rows)))
    assert isinstance(table, CountTable)
    assert table.columns == ("gokmen_vlasov · FF",)
    assert [(name, [plain(c) for c in cells]) for name, _, cells in table.rows] == [
        ("array_read", ["2 M"]),
        ("device_pulse", ["40"]),
    ]


def test_nothing_counted_is_no_table(tmp_path: Path) -> None:
    assert count_table(training(study_of(tmp_path, errors(0.1)))) is None


def test_a_row_of_a_transfer(tmp_path: Path) -> None:
    same: dict[str, Value] = {"kind": "transfer", "method": "distil"}
    rows = []
    for pair, (teacher, student) in enumerate([(0.04, 0.05), (0.06, 0.09)]):
        where: dict[str, Value] = {"chip_id": 2 * pair + 1, "teacher_chip_id": 2 * pair} | same
        rows += [
            measurement("teacher_error", teacher, **where),
            measurement("student_error", student, **where),
            measurement("accuracy_kept", (1 - student) / (1 - teacher), **where),
            measurement("agreement", 0.9 + 0.02 * pair, **where),
            measurement("agreement_baseline", 0.88, **where),
            measurement("energy_transfer_j", 1e-6, low=1e-7, high=1e-5, unit="J", **where),
        ]
    study = study_of(tmp_path, rows)
    (row,) = transfer_rows(methods_of(study))
    assert (row.method, row.pairs, row.privileged) == ("distilled", 2, False)
    assert plain(row.teacher_error) == "5.00 % (4.00–6.00)"
    assert plain(row.student_error) == "7.00 % (5.00–9.00)"
    # .95/.96 = 98.96 %, .91/.94 = 96.81 %
    assert plain(row.accuracy_kept) == "97.9 % (96.8–99.0)"
    assert plain(row.agreement) == "91.0 % (90.0–92.0)"
    assert plain(row.baseline) == "88.0 %"
    assert plain(row.energy) == "1 µJ (100 nJ–10 µJ)"
    said = answer(study, (), methods_of(study), 0.1)
    assert [plain(sentence) for sentence in said.sentences] == [
        "Distilled: the student keeps 97.9 % (96.8–99.0) of the teacher's accuracy; both agree on"
        " 91.0 % (90.0–92.0) of the test images, against 88.0 % had it learned from labels only."
    ]


def test_a_teacher_that_is_never_right_leaves_accuracy_kept_out(tmp_path: Path) -> None:
    where: dict[str, Value] = {"kind": "transfer", "method": "distil", "teacher_chip_id": 0}
    rows = [measurement("accuracy_kept", float("nan"), chip_id=1, **where)]
    (row,) = transfer_rows(methods_of(study_of(tmp_path, rows)))
    assert row.accuracy_kept == "—"


def test_the_answer_says_what_was_reached_and_what_it_cost(tmp_path: Path) -> None:
    bp: dict[str, Value] = {
        "learner": "bp", "needs": "forward,forward_transposed,pulse", "privileged": True,
        "sizes": "784-500-500-10",
    }  # fmt: skip
    rows = [
        *errors(0.04, 0.06, 0.11),
        *errors(0.05, 0.08, 0.14, metric="test_error_energy"),
        *errors(0.02, 0.03, **bp),
        energy(0, 2e-9, 1e-9, 8e-9),
        energy(0, 4e-9, 4e-9, 8e-9, **bp),
        measurement("count", 7.0, component="device_pulse"),
    ]
    study = study_of(tmp_path, rows)
    said = answer(study, training(study), (), 0.07)
    assert [plain(sentence) for sentence in said.sentences] == [
        "By forward passes and pulses, read out by goodness alone, FF's mean test error is"
        " 9.00 % (5.00–14.0) on gokmen_vlasov.",
        "With features learned by pulses, read by a digital softmax head, FF's mean test error is"
        " 7.00 % (4.00–11.0) on gokmen_vlasov.",
        "With privileged access, BP's mean test error is 2.50 % (2.00–3.00) on gokmen_vlasov.",
        "Of the chips trained by forward passes and pulses on analog devices, at most 7 % of the"
        " test images are taken for a wrong class by 1 of 3 chips when read out by goodness alone"
        " and 2 of 3 chips when read by a softmax read-out in digital memory.",
        "On gokmen_vlasov, training on one example takes FF 2 nJ (1 nJ–8 nJ) and BP 4 nJ"
        " (4 nJ–8 nJ): 0.5 times as much (0.25 times with all prices low, 1 with all high).",
    ]
    assert [(h.value, h.unit) for h in said.headlines] == [("9.00", "%"), ("0.5", "×")]
    assert plain(said.headlines[0].words) == (
        "test error of gokmen_vlasov · FF, trained by forward passes and pulses, read out by"
        " goodness alone; mean of 3 chips (5.00–14.0)"
    )


def test_a_softmax_error_is_never_said_to_be_of_pulses_alone(tmp_path: Path) -> None:
    rows = [*errors(0.04, 0.06), measurement("count", 7.0, component="device_pulse")]
    study = study_of(tmp_path, rows)
    said = answer(study, training(study), (), 0.1)
    assert plain(said.headlines[0].words) == (
        "test error of gokmen_vlasov · FF, features learned by pulses, read by a digital softmax"
        " head; mean of 2 chips (4.00–6.00)"
    )
    assert not any("goodness" in text for text in (said.headlines[0].words, *said.sentences))


def test_the_best_chip_is_the_best_by_goodness_whatever_a_head_makes_of_it(tmp_path: Path) -> None:
    setups = [Made("ecram", error=0.04, scatter=0.0), Made("reram_es", error=0.3, scatter=0.0)]
    lacking = frozenset({"test_error_energy"})
    folder = write_store(tmp_path / "s", setups[:1], pairs=0, lacking=lacking)
    groups = [*training(load_study(folder))]
    groups += training(load_study(write_store(tmp_path / "t", setups[1:], pairs=0)))
    said = answer(load_study(folder), groups, (), 0.1)
    assert "reram_es" in said.headlines[0].words
    assert said.sentences[0].startswith("By forward passes and pulses, read out by goodness alone")
    assert "ecram" not in said.sentences[0]
    assert "ecram" in said.sentences[1]


def test_untrained_arrays_are_the_floor_and_no_chip_that_learned(tmp_path: Path) -> None:
    recipe: dict[str, JsonValue] = {"lr": 0.01, "batch": 100, "layers": "learn"}
    setups = [
        Made("ecram", error=0.2, scatter=0.0, settings=recipe),
        Made("ecram", error=0.1, scatter=0.0, settings=recipe | {"layers": "frozen"}),
        Made("ecram", "bp", 0.05, joules=1e-9, privileged=True),
    ]
    study = load_study(write_store(tmp_path / "s", setups, chips=2, pairs=0))
    groups = training(study)
    said = answer(study, groups, (), 0.5)
    text = [plain(sentence) for sentence in said.sentences]
    assert (
        "The floor to beat, untrained arrays with a trained head: 10.0 % (10.0–10.0) on ecram."
    ) in text
    assert sum("untrained" in sentence for sentence in text) == 1
    assert not any("untrained" in headline.words for headline in said.headlines)
    assert "2 of 2 chips when read by a softmax" in text[-2]
    assert [(row.learner, row.yield_) for row in training_rows(groups, 0.5)] == [
        ("FF · untrained arrays", "—"),
        ("FF", "100 % (2 of 2)"),
        ("BP", "100 % (2 of 2)"),
    ]
    drawn = errors_figure.draw(study)
    assert isinstance(drawn, Drawing)
    assert "untrained arrays, 2 chips: softmax 10.0" in plain(drawn.alt)
    assert "floor of random features" in drawn.caption


def test_a_floor_alone_is_named_as_one(tmp_path: Path) -> None:
    made = Made("ecram", settings={"lr": 0.01, "layers": "frozen"})
    study = load_study(write_store(tmp_path / "s", [made], chips=2, pairs=0))
    assert training(study)[0].label == "ecram · FF · untrained arrays"
    said = answer(study, training(study), (), 0.5)
    assert [s[:13] for s in said.sentences] == ["The floor to "]
    assert said.headlines == ()


def test_a_head_that_chooses_the_negatives_is_told(tmp_path: Path) -> None:
    made = Made("ecram", settings={"lr": 0.01, "negatives": "hard"})
    study = load_study(write_store(tmp_path / "s", [made], chips=2, pairs=0))
    said = answer(study, training(study), (), 0.5)
    assert any("softmax head also chose the wrong labels" in s for s in said.sentences)


def test_a_row_has_the_energy_of_an_update_and_of_a_whole_training(tmp_path: Path) -> None:
    band: dict[str, Value] = {"unit": "J", "low": 1e-8, "high": 1e-6}
    rows = [
        *errors(0.1),
        measurement("energy_per_update_j", 1e-7, **band),
        measurement("energy_training_j", 2e-7, **band),
    ]
    (row,) = training_rows(training(study_of(tmp_path, rows)), 0.1)
    assert plain(row.energy_update) == "100 nJ (10 nJ–1 µJ)"
    assert plain(row.energy_training) == "200 nJ (10 nJ–1 µJ)"
    assert row.energy == "—"


def test_other_layers_are_not_the_same_arrays(tmp_path: Path) -> None:
    rows = [
        *errors(0.1),
        energy(0, 2e-9, 1e-9, 8e-9),
        energy(0, 4e-9, 4e-9, 8e-9, learner="bp", sizes="784-100-10"),
    ]
    study = study_of(tmp_path, rows)
    said = answer(study, training(study), (), 0.1)
    assert not any("times as much" in sentence for sentence in said.sentences)
    assert [h.unit for h in said.headlines] == []


def test_a_digital_number_a_weight_is_not_in_situ(tmp_path: Path) -> None:
    rows = errors(0.02, needs="digital_update,forward,pulse")
    study = study_of(tmp_path, rows)
    said = answer(study, training(study), (), 0.1)
    assert said.sentences[0].startswith("With a digital number for every weight, FF's mean")
    assert said.headlines == ()


def test_hardware_comes_with_its_best_first_and_ff_before_bp(tmp_path: Path) -> None:
    setups = [
        Made("reram_sb", error=0.4),
        Made("ecram", error=0.06),
        Made("ecram", "bp", 0.05),
        Made("ideal", "zz", 0.01),
        Made("ideal", error=0.02),
    ]
    study = load_study(write_store(tmp_path / "s", setups, pairs=0))
    order = [(g.setup.hardware, g.setup.learner) for g in training(study)]
    assert order == [
        ("ideal", "ff"),
        ("ideal", "zz"),
        ("ecram", "ff"),
        ("ecram", "bp"),
        ("reram_sb", "ff"),
    ]


@pytest.mark.parametrize(("changed", "words"), [
    ({"settings": {"lr": 0.03, "batch": 100}}, ("lr 0.01", "lr 0.03")),
    ({"settings": {"lr": 0.03, "batch": 20}}, ("batch 100", "batch 20")),
    ({"epochs": 3}, ("10 epochs", "3 epochs")),
])  # fmt: skip
def test_setups_are_named_by_what_differs(
    tmp_path: Path, changed: dict[str, object], words: tuple[str, str]
) -> None:
    setups = [Made("ecram", error=0.05), Made("ecram", error=0.06, **changed)]  # type: ignore[arg-type]
    study = load_study(write_store(tmp_path / "s", setups, chips=1, pairs=0))
    first, second = training(study)
    assert first.extras[0].startswith(words[0])
    assert second.extras[0].startswith(words[1])
    assert first.hardware == second.hardware == "ecram"


def test_a_condition_is_part_of_the_hardware_name(tmp_path: Path) -> None:
    made = Made("ecram", condition={"variability.dw_min_dtod": 0.5, "periphery.adc_bits": 4})
    study = load_study(write_store(tmp_path / "s", [made, Made("ecram")], chips=1, pairs=0))
    names = {g.label for g in training(study)}
    assert names == {"ecram · FF", "ecram, adc_bits = 4, dw_min_dtod = 0.5 · FF"}
