"""What a laboratory measures of a card's devices, one at a time: pulses up and down, steps, symmetry points, ageing.

The devices are those of ``fabricate(card, n_out=devices, n_in=1, seed=seed)``: device k is the same however many are
made. Every pulse is drawn by itself, with its cycle-to-cycle noise, and clipped at the device's bounds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mortalff.cards import Card, OneSidedPair
from mortalff.errors import CardError, InputError, message
from mortalff.hardware.device_array import DeviceArray
from mortalff.physics.law import Law, Step
from mortalff.physics.symmetry_point import symmetry_points
from mortalff.physics.traverse import pulses_to_cross
from mortalff.seeds import Seeds

Array = npt.NDArray[np.float64]

DEVICES_MAX = 1000
"""Most devices that are measured together."""

PULSES_MAX = 100_000
"""Most pulses in each direction."""

READINGS_MAX = 20_000_000
"""Most devices times pulses, up and down together."""

SHARE = 0.9
"""Share of the range that half of the devices cross in the default number of pulses."""

YEAR_S = 365.25 * 24 * 3600.0

_PULSES_MIN = 10
_GRID = 101
_TIMES = 61
_CPU = torch.device("cpu")


@dataclass(frozen=True)
class StepCurve:
    """The effect of one pulse on each device along its range; arrays are (places, devices) in weight units.

    Attributes:
        state: of the device, from its lower to its upper bound.
        mean: mean change in the direction of the pulse.
        std: its standard deviation from pulse to pulse.
    """

    state: Array
    mean: Array
    std: Array


@dataclass(frozen=True)
class Fading:
    """What time does to weights that nobody moves: drift, relaxation, diffusion, retention loss.

    Attributes:
        time_s: since the last pulse, (times,).
        weight: at these times; all begin at half of the card's mean upper bound, or at their own bound where that is
            nearer, with write noise where the card has it; (times, devices).
        nu: each device's drift exponent, (devices,); None without drift.
    """

    time_s: Array
    weight: Array
    nu: Array | None


@dataclass(frozen=True)
class PulseResponse:
    """Devices of a card under N up pulses and then N down pulses; weights are in weight units.

    Where the card's cell is a one-sided pair, a "device" is a pair: up pulses raise g⁺, down pulses raise g⁻, both
    begin as a reset leaves them, and nothing is refreshed.

    Attributes:
        card: their card.
        seed: of fabrication and of the noise.
        pulses: N.
        weight: each device's state before the first pulse and after each, (2N + 1, devices).
        read: the weight that a read would see, likewise; None where it is the state itself.
        bounds: each weight's lower and upper bound, (2, devices).
        up: what an up pulse does; to g⁺ in pairs.
        down: what a down pulse does; to g⁻ in pairs, whose state an up pulse of its own raises.
        at_zero: mean up and mean down step at state 0, or at the bound nearest to it, (2, devices).
        symmetry: each device's symmetry point, NaN where it has none, (devices,).
        equal_everywhere: whether its up and down step are the same at every weight.
        fading: None where nothing on the card ages.
    """

    card: Card
    seed: int
    pulses: int
    weight: Array
    read: Array | None
    bounds: Array
    up: StepCurve
    down: StepCurve
    at_zero: Array
    symmetry: Array
    equal_everywhere: npt.NDArray[np.bool_]
    fading: Fading | None

    @property
    def devices(self) -> int:
        """How many devices, or pairs, there are."""
        return len(self.symmetry)

    @property
    def paired(self) -> bool:
        """Whether a weight is a one-sided pair of devices."""
        return isinstance(self.card.cell, OneSidedPair)


def measure_pulse_response(
    card: Card,
    *,
    devices: int = 50,
    pulses: int | None = None,
    seed: int = 0,
    told: Callable[[range], Iterable[int]] = iter,
) -> PulseResponse:
    """Make devices of a card and measure them.

    Args:
        card: a card of pulsed devices.
        devices: how many, up to :data:`DEVICES_MAX`.
        pulses: N up pulses, from each device's lower bound (pairs: from a reset), are followed by N down pulses. By
            default N is what half of the devices need, by their mean steps, to cross :data:`SHARE` of their range both
            ways, rounded up to two digits. The range ends where the mean step vanishes, if that is before the bound.
        seed: fixes the devices and their noise.
        told: goes through the pulses, and may show how far it is.

    Raises:
        CardError: the card has no pulsed devices.
        InputError: no devices, no pulses, or too many.
    """
    if card.device is None or card.law.kind == "ProgramOnly":
        digital = "its weights are digital numbers, so that there is no device to pulse"
        rule = digital if card.device is None else "its devices' response to pulses is not known"
        raise CardError(
            message("card", card.name, rule, "`mortalff cards` lists cards with a device law")
        )
    _check("devices", devices, DEVICES_MAX)
    if pulses is not None:
        _check("pulses", pulses, PULSES_MAX)
    up, down = _fabricated(card, devices, seed)
    paired = up is not down
    n = _default_pulses(up.law, both_ways=not paired) if pulses is None else pulses
    if 2 * n * devices > READINGS_MAX:
        rule = f"devices times pulses up and down must be no more than {READINGS_MAX}"
        most = READINGS_MAX // (2 * n)
        raise InputError(
            message("--devices", devices, rule, f"with {n} pulses give at most {most}")
        )
    rest = float(card.cell.reset) if isinstance(card.cell, OneSidedPair) else None
    weight, read = _train(up, down, n, rest, told)
    symmetry = torch.full_like(up.law.w_min, torch.nan)
    everywhere = torch.zeros_like(symmetry, dtype=torch.bool)
    if not paired:
        symmetry, everywhere = symmetry_points(up.law)
    lower = -down.law.w_max if paired else up.law.w_min
    down_steps = down.law.up if paired else down.law.down
    return PulseResponse(
        card=card,
        seed=seed,
        pulses=n,
        weight=weight,
        read=None if np.array_equal(read, weight) else read,
        bounds=_rows([lower, up.law.w_max]),
        up=_steps(up.law, up.law.up),
        down=_steps(down.law, down_steps),
        at_zero=_rows([up.law.up(_zero(up.law)).mean, down_steps(_zero(down.law)).mean]),
        symmetry=_array(symmetry),
        equal_everywhere=everywhere.numpy().ravel(),
        fading=_fading(card, devices, seed, 0.5 * float(card.device.w_max)),
    )


def _fabricated(card: Card, devices: int, seed: int) -> tuple[DeviceArray, DeviceArray]:
    """The devices that up and those that down pulses go to; the same array where a weight is one device."""
    seeds = Seeds.of(seed)
    if isinstance(card.cell, OneSidedPair):
        plus, minus = (
            DeviceArray(card, devices, 1, (0,), seeds.child(name), _CPU)
            for name in ("plus", "minus")
        )
        return plus, minus
    array = DeviceArray(card, devices, 1, (0,), seeds, _CPU)
    return array, array


def _train(
    up: DeviceArray,
    down: DeviceArray,
    n: int,
    rest: float | None,
    told: Callable[[range], Iterable[int]],
) -> tuple[Array, Array]:
    """States, and what is read of them, before and after each of n up and n down pulses, (2n + 1, devices)."""
    paired = up is not down
    start = up.law.w_min if rest is None else torch.full_like(up.law.w_min, rest)
    up.set_states(start)
    if paired:
        down.set_states(start)
    once = torch.ones_like(start)
    states, reads = np.empty((2, 2 * n + 1, start.numel()))
    for pulse in told(range(2 * n + 1)):
        if pulse > n:
            down.pulse_counted(once if paired else -once)
        elif pulse > 0:
            up.pulse_counted(once)
        state, seen = up.state()["weights"], up.seen()
        if paired:
            state, seen = state - down.state()["weights"], seen - down.seen()
        states[pulse], reads[pulse] = _array(state), _array(seen)
    return states, reads


def _default_pulses(law: Law, *, both_ways: bool) -> int:
    counts = pulses_to_cross(law, SHARE, down=both_ways)
    half = float(counts.ravel().quantile(0.5, interpolation="lower"))
    if not math.isfinite(half):  # most devices never move, and more pulses would not show more
        return _PULSES_MIN
    digit = 10.0 ** max(0, math.floor(math.log10(max(half, 1.0))) - 1)
    return int(min(max(math.ceil(half / digit) * digit, _PULSES_MIN), PULSES_MAX))


def _steps(law: Law, respond: Callable[[Tensor], Step]) -> StepCurve:
    places = torch.linspace(0.0, 1.0, _GRID)
    states = [law.w_min + (law.w_max - law.w_min) * place for place in places]
    steps = [respond(state) for state in states]
    return StepCurve(_rows(states), _rows([s.mean for s in steps]), _rows([s.std for s in steps]))


def _fading(card: Card, devices: int, seed: int, start: float) -> Fading | None:
    up, down = _fabricated(card, devices, seed)
    up.set_states(torch.full_like(up.law.w_min, start))
    time = card.time
    firsts = (time.drift_t0_s, time.relaxation_t0_s, time.diffusion_t0_s)
    first_s = min(float(first) for first in firsts) / 10.0
    time_s = np.geomspace(first_s, max(YEAR_S, 1e4 * first_s), _TIMES)
    seen = []
    for seconds in np.diff(time_s, prepend=0.0):
        up.advance(float(seconds))
        if down is not up:
            down.advance(float(seconds))
        seen.append(up.seen() - down.seen() if down is not up else up.seen())
    weight = _rows(seen)
    if (weight == weight[0]).all():
        return None
    nu = up.drift_exponents
    return Fading(time_s, weight, None if nu is None else _array(nu))


def _zero(law: Law) -> Tensor:
    return torch.zeros_like(law.w_min).clamp(law.w_min, law.w_max)


def _rows(tensors: list[Tensor]) -> Array:
    return np.stack([_array(tensor) for tensor in tensors])


def _array(tensor: Tensor) -> Array:
    return np.asarray(tensor.numpy(), dtype=np.float64).ravel()


def _check(name: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        rule = f"it must be 1 to {most}"
        raise InputError(message(f"--{name}", value, rule, f"such as --{name} 50"))
