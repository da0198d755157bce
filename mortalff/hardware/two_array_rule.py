"""Two arrays' numbers, set from a card by one rule for all cards.

A device under as many up as down pulses is drawn to its symmetry point w°, by the share s of its distance at each
pulse, while the pulses' steps (variance v) keep it moving. So it wanders about w° with variance v / 2s. What a read of
the fast array shows where nothing was learned is that, and write noise, and the read's own noise, and the spread of w°
among devices about their mean:

    σ² = v / 2s + write noise² + read noise² + spread of w°²

- ``rest`` is the devices' mean w°, where that is farther from zero than a tenth of ``σ``; else zero.
- ``settle``, only where devices do not rest at zero: as many pulses up, and as many down, as draw a device to its w°.
- ``dead_zone`` is 2 σ, so that noise alone passes one time in twenty.
- ``devices``: where 2 σ is more than :data:`_SHARE` of the nearer bound, so many devices a weight, 2 or more, as bring
  it to that; σ above is that of their mean.
- ``transfer_rate`` is such that this remainder, E|r; |r| > 2σ| = 2 φ(2) σ, asks the slow array in all transfers
  together for :data:`_ROUNDS` times the pulses that draw a device to its w°, or for :data:`_ROUNDS_NOISY` times where
  what a device can remember, the change that draws it to its w°, is less than :data:`_REMEMBERED` σ: more, and C leaks
  faster than so weak a signal holds it up; less, and C learns late (``docs/in_situ.md`` has what was tried).
- ``fast_rate`` makes the fast array's rate the same for all cards: a rate asks for a change of weight, whatever the
  pulses' size, so that it sets after how many updates the fast array forgets. :data:`FAST_HALVES` is for FF that pulses
  the two halves of a pair, of which most cancels, and :data:`FAST_DIFFERENCE` where it pulses their difference, which
  takes far fewer pulses for the same rate. Three times as much did as well on the digits, a third less well.
- ``gamma`` is 1 / ``fast_rate``: so a pulse moves forward passes at once by what the learner asked for. Without it they
  change only by transfers, later by as long as the fast array remembers, and layers with like inputs overshoot.

So of the learner's rate no more is left than how it falls during training, and how loud the fast array is in forward
passes: its noise there is gamma σ, and gamma goes with the rate.

Where devices have no symmetry point (equal steps everywhere) nothing is forgotten, and two arrays are of no use. Nor
are they where one-sided pairs are never refreshed: pulses both ways use such a pair up, steps and noise die out
together, and a fast array, which takes most of the pulses, would be the first to stand still.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import torch

from mortalff.cards import Card, OneSidedPair
from mortalff.errors import CardError, message
from mortalff.hardware.device_array import DeviceArray
from mortalff.hardware.device_laws import granularity
from mortalff.hardware.two_array import TwoArrays
from mortalff.physics.symmetry_point import symmetry_points
from mortalff.seeds import Seeds

_DEVICES: Final = 2000
_SIGMAS: Final = 2.0
_PASSING: Final = 2.0 * math.exp(-(_SIGMAS**2) / 2.0) / math.sqrt(2.0 * math.pi)
_ROUNDS: Final = 2.0
_ROUNDS_NOISY: Final = 0.5
_REMEMBERED: Final = 2.75  # σ
FAST_HALVES: Final = 0.35  # inputs of mean square 1 and FF's errors: A forgets in some 20 updates
FAST_DIFFERENCE: Final = 2.0
_SHARE: Final = 0.6
_NEAR_ZERO: Final = 0.1  # of σ


class Resting(NamedTuple):
    """What a card's devices do under as many up as down pulses, in units of weight unless stated.

    Attributes:
        weight: mean symmetry point.
        spread: its standard deviation over devices.
        wander: standard deviation in time of a device about its own.
        pulses: number of pulses that take a device 1 − 1/e of the way to it.
    """

    weight: float
    spread: float
    wander: float
    pulses: float


def resting(card: Card, *, seed: int = 0) -> Resting:
    """Find out by simulated devices of the card.

    A one-sided pair's weight rests at zero, as its devices are alike; each is taken half-way up its range, where
    refreshes keep it, and both move the weight.

    Raises:
        CardError: fewer than half of the devices have a symmetry point, or pairs are never refreshed.
    """
    paired = isinstance(card.cell, OneSidedPair)
    if runs_out(card):
        rule = "its pairs are never refreshed: under pulses both ways they do not come to rest but run out of range"
        raise CardError(message("card", card.name, rule, "use one array, or refresh the pairs"))
    law = DeviceArray(card, _DEVICES, 1, (0,), Seeds.of(seed), torch.device("cpu")).law
    middle = (law.w_min + law.w_max) / 2.0
    point = middle if paired else symmetry_points(law).weight
    found = torch.isfinite(point)
    if float(found.float().mean()) < 0.5:
        rule = "its devices do not forget: their up and down steps are equal everywhere, or nowhere"
        raise CardError(message("card", card.name, rule, "use one array"))
    w = torch.where(found, point, middle)
    down = law.up if paired else law.down
    width = 0.01 * (law.w_max - law.w_min)
    square_up, square_down = (
        step.mean.square() + step.std.square() for step in (law.up(w), down(w))
    )
    variance = (square_up + square_down) / 2.0
    rise = (law.up(w + width).mean - law.up(w - width).mean) / (2.0 * width)
    fall = (law.down(w + width).mean - law.down(w - width).mean) / (2.0 * width)
    fall = torch.zeros_like(rise) if paired else fall  # a pulse moves only one of a pair
    share = ((fall - rise) / 2.0)[found].median()
    at_rest = torch.zeros(1) if paired else point[found]
    return Resting(
        weight=float(at_rest.mean()),
        spread=float(at_rest.std()) if not paired else 0.0,
        wander=float((variance[found].median() / (2.0 * share)).sqrt()),
        pulses=float(1.0 / share),
    )


def two_arrays_for(
    card: Card,
    *,
    rate: float,
    updates: int,
    every: int = 1,
    reads: int = 1,
    fast: float = FAST_HALVES,
) -> TwoArrays:
    """The numbers of two arrays for a card.

    Args:
        card: of both arrays.
        rate: the mean, over training, of the rate that the hardware will be asked for, layer's gain included.
        updates: how often the hardware will be pulsed.
        every: updates between two transfers of all lines.
        reads: reads of a line that are averaged.
        fast: the fast array's rate.

    Raises:
        CardError: the card's devices have no symmetry point, or are pairs that are never refreshed.
    """
    rest = resting(card)
    single = shown_noise(card, rest, reads=reads)
    devices = math.ceil((_SIGMAS * single / (_SHARE * nearer_bound(card))) ** 2)
    sigma = single / math.sqrt(devices)
    drawn = granularity(card) * rest.pulses  # change asked for that draws a device to its rest
    rounds = _ROUNDS if drawn > _REMEMBERED * sigma else _ROUNDS_NOISY
    off_zero = abs(rest.weight) > _NEAR_ZERO * sigma
    return TwoArrays(
        fast_rate=fast / rate,
        gamma=rate / fast,
        transfer_rate=rounds * drawn / (rate * (updates / every) * _PASSING * sigma),
        dead_zone=_SIGMAS * sigma,
        every=every,
        reads=reads,
        rest=rest.weight if off_zero else 0.0,
        settle=drawn if off_zero else 0.0,
        devices=devices,
    )


def shown_noise(card: Card, rest: Resting, *, reads: int = 1) -> float:
    """σ of one device a weight: what its read shows where nothing was learned.

    Args:
        card: of the array.
        rest: what :func:`resting` says of it.
        reads: reads of a line that are averaged.
    """
    read = _read_noise(card) / math.sqrt(reads)
    return math.sqrt(rest.wander**2 + rest.spread**2 + write_noise(card) ** 2 + read**2)


def runs_out(card: Card) -> bool:
    """Whether weights are one-sided pairs that are never refreshed, so that each pulse uses up some of their range."""
    return isinstance(card.cell, OneSidedPair) and card.cell.refresh_every == 0


def nearer_bound(card: Card) -> float:
    """From zero to the mean device's nearer bound; either device of a pair reaches the whole of its range."""
    assert card.device is not None
    low, high = float(card.device.w_min), float(card.device.w_max)
    return high - low if isinstance(card.cell, OneSidedPair) else min(-low, high)


def write_noise(card: Card) -> float:
    """Standard deviation of what is seen of a device about its state, in units of weight."""
    assert card.variability is not None
    assert card.device is not None
    return float(card.variability.write_noise_std) * float(card.device.dw_min)


def _read_noise(card: Card) -> float:
    """Standard deviation of the read of one line at full scale, in units of weight."""
    periphery = card.periphery
    step = 0.0
    if periphery.adc_bits is not None and periphery.output_bound is not None:
        step = 2.0 * float(periphery.output_bound) / (2**periphery.adc_bits - 2)
    return math.hypot(float(periphery.output_noise_std), step / math.sqrt(12.0))
