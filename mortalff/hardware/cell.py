"""A weight made of devices: one, or a pair of which either is only ever raised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor

from mortalff.cards import Card, OneSidedPair
from mortalff.errors import CardError, message
from mortalff.hardware.device_array import DeviceArray, PulseBatch
from mortalff.hardware.programmer import ProgrammingCost
from mortalff.physics.refresh import needs_refresh
from mortalff.seeds import Seeds
from mortalff.streams import Stream


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

    Where both run out of range they are reset, and their difference is pulsed back onto the one that held more, by as
    many pulses as a device of the mean step needs. What is lost in this is lost.

    Args:
        plus: the devices of g⁺.
        minus: the devices of g⁻.
        card: the pair's settings and the mean device.
        granularity: weight change of one pulse of the mean device at w = 0.
        seeds: where the randomness of resets comes from.
        chip_ids: one number a chip.
    """

    def __init__(
        self,
        plus: DeviceArray,
        minus: DeviceArray,
        card: Card,
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
        plus, minus = self._plus.seen(), self._minus.seen()
        upper, lower = float(self._settings.refresh_upper), float(self._settings.refresh_lower)
        due = needs_refresh(plus, minus, self._w_max, upper, lower)
        places = [stream.next_call() for stream in self._resets]
        if bool(due.any()):
            difference = plus - minus
            std = float(self._settings.reset_std)
            for number, (array, sign) in enumerate(((self._plus, 1.0), (self._minus, -1.0))):
                state = torch.zeros_like(difference) + self._rest[number]
                if std > 0.0:
                    xi = self._resets[number].normal(*state.shape[1:], call=places[number])
                    state = state + std * xi
                array.set_states(state, due)
                pulses = (sign * difference / self._granularity).round().clamp_min(0.0)
                array.pulse_counted(torch.where(due, pulses, 0.0))
            self._difference = None
        return due.sum((1, 2))


def make_cell(
    card: Card,
    n_out: int,
    n_in: int,
    chip_ids: Sequence[int],
    seeds: Seeds,
    device: torch.device,
    initial: Tensor,
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
        granularity: weight change of one pulse of the mean device at w = 0.
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
    return DevicePair(plus, minus, card, granularity, seeds, chip_ids)
