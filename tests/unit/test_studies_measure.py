"""From counts to rows: totals only where every price is known."""

from __future__ import annotations

import numpy as np
import pytest

from mortalff.actions import ActionCounts
from mortalff.cards import load_card
from mortalff.learners.history import EpochRecord, Evaluation
from mortalff.studies.measure import Sheet

SHEET = Sheet({"study": "s", "seed": 4}, chips=(3, 7), teachers=(2, 6))
COUNTS = ActionCounts(
    2, {"dac_conversion": np.array([10.0, 20.0]), "array_read": np.array([1.0, 0.0])}
)


def test_each_chip_has_its_row() -> None:
    rows = list(SHEET.rows("agreement", [0.5, 0.75], epoch=3))
    assert [(r["chip_id"], r["teacher_chip_id"], r["value"]) for r in rows] == [
        (3, 2, 0.5),
        (7, 6, 0.75),
    ]
    assert all(r["seed"] == 4 and r["epoch"] == 3 and r["low"] is None for r in rows)


def test_history_is_by_epoch_and_name() -> None:
    """Counts go on from what was done before training, which is epoch 0."""
    reads = {"array_read": [5.0, 6.0]}
    records = [
        EpochRecord(1, {"error": [0.5, 0.6]}, reads), EpochRecord(2, {"error": [0.1, 0.2]}, reads)
    ]  # fmt: skip
    rows = list(SHEET.history(records, COUNTS))
    measured = [(r["epoch"], r["chip_id"], r["value"]) for r in rows if r["metric"] == "error"]
    assert measured == [(1, 3, 0.5), (1, 7, 0.6), (2, 3, 0.1), (2, 7, 0.2)]
    counted = [r for r in rows if r["metric"] == "count_so_far"]
    assert len(measured) + len(counted) == len(rows)
    told = {(r["epoch"], r["component"], r["chip_id"]): r["value"] for r in counted}
    for epoch in (0, 1, 2):
        assert (told[epoch, "dac_conversion", 3], told[epoch, "dac_conversion", 7]) == (10.0, 20.0)
    assert (told[0, "array_read", 3], told[0, "array_read", 7]) == (1.0, 0.0)
    assert (told[2, "array_read", 3], told[2, "array_read", 7]) == (6.0, 6.0)
    assert len(told) == 12


def test_evaluations_within_an_epoch_come_before_its_end() -> None:
    """Each with what had been counted by then; a reader sees where in training it was by the epochs done."""
    within = Evaluation(1.25, {"error": [0.3, 0.4]}, {"array_read": [2.0, 3.0]})
    last = EpochRecord(2, {"error": [0.1, 0.2]}, {"array_read": [5.0, 6.0]}, (within,))
    rows = [r for r in SHEET.history([last], COUNTS) if r["chip_id"] == 3]
    told = [
        (r["epoch"], r["metric"], r["value"]) for r in rows if r["component"] != "dac_conversion"
    ]
    assert told == [
        (1.25, "error", 0.3), (2, "error", 0.1),
        (0, "count_so_far", 1.0), (1.25, "count_so_far", 3.0), (2, "count_so_far", 6.0),
    ]  # fmt: skip


def test_actions_that_did_not_happen_have_no_count() -> None:
    rows = [(r["component"], r["value"]) for r in SHEET.counts(COUNTS)]
    assert rows == [
        ("array_read", 1.0), ("array_read", 0.0), ("dac_conversion", 10.0), ("dac_conversion", 20.0)
    ]  # fmt: skip


def test_energy_is_counts_times_prices_by_component_and_in_all() -> None:
    card = load_card("ecram")
    rows = list(SHEET.energy({"energy_j": 1.0, "energy_share_j": 4.0}, COUNTS, card))
    found = {(r["metric"], r["component"], r["chip_id"]): r for r in rows}
    dac, read = card.energy["dac_conversion"], card.energy["array_read"]
    total = found["energy_j", None, 3]
    assert total["value"] == pytest.approx(10 * dac.value + read.value, rel=1e-12)
    assert total["low"] == pytest.approx(10 * dac.low + read.low, rel=1e-12)
    assert total["high"] == pytest.approx(10 * dac.high + read.high, rel=1e-12)
    assert found["energy_j", "input conversion", 7]["value"] == pytest.approx(20 * dac.value)
    assert found["energy_share_j", None, 3]["value"] == pytest.approx(total["value"] / 4)
    assert {r["unit"] for r in rows} == {"J"}
    assert {component for _, component, _ in found} == {None, "reads", "input conversion"}


def test_without_a_price_the_action_is_named_and_what_needs_it_left_out() -> None:
    card = load_card("ecram")
    prices = {name: price for name, price in card.energy.items() if name != "array_read"}
    rows = list(SHEET.energy({"energy_j": 1.0}, COUNTS, card.model_copy(update={"energy": prices})))
    assert [(r["metric"], r["component"], r["value"]) for r in rows] == [
        ("unpriced", "array_read", 1.0),
        ("unpriced", "array_read", 0.0),
        ("energy_j", "input conversion", 10 * card.energy["dac_conversion"].value),
        ("energy_j", "input conversion", 20 * card.energy["dac_conversion"].value),
    ]


def test_without_a_card_there_is_no_energy() -> None:
    assert list(SHEET.energy({"energy_j": 1.0}, COUNTS, None)) == []
