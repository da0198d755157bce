"""Two arrays for one layer's weights: what a transfer moves and costs, and that they are hardware like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
import torch
from torch import Tensor

from mortalff.cards import load_card
from mortalff.errors import CapabilityError, InputError
from mortalff.hardware.base import Hardware
from mortalff.hardware.digital import DigitalArray
from mortalff.hardware.fabricate import fabricate
from mortalff.hardware.transfer_array import TransferArray
from mortalff.hardware.two_array import TwoArrays
from mortalff.seeds import Seeds
from mortalff.testing import HardwareConformance

N_OUT, N_IN, CHIPS = 4, 5, 2


def digital(w_init_std: float | None, seed: int = 0, chips: Sequence[int] = (0, 1)) -> Hardware:
    """An array whose pulses do exactly what they are asked for."""
    device = torch.device("cpu")
    return DigitalArray(N_OUT, N_IN, chips, Seeds.of(seed), device, w_init_std=w_init_std)


def exact(settings: TwoArrays) -> tuple[TransferArray, Hardware, Hardware]:
    """Two digital arrays, A from zero; and both by themselves, to look into."""
    fast, slow = digital(0.0), digital(None, seed=1)
    return TransferArray(fast, slow, settings), fast, slow


def weights(hardware: Hardware) -> Tensor:
    return hardware.forward(torch.eye(N_IN)).transpose(1, 2)


def samples(seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.randn(CHIPS, 3, N_IN, generator=generator),
        torch.randn(CHIPS, 3, N_OUT, generator=generator),
    )


def outer(x: Tensor, d: Tensor) -> Tensor:
    return torch.einsum("cbo,cbi->coi", d, x) / x.shape[1]


def test_the_fast_array_takes_updates_and_a_transfer_moves_the_slow_one_by_what_it_holds() -> None:
    both, fast, slow = exact(TwoArrays(fast_rate=3.0, transfer_rate=0.5, every=2))
    before, (x, d) = weights(slow), samples()
    both.pulse(x, d, 0.1)
    torch.testing.assert_close(weights(fast), 0.3 * outer(x, d))
    assert torch.equal(weights(slow), before)
    both.pulse(x, d, 0.1)
    torch.testing.assert_close(weights(fast), 0.6 * outer(x, d))
    torch.testing.assert_close(weights(slow), before + 0.5 * 0.1 * 0.6 * outer(x, d))
    assert torch.equal(weights(both), weights(slow))


def test_lines_are_transferred_in_turn_and_go_round() -> None:
    both, fast, slow = exact(TwoArrays(fast_rate=1.0, transfer_rate=1.0, lines=2))
    fast.pulse(*samples(), 1.0)
    nothing = torch.zeros(1, N_IN), torch.zeros(1, N_OUT)
    for lines in ([0, 1], [2, 3], [4, 0], [1, 2]):
        before = weights(slow)
        both.pulse(*nothing, 1.0)
        moved = torch.zeros(N_IN)
        moved[lines] = 1.0
        torch.testing.assert_close(weights(slow), before + weights(fast) * moved)


def test_reads_within_the_dead_zone_move_nothing() -> None:
    both, fast, slow = exact(TwoArrays(fast_rate=1.0, transfer_rate=1.0, dead_zone=0.3))
    before, (x, d) = weights(slow), samples()
    both.pulse(x, d, 1.0)
    held, moved = weights(fast), weights(slow) - before
    large = held.abs() > 0.3
    assert 0 < int(large.sum()) < large.numel()
    torch.testing.assert_close(moved, held.where(large, torch.zeros_like(held)))


def test_chopping_cancels_what_the_fast_array_rests_at() -> None:
    """Two updates on end and as many with signs changed: A's offset cancels, C gets what was asked for."""
    both, fast, slow = exact(TwoArrays(fast_rate=1.0, transfer_rate=1.0, chop_every=1, lines=3))
    offset = torch.ones(1, 1, N_IN), torch.ones(1, 1, N_OUT)
    fast.pulse(*offset, 0.7)
    before = weights(slow)
    nothing = torch.zeros(1, N_IN), torch.zeros(1, N_OUT)
    for _ in range(10):  # six sweeps of five lines, three at a time
        both.pulse(*nothing, 1.0)
    torch.testing.assert_close(weights(slow), before)


def test_a_chopped_line_is_taught_with_the_right_sign() -> None:
    both, _, slow = exact(TwoArrays(fast_rate=1.0, transfer_rate=1.0, chop_every=1))
    before, (x, d) = weights(slow), samples()
    both.pulse(x, d, 1.0)
    torch.testing.assert_close(weights(slow), before + outer(x, d))
    both.pulse(x, d, 1.0)  # undoes in A what the first left there
    torch.testing.assert_close(weights(slow), before + outer(x, d), atol=1e-5, rtol=0.0)


def test_weights_are_read_against_their_rest() -> None:
    settings = TwoArrays(fast_rate=1.0, transfer_rate=1.0, rest=0.25)
    both, fast, slow = exact(settings)
    torch.testing.assert_close(weights(both), weights(slow) - 0.25)
    before, (x, d) = weights(slow), samples()
    both.pulse(x, d, 1.0)
    torch.testing.assert_close(weights(slow), before + weights(fast) - 0.25)


