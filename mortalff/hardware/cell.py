"""A weight made of devices: one, or a pair of which either is only ever raised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor

from mortalff.cards import Card, OneSidedPair, Periphery
from mortalff.hardware.device_array import DeviceArray
from mortalff.hardware.device_pair import DevicePair
from mortalff.hardware.mover import PulseBatch
from mortalff.hardware.pair_refresh import PairRefresh, RefreshCost
from mortalff.hardware.programmer import ProgrammingCost
from mortalff.seeds import Seeds


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

    def pulse(self, batch: PulseBatch) -> RefreshCost | None:
        """Apply a batch of pulse trains; what a refresh took, None where there was none."""
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
    refresh = PairRefresh(plus, minus, card, periphery, granularity, seeds, chip_ids)
    return DevicePair(plus, minus, card, refresh)
