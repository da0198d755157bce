"""The committed reference results say what the README says, and were made from clean commits."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from scipy import stats

from mortalff.cli.main import main

REFERENCE = Path(__file__).parents[2] / "reports" / "reference"
COLUMNS = ["block", "learner", "hardware", "settings", "metric", "value", "git_commit"]
LOW = '"temperature_share":0.03,'
"""Where the rule has a larger one now."""


@cache
def final_errors(study: str) -> list[dict[str, Any]]:
    """The rows of a study's test errors after training."""
    found: list[dict[str, Any]] = []
    for path in sorted((REFERENCE / study / "runs").glob("*.parquet")):
        table = pq.read_table(path, columns=COLUMNS)  # type: ignore[no-untyped-call]
        for commit in table["git_commit"].unique().to_pylist():
            assert commit, path
            assert not commit.endswith("+dirty"), path
        found += table.filter(pc.starts_with(table["metric"], "test_error_")).to_pylist()
    return found


def errors(
    study: str,
    readout: str,
    hardware: str,
    frozen: bool = False,
    settings: str = "",
    block: str | None = None,
    learner: str | None = None,
) -> list[float]:
    """Final test errors in per cent, one a chip and seed, of a block's runs whose settings have this in them."""
    wanted = (f"test_error_{readout}", hardware, frozen)
    return [
        100 * row["value"]
        for row in final_errors(study)
        if (row["metric"], row["hardware"], '"frozen"' in row["settings"]) == wanted
        and settings in row["settings"]
        and block in (None, row["block"])
        and learner in (None, row["learner"])
    ]


@pytest.mark.parametrize(
    ("readout", "target", "tolerance"), [("energy", 2.18, 0.35), ("softmax", 2.08, 0.25)]
)
def test_hintons_recipe_on_ideal_weights(readout: str, target: float, tolerance: float) -> None:
    found = errors("ff_ideal", readout, "ideal")
    assert len(found) == 3
    assert abs(np.mean(found) - target) <= tolerance


@pytest.mark.parametrize("readout", ["energy", "softmax"])
def test_hintons_whole_recipe(readout: str) -> None:
    found = errors("label_in_input_125_epochs", readout, "ideal")
    assert len(found) == 1  # one seed so far: the README says so
    assert 1.33 - 0.15 <= np.mean(found) <= 1.47 + 0.15


def test_the_log_of_the_whole_recipe_is_what_the_store_has() -> None:
    folder = REFERENCE / "label_in_input_125_epochs"
    log = list(csv.DictReader((folder / "log.csv").read_text().splitlines()))
    assert [int(row["epoch"]) for row in log] == list(range(1, 126))
    (path,) = folder.glob("runs/*.parquet")
    compared = 0
    for row in pq.read_table(path).to_pylist():  # type: ignore[no-untyped-call]
        name = row["metric"] + (f"_{row['component']}" if row["component"] else "")
        if row["epoch"] is not None and name in log[0]:
            told = float(log[int(row["epoch"]) - 1][name])
            assert told == pytest.approx(row["value"], rel=5e-4), (name, row["epoch"])
            compared += 1
    assert compared == 125 * (len(log[0]) - 1)


