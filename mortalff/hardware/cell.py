"""A weight made of devices: one, or a pair of which either is only ever raised."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor

from mortalff.cards import Card, OneSidedPair, Periphery
from mortalff.errors import CardError, message
from mortalff.hardware.device_array import DeviceArray, PulseBatch
from mortalff.hardware.programmer import ProgrammingCost
from mortalff.physics.converter import convert
from mortalff.physics.refresh import needs_refresh, rewriting_pulses
from mortalff.seeds import Seeds
from mortalff.streams import Stream

_READ, _PULSES = (
    1,
    2,
)  # sub of each draw at a refresh's place in a stream of resets; 0 is the reset's


class Cell(Protocol):
    """The weights of a row of chips, as devices hold them; all tensors (chips, n_out, n_in)."""

    @property
    def arrays(self) -> Mapping[str, DeviceArray]:
        """The arrays of devices by name."""
        ...

    def weights(self) -> Tensor:
        """The weights that a read sees; not to be written to."""
        ...

    def read_noise_std(self) -> Tensor | None:
        """How far each weight's reads scatter now; None where no model of that is given."""
        ...

    def bounds(self) -> tuple[Tensor, Tensor]:
        """The smallest and the largest weight that each cell can hold."""
        ...

    def pulse(self, batch: PulseBatch) -> Tensor | None:
        """Apply a batch of pulse trains; how many cells of each chip were refreshed, None where none ever are."""
        ...

    def program(self, weights: Tensor) -> tuple[ProgrammingCost, ...]:
        """Write weights, as the card's [programming] says; what verifying took, an entry an array of devices."""
        ...

    def advance(self, seconds: float | Tensor) -> None:
        """Let time pass."""
        ...

    def state(self) -> dict[str, Tensor]:
        """All that changes, but for the streams; a copy."""
        ...

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state, whose names and shapes were checked."""
        ...


class SingleDevice:
    """The weight is the state of one device, which pulses of either direction move."""

    def __init__(self, devices: DeviceArray) -> None:
        self._devices = devices
        self.arrays: Mapping[str, DeviceArray] = {"": devices}

    def weights(self) -> Tensor:
        """What is seen of the devices."""
        return self._devices.seen()

    def read_noise_std(self) -> Tensor | None:
        """That of the devices."""
        return self._devices.read_noise_std()

    def bounds(self) -> tuple[Tensor, Tensor]:
        """The devices' own."""
        return self._devices.law.w_min, self._devices.law.w_max

    def pulse(self, batch: PulseBatch) -> None:
        """Apply a batch of pulse trains."""
        self._devices.pulse(batch)

    def program(self, weights: Tensor) -> tuple[ProgrammingCost, ...]:
        """Write the devices."""
        cost = self._devices.program(weights)
        return () if cost is None else (cost,)

    def advance(self, seconds: float | Tensor) -> None:
        """Let time pass."""
        self._devices.advance(seconds)

    def state(self) -> dict[str, Tensor]:
        """The devices'."""
        return self._devices.state()

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state."""
        self._devices.load(state)


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

    def weights(self) -> Tensor:
        """The difference of what is seen of the devices."""
        if self._difference is None:
            self._difference = self._plus.seen() - self._minus.seen()
        return self._difference

    def read_noise_std(self) -> Tensor | None:
        """That of both devices together."""
        stds = [array.read_noise_std() for array in (self._plus, self._minus)]
        known = [std.square() for std in stds if std is not None]
        return torch.stack(known).sum(0).sqrt() if known else None

    def bounds(self) -> tuple[Tensor, Tensor]:
        """All of one device and nothing of the other."""
        return -self._minus.law.w_max, self._plus.law.w_max

    def pulse(self, batch: PulseBatch) -> Tensor | None:
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
        """Write g⁺ where weights are above zero, g⁻ where they are below, and zero to the others."""
        self._difference = None
        costs = (
            self._plus.program(weights.clamp_min(0.0)),
            self._minus.program((-weights).clamp_min(0.0)),
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

    def _refresh(self) -> Tensor:
        """Reset the pairs that have run out of range and write their difference anew; how many a chip."""
        places = [stream.next_call() for stream in self._resets]
        plus, minus, due = self._read(places)
        for number, (array, more, less) in enumerate(
            ((self._plus, plus, minus), (self._minus, minus, plus))
        ):
            if not bool(due.any()):
                array.set_states(more, due)
                array.pulse_counted(torch.zeros_like(more))
                continue
            stream, std = self._resets[number], float(self._settings.reset_std)
            state = torch.zeros_like(more) + self._rest[number]
            if std > 0.0:
                state = state + std * stream.normal(*state.shape[1:], call=places[number])
            array.set_states(state, due)
            wanted = torch.where(due, (more - less).clamp_min(0.0), 0.0)
            u = stream.uniform(*state.shape[1:], call=places[number], sub=_PULSES)
            array.pulse_counted(
                rewriting_pulses(
                    wanted,
                    self._granularity,
                    self._settings.refresh_bit_length_max,
                    u,
                )
            )
            self._difference = None
        return due.sum((1, 2))

    def _read(self, places: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
        """What reads show of g⁺ and g⁻, each column alone, and which pairs have run out of range by that.

        Pairs that would need noise of six standard deviations for it are told by what they are.
        """
        upper, lower = float(self._settings.refresh_upper), float(self._settings.refresh_lower)
        plus, minus = self._plus.seen(), self._minus.seen()
        stds = [self._std_of(array) for array in (self._plus, self._minus)]
        bits, bound = self._periphery.adc_bits, self._periphery.output_bound
        full = None if bound is None else float(bound)
        step = 0.0 if bits is None or full is None else 2.0 * full / max(2.0**bits - 2.0, 1.0)
        most = [float(torch.as_tensor(std).max()) for std in stds]
        room = (6.0 * max(most) + step) / self._w_max
        near = needs_refresh(plus, minus, self._w_max, upper - room, lower - room)
        if not bool(near.any()):
            return plus, minus, near
        shown = [
            convert(seen + std * stream.normal(*seen.shape[1:], call=place, sub=_READ), bits, full)
            if peak > 0.0
            else convert(seen, bits, full)
            for seen, std, peak, stream, place in zip(
                (plus, minus), stds, most, self._resets, places, strict=True
            )
        ]
        due = near & needs_refresh(shown[0], shown[1], self._w_max, upper, lower)
        return shown[0], shown[1], due

    def _std_of(self, array: DeviceArray) -> Tensor | float:
        """How far reads of one device scatter."""
        path = self._periphery
        fixed = math.hypot(float(path.output_noise_std), float(path.weight_noise_std))
        own = array.read_noise_std()
        return fixed if own is None else (own.square() + fixed * fixed).sqrt()


def make_cell(
    card: Card,
    n_out: int,
    n_in: int,
    chip_ids: Sequence[int],
    seeds: Seeds,
    device: torch.device,
    initial: Tensor,
    periphery: Periphery,
    granularity: float,
) -> Cell:
    """The cells of a row of chips, as the card says.

    Args:
        card: device and cell.
        n_out: columns.
        n_in: rows.
        chip_ids: one number a chip.
        seeds: where randomness comes from.
        device: torch device.
        initial: weights with which chips leave the fab, (chips, n_out, n_in), before the devices' bounds.
        periphery: by which the devices of a pair are read for a refresh.
        granularity: weight change of one pulse.
    """
    if not isinstance(card.cell, OneSidedPair):
        return SingleDevice(
            DeviceArray(card, n_out, n_in, chip_ids, seeds, device, initial=initial)
        )
    plus, minus = (
        DeviceArray(
            card,
            n_out,
            n_in,
            chip_ids,
            seeds.child(name),
            device,
            initial=(sign * initial).clamp_min(0.0),
            of_pair=True,
        )
        for name, sign in (("plus", 1.0), ("minus", -1.0))
    )
    return DevicePair(plus, minus, card, periphery, granularity, seeds, chip_ids)
