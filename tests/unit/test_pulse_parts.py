"""Batches that move devices far are cut into parts, which make them whole again."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mortalff.hardware.pulse_parts import LARGEST, busiest, parts
from mortalff.physics.pulse_trains import Trains, expected_coincidences
from tests.strategies.devices import crossbar, made_up, no_spread
from tests.strategies.statistics import SIGNIFICANCE, p_uncorrelated

BATCH, N_IN, N_OUT, CHIPS = 7, 5, 4, 3


def trains(chips: int = CHIPS, scale: float = 1.0) -> Trains:
    generator = torch.Generator().manual_seed(chips)
    slots = torch.randint(0, 32, (chips, BATCH), generator=generator).float()
    rows = 2.0 * torch.rand(chips, BATCH, N_IN, generator=generator) - 1.0
    columns = 2.0 * torch.rand(chips, BATCH, N_OUT, generator=generator) - 1.0
    return Trains(slots, scale * rows, columns)


def numbers(batch: Trains) -> torch.Tensor:
    """Expected coincidences of both directions, (chips, n_out, n_in)."""
    return sum((c.mean for c in expected_coincidences(batch) if c is not None), torch.zeros(1))


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("reach", [1e-6, 0.01, 0.02, 0.3])
def test_parts_make_the_whole(reach: float, together: bool) -> None:
    """In number of pulses; each place in a stream is used once, the first part's is the batch's."""
    batch = trains()
    total, places = torch.zeros(CHIPS, N_OUT, N_IN), set()
    for part in parts(batch, range(CHIPS), reach, together=together):
        chips = list(part.chips)
        total[chips] += numbers(part.trains).expand(CHIPS, -1, -1)[chips]
        assert not places & {(chip, part.place) for chip in chips}
        places |= {(chip, part.place) for chip in chips}
    torch.testing.assert_close(total, numbers(batch), rtol=1e-4, atol=1e-5)
    assert {(chip, 0) for chip in range(CHIPS)} <= places
    assert (len(places) == CHIPS) == (reach == 1e-6)


def test_no_part_moves_the_mean_device_far() -> None:
    """But for parts of single slots, which cannot be cut."""
    batch, reach = trains(1), 0.008
    found = list(parts(batch, (0,), reach))
    assert 1 < len(found) <= BATCH
    largest = max(float(numbers(part.trains).max()) for part in found) * reach
    # Parts are alike in samples and not in pulses.
    assert LARGEST / 4 < largest < 2.0 * LARGEST
    whole = float(numbers(batch).max()) * reach
    assert whole > 2.0 * LARGEST


def test_the_bound_holds_and_is_near() -> None:
    batch = trains(200)
    most = numbers(batch).amax((1, 2)).double().numpy()
    bound = busiest(batch)
    assert (bound >= most * (1 - 1e-6)).all()
    assert np.median(bound / most) < 1.7
    alone = Trains(batch.slots[:, :1], batch.rows[:, :1], batch.columns[:, :1])
    np.testing.assert_allclose(busiest(alone), numbers(alone).amax((1, 2)).numpy(), rtol=1e-5)


def test_a_chip_is_cut_as_it_would_be_alone() -> None:
    batch, reach = trains(), 0.05
    batch = Trains(batch.slots * torch.tensor([[0.02], [0.3], [1.0]]), batch.rows, batch.columns)
    counts = []
    for chip in range(CHIPS):
        one = slice(chip, chip + 1)
        own = Trains(batch.slots[one], batch.rows[one], batch.columns[one])
        alone = list(parts(own, (0,), reach))
        beside = [p for p in parts(batch, range(CHIPS), reach) if chip in p.chips]
        masked = list(parts(batch, range(CHIPS), reach, together=True))[: len(alone)]
        assert [p.place for p in alone] == [p.place for p in beside] == [p.place for p in masked]
        for a, b, c in zip(alone, beside, masked, strict=True):
            torch.testing.assert_close(numbers(a.trains)[0], numbers(b.trains)[chip])
            torch.testing.assert_close(numbers(a.trains)[0], numbers(c.trains)[chip])
        counts.append(len(alone))
    assert counts[0] == 1 < counts[1] < counts[2]


def test_nothing_to_do_is_one_part() -> None:
    nothing = Trains(torch.zeros(1, 2), torch.zeros(1, 2, 3), torch.zeros(1, 2, 4))
    assert len(list(parts(nothing, (0,), 1.0))) == 1


@pytest.mark.parametrize("law", ["SoftBounds", "LinearStep", "PowStep"])
def test_large_batches_move_as_exact_pulses_do(law: str) -> None:
    """Asked to move devices across the whole range, in turns up and down: within 2.5 % of the range on average."""
    card = made_up(law, device={"dw_min": 0.01}, variability=no_spread(dw_min_std=0.3))
    if law == "PowStep":
        card = card.replace(**{"law.gamma_dtod": 0.0, "law.gamma_up_down_dtod": 0.0})
    x, d = torch.ones(8, 3), torch.ones(8, 2)
    d[1::2] *= -0.5
    ends = {}
    for mode in ("fast", "exact"):
        chips = crossbar(card, 2, 3, 2000, mode=mode)  # type: ignore[arg-type]
        chips.probe().program(torch.full((2, 3), 0.3))
        chips.pulse(x, d, 2.4)
        ends[mode] = chips.probe().read_weights().double().numpy()
    assert abs(ends["exact"].mean() - 0.3) > 0.04
    assert abs(ends["fast"].mean() - ends["exact"].mean()) < 0.025 * 1.2
    assert ends["fast"].std() == pytest.approx(ends["exact"].std(), rel=0.25)


def test_parts_draw_anew() -> None:
    """The scatter of one part is not that of another."""
    device = {"w_max": 10.0, "w_min": -10.0, "dw_min": 1.0}
    managed = {"update_management": False, "bit_length_management": False}
    card = made_up(device=device, variability=no_spread(), pulses=managed)
    chips = crossbar(card, 1, 1, 4000, mode="fast")
    # Four pulses, of which a tenth of the range is two: two parts, whose variances add up if they are independent.
    chips.pulse(torch.ones(1, 1), torch.ones(1, 1), 4.0)
    w = chips.probe().read_weights().double().numpy().ravel()
    p = 4.0 / 31.0
    assert w.mean() == pytest.approx(4.0, rel=0.05)
    assert w.std() == pytest.approx(np.sqrt(31.0 * p * (1.0 - p)), rel=0.1)
    assert p_uncorrelated(w[::2], w[1::2]) > SIGNIFICANCE


def test_the_parts_of_a_chip_do_not_depend_on_longer_trains_beside_it() -> None:
    """Also where single pulses move devices far, so that the length of trains bounds the number of parts."""
    slots = torch.tensor([[2.0] * BATCH, [31.0] * BATCH])
    both = Trains(slots, torch.ones(2, BATCH, N_IN), torch.ones(2, BATCH, N_OUT))
    alone = Trains(slots[:1], both.rows[:1], both.columns[:1])
    beside = [part for part in parts(both, (0, 1), 0.5) if 0 in part.chips]
    assert len(beside) == len(list(parts(alone, (0,), 0.5))) == 2 * BATCH
