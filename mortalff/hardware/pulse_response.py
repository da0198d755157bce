"""What a laboratory measures of a card's devices, one at a time: pulses up and down, steps, symmetry points, ageing.

The devices are those of ``fabricate(card, n_out=devices, n_in=1, seed=seed)``: device k is the same however many are
made. Every pulse is drawn by itself, with its cycle-to-cycle noise, and clipped at the device's bounds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mortalff.cards import Card, Time
from mortalff.errors import CardError, InputError, message
from mortalff.hardware.ageing import Ageing
from mortalff.hardware.device_laws import device_law
from mortalff.physics.law import Law
from mortalff.physics.symmetry_point import symmetry_points
from mortalff.physics.traverse import pulses_to_cross
from mortalff.seeds import Seeds
from mortalff.streams import Stream

Array = npt.NDArray[np.float64]

DEVICES_MAX = 1000
"""Most devices that are measured together."""

PULSES_MAX = 100_000
"""Most pulses in each direction."""

SHARE = 0.9
"""Share of the range that half of the devices cross in the default number of pulses."""

YEAR_S = 365.25 * 24 * 3600.0

_PULSES_MIN = 10
_BLOCK = 1024  # pulses drawn together; fixed, so that a longer train begins as a shorter one
_GRID = 101
_TIMES = 61


@dataclass(frozen=True)
class Steps:
    """The effect of one pulse on each device along its range; arrays are (places, devices) in weight units.

    Attributes:
        weight: from each device's lower to its upper bound.
        up: mean change by an up pulse.
        up_std: its standard deviation from pulse to pulse.
        down: mean change by a down pulse, positive where it lowers the weight.
        down_std: its standard deviation.
    """

    weight: Array
    up: Array
    up_std: Array
    down: Array
    down_std: Array


@dataclass(frozen=True)
class Fading:
    """What time does to devices that nobody moves: drift, relaxation, diffusion, retention loss.

    Attributes:
        time_s: since the last pulse, (times,).
        weight: at these times; all devices begin at half of the card's mean upper bound, or at their own bound where
            that is nearer; (times, devices).
        nu: each device's drift exponent, (devices,); None without drift.
    """

    time_s: Array
    weight: Array
    nu: Array | None


@dataclass(frozen=True)
class PulseResponse:
    """Devices of a card under N up pulses and then N down pulses; weights are in weight units.

    Attributes:
        card: their card.
        seed: of fabrication and of the noise.
        pulses: N.
        weight: each device's state before the first pulse and after each, (2N + 1, devices).
        read: the weight that a read would see, likewise; None where the card has no write noise.
        w_min: each device's lower bound, (devices,).
        w_max: its upper bound.
        steps: mean and spread of single pulses.
        at_zero: mean up and mean down step at w = 0, or at the bound nearest to it, (2, devices).
        symmetry: each device's symmetry point, NaN where it has none, (devices,).
        equal_everywhere: whether its up and down step are the same at every weight.
        fading: None where nothing on the card ages.
    """

    card: Card
    seed: int
    pulses: int
    weight: Array
    read: Array | None
    w_min: Array
    w_max: Array
    steps: Steps
    at_zero: Array
    symmetry: Array
    equal_everywhere: npt.NDArray[np.bool_]
    fading: Fading | None

    @property
    def devices(self) -> int:
        """How many devices there are."""
        return len(self.w_min)


def measure_pulse_response(
    card: Card, *, devices: int = 50, pulses: int | None = None, seed: int = 0
) -> PulseResponse:
    """Make devices of a card and measure them.

    Args:
        card: a card of pulsed devices.
        devices: how many, up to :data:`DEVICES_MAX`.
        pulses: N up pulses, from each device's lower bound, are followed by N down pulses. By default N is what half of
            the devices need, by their mean steps, to cross :data:`SHARE` of their range both ways, rounded up to two
            digits. The range ends where the mean step vanishes, if that is before the bound.
        seed: fixes the devices and their noise.

    Raises:
        CardError: the card has no pulsed devices.
        InputError: no devices, no pulses, or too many.
    """
    if card.device is None or card.variability is None:
        rule = "its weights are digital numbers, so that there is no device to pulse"
        raise CardError(
            message("card", card.name, rule, "`mortalff cards` lists cards with a device law")
        )
    _check("devices", devices, DEVICES_MAX)
    if pulses is not None:
        _check("pulses", pulses, PULSES_MAX)
    seeds = Seeds.of(seed)
    law, _ = device_law(card, _stream(seeds, "fabrication"), devices, 1)
    n = _default_pulses(law) if pulses is None else pulses
    weight = _train(law, n, _stream(seeds, "pulse_noise"))
    write_std = float(card.variability.write_noise_std) * float(card.device.dw_min)
    read = None
    if write_std > 0.0:
        scatter = _stream(seeds, "write_noise").normal(devices, 2 * n + 1)[0].T
        read = _array(weight + write_std * scatter)
    origin = torch.zeros_like(law.w_min).clamp(law.w_min, law.w_max)
    points = symmetry_points(law)
    return PulseResponse(
        card=card,
        seed=seed,
        pulses=n,
        weight=_array(weight),
        read=read,
        w_min=_array(law.w_min).ravel(),
        w_max=_array(law.w_max).ravel(),
        steps=_steps(law),
        at_zero=np.stack(
            [_array(law.up(origin).mean).ravel(), _array(law.down(origin).mean).ravel()]
        ),
        symmetry=_array(points.weight).ravel(),
        equal_everywhere=points.everywhere.numpy().ravel(),
        fading=_fading(card.time, 0.5 * float(card.device.w_max), law, seeds),
    )


def _train(law: Law, n: int, noise: Stream) -> Tensor:
    """States before and after each of n up and n down pulses, (2n + 1, devices)."""
    w = law.w_min.clone()
    states = [w.ravel()]
    block = torch.empty(0)
    for pulse in range(2 * n):
        if pulse % _BLOCK == 0:
            block = noise.normal(w.numel(), _BLOCK)[0].T.contiguous()
        xi = block[pulse % _BLOCK].reshape(w.shape)
        sign, step = (1.0, law.up(w)) if pulse < n else (-1.0, law.down(w))
        w = torch.clamp(w + sign * (step.mean + step.std * xi), law.w_min, law.w_max)
        states.append(w.ravel())
    return torch.stack(states)


def _default_pulses(law: Law) -> int:
    half = float(pulses_to_cross(law, SHARE).ravel().quantile(0.5, interpolation="lower"))
    if not math.isfinite(half):  # most devices never move, and more pulses would not show more
        return _PULSES_MIN
    digit = 10.0 ** max(0, math.floor(math.log10(max(half, 1.0))) - 1)
    return int(min(max(math.ceil(half / digit) * digit, _PULSES_MIN), PULSES_MAX))


def _steps(law: Law) -> Steps:
    places = torch.linspace(0.0, 1.0, _GRID)
    weights = [law.w_min + (law.w_max - law.w_min) * place for place in places]
    up, down = [law.up(w) for w in weights], [law.down(w) for w in weights]
    return Steps(
        _rows(weights),
        _rows([step.mean for step in up]),
        _rows([step.std for step in up]),
        _rows([step.mean for step in down]),
        _rows([step.std for step in down]),
    )


def _fading(time: Time, start: float, law: Law, seeds: Seeds) -> Fading | None:
    fabrication, noise = (
        _stream(seeds, "fabrication"),
        _stream(seeds.child("ageing"), "write_noise"),
    )
    bounds = (law.w_min, law.w_max)
    devices = law.w_min.shape[1]
    ageing = Ageing(time, fabrication, noise, devices, 1, torch.device("cpu"), bounds=bounds)
    if not ageing.active:
        return None
    w = torch.full_like(law.w_min, start).clamp(*bounds)
    firsts = (time.drift_t0_s, time.relaxation_t0_s, time.diffusion_t0_s)
    first_s = min(float(first) for first in firsts) / 10.0
    time_s = np.geomspace(first_s, max(YEAR_S, 1e4 * first_s), _TIMES)
    seen = []
    for seconds in np.diff(time_s, prepend=0.0):
        w = ageing.advance(w, float(seconds))
        seen.append(ageing.aged(w))
    nu = ageing.drift_exponents
    return Fading(time_s, _rows(seen), None if nu is None else _array(nu).ravel())


def _rows(tensors: list[Tensor]) -> Array:
    return _array(torch.stack([tensor.ravel() for tensor in tensors]))


def _array(tensor: Tensor) -> Array:
    return np.asarray(tensor.numpy(), dtype=np.float64)


def _stream(seeds: Seeds, name: str) -> Stream:
    return Stream(seeds, name, (0,), torch.device("cpu"))


def _check(name: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        rule = f"it must be 1 to {most}"
        raise InputError(message(f"--{name}", value, rule, f"such as --{name} {min(50, most)}"))
