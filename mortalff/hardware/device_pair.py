"""A weight made of two devices, either of which is only ever raised, and the refreshes that this takes."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from mortalff.cards import Card, OneSidedPair
from mortalff.errors import CardError, message
from mortalff.hardware.device_array import DeviceArray
from mortalff.hardware.mover import PulseBatch
from mortalff.hardware.pair_refresh import PairRefresh, RefreshCost
from mortalff.hardware.programmer import ProgrammingCost


class DevicePair:
    """The weight is g⁺ − g⁻; up coincidences raise g⁺, down coincidences g⁻.

    Where reads show that both run out of range they are reset and written anew
    (:class:`mortalff.hardware.pair_refresh.PairRefresh`).

    Args:
        plus: the devices of g⁺.
        minus: the devices of g⁻.
        card: the pair's settings and the mean device.
        refresh: resets and rewrites the same devices.
    """

    def __init__(
        self,
        plus: DeviceArray,
        minus: DeviceArray,
        card: Card,
        refresh: PairRefresh,
    ) -> None:
        assert isinstance(card.cell, OneSidedPair)
        assert card.device is not None
        if float(card.device.w_min) != 0.0:
            rule = "the devices of a one-sided pair range from 0 up"
            raise CardError(message("device.w_min", float(card.device.w_min), rule, "write 0.0"))
        self._plus, self._minus, self._settings = plus, minus, card.cell
        self.arrays: Mapping[str, DeviceArray] = {"plus.": plus, "minus.": minus}
        self._verifies = card.programming.method == "verify"
        self._updates = 0
        self._refresh = refresh
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
        return self._refresh.refresh()

    def program(self, weights: Tensor) -> tuple[ProgrammingCost, ...]:
        """Write g⁺ where weights are above zero, g⁻ where they are below, and zero to the others.

        Where that is verified, a device that reads too high is reset.
        """
        self._difference = None
        resets = (
            [self._refresh.reset_of(0), self._refresh.reset_of(1)]
            if self._verifies
            else [None, None]
        )
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
        own = [self._updates, *(stream.calls for stream in self._refresh.streams)]
        state = {"refresh": torch.tensor(own)}
        for name, array in self.arrays.items():
            state |= {f"{name}{key}": tensor for key, tensor in array.state().items()}
        return state

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state."""
        self._difference = None
        self._updates, *calls = (int(n) for n in state["refresh"].tolist())
        for stream, number in zip(self._refresh.streams, calls, strict=True):
            stream.calls = number
        for name, array in self.arrays.items():
            own = {k.removeprefix(name): t for k, t in state.items() if k.startswith(name)}
            array.load(own)
