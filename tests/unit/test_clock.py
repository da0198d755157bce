"""How long actions take."""

from __future__ import annotations

import pytest

from mortalff.cards import Card, load_card
from mortalff.hardware.clock import TimedAction, duration_s

TIMES = {"time.slot_s": 2e-9, "time.update_s": 3e-8, "time.program_s": 1e-3}


def card(**changes: object) -> Card:
    return load_card("gokmen_vlasov").replace(**TIMES, **changes)


@pytest.mark.parametrize("action", ["read", "slot", "update", "program"])
def test_no_time_passes_by_a_manual_clock(action: TimedAction) -> None:
    assert duration_s(card(), action, 10.0) == 0.0


@pytest.mark.parametrize(
    ("action", "seconds"), [("slot", 2e-9), ("update", 3e-8), ("program", 1e-3)]
)
def test_actions_take_the_times_of_the_card(action: TimedAction, seconds: float) -> None:
    timed = card(**{"time.clock": "actions"})
    assert duration_s(timed, action) == seconds
    assert duration_s(timed, action, 5.0) == 5.0 * seconds


def test_a_read_takes_as_long_as_its_energy_says_where_nothing_else_does() -> None:
    timed = card(**{"time.clock": "actions"})
    assert timed.conductance is not None
    assert duration_s(timed, "read", 4.0) == 4.0 * float(timed.conductance.read_time_s)
    own = {"value": 1e-6, "unit": "s", "source": "test"}
    assert duration_s(timed.replace(**{"time.read_s": own}), "read", 4.0) == 4e-6
    assert duration_s(timed.replace(conductance=None), "read") == 0.0
