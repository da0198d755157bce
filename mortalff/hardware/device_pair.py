"""A weight made of two devices, either of which is only ever raised, and the refreshes that this takes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from mortalff.cards import Card, OneSidedPair, Periphery
from mortalff.errors import CardError, message
from mortalff.hardware.device_array import DeviceArray
from mortalff.hardware.mover import PulseBatch
from mortalff.hardware.program_and_verify import Reset
from mortalff.hardware.programmer import ProgrammingCost
from mortalff.physics.converter import convert
from mortalff.physics.refresh import needs_refresh, rewriting_pulses, train_slots
from mortalff.seeds import Seeds
from mortalff.streams import Stream

_READ, _PULSES = (
    1,
    2,
)  # sub of each draw at a refresh's place in a stream of resets; 0 is the reset's


class RefreshCost(NamedTuple):
    """What a refresh took, besides reading both arrays, (chips,) each.

    Attributes:
        pairs: pairs that were reset and written anew.
        device_pulses: pulses that their devices got.
        line_pulses: pulses on lines for that.
        conducted: what all devices conducted together as they were read, in devices of the largest conductance.
    """

    pairs: Tensor
    device_pulses: Tensor
    line_pulses: Tensor
    conducted: Tensor


class DevicePair:
    """The weight is g⁺ − g⁻; up coincidences raise g⁺, down coincidences g⁻.

    Where reads show that both run out of range they are reset, and the difference read is pulsed back onto the one that
    held more, by one pulse train a column. What is lost in this is lost.

    Args:
        plus: the devices of g⁺.
        minus: the devices of g⁻.
        card: the pair's settings and the mean device.
        periphery: by which reads are made.
        granularity: weight change of one pulse, by which differences are pulsed back.
        seeds: where the randomness of resets comes from.
        chip_ids: one number a chip.
    """

    def __init__(
        self,
        plus: DeviceArray,
        minus: DeviceArray,
        card: Card,
        periphery: Periphery,
        granularity: float,
        seeds: Seeds,
        chip_ids: Sequence[int],
    ) -> None:
        assert isinstance(card.cell, OneSidedPair)
        assert card.device is not None
        if float(card.device.w_min) != 0.0:
            rule = "the devices of a one-sided pair range from 0 up"
            raise CardError(message("device.w_min", float(card.device.w_min), rule, "write 0.0"))
        self._plus, self._minus, self._settings = plus, minus, card.cell
        self._periphery = periphery
        self.arrays: Mapping[str, DeviceArray] = {"plus.": plus, "minus.": minus}
        self._w_max, self._granularity = float(card.device.w_max), granularity
        self._verifies = card.programming.method == "verify"
        self._updates = 0
        device = plus.law.w_max.device
        shape = plus.law.w_max.shape[1:]
        self._resets = [
            Stream(seeds.child(name), "resets", chip_ids, device) for name in ("plus", "minus")
        ]
        dtod, rest = float(card.cell.reset_dtod), float(card.cell.reset)
        self._rest: list[Tensor | float] = [
            rest + dtod * stream.normal(*shape, call=0) if dtod else rest for stream in self._resets
        ]
        for stream in self._resets:
            stream.calls = 1
        self._difference: Tensor | None = None
        self._read_noise: tuple[tuple[int, int], Tensor] | None = None

    def weights(self) -> Tensor:
        """The difference of what is seen of the devices."""
        if self._difference is None:
            self._difference = self._plus.seen() - self._minus.seen()
        return self._difference

    def read_noise_std(self) -> Tensor | None:
        """That of both devices together."""
        plus, minus = self._plus.read_noise_std(), self._minus.read_noise_std()
        if plus is None or minus is None:
            return None
        views = (self._plus.version, self._minus.version)
        if self._read_noise is None or self._read_noise[0] != views:
            self._read_noise = (views, torch.hypot(plus, minus))
        return self._read_noise[1]

    def bounds(self) -> tuple[Tensor, Tensor]:
        """All of one device and nothing of the other."""
        return -self._minus.law.w_max, self._plus.law.w_max

    def pulse(self, batch: PulseBatch) -> RefreshCost | None:
        """Apply a batch of pulse trains, then refresh if it is time for it."""
        self._difference = None
        self._plus.pulse(batch, only=1)
        self._minus.pulse(batch, only=-1)
        self._updates += 1
        every = self._settings.refresh_every
        if every == 0 or self._updates % every != 0:
            return None
        return self._refresh()

    def program(self, weights: Tensor) -> tuple[ProgrammingCost, ...]:
        """Write g⁺ where weights are above zero, g⁻ where they are below, and zero to the others.

        Where that is verified, a device that reads too high is reset.
        """
        self._difference = None
        resets = [self._reset_of(0), self._reset_of(1)] if self._verifies else [None, None]
        costs = (
            self._plus.program(weights.clamp_min(0.0), reset=resets[0]),
            self._minus.program((-weights).clamp_min(0.0), reset=resets[1]),
        )
        return tuple(cost for cost in costs if cost is not None)

    def advance(self, seconds: float | Tensor) -> None:
        """Let time pass."""
        self._difference = None
        self._plus.advance(seconds)
        self._minus.advance(seconds)

    def state(self) -> dict[str, Tensor]:
        """Both arrays', and what refreshes go by."""
        own = [self._updates, *(stream.calls for stream in self._resets)]
        state = {"refresh": torch.tensor(own)}
        for name, array in self.arrays.items():
            state |= {f"{name}{key}": tensor for key, tensor in array.state().items()}
        return state

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state."""
        self._difference = None
        self._updates, *calls = (int(n) for n in state["refresh"].tolist())
        for stream, number in zip(self._resets, calls, strict=True):
            stream.calls = number
        for name, array in self.arrays.items():
            own = {k.removeprefix(name): t for k, t in state.items() if k.startswith(name)}
            array.load(own)

    def _refresh(self) -> RefreshCost:
        """Reset the pairs that have run out of range and write their difference anew."""
        places = [stream.next_call() for stream in self._resets]
        held = [_total(array.seen().clamp_min(0.0)) for array in (self._plus, self._minus)]
        conducted = (held[0] + held[1]) / self._w_max
        plus, minus, due = self._read(places)
        device_pulses = line_pulses = torch.zeros(len(plus), dtype=torch.float64)
        for number, (array, more, less) in enumerate(
            ((self._plus, plus, minus), (self._minus, minus, plus))
        ):
            if not bool(due.any()):
                array.set_states(more, due)
                array.pulse_counted(torch.zeros_like(more))
                continue
            stream = self._resets[number]
            state = self._after_reset(number, places[number], 0)
            array.set_states(state, due)
            wanted = torch.where(due, (more - less).clamp_min(0.0), 0.0)
            u = stream.uniform(*state.shape[1:], call=places[number], sub=_PULSES)
            slots = train_slots(wanted, self._granularity, self._settings.refresh_bit_length_max)
            pulses = rewriting_pulses(wanted, self._granularity, slots, u)
            array.pulse_counted(pulses)
            device_pulses = device_pulses + _total(pulses)
            line_pulses = line_pulses + _total(pulses) + _total(slots)
            self._difference = None
        return RefreshCost(_total(due), device_pulses, line_pulses, conducted)

    def _reset_of(self, number: int) -> Reset:
        """What resets leave devices in, a round of verifying each, at a place of its own in their stream."""
        place = self._resets[number].next_call()
        return lambda k: self._after_reset(number, place, k)

    def _after_reset(self, number: int, place: int, sub: int) -> Tensor:
        """The states that a reset of all devices of one array would leave them in."""
        std, like = float(self._settings.reset_std), self._plus.law.w_max
        state = torch.zeros_like(like) + self._rest[number]
        if std > 0.0:
            state = state + std * self._resets[number].normal(*like.shape[1:], call=place, sub=sub)
        return state

    def _read(self, places: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
        """What reads show of g⁺ and g⁻, each column alone, and which pairs have run out of range by that.

        Noise of more than six standard deviations is not waited for.
        """
        upper, lower = float(self._settings.refresh_upper), float(self._settings.refresh_lower)
        plus, minus = self._plus.seen(), self._minus.seen()
        stds = [self._std_of(array) for array in (self._plus, self._minus)]
        bits, bound = self._periphery.adc_bits, self._periphery.output_bound
        full = None if bound is None else float(bound)
        step = 0.0 if bits is None or full is None else 2.0 * full / max(2.0**bits - 2.0, 1.0)
        near = needs_refresh(
            plus + (6.0 * stds[0] + step), minus + (6.0 * stds[1] + step), self._w_max, upper, lower
        )
        if not bool(near.any()):
            return plus, minus, near
        shown = []
        for seen, std, stream, place in zip((plus, minus), stds, self._resets, places, strict=True):
            if isinstance(std, Tensor) or std > 0.0:
                seen = seen + std * stream.normal(*seen.shape[1:], call=place, sub=_READ)
            shown.append(convert(seen, bits, full))
        due = near & needs_refresh(shown[0], shown[1], self._w_max, upper, lower)
        return shown[0], shown[1], due

    def _std_of(self, array: DeviceArray) -> Tensor | float:
        """How far reads of one device scatter."""
        path = self._periphery
        fixed = math.hypot(float(path.output_noise_std), float(path.weight_noise_std))
        own = array.read_noise_std()
        return fixed if own is None else (own.square() + fixed * fixed).sqrt()


def _total(counts: Tensor) -> Tensor:
    return counts.sum((1, 2), dtype=torch.float64).cpu()
