"""Noise of a device's own at each read, by its conductance and its age, through a whole crossbar."""

from __future__ import annotations

import math

import pytest
import torch

from mortalff.cards import load_card
from tests.strategies.devices import crossbar
from tests.strategies.statistics import SIGNIFICANCE, p_mean, p_variance


@pytest.mark.parametrize("seconds", [1.0, 1e6])
def test_reads_scatter_as_the_model_says(seconds: float) -> None:
    """Chips are the repeats; each chip's devices have spreads of their own."""
    chips = crossbar(load_card("pcm"), 6, 8, 300)
    chips.probe().program(torch.full((6, 8), 0.8))
    chips.advance(seconds)
    held, std = chips._cell.weights(), chips._cell.read_noise_std()
    assert std is not None
    z = (chips.probe().read_weights() - held) / std
    again = (chips.probe().read_weights() - held) / std
    assert p_mean(z, 0.0, 1.0) > SIGNIFICANCE / 4
    assert p_variance(z, 1.0) > SIGNIFICANCE / 4
    assert p_mean(z * again, 0.0, 1.0) > SIGNIFICANCE / 4  # drawn anew at each read


def test_it_grows_with_time_and_goes_with_the_state() -> None:
    """As √ln(t): Q of the state that was written, times what drift leaves of it."""
    chips = crossbar(load_card("pcm"), 3, 4)
    probe, cell = chips.probe(), chips._cell
    probe.program(torch.full((3, 4), 0.8))
    stds, seen = [], []
    for wait in (1.0, 1e6):
        chips.advance(wait)
        std = cell.read_noise_std()
        assert std is not None
        assert cell.read_noise_std() is std  # nothing happened between
        stds.append(std)
        seen.append(cell.weights())
    t_r = 250e-9
    gathered = [math.sqrt(math.log((t + t_r) / (2 * t_r))) for t in (1.0, 1e6 + 1.0)]
    # The device that holds the weight drowns the other, whose Q is largest but which conducts little.
    ratio = (stds[1] / seen[1]) / (stds[0] / seen[0])
    assert float(ratio.median()) == pytest.approx(gathered[1] / gathered[0], rel=0.02)
    state = chips.state_dict()
    chips.pulse(torch.ones(1, 4), torch.ones(1, 3), 0.5)
    after = cell.read_noise_std()
    assert after is not None
    assert not torch.equal(after, stds[1])
    chips.load_state_dict(state)
    assert torch.equal(cell.read_noise_std(), stds[1])
