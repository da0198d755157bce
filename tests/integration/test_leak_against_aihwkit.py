"""The card ``capacitor`` leaks with each update as aihwkit's preset does."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mortalff.cards import load_card
from mortalff.hardware.fabricate import fabricate
from tests.strategies.statistics import SIGNIFICANCE, p_same, p_same_mean
from tests.strategies.tiles import PERFECT, get_weights

from aihwkit.simulator.presets import CapacitorPreset  # isort: skip

N, UPDATES, START = 60, 50, 0.5


def _ours(lifetime: float) -> Tensor:
    card = load_card("capacitor")
    update_s = float(card.time.update_s)
    chips = fabricate(
        card.replace(**{"time.retention_tau_s": lifetime * update_s}), n_out=N, n_in=N, seed=1
    )
    chips.probe().program(torch.full((N, N), START))
    for _ in range(UPDATES):
        chips.pulse(torch.zeros(1, N), torch.zeros(1, N), 0.01)
        chips.forward(torch.ones(1, N))  # which takes no time
    return chips.probe().read_weights()[0]


def _theirs(lifetime: float) -> Tensor:
    config = CapacitorPreset()
    config.forward = PERFECT
    config.device.lifetime = lifetime
    tile = config.tile_class(N, N, config)
    tile.set_weights(torch.full((N, N), START))
    tile.set_learning_rate(0.01)
    for _ in range(UPDATES):
        tile.update(torch.zeros(1, N), torch.zeros(1, N))
        tile.post_update_step()
    return get_weights(tile)


def test_weights_leak_as_aihwkits() -> None:
    """A hundred updates of life, so that much is lost, and as the card has it."""
    ours, theirs = _ours(100.0), _theirs(100.0)
    assert 0.5 < float(theirs.mean()) / START < 0.65
    # (1 - 1/L)^n and exp(-n/L) differ by n/2L^2, a quarter of a per cent; a spread of lives makes that little more.
    assert p_same_mean(ours * 0.9975, theirs) > SIGNIFICANCE / 2
    assert p_same(ours * 0.9975, theirs) > SIGNIFICANCE / 2
    # Lives are drawn down to nothing, so that the mean loss is a matter of a few devices, and the median is not.
    slow, slow_too = (1.0 - float(w.median()) / START for w in (_ours(1e6), _theirs(1e6)))
    assert slow == pytest.approx(slow_too, rel=0.1)
    assert slow == pytest.approx(UPDATES / 1e6, rel=0.1)
