"""Program and verify: where it ends, what it counts, and whom it disturbs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mortalff.cards import Quantity
from mortalff.cards.programming import Verify
from mortalff.errors import InputError
from mortalff.hardware.program_and_verify import Verified, program_and_verify
from mortalff.physics.affine_step import AffineStep
from mortalff.physics.law import Law
from tests.strategies.devices import LAWS, devices_of, made_up, no_spread, stream
from tests.strategies.statistics import SIGNIFICANCE, p_mean, p_variance

DW = 0.01


def verify(**changes: float) -> Verify:
    """Settings: weights and ratios as numbers."""
    units = {"tolerance": "weight", "read_std": "weight", "pulse_amplitude": "1"}
    made: dict[str, object] = {
        key: Quantity(value=value, unit=units[key], source="test") if key in units else value
        for key, value in {"pulses_per_round_max": 1, **changes}.items()
    }
    return Verify.model_validate(made)


def sure(n_out: int = 3, n_in: int = 4, chips: int = 2) -> Law:
    """Constant steps of exactly DW, between −0.6 and 0.6."""
    law: Law = devices_of(
        made_up(device={"dw_min": DW}, variability=no_spread()), n_out, n_in, chips
    )
    return law


def run(law: Law, w: Tensor, target: Tensor, settings: Verify, chips: int = 2) -> Verified:
    return program_and_verify(w, target, law, settings, DW, stream("programming", chips))


def test_counts_by_hand() -> None:
    """Steps of 0.01 within 0.004: pulses are the gap over the step, reads one more."""
    target = torch.tensor([[0.1, -0.2, 0.0, 0.003]]).expand(3, 4)
    got = run(sure(), torch.zeros(2, 3, 4), target, verify(tolerance=0.004))
    expected = torch.tensor([10, 20, 0, 0], dtype=torch.int32).expand(2, 3, 4)
    assert torch.equal(got.pulses, expected)
    assert torch.equal(got.reads, expected + 1)
    assert bool(got.reached.all())
    assert not bool(got.resets.any())
    torch.testing.assert_close(got.w, torch.tensor([0.1, -0.2, 0.0, 0.0]).expand(2, 3, 4))


def test_bursts_take_as_many_pulses_in_fewer_reads() -> None:
    """0.2 away in bursts of at most 8: 8, 8, 4."""
    target = torch.full((3, 4), 0.2)
    settings = verify(tolerance=0.004, pulses_per_round_max=8)
    got = run(sure(), torch.zeros(2, 3, 4), target, settings)
    assert torch.unique(got.pulses).tolist() == [20]
    assert torch.unique(got.reads).tolist() == [4]


def test_a_stronger_pulse_takes_fewer() -> None:
    target = torch.full((3, 4), -0.2)
    settings = verify(tolerance=0.004, pulse_amplitude=4.0)
    got = run(sure(), torch.zeros(2, 3, 4), target, settings)
    assert torch.unique(got.pulses).tolist() == [5]
    torch.testing.assert_close(got.w, target.expand(2, -1, -1))


def test_devices_that_cannot_get_there_end_and_are_reported() -> None:
    """Stuck, without a step, and asked beyond the bound; the rest is not held up or worn."""
    law = sure()
    assert isinstance(law, AffineStep)
    w_min, w_max, step = law.w_min.clone(), law.w_max.clone(), law.step_up.clone()
    w_min[0, 0, 0] = w_max[0, 0, 0] = -0.1
    step[0, 0, 1] = 0.0
    law = replace(law, w_min=w_min, w_max=w_max, step_up=step)
    target = torch.full((2, 3, 4), 0.05)
    target[0, 0, 2] = 0.7
    w = torch.zeros(2, 3, 4)
    w[0, 0, 0] = -0.1
    got = run(law, w, target, verify(tolerance=0.004, rounds_max=80))
    assert got.reached[0, 0].tolist() == [False, False, False, True]
    assert int((~got.reached).sum()) == 3
    assert got.pulses[0, 0].tolist() == [80, 80, 80, 5]
    assert got.reads[0, 0].tolist() == [81, 81, 81, 6]
    assert got.w[0, 0].tolist() == pytest.approx([-0.1, 0.0, 0.6, 0.05], abs=1e-6)
    assert torch.unique(got.pulses[1]).tolist() == [5]


@pytest.mark.parametrize("name", LAWS)
def test_devices_of_every_law_get_within_the_tolerance(name: str) -> None:
    """Device-to-device and cycle-to-cycle spread notwithstanding, where bounds are not in the way."""
    card = made_up(name, device={"dw_min": 0.005}, variability={"dw_min_std": 0.5})
    law = devices_of(card, 20, 20, 2)
    target = stream("initial", 2).uniform(20, 20) * 0.3 - 0.15
    settings = verify(tolerance=0.01, rounds_max=2000, pulses_per_round_max=5)
    w = torch.clamp(torch.zeros(2, 20, 20), law.w_min, law.w_max)
    got = program_and_verify(w, target, law, settings, 0.005, stream("programming", 2))
    within = (target > law.w_min + 0.05) & (target < law.w_max - 0.05)
    assert float(within.double().mean()) > 0.9
    assert float(got.reached[within].double().mean()) > 0.99
    assert float((got.w - target).abs()[got.reached].max()) <= 0.01
    assert bool(((got.w >= law.w_min) & (got.w <= law.w_max)).all())


def test_one_burst_of_one_pulse_has_the_laws_mean_and_spread() -> None:
    """And a burst of nine, nine times the mean and three times the spread."""
    card = made_up("SoftBounds", device={"dw_min": 1e-4}, variability=no_spread(dw_min_std=0.3))
    law = devices_of(card, 300, 300, 1)
    start = torch.full((1, 300, 300), 0.3)
    for burst in (1, 9):
        for sign in (1.0, -1.0):
            settings = verify(tolerance=1e-4, rounds_max=1, pulses_per_round_max=burst)
            target = start + sign * 0.1
            got = program_and_verify(start, target, law, settings, 1e-4, stream("programming"))
            step = 1e-4 * (1.0 - sign * 0.5)  # at half of either bound
            change = (got.w - start).double() / step
            assert p_mean(change, sign * burst) > SIGNIFICANCE / 8
            assert p_variance(change, burst * 0.3**2) > SIGNIFICANCE / 8
            assert torch.unique(got.pulses).tolist() == [burst]


def test_noise_of_verifying_reads_is_what_is_left() -> None:
    """With steps far below it, devices end where a noisy read happened to agree."""
    law = sure(100, 100, 1)
    settings = verify(tolerance=0.006, read_std=0.03, rounds_max=500)
    w = torch.zeros(1, 100, 100)
    got = run(law, w, torch.full((100, 100), 0.2), settings, 1)
    assert bool(got.reached.all())
    off = (got.w - 0.2).double()
    assert 0.015 < float(off.std()) < 0.05
    quiet = run(law, w, torch.full((100, 100), 0.2), verify(tolerance=0.006), 1)
    assert float((quiet.w - 0.2).abs().max()) < 1e-5


def test_a_chip_does_not_see_when_others_are_done() -> None:
    card = made_up(device={"dw_min": DW}, variability={"dw_min_std": 0.8})
    settings = verify(tolerance=0.006, read_std=0.002, rounds_max=300)
    near, far = torch.full((1, 5, 6), 0.02), torch.full((1, 5, 6), 0.3)
    law = devices_of(card, 5, 6, 2)
    w = torch.zeros(2, 5, 6)
    with_near = run(law, w, torch.cat((far, near)), settings)
    with_far = run(law, w, torch.cat((far, far)), settings)
    alone = run(devices_of(card, 5, 6, 1), w[:1], far, settings, 1)
    for name in Verified._fields:
        both = getattr(with_near, name)[0], getattr(with_far, name)[0]
        assert torch.equal(*both), name
        assert torch.equal(getattr(alone, name)[0], both[0]), name
    assert int(with_near.reads[1].max()) < int(with_far.reads[1].max())


def test_a_device_does_not_see_when_others_are_done() -> None:
    card = made_up(device={"dw_min": DW}, variability={"dw_min_std": 0.8})
    law = devices_of(card, 5, 6, 1)
    settings = verify(tolerance=0.006, rounds_max=300)
    target = torch.full((1, 5, 6), 0.2)
    one = run(law, torch.zeros(1, 5, 6), target, settings, 1)
    target = target.clone()
    target[0, 2, 3] = -0.4
    two = run(law, torch.zeros(1, 5, 6), target, settings, 1)
    same = torch.ones(1, 5, 6, dtype=torch.bool)
    same[0, 2, 3] = False
    assert torch.equal(one.w[same], two.w[same])
    assert torch.equal(one.pulses[same], two.pulses[same])
    assert not torch.equal(one.w, two.w)


def test_it_takes_one_place_in_the_stream_and_leaves_the_start_alone() -> None:
    source = stream("programming", 2)
    w = torch.zeros(2, 3, 4)
    target = torch.full((3, 4), 0.2)
    noisy = verify(tolerance=0.004, read_std=0.005)
    one = program_and_verify(w, target, sure(), noisy, DW, source)
    assert source.calls == 1
    assert not bool(w.any())
    two = program_and_verify(w, target, sure(), noisy, DW, source)
    again = program_and_verify(w, target, sure(), noisy, DW, source, call=0)
    assert source.calls == 2
    assert torch.equal(one.reads, again.reads)
    assert not torch.equal(one.reads, two.reads)


def test_devices_that_only_rise_are_reset_when_too_high() -> None:
    """Above the target: back to 0.05, then up again; the reset is no pulse."""
    w = torch.full((2, 3, 4), 0.3)
    got = program_and_verify(
        w,
        torch.full((3, 4), 0.1),
        sure(),
        verify(tolerance=0.004),
        DW,
        stream("programming", 2),
        reset=lambda _: torch.full((2, 3, 4), 0.05),
    )
    assert torch.unique(got.resets).tolist() == [1]
    assert torch.unique(got.pulses).tolist() == [5]
    assert torch.unique(got.reads).tolist() == [7]
    torch.testing.assert_close(got.w, torch.full((2, 3, 4), 0.1))


def test_reads_may_show_something_else_than_the_state() -> None:
    """Shown 0.05 too high, devices end 0.05 too low; untouched ones are marked as such."""
    seen: list[tuple[int, int]] = []

    def read(w: Tensor, touched: Tensor, k: int) -> Tensor:
        seen.append((k, int(touched.sum())))
        return w + 0.05

    target = torch.full((3, 4), 0.1)
    target[0, 0] = 0.07
    got = program_and_verify(
        torch.zeros(2, 3, 4),
        target,
        sure(),
        verify(tolerance=0.004),
        DW,
        stream("programming", 2),
        read=read,
    )
    torch.testing.assert_close(got.w, (target - 0.05).expand(2, -1, -1))
    assert seen == [(0, 0), (1, 24), (2, 24), (3, 22), (4, 22), (5, 22)]


@settings(max_examples=60)
@given(
    st.integers(0, 2**31),
    st.floats(1e-3, 0.1),
    st.integers(1, 30),
    st.integers(1, 6),
    st.floats(0, 0.05),
    st.sampled_from(sorted(LAWS)),
)
def test_it_ends_and_counts_add_up(
    seed: int, tolerance: float, rounds: int, burst: int, read_std: float, law_name: str
) -> None:
    settings = verify(
        tolerance=tolerance, rounds_max=rounds, pulses_per_round_max=burst, read_std=read_std
    )
    law = devices_of(made_up(law_name, device={"dw_min": DW}), 3, 4, 2, seed)
    rng = np.random.default_rng(seed)
    target = torch.tensor(rng.uniform(-1, 1, (2, 3, 4)), dtype=torch.float32)
    w = torch.clamp(torch.zeros(2, 3, 4), law.w_min, law.w_max)
    got = program_and_verify(w, target, law, settings, DW, stream("programming", 2, seed))
    assert bool(((got.w >= law.w_min) & (got.w <= law.w_max)).all())
    assert bool(((got.reads >= 1) & (got.reads <= rounds + 1)).all())
    assert bool((got.pulses >= got.reads - 1).all())
    assert bool((got.pulses <= burst * (got.reads - 1)).all())
    assert bool((got.reached | (got.reads == rounds + 1)).all())
    if read_std == 0.0:
        within = (got.w - target).abs() <= float(settings.tolerance) * (1 + 1e-6)
        assert torch.equal(got.reached, within)
    if burst == 1:
        assert torch.equal(got.pulses, got.reads - 1)
    untouched = got.pulses == 0
    assert torch.equal(got.w[untouched], w[untouched])


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_targets_that_are_not_numbers_are_refused(bad: float) -> None:
    with pytest.raises(InputError, match="target: got 'not finite'"):
        run(sure(), torch.zeros(2, 3, 4), torch.full((3, 4), bad), verify())


def test_a_step_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="granularity: got 0"):
        program_and_verify(
            torch.zeros(2, 3, 4),
            torch.zeros(3, 4),
            sure(),
            verify(),
            0.0,
            stream("programming", 2),
        )
