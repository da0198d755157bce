"""Ageing beside pulses: what is asked for still comes, and effects that wait change nothing."""

from __future__ import annotations

import pytest
import torch

from mortalff.hardware.crossbar import PulseMode
from tests.strategies.devices import crossbar, made_up, no_spread
from tests.strategies.statistics import SIGNIFICANCE, p_mean

MODES: tuple[PulseMode, PulseMode] = ("fast", "exact")


@pytest.mark.parametrize("mode", MODES)
def test_devices_that_age_are_moved_by_as_much_as_is_asked(mode: PulseMode) -> None:
    """Also where a device gets a pulse only now and then: 0.018 a batch."""
    card = made_up(variability=no_spread(dw_min_std=0.3), time={"drift_nu": 0.1})
    chips = crossbar(card, 30, 40, 4, mode=mode)
    x, d = torch.full((10, 40), 0.3), torch.full((10, 30), 0.3)
    for _ in range(5):
        chips.pulse(x, d, 2e-4)
    moved = chips.probe().read_weights().double()
    # Devices on a line share its train in the exact mode: take each chip's mean for one number.
    one = moved.flatten() if mode == "fast" else moved.mean((1, 2))
    assert p_mean(one, 5 * 2e-4 * 0.09, float(one.std()) + 1e-6) > SIGNIFICANCE
    assert float(moved.mean()) == pytest.approx(5 * 2e-4 * 0.09, rel=0.2)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["drift_nu", "relaxation_std", "diffusion_std", "retention_tau_s"])
def test_before_time_passes_ageing_changes_no_bit(name: str, mode: PulseMode) -> None:
    plain = made_up("SoftBounds", variability={"write_noise_std": 1.0})
    unit = {"drift_nu": "1", "retention_tau_s": "s"}.get(name, "weight")
    value = {"value": 0.1, "unit": unit, "source": "test"}
    seen = []
    for card in (plain, plain.replace(**{f"time.{name}": value})):
        chips = crossbar(card, 12, 15, 2, mode=mode, w_init_std=0.2)
        generator = torch.Generator().manual_seed(0)
        for _ in range(3):
            x = torch.rand((4, 15), generator=generator)
            chips.pulse(x, torch.rand((4, 12), generator=generator) - 0.5, 0.02)
        chips.probe().program(torch.full((12, 15), 0.1))
        seen.append(chips.probe().read_weights())
    assert torch.equal(seen[0], seen[1])
