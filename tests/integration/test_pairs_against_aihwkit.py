"""One-sided pairs of the card ``pcm`` move, run out of range and are refreshed as aihwkit's preset."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor

from mortalff.cards import Card, load_card
from mortalff.hardware.device_laws import granularity
from mortalff.hardware.fabricate import fabricate
from tests.strategies.statistics import SIGNIFICANCE, p_same, p_same_mean, p_same_variance
from tests.strategies.tiles import ONE_PULSE, PERFECT, get_weights, hidden, pulse

from aihwkit.simulator.presets import PCMPreset  # isort: skip

N = 48
SURE = 10.0  # a rate so large that a train of one slot has its pulse
PROGRAMS = {
    "up": [1.0] * 30,
    "alternating": [1.0, -1.0] * 40,
    "two up, one down": [1.0, 1.0, -1.0] * 25,
}


class Course(NamedTuple):
    """Weights at the end, and half-way, and the share of pairs refreshed at each pulse."""

    end: Tensor
    half_way: Tensor
    refreshed: float


def _card(**changes: object) -> Card:
    """Without what aihwkit's preset for training lacks."""
    off = {
        "programming.scatter": {"kind": "Exact"},
        "programming.drift": {"kind": "Fabricated"},
        "programming.read_noise": {"kind": "None"},
        "device.w_init_std": 0.0,
    }
    return load_card("pcm").replace(**(off | changes))


def _ours(signs: list[float], seed: int) -> Course:
    one_pulse = {
        "pulses.bit_length_max": 1,
        "pulses.bit_length_management": False,
        "pulses.update_management": False,
    }
    chips = fabricate(_card(**one_pulse), n_out=N, n_in=N, seed=seed, pulse_mode="exact")
    half_way = torch.empty(0)
    for number, sign in enumerate(signs):
        if number == len(signs) // 2:
            half_way = chips.probe().read_weights()[0]
        chips.pulse(torch.ones(1, N), torch.full((1, N), sign), SURE)
    share = float(chips.counts["device_reset"][0]) / 2 / N**2 / len(signs)
    return Course(chips.probe().read_weights()[0], half_way, share)


def _tile() -> Any:  # aihwkit ships no types
    config = PCMPreset()
    config.forward, config.update = PERFECT, ONE_PULSE
    tile = config.tile_class(N, N, config)
    tile.set_weights(torch.zeros(N, N))
    return tile


def _theirs(signs: list[float]) -> Course:
    tile, half_way, refreshed = _tile(), torch.empty(0), 0.0
    for number, sign in enumerate(signs):
        if number == len(signs) // 2:
            half_way = get_weights(tile)
        before = _states(tile)
        pulse(tile, torch.ones(1, N), torch.full((1, N), sign), SURE)
        # A pulse lowers a device by cycle noise at most; a reset takes it from half of its range or more to a tenth.
        both = torch.stack(before) - torch.stack(_states(tile))
        refreshed += float((both > 0.35).any(0).double().mean())
    return Course(get_weights(tile), half_way, refreshed / len(signs))


def _states(tile: Any) -> list[Tensor]:
    found = hidden(tile)
    return [found[name].clone() for name in sorted(found) if name.startswith("hidden_weights")]


@pytest.mark.parametrize("program", PROGRAMS)
def test_pairs_under_single_pulses(program: str) -> None:
    signs = PROGRAMS[program]
    ours, theirs = _ours(signs, seed=5), _theirs(signs)
    p_values = []
    for a, b in ((ours.half_way, theirs.half_way), (ours.end, theirs.end)):
        p_values += [p_same_mean(a, b), p_same_variance(a, b), p_same(a, b)]
    assert min(p_values) > SIGNIFICANCE / len(p_values)
    if program == "up":
        assert ours.refreshed == 0.0
    else:
        # Refreshes of one pair come at intervals, not at random; as many independent trials bound the scatter.
        rate = (ours.refreshed + theirs.refreshed) / 2.0
        error = float(np.sqrt(2.0 * rate / (N**2 * len(signs))))
        assert rate > 0.005
        assert abs(ours.refreshed - theirs.refreshed) < 5.0 * error + 0.06 * rate


def test_trains_are_as_long_as_aihwkits() -> None:
    # aihwkit takes the down step at zero for it, which the preset chooses to be the up step at half range.
    card = _card()
    amplitude = float(getattr(card.law, "amplitude_down"))  # noqa: B009 - of a union of laws
    assert card.device is not None
    theirs = float(card.device.dw_min) * (1.0 - amplitude)
    assert granularity(card) == pytest.approx(theirs, rel=1e-3)


@pytest.mark.parametrize("mode", ["exact", "fast", "auto"])
def test_pairs_under_trains(mode: str) -> None:
    """Batches of small requests, by the preset's own pulse trains."""
    side = 120  # lines share trains, so that the ratio scatters by 0.02
    generator = torch.Generator().manual_seed(11)
    x = torch.rand(20, 10, side, generator=generator)
    d = 2.0 * torch.rand(20, 10, side, generator=generator) - 1.0
    config = PCMPreset()
    config.forward = PERFECT
    tile = config.tile_class(side, side, config)
    start = 0.8 * (2.0 * torch.rand(side, side, generator=generator) - 1.0)
    tile.set_weights(start)
    chips = fabricate(_card(), n_out=side, n_in=side, seed=3, pulse_mode=mode)  # type: ignore[arg-type]
    chips.probe().program(start)
    for xs, ds in zip(x, d, strict=True):
        pulse(tile, xs, ds, 0.002)
        chips.pulse(xs, ds, 0.02)  # its rate is for the mean of the batch
    ours, theirs = chips.probe().read_weights()[0] - start, get_weights(tile) - start
    assert float(theirs.std()) > 0.05
    assert p_same_mean(ours, theirs) > SIGNIFICANCE / 2
    # A batch at once takes steps as they were before it, of which the first is nine times that at half range.
    assert float(ours.std() / theirs.std()) == pytest.approx(
        1.0, abs=0.2 if mode == "fast" else 0.1
    )