def test_settling_asks_for_as_much_up_as_down() -> None:
    """Exact arrays stay; those of `reram_es`, which start about zero, come to rest below it."""
    both, fast, slow = exact(TwoArrays())
    before = weights(slow)
    both.settle(1.0)
    torch.testing.assert_close(weights(slow), before, atol=1e-5, rtol=0.0)
    torch.testing.assert_close(weights(fast), torch.zeros_like(before), atol=1e-5, rtol=0.0)
    card = load_card("reram_es")

    def make(part: str = "", *, w_init_std: float | None = None) -> Hardware:
        seeds = Seeds.of(0).child(part or "slow")
        return fabricate(card, n_out=20, n_in=20, chips=1, seed=seeds, w_init_std=w_init_std)

    rested = TwoArrays(settle=2.0).wrap(make).probe().read_weights()
    assert -0.3 < float(rested.mean()) < -0.1  # its devices' symmetry points: -0.20 +- 0.12


def test_several_devices_a_weight_act_as_their_mean() -> None:
    made: list[tuple[str, Hardware]] = []

    def make(part: str = "", *, w_init_std: float | None = None) -> Hardware:
        made.append((part, digital(w_init_std, seed=len(made))))
        return made[-1][1]

    both = TwoArrays(devices=2, fast_rate=1.0, transfer_rate=1.0).wrap(make)
    assert [part for part, _ in made] == ["fast", "fast1", "", "slow1"]
    before = (weights(made[2][1]) + weights(made[3][1])) / 2.0
    torch.testing.assert_close(weights(both), before)
    x, d = samples()
    both.pulse(x, d, 1.0)
    torch.testing.assert_close(weights(both), before + outer(x, d))


def test_counts_are_those_of_both_arrays_and_of_what_is_between() -> None:
    both, fast, slow = exact(TwoArrays(lines=2, reads=3, every=2, rest=0.1))
    x, d = samples()
    both.forward(x[0])
    both.pulse(x, d, 0.1)
    both.pulse(x, d, 0.1)
    own = both.counts - fast.counts - slow.counts
    forward, reads = 3 * (N_IN + N_OUT), 3 * 2 * (N_IN + N_OUT)
    assert own["digital_op"].tolist() == [forward + reads + 2 * N_OUT] * CHIPS
    assert own["digital_mac"].tolist() == [2 * 2 * N_OUT] * CHIPS
    assert own["memory_byte"].tolist() == [3 * 2 * 4 * 2 * N_OUT] * CHIPS


def test_forward_passes_go_through_the_fast_array_at_its_share() -> None:
    both, fast, slow = exact(TwoArrays(fast_rate=1.0, every=3, gamma=0.25, chop_every=1))
    x, d = samples()
    for _ in range(3):  # a transfer, after which the lines' signs have changed
        both.pulse(x, d, 1.0)
    expected = weights(slow) - 0.25 * weights(fast)
    before = both.counts - fast.counts - slow.counts
    torch.testing.assert_close(weights(both), expected)
    own = both.counts - fast.counts - slow.counts - before
    assert own["digital_mac"].tolist() == [N_IN * N_OUT] * CHIPS


@pytest.mark.parametrize("gamma", [0.0, 0.25])
def test_a_probe_counts_what_it_reads_of_the_fast_array(gamma: float) -> None:
    both, _, _ = exact(TwoArrays(gamma=gamma))
    held, cells = both.probe().read_weights(), N_IN * N_OUT
    fast = cells if gamma else 0
    assert both.counts.chip(0) == {"weight_read": cells + fast}
    both.probe().program(held)
    counted = {"weight_read": cells + 2 * fast, "program_cell": cells}
    assert both.counts.chip(0) == counted


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="fast"):
        TransferArray(digital(0.0, chips=(0,)), digital(None))
    with pytest.raises(InputError, match="lines"):
        TransferArray(digital(0.0), digital(None), TwoArrays(lines=6))
    both, _, _ = exact(TwoArrays())
    with pytest.raises(CapabilityError, match="digital_update"):
        both.set_digital_update(0.9, 0.001)


class TestTwoArraysOfACard(HardwareConformance):
    """Noisy devices, two a weight, chopped, settled, and read against a rest beside zero.

    The dead zone keeps the noise of reads from pulsing what nothing was asked of.
    """

    pulse_lr = 0.1
    pulses = 20

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        card, seeds = load_card("gokmen_vlasov"), Seeds.of(seed)

        def make(part: str = "", *, w_init_std: float | None = None) -> Hardware:
            own = seeds.child(part or "slow")
            return fabricate(
                card, n_out=N_OUT, n_in=N_IN, chips=chips, seed=own, w_init_std=w_init_std
            )

        scheme = TwoArrays(
            transfer_rate=2.0,
            dead_zone=0.6,
            lines=3,
            gamma=0.3,
            chop_every=50,
            rest=0.05,
            settle=0.5,
            devices=2,
        )
        return scheme.wrap(make)

    def read_counts(self, hardware: Hardware, vectors: int) -> Mapping[str, float] | None:
        return None
