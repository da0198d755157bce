"""Pairs of one-sided devices: what refreshes do, what they cost, and that chips do not feel each other's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from mortalff import estimate
from mortalff.cards import Card, load_card
from mortalff.cards.programming import Programming
from mortalff.errors import CardError
from mortalff.hardware.base import Hardware
from mortalff.hardware.fabricate import fabricate
from mortalff.physics.refresh import rewriting_pulses, train_slots
from tests.strategies.devices import made_up
from tests.strategies.statistics import SIGNIFICANCE, p_mean, p_variance

N_OUT, N_IN = 6, 7


def _card(**changes: object) -> Card:
    """The card ``pcm`` with reads that are exact."""
    exact = {
        "periphery.adc_bits": None,
        "periphery.output_noise_std": 0.0,
        "programming.scatter": {"kind": "Exact"},
        "programming.read_noise": {"kind": "None"},
    }
    return load_card("pcm").replace(**(exact | changes))


def _states(chips: Hardware) -> tuple[Tensor, Tensor]:
    state = chips.state_dict()
    return state["plus.weights"], state["minus.weights"]


def _push(chips: Hardware, sign: float, times: int, only: slice = slice(None)) -> None:
    d = torch.zeros(chips.chips, 1, N_OUT)
    d[only] = sign
    for _ in range(times):
        chips.pulse(torch.ones(1, N_IN), d, 0.1)


def test_up_pulses_raise_one_device_and_down_pulses_the_other() -> None:
    chips = fabricate(_card(**{"cell.refresh_every": 0}), n_out=N_OUT, n_in=N_IN)
    before = _states(chips)
    _push(chips, 1.0, 3)
    up = _states(chips)
    assert float((up[0] - before[0]).mean()) > 0.1
    assert torch.equal(up[1], before[1])
    _push(chips, -1.0, 3)
    down = _states(chips)
    assert torch.equal(down[0], up[0])
    assert float((down[1] - up[1]).mean()) > 0.1
    assert torch.equal(chips.probe().read_weights(), down[0] - down[1])


def test_a_refresh_resets_the_pairs_that_are_full_and_no_others() -> None:
    card = _card(**{"cell.refresh_every": 13, "time.drift_t0_s": 20.0})
    chips = fabricate(card, n_out=N_OUT, n_in=N_IN, chips=2, pulse_mode="exact")
    _push(chips, 1.0, 6)
    _push(chips, -1.0, 6)
    plus, minus = _states(chips)
    assert not chips.counts["device_reset"].any()
    before_refresh = chips.counts
    chips.pulse(torch.zeros(1, N_IN), torch.zeros(1, N_OUT), 0.1)  # the thirteenth, without a pulse
    due = (plus.maximum(minus) > 1.5) & (plus.minimum(minus) > 0.5)
    assert 0 < int(due.sum()) < due.numel()
    after = _states(chips)
    for before, now in zip((plus, minus), after, strict=True):
        assert torch.equal(now[~due], before[~due])
    assert float(after[0].minimum(after[1])[due].max()) < 0.1
    assert np.array_equal(chips.counts["device_reset"], 2.0 * due.sum((1, 2)).numpy())
    assert not chips.counts["program_cell"].any()  # which is privileged
    since = chips.counts - before_refresh
    # At most 31 pulses a pair; on lines those, and a train of as many slots as the column's largest needs.
    assert bool((since["device_pulse"] > due.sum((1, 2)).numpy()).all())
    assert bool((since["device_pulse"] <= 31 * due.sum((1, 2)).numpy()).all())
    assert bool((since["line_pulse"] > since["device_pulse"]).all())
    wanted, got = (plus - minus)[due], (after[0] - after[1])[due]
    assert bool((got[wanted > 0.5] > 0.0).all())
    assert bool((got[wanted < -0.5] < 0.0).all())


def test_refreshes_are_billed() -> None:
    chips = fabricate(_card(), n_out=N_OUT, n_in=N_IN)
    before = chips.counts
    _push(chips, 1.0, 1)
    since = chips.counts - before
    # Both arrays, one input line at a time.
    assert since["array_read"].tolist() == [2 * N_IN]
    assert since["cell_read"].tolist() == [2 * N_IN * N_OUT]
    _push(chips, -1.0, 30)
    _push(chips, 1.0, 30)
    assert float(chips.counts["device_reset"][0]) > 0.0
    assert not estimate(chips.counts, _card()).unpriced


@pytest.mark.parametrize("written", [0.0, 0.5])
def test_a_chips_refreshes_leave_the_others_numbers_alone(written: float) -> None:
    card = _card(**{"variability.write_noise_std": written})
    among = fabricate(card, n_out=N_OUT, n_in=N_IN, chips=3, seed=2)
    alone = fabricate(card, n_out=N_OUT, n_in=N_IN, chips=[1], seed=2)
    for sign in (1.0, -1.0):
        _push(among, sign, 20, only=slice(0, 1))  # the first chip fills its pairs
        for _ in range(20):
            alone.pulse(torch.ones(1, N_IN), torch.zeros(1, 1, N_OUT), 0.1)
    resets = among.counts["device_reset"]
    assert resets[0] > 0.0
    assert resets[1] == 0.0
    _push(among, 1.0, 5)
    _push(alone, 1.0, 5)
    among.advance(1e4)
    alone.advance(1e4)
    assert torch.equal(among.probe().read_weights()[1], alone.probe().read_weights()[0])


def test_noisy_reads_refresh_pairs_that_exact_reads_would_not() -> None:
    exact = fabricate(_card(), n_out=60, n_in=60, seed=1)
    noisy = fabricate(_card(**{"periphery.output_noise_std": 0.3}), n_out=60, n_in=60, seed=1)
    for chips in (exact, noisy):
        chips.pulse(torch.ones(1, 60), torch.ones(1, 60), 0.2)
        chips.pulse(torch.ones(1, 60), -torch.ones(1, 60), 0.2)
    assert noisy.counts["device_reset"][0] > exact.counts["device_reset"][0]


def test_rewriting_pulses_are_binomial() -> None:
    u = torch.rand(1, 200, 500, generator=torch.Generator().manual_seed(4))
    wanted = torch.full((1, 200, 500), 0.1)
    wanted[:, 0] = 0.6  # the largest of each column: as many slots as it needs
    wanted[:, 1] = 0.0
    slots = train_slots(wanted, 0.05, 31)
    assert torch.equal(slots, torch.full((1, 1, 500), 12.0))
    assert not train_slots(torch.zeros(1, 3, 4), 0.05, 31).any()
    pulses = rewriting_pulses(wanted, 0.05, slots, u[wanted > 0.0])
    assert torch.equal(pulses[:, 0], torch.full((1, 500), 12.0))
    assert not pulses[:, 1].any()
    n, p = 12, 2.0 / 12.0
    assert p_mean(pulses[:, 2:], n * p, (n * p * (1 - p)) ** 0.5) > SIGNIFICANCE / 2
    assert p_variance(pulses[:, 2:], n * p * (1 - p)) > SIGNIFICANCE / 2
    short = rewriting_pulses(wanted, 0.05, train_slots(wanted, 0.05, 4), u[wanted > 0.0])
    assert torch.equal(short[:, 0], torch.full((1, 500), 4.0))
    assert float(short.max()) == 4.0


def test_devices_of_a_pair_start_at_zero() -> None:
    card = made_up("SoftBounds").replace(cell={"kind": "one_sided_pair"})
    with pytest.raises(CardError, match=r"device\.w_min.*from 0 up"):
        fabricate(card, n_out=2, n_in=2)


def test_verified_pairs_are_raised_by_pulses_and_lowered_by_resets_alone() -> None:
    """A device that holds more than it should has no other way down; chips do not see one another."""
    verify = {"method": "verify", "verify": {"pulses_per_round_max": 1}}
    card = load_card("pcm").replace(programming=Programming.model_validate(verify))
    both = fabricate(card, n_out=N_OUT, n_in=N_IN, chips=2)
    alone = fabricate(card, n_out=N_OUT, n_in=N_IN, chips=[1])
    for chips in (both, alone):
        chips.probe().program(torch.full((N_OUT, N_IN), 0.5))
        before = chips.counts["device_reset"].copy()
        chips.probe().program(torch.full((N_OUT, N_IN), 0.1))
        assert (chips.counts["device_reset"] - before >= N_OUT * N_IN).all()
        assert float(chips.probe().read_weights().mean()) < 0.3
    assert torch.equal(both.state_dict()["plus.weights"][1:], alone.state_dict()["plus.weights"])
    assert both.counts["device_reset"][1] == alone.counts["device_reset"][0]
