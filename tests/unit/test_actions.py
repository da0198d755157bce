"""Counting: sums, differences, snapshots, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mortalff.actions import ACTIONS, ActionCounts, Tally
from mortalff.errors import InputError
from mortalff.hardware.saved_state import counts_from_tensor, counts_to_tensor

CHIPS = 3
times = st.integers(0, 10**9) | st.lists(st.integers(0, 10**9), min_size=CHIPS, max_size=CHIPS)
events = st.lists(st.tuples(st.sampled_from(sorted(ACTIONS)), times), max_size=8)


def tallied(done: list[tuple[str, int | list[int]]]) -> Tally:
    tally = Tally(CHIPS)
    for action, number in done:
        tally.add(action, number if isinstance(number, int) else np.array(number, np.float64))
    return tally


@given(before=events, after=events)
def test_counts_add_and_subtract(
    before: list[tuple[str, int | list[int]]], after: list[tuple[str, int | list[int]]]
) -> None:
    tally = tallied(before)
    first = tally.snapshot()
    for action, number in after:
        tally.add(action, number if isinstance(number, int) else np.array(number, np.float64))
    second, alone = tally.snapshot(), tallied(after).snapshot()
    assert second - first == alone
    assert first + alone == second
    assert hash(first + alone) == hash(second)
    for action in ACTIONS:
        expected = sum(
            (np.broadcast_to(n, CHIPS) for a, n in after if a == action), np.zeros(CHIPS)
        )
        np.testing.assert_array_equal(alone[action], expected)


@given(done=events)
def test_counts_survive_as_tensors_and_restored(done: list[tuple[str, int | list[int]]]) -> None:
    counts = tallied(done).snapshot()
    table = counts_to_tensor(counts)
    assert table.shape == (len(ACTIONS), CHIPS)
    assert counts_from_tensor(table) == counts
    other = tallied([("array_read", 5)])
    other.restore(counts)
    assert other.snapshot() == counts
    other.add("array_read", 1)
    assert other.snapshot()["array_read"].tolist() == (counts["array_read"] + 1).tolist()
    assert counts_from_tensor(table) == counts


def test_snapshots_are_frozen_copies() -> None:
    tally = tallied([("array_read", 2)])
    counts = tally.snapshot()
    tally.add("array_read", 5)
    assert counts["array_read"].tolist() == [2.0] * CHIPS
    for action in ("array_read", "squarer"):
        with pytest.raises(ValueError, match="read-only"):
            counts[action][0] = 9.0


def test_what_counts_come_to_is_read_only_too() -> None:
    first, second = (tallied([("array_read", n)]).snapshot() for n in (2, 3))
    own = np.full(CHIPS, 5.0)
    made = ActionCounts(CHIPS, {"array_read": own})
    for counts in (
        first + second,
        first - second,
        made,
        counts_from_tensor(counts_to_tensor(made)),
    ):
        with pytest.raises(ValueError, match="read-only"):
            counts["array_read"][0] = 9.0
    own[0] = 1.0  # the array that was given stays its owner's


def test_one_chip_is_shown_without_zeros() -> None:
    counts = tallied([("array_read", [1, 0, 4]), ("squarer", 2)]).snapshot()
    assert counts.chip(1) == {"squarer": 2.0}
    assert counts.chip(2) == {"array_read": 4.0, "squarer": 2.0}


def test_all_actions_are_there_in_order() -> None:
    counts = Tally(CHIPS).snapshot()
    assert list(counts) == list(ACTIONS)
    assert len(counts) == len(ACTIONS)
    assert counts == tallied([("array_read", 0)]).snapshot()
    assert counts != tallied([("array_read", 1)]).snapshot()
    assert counts != "counts"


def test_unknown_actions_are_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'array_read'"):
        Tally(CHIPS).add("array_reed", 1)
    with pytest.raises(InputError, match="no such action"):
        Tally(CHIPS).snapshot()["reads"]


def test_counts_of_other_chips_do_not_combine() -> None:
    with pytest.raises(InputError, match="2 chips"):
        Tally(2).snapshot() + Tally(3).snapshot()
    assert ActionCounts(2, {}) != ActionCounts(3, {})
