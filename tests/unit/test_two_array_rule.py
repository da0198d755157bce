"""The rule that sets two arrays' numbers from a card: where devices rest, and what noise alone looks like."""

from __future__ import annotations

import math

import pytest
import torch

from mortalff.cards import load_card
from mortalff.errors import CardError
from mortalff.hardware.device_laws import granularity
from mortalff.hardware.fabricate import fabricate
from mortalff.hardware.two_array_rule import resting, two_arrays_for


def test_soft_bounds_rest_where_and_as_fast_as_their_formula_says() -> None:
    """Mean device of `reram_sb`: s = Δ (1/b_max − 1/b_min)/2, wander² = Δ²(1 + c²)/2s; spreads move these a little."""
    rest = resting(load_card("reram_sb"))
    share = 0.002 * (1 / 1.25 + 1 / 0.75) / 2
    assert abs(rest.weight) < 0.005
    assert rest.pulses == pytest.approx(1 / share, rel=0.1)
    wander = math.sqrt(0.002**2 * (1 + 3.75**2) / (2 * share))
    assert rest.wander == pytest.approx(wander, rel=0.1)


def test_devices_under_as_many_up_as_down_pulses_do_what_is_said_of_them() -> None:
    """`reram_es`, simulated: mean and scatter of what is seen after three times the pulses that draw it to rest."""
    card = load_card("reram_es")
    rest = resting(card)
    chips = fabricate(card, n_out=30, n_in=30, chips=1, seed=0, w_init_std=0.0)
    batch = 300
    d = torch.ones(batch, 30)
    d[1::2] = -1.0
    asked = 3 * rest.pulses * 0.002085  # one pulse at zero moves a device by so much
    chips.pulse(torch.ones(batch, 30), d, asked)
    seen = chips.probe().read_weights()
    written = 75.0 * 0.00135
    scatter = math.sqrt(rest.wander**2 + rest.spread**2 + written**2)
    assert float(seen.mean()) == pytest.approx(rest.weight, abs=0.04)
    assert float(seen.std()) == pytest.approx(scatter, rel=0.2)


def test_noisier_reads_make_a_wider_dead_zone_and_averaging_a_narrower_one() -> None:
    card = load_card("reram_sb")
    plain = two_arrays_for(card, rate=0.1, updates=1000)
    averaged = two_arrays_for(card, rate=0.1, updates=1000, reads=16)
    louder = card.replace(**{"periphery.output_noise_std": 0.3})
    assert averaged.dead_zone < plain.dead_zone
    assert two_arrays_for(louder, rate=0.1, updates=1000).dead_zone > plain.dead_zone


def test_the_rate_asked_for_cancels() -> None:
    """What both arrays are asked for in all does not depend on the learner's rate, nor on how often is transferred."""
    card = load_card("reram_array_om")
    one = two_arrays_for(card, rate=0.1, updates=1000)
    other = two_arrays_for(card, rate=0.2, updates=1000, every=5)
    assert other.fast_rate * 0.2 == pytest.approx(one.fast_rate * 0.1)
    assert other.transfer_rate * 0.2 * 200 == pytest.approx(one.transfer_rate * 0.1 * 1000)
    assert other.dead_zone == one.dead_zone
    for arrays in (one, other):  # a step moves forward passes by what was asked for
        assert arrays.gamma * arrays.fast_rate == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("card", "rounds"),
    [
        ("reram_sb", 2.0),
        ("reram_es", 2.0),
        ("reram_array_om", 2.0),
        ("reram_array_hfo2", 2.0),
        ("pcm", 0.5),
    ],
)
def test_noise_moves_the_slow_array_less_where_devices_remember_little_of_a_signal(
    card: str, rounds: float
) -> None:
    """What passes the dead zone of a fast array that learned nothing, in units of what draws C to its rest."""
    arrays = two_arrays_for(load_card(card), rate=0.1, updates=1000)
    rest = resting(load_card(card))
    sigma = arrays.dead_zone / 2.0
    reads = sigma * torch.randn(2_000_000, generator=torch.Generator().manual_seed(0))
    passing = reads.abs()[reads.abs() > arrays.dead_zone].sum() / len(reads)
    drawn = granularity(load_card(card)) * rest.pulses
    assert 1000 * 0.1 * arrays.transfer_rate * float(passing) / drawn == pytest.approx(
        rounds, rel=0.01
    )
    assert (drawn > 2.75 * sigma) == (rounds == 2.0)


def test_only_devices_that_rest_off_zero_are_settled() -> None:
    assert two_arrays_for(load_card("reram_sb"), rate=0.1, updates=1000).settle == 0.0
    shifted = two_arrays_for(load_card("reram_es"), rate=0.1, updates=1000)
    assert shifted.rest == pytest.approx(-0.2, abs=0.02)
    assert shifted.settle > 1.0


def test_devices_that_do_not_forget_are_refused() -> None:
    with pytest.raises(CardError, match="do not forget"):
        two_arrays_for(load_card("gokmen_vlasov"), rate=0.1, updates=1000)


def test_pairs_that_are_never_refreshed_are_refused() -> None:
    with pytest.raises(CardError, match=r"hfox_reset.*run out of range"):
        two_arrays_for(load_card("hfox_reset"), rate=0.1, updates=1000)


def test_pairs_that_are_never_refreshed_stand_still_after_pulses_both_ways() -> None:
    """Soft bounds: N pulses leave exp(−N Δ/b) of the step, noise and all; refreshed pairs keep on moving."""

    def moved(refresh_every: int) -> float:
        """Mean change of a weight by 20 pulses up after 2000 each way, of which 200 use 1 − 1/e of a device."""
        card = load_card("hfox_reset").replace(**{"cell.refresh_every": refresh_every})
        chips = fabricate(card, n_out=20, n_in=20, chips=1, seed=0)
        d = torch.ones(40, 20)
        d[1::2] = -1.0
        for _ in range(50):  # batches, so that refreshes come between
            chips.pulse(torch.ones(40, 20), d, 0.4)
        before = chips.probe().read_weights()
        chips.pulse(torch.ones(10, 20), torch.ones(10, 20), 0.1)
        return float((chips.probe().read_weights() - before).abs().mean())

    assert moved(0) < 0.01 * moved(1)


def test_devices_that_noise_takes_over_most_of_their_range_are_taken_several_a_weight() -> None:
    several = two_arrays_for(load_card("reram_array_hfo2"), rate=0.1, updates=1000)
    assert several.devices > 1
    assert several.dead_zone <= 0.6
    assert two_arrays_for(load_card("reram_sb"), rate=0.1, updates=1000).devices == 1
