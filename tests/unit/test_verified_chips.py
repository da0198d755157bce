"""Program and verify through a whole crossbar: what is verified is what reads see."""

from __future__ import annotations

import pytest
import torch

from mortalff.cards import Card
from tests.strategies.devices import crossbar, made_up, no_spread

TOLERANCE = 0.004


def verified(noise: float = 0.0, **changes: object) -> Card:
    """Devices with steps of 0.001, whose reads scatter by so many of them."""
    card = made_up("SoftBounds", variability=no_spread(dw_min_std=0.3, write_noise_std=noise))
    settings: dict[str, object] = {
        "programming.method": "verify",
        "programming.verify.rounds_max": 3000,
        "programming.verify.pulses_per_round_max": 1,
        "programming.verify.tolerance": TOLERANCE,
    }
    return card.replace(**(settings | changes))


@pytest.mark.parametrize("noise", [0.0, 3.0])
def test_reads_are_within_the_tolerance(noise: float) -> None:
    chips = crossbar(verified(noise), 6, 9, 3)
    target = torch.linspace(-0.4, 0.4, 54).reshape(6, 9)
    chips.probe().program(target)
    seen = chips.probe().read_weights()
    assert float((seen - target).abs().max()) <= TOLERANCE
    assert torch.equal(chips.probe().read_weights(), seen)  # and stay so
    assert chips.counts["device_pulse"][0] > 54
    if noise:
        assert not torch.equal(seen, chips._cell.arrays[""]._w)


def test_what_is_right_already_is_left_alone() -> None:
    """No pulse, no new scatter, no new clock."""
    card = verified(3.0, **{"time.drift_nu": 0.1, "time.drift_t0_s": 20.0})
    chips = crossbar(card, 4, 5)
    target = torch.full((4, 5), 0.3)
    chips.probe().program(target)
    before, counts = chips.probe().read_weights(), chips.counts
    chips.advance(10.0)  # no drift yet
    chips.probe().program(target)
    assert torch.equal(chips.probe().read_weights(), before)
    done = chips.counts - counts
    assert done["device_pulse"][0] == 0.0
    assert done["weight_read"][0] == 20.0 + 20.0  # one each by verifying, and the read-out
    chips.advance(20.0)  # thirty seconds since the last pulse
    assert float(chips.probe().read_weights().mean()) < float(before.mean()) - 0.005


def test_levels_are_seen_by_verifying() -> None:
    card = verified(**{"device.levels": 13, "programming.verify.tolerance": 0.001})
    chips = crossbar(card, 4, 5)
    target = torch.linspace(-0.6, 0.6, 13)[torch.arange(20).reshape(4, 5) % 11 + 1]
    chips.probe().program(target)
    assert float((chips.probe().read_weights() - target).abs().max()) <= 0.001
