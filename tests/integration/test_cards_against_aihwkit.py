"""Chips of each card move under single pulses as tiles of the preset that the card cites."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mortalff.cards import load_card
from mortalff.hardware.fabricate import fabricate
from tests.strategies.statistics import SIGNIFICANCE, p_same_mean
from tests.strategies.tiles import ONE_PULSE, PERFECT, get_weights, pulse

from aihwkit.simulator.configs import SingleRPUConfig  # isort: skip
from aihwkit.simulator.presets import devices  # isort: skip

N, TILES = 30, 12
SURE = 10.0  # a rate so large that a train of one slot has its pulse
PRESETS = {
    "capacitor": "CapacitorPresetDevice",
    "ecram": "EcRamPresetDevice",
    "ecram_mo": "EcRamMOPresetDevice",
    "gokmen_vlasov": "GokmenVlasovPresetDevice",
    "idealized": "IdealizedPresetDevice",
    "reram_array_hfo2": "ReRamArrayHfO2PresetDevice",
    "reram_array_om": "ReRamArrayOMPresetDevice",
    "reram_es": "ReRamESPresetDevice",
    "reram_sb": "ReRamSBPresetDevice",
}
COURSE = ((1.0, 1), (1.0, 9), (-1.0, 10), (-1.0, 20), (1.0, 60))
"""Signs and numbers of pulses between looks, for steps of a fiftieth."""


def _course(name: str) -> list[tuple[float, int]]:
    """Longer for smaller steps, so that weights come to where steps differ."""
    device = load_card(name).device
    assert device is not None
    longer = min(100, max(1, round(0.02 / float(device.dw_min))))
    return [(sign, times * longer) for sign, times in COURSE]


def _ours(name: str) -> list[Tensor]:
    one_pulse = {
        "pulses.bit_length_max": 1,
        "pulses.bit_length_management": False,
        "pulses.update_management": False,
    }
    card = load_card(name).replace(**one_pulse)
    chips = fabricate(
        card, n_out=N, n_in=N, chips=TILES, seed=9, pulse_mode="exact", w_init_std=0.0
    )
    seen = []
    for sign, times in _course(name):
        for _ in range(times):
            chips.pulse(torch.ones(1, N), torch.full((1, N), sign), SURE)
        seen.append(chips.probe().read_weights())
    return seen


def _theirs(name: str) -> list[Tensor]:
    device = getattr(devices, PRESETS[name])()
    config = SingleRPUConfig(device=device, forward=PERFECT, backward=PERFECT, update=ONE_PULSE)
    tiles = [config.tile_class(N, N, config) for _ in range(TILES)]
    for tile in tiles:
        tile.set_weights(torch.zeros(N, N))
    seen = []
    for sign, times in _course(name):
        for tile in tiles:
            for _ in range(times):
                pulse(tile, torch.ones(1, N), torch.full((1, N), sign), SURE)
        seen.append(torch.stack([get_weights(tile) for tile in tiles]))
    return seen


@pytest.mark.parametrize("name", PRESETS)
def test_weights_under_single_pulses_are_distributed_alike(name: str) -> None:
    """Quantiles of the devices of an array; arrays are the repeats.

    The devices of one of aihwkit's tiles are not independent: they share a table of 32,768 Gaussians, through which
    thousands of pulses go many times.
    """
    q = torch.tensor([0.05, 0.25, 0.5, 0.75, 0.95])
    p_values = []
    for ours, theirs in zip(_ours(name), _theirs(name), strict=True):
        a, b = (torch.quantile(w.flatten(1), q, dim=1) for w in (ours, theirs))
        p_values += [p_same_mean(x, y) for x, y in zip(a, b, strict=True)]
        p_values += [p_same_mean(a[3] - a[1], b[3] - b[1]), p_same_mean(a[4] - a[0], b[4] - b[0])]
    assert min(p_values) > SIGNIFICANCE / len(p_values), p_values
