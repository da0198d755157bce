"""Time that passes with actions."""

from __future__ import annotations

import pytest
import torch

from mortalff.cards import Card
from mortalff.hardware.crossbar import Crossbar, PulseMode
from tests.strategies.devices import crossbar, made_up, no_spread

N_OUT, N_IN, CHIPS = 4, 5, 2
MODES: tuple[PulseMode, PulseMode] = ("fast", "exact")


def card(**time: object) -> Card:
    plain = made_up(variability=no_spread(), time={"drift_nu": 0.1, "drift_t0_s": 1.0})
    return plain.replace(**{f"time.{name}": value for name, value in time.items()})


def now_s(chips: Crossbar) -> list[float]:
    return [float(t) for t in chips.state_dict()["ageing.now_s"].flatten()]


def test_reads_and_programming_take_time() -> None:
    read_s = {"value": 0.5, "unit": "s", "source": "test"}
    chips = crossbar(card(clock="actions", read_s=read_s, program_s=2.0), N_OUT, N_IN, CHIPS)
    chips.forward(torch.ones(3, N_IN))
    assert now_s(chips) == [1.5, 1.5]
    chips.probe().forward_transposed(torch.ones(2, N_OUT))
    assert now_s(chips) == [2.5, 2.5]
    chips.probe().program(torch.full((N_OUT, N_IN), 0.3))
    assert now_s(chips) == pytest.approx([42.5, 42.5])


def test_a_batch_of_reads_sees_the_state_before_it() -> None:
    read_s = {"value": 100.0, "unit": "s", "source": "test"}
    chips = crossbar(card(clock="actions", read_s=read_s), N_OUT, N_IN, CHIPS)
    chips.probe().program(torch.full((N_OUT, N_IN), 0.3))
    first, second = (chips.forward(torch.ones(1, N_IN)) for _ in range(2))
    torch.testing.assert_close(first, torch.full((CHIPS, 1, N_OUT), 1.5))
    torch.testing.assert_close(second, first * 100.0**-0.1)


@pytest.mark.parametrize("mode", MODES)
def test_pulses_take_the_time_of_their_slots(mode: PulseMode) -> None:
    """A chip that needs longer trains lives through more time."""
    chips = crossbar(
        card(clock="actions", slot_s=0.25, update_s=4.0), N_OUT, N_IN, CHIPS, mode=mode
    )
    x, d = torch.ones(2, 3, N_IN), torch.ones(2, 3, N_OUT)
    d[1] *= 0.5
    chips.pulse(x, d, 3 * 8e-3)  # 8 slots a sample, and 4
    assert now_s(chips) == [12.0 + 24 * 0.25, 12.0 + 12 * 0.25]


def test_by_a_manual_clock_actions_take_no_time() -> None:
    chips = crossbar(card(slot_s=0.25, update_s=4.0, program_s=2.0), N_OUT, N_IN, CHIPS)
    chips.forward(torch.ones(3, N_IN))
    chips.pulse(torch.ones(3, N_IN), torch.ones(3, N_OUT), 1e-2)
    chips.probe().program(torch.full((N_OUT, N_IN), 0.3))
    assert now_s(chips) == [0.0, 0.0]