def test_reproduce_judges_all_that_is_here(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0: each experiment finds its study's blocks, and one store at most."""
    assert main(["reproduce", "--size", "all", "--from", str(REFERENCE)]) == 0
    assert "missed" in capsys.readouterr().out


@pytest.mark.parametrize(("readout", "target"), [("energy", 1.57), ("softmax", 1.47)])
def test_hintons_recipe_at_the_papers_width(readout: str, target: float) -> None:
    found = errors("label_in_input_30_epochs", readout, "ideal")
    assert len(found) == 1  # one seed so far: the README says so
    assert abs(np.mean(found) - target) <= 0.25


@pytest.mark.parametrize("readout", ["softmax", "energy"])
def test_hard_negatives_are_worth_half_a_point(readout: str) -> None:
    hard, random = (
        errors("hard_negatives", readout, "ideal", settings=f'"negatives":"{kind}"')
        for kind in ("hard", "random")
    )
    assert len(hard) == len(random) == 3
    assert np.mean(random) - np.mean(hard) >= 0.5


def test_backpropagation_on_the_same_net() -> None:
    found = errors("backpropagation", "softmax", "ideal")
    assert len(found) == 3
    assert 1.4 <= np.mean(found) <= 1.7


def test_without_labels() -> None:
    found = errors("unsupervised", "softmax", "ideal")
    floor = errors("unsupervised", "softmax", "ideal", frozen=True)
    assert len(found) == len(floor) == 2
    assert max(found) <= 3.0
    assert min(floor) - max(found) >= 1.0


@pytest.mark.parametrize(("study", "seeds", "most"), [("local_fields", 2, 3.0), ("scff", 3, 4.0)])
def test_features_without_labels_beat_untrained_ones(study: str, seeds: int, most: float) -> None:
    found = errors(study, "softmax", "ideal")
    floor = errors(study, "softmax", "ideal", frozen=True)
    assert len(found) == len(floor) == seeds
    assert max(found) <= most
    assert max(found) < min(floor) - 1.0


@pytest.mark.parametrize("readout", ["softmax", "energy"])
def test_aesop_is_predicted_better_than_by_the_commonest_symbol(readout: str) -> None:
    found = errors("aesop", readout, "ideal", block="hard")
    assert len(found) == 3
    assert max(found) <= 75.0


def test_recurrent_nets() -> None:
    found = errors("recurrent", "energy", "ideal")
    assert len(found) == 1  # one seed so far: the README says so
    assert max(found) <= 4.0


def test_reset_pulses_alone() -> None:
    ff = errors("reset_only", "softmax", "hfox_reset", block="ff")
    bp = errors("reset_only", "softmax", "hfox_reset", block="bp")
    assert len(ff) == len(bp) == 10
    assert np.mean(ff) - np.mean(bp) <= 1.0


def points_lost(learner: str, readout: str, stage: str, card: str, data: str = "") -> float:
    """To an unknown stage, on average over ten chips; over two on MNIST."""
    block = "exact weights" if card == "ideal" else "pulsed devices"
    lost: list[float] = []
    for hardware, sign in ((f"{card} + unknown stage {stage}", 1.0), (card, -1.0)):
        found = errors(f"unknown_hardware{data}", readout, hardware, block=block, learner=learner)
        assert len(found) == (2 if data else 10)
        lost.append(sign * float(np.mean(found)))
    return sum(lost)


@pytest.mark.parametrize(
    ("card", "stage"),
    [("ideal", "2"), ("ideal", "3"), ("ideal", "1, mixing 1"), ("gokmen_vlasov", "3")],
)
def test_ff_stands_unknown_hardware_where_a_wrong_model_does_not(card: str, stage: str) -> None:
    assert points_lost("bp_in_silico", "softmax", stage, card) >= 20.0
    for readout in ("softmax", "energy"):
        assert points_lost("ff", readout, stage, card) <= 3.0


@pytest.mark.parametrize("stage", ["2", "1, mixing 1", "2, mixing 0.5"])
def test_ff_stands_unknown_hardware_on_mnist(stage: str) -> None:
    assert points_lost("bp_in_silico", "softmax", stage, "ideal", "_mnist") >= 20.0
    for readout in ("softmax", "energy"):
        assert points_lost("ff", readout, stage, "ideal", "_mnist") <= 3.0


def test_where_units_mix_strongly_goodness_misses_the_line() -> None:
    """As the README says."""
    for card in ("ideal", "gokmen_vlasov"):
        assert points_lost("bp", "softmax", "2, mixing 0.5", card) >= 20.0
        assert points_lost("ff", "softmax", "2, mixing 0.5", card) <= 3.0
        assert points_lost("ff", "energy", "2, mixing 0.5", card) > 3.0


def test_direct_feedback_alignment() -> None:
    found = errors("direct_feedback_alignment", "softmax", "ideal")
    assert len(found) == 1  # one seed so far: the README says so
    assert abs(np.mean(found) - 1.74) <= 0.3


@pytest.mark.parametrize("readout", ["softmax", "energy"])
def test_pulses_alone_on_mnist(readout: str) -> None:
    found = errors("ff_in_situ", readout, "gokmen_vlasov")
    assert len(found) == 3
    assert max(found) <= 8.0
    floor = errors("ff_in_situ", readout, "gokmen_vlasov", frozen=True)
    assert max(found) < min(floor)


@pytest.mark.parametrize("hardware", ["gokmen_vlasov", "aihwkit:GokmenVlasovPreset"])
@pytest.mark.parametrize("readout", ["softmax", "energy"])
def test_pulses_alone_on_digits(readout: str, hardware: str) -> None:
    found = errors("ff_aihwkit", readout, hardware)
    assert len(found) == 4
    assert max(found) <= 8.0
    assert np.mean(found) < np.mean(errors("ff_aihwkit", readout, "gokmen_vlasov", frozen=True))


@pytest.mark.parametrize(
    ("hardware", "most"),
    [
        ("gokmen_vlasov", 3.0),
        ("ecram", 3.5),
        ("capacitor", 5.0),
    ],
)
def test_cards_by_one_rule(hardware: str, most: float) -> None:
    found = {readout: errors("ff_cards", readout, hardware) for readout in ("softmax", "energy")}
    assert [len(values) for values in found.values()] == [5, 5]
    assert min(np.mean(values) for values in found.values()) <= most
    if hardware == "gokmen_vlasov":
        assert abs(np.mean(found["energy"]) - np.mean(found["softmax"])) <= 1.0


@pytest.mark.parametrize(("card", "chips"), [("reram_sb", 3), ("reram_es", 1)])
def test_noisy_cards_by_the_rule(card: str, chips: int) -> None:
    """Of five that the study asks for; the README says so."""
    for readout in ("softmax", "energy"):
        found = errors("ff_cards", readout, f"{card} (two_arrays)")
        assert len(found) == chips
        assert max(found) <= 10.0


def test_sleep_by_single_batches_learns_and_by_seventy_does_not() -> None:
    floor, together, apart, long = (
        errors("sleep", "energy", "ideal", frozen=frozen, settings=settings, block=block)
        for frozen, settings, block in (
            (True, "", None),
            (False, "", "together"),
            (False, '"phase_batches":1,', "apart"),
            (False, '"phase_batches":70', "apart"),
        )
    )
    assert [len(found) for found in (floor, together, apart, long)] == [8, 8, 8, 8]
    assert np.mean(together) < np.mean(apart) < 6.0
    assert 40.0 < np.mean(long) < np.mean(floor) - 20.0


@pytest.mark.parametrize("readout", ["softmax", "energy"])
def test_differences_of_goodness_need_no_smoothing(readout: str) -> None:
    found = errors("symba", readout, "ideal", block="symba")
    assert len(found) == 3
    assert max(found) <= 3.0


@pytest.mark.parametrize("kind", ["ssq", "min_ssq", "sum", "log_ssq"])
def test_layers_learn_by_each_goodness(kind: str) -> None:
    found = errors("goodness", "energy", "ideal", settings=f'"goodness":"{kind}"', block="goodness")
    assert len(found) == 8
    assert np.mean(found) < 6.0  # untrained: 88


def test_rivals_on_one_net() -> None:
    """Of learners whose errors are softmax's; PEPITA diverges on half of the chips, as the README says."""
    found: dict[str, list[float]] = {}
    for row in final_errors("rivals"):
        if row["metric"] == "test_error_softmax" and '"frozen"' not in row["settings"]:
            found.setdefault(row["learner"], []).append(100 * row["value"])
    assert {len(values) for values in found.values()} == {4}
    means = {name: float(np.mean(values)) for name, values in found.items()}
    assert min(means, key=lambda name: means[name]) == "bp"
    assert means["ifa"] < means["dfa"] < means["drtp"] < means["node_perturbation"] < 10.0
    assert means["weight_perturbation"] > 30.0
    assert sum(value > 80.0 for value in found["pepita"]) == 2


@pytest.mark.parametrize("card", ["reram_sb", "reram_es", "reram_array_om"])
def test_a_temperature_above_the_devices_noise_teaches_goodness(card: str) -> None:
    hardware = f"{card} (two_arrays)"
    ruled = errors("in_situ_digits", "energy", hardware, settings='"temperature_share":0.2')
    low = [
        error
        for block in ("the rule", "other temperatures")  # .03 was the rule when it ran
        for error in errors("in_situ_digits", "energy", hardware, settings=LOW, block=block)
    ]
    assert len(ruled) == len(low) == 2
    assert np.mean(ruled) <= np.mean(low) - 3.0
    assert max(ruled) <= 7.0


def test_pairs_of_pcm_were_a_miss_at_two_rounds() -> None:
    """As the README says; its aim is 5."""
    for readout, at_least in (("softmax", 5.0), ("energy", 30.0)):
        found = errors("ff_cards_other_transfers", readout, "pcm (two_arrays)")
        assert len(found) == 1
        assert found[0] > at_least


def test_pairs_of_pcm_by_the_rule_are_nearer_and_still_a_miss() -> None:
    """As the README says; its aim is 5, one chip."""
    for readout in ("softmax", "energy"):
        now = errors("ff_cards", readout, "pcm (two_arrays)")
        before = errors("ff_cards_other_transfers", readout, "pcm (two_arrays)")
        assert len(now) == 1
        assert 5.0 < now[0] < before[0] - 2.0


def test_a_measured_array_beats_its_floor() -> None:
    for readout in ("softmax", "energy"):
        found = errors("ff_cards_other_transfers", readout, "reram_array_om (two_arrays)")
        assert len(found) == 2
        assert np.mean(found) < np.mean(errors("ff_in_situ", readout, "gokmen_vlasov", frozen=True))


EPOCHS, MODES = 15, (" (exact pulses)", " (fast pulses)", "")
TILES = {"gokmen_vlasov": "aihwkit:GokmenVlasovPreset", "ecram": "aihwkit:EcRamPreset"}
SIGNIFICANCE = 0.01
"""Of all epochs and read-outs of a card together; the results are what they are in each run of this test."""


def curves(hardware: str, metric: str) -> npt.NDArray[np.float64]:
    """Errors in per cent after each epoch, (epochs, chips)."""
    found: list[list[float]] = [[] for _ in range(EPOCHS)]
    for path in sorted((REFERENCE / "ff_pulses" / "runs").glob("*.parquet")):
        for row in pq.read_table(path).to_pylist():  # type: ignore[no-untyped-call]
            assert row["git_commit"], path
            assert not row["git_commit"].endswith("+dirty"), path
            if (row["metric"], row["hardware"]) == (metric, hardware) and row["epoch"] is not None:
                found[int(row["epoch"]) - 1].append(100 * row["value"])
    return np.array(found)


# The aim is 1.5. On ecram, whose errors scatter more, 16 chips do not show it: a miss (1.78), as the README says.
WITHIN = {"gokmen_vlasov": 1.5, "ecram": 2.0}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("card", TILES)
def test_curves_by_each_way_of_pulsing(card: str, mode: str) -> None:
    """Test errors as on aihwkit's tiles in each epoch, and 95 % intervals of the last five within WITHIN points."""
    readouts = ("error_softmax", "error_energy")
    share = SIGNIFICANCE / (len(readouts) * EPOCHS)
    for metric in readouts:
        ours, theirs = curves(card + mode, metric), curves(TILES[card], metric)
        assert ours.shape == theirs.shape == (EPOCHS, 16)
        for epoch in range(EPOCHS):
            test = stats.ttest_ind(ours[epoch], theirs[epoch], equal_var=False)
            assert test.pvalue > share, (metric, epoch + 1)
            interval = test.confidence_interval()
            if epoch >= EPOCHS - 5:
                assert max(-interval.low, interval.high) < WITHIN[card], (
                    metric,
                    epoch + 1,
                    interval,
                )


@pytest.mark.parametrize("card", TILES)
def test_exact_pulses_train_as_aihwkits(card: str) -> None:
    """Errors in training, which scatter least: 95 % intervals of the last five epochs within 0.75 points."""
    ours, theirs = (
        curves(f"{card} (exact pulses)", "error_training"),
        curves(TILES[card], "error_training"),
    )
    for epoch in range(EPOCHS):
        test = stats.ttest_ind(ours[epoch], theirs[epoch], equal_var=False)
        assert test.pvalue > SIGNIFICANCE / EPOCHS, epoch + 1
        interval = test.confidence_interval()
        if epoch >= EPOCHS - 5:
            assert max(-interval.low, interval.high) < 0.75, (epoch + 1, interval)
