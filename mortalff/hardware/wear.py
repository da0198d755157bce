"""Devices wear with the pulses they get, lose range, and fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor

from mortalff.cards import Faults
from mortalff.physics.endurance import log_normal_lifetimes, weibull_lifetimes
from mortalff.streams import Stream

_PLACE: Final = 20  # of lifetimes in the stream of faults


class Wear:
    """How worn the devices of an array are. Made only where ``endurance_pulses`` is given: see :func:`make_wear`.

    Attributes:
        lifetimes: pulses that each device survives, (chips, n_out, n_in).

    Args:
        faults: the card's ``[faults]``.
        stream: stream of faults, this array's alone; lifetimes have a fixed place in it.
        bounds: lower and upper bound of each new device, (chips, n_out, n_in).
    """

    def __init__(self, faults: Faults, stream: Stream, bounds: tuple[Tensor, Tensor]) -> None:
        assert faults.endurance_pulses is not None
        self._faults, self._bounds = faults, bounds
        shape, median = bounds[0].shape, float(faults.endurance_pulses)
        if faults.endurance_law == "log_normal":
            xi = stream.normal(*shape[1:], call=_PLACE)
            self.lifetimes = log_normal_lifetimes(median, float(faults.endurance_sigma), xi)
        else:
            u = stream.uniform(*shape[1:], call=_PLACE)
            self.lifetimes = weibull_lifetimes(median, float(faults.endurance_shape), u)
        # Devices without a range are stuck where they are, and pulses do no more to them.
        self.lifetimes = torch.where(bounds[0] < bounds[1], self.lifetimes, torch.inf)
        # In double precision, so that single pulses of long lives add up.
        self._pulses = torch.zeros(shape, dtype=torch.float64, device=bounds[0].device)
        self._stuck_at: Tensor | None = None
        if faults.endurance_failure == "in_place":
            self._stuck_at = torch.zeros_like(bounds[0])

    @property
    def failed(self) -> Tensor:
        """Which devices have failed, bool, (chips, n_out, n_in)."""
        return self._pulses >= self.lifetimes

    def add(self, hits: Tensor, w: Tensor) -> Tensor | None:
        """Wear devices.

        Args:
            hits: pulses that each device got, whole or expected numbers, of a shape that broadcasts to the devices'.
            w: hidden weights after them.

        Returns:
            The devices that failed by them, bool, (chips, n_out, n_in); None where none did.
        """
        before = self.failed
        self._pulses = self._pulses + hits
        new = self.failed & ~before
        if not bool(new.any()):
            return None
        if self._stuck_at is not None:
            self._stuck_at = torch.where(new, w, self._stuck_at)
        return new

    def pin(self, w: Tensor) -> Tensor:
        """Weights where wear lets them be: failed devices where they are stuck, others in what is left of their range.

        Args:
            w: hidden or visible weights, (chips, n_out, n_in).
        """
        low, high = self._bounds
        loss = float(self._faults.endurance_window_loss)
        if loss > 0.0:
            left = (1.0 - loss * (self._pulses / self.lifetimes).clamp_max(1.0)).to(w.dtype)
            low, high = low * left, high * left
            w = torch.clamp(w, low, high)
        if self._stuck_at is not None:
            return torch.where(self.failed, self._stuck_at, w)
        where = {"low": low, "high": high}
        return torch.where(
            self.failed, where.get(self._faults.endurance_failure, torch.zeros_like(w)), w
        )

    def state(self) -> dict[str, Tensor]:
        """Wear so far; a copy."""
        state = {"pulses": self._pulses.clone()}
        if self._stuck_at is not None:
            state["stuck_at"] = self._stuck_at.clone()
        return state

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go back to what :meth:`state` gave; names and shapes are the caller's to check."""
        self._pulses = state["pulses"].to(self._pulses.device, copy=True)
        if self._stuck_at is not None:
            self._stuck_at = state["stuck_at"].to(self._stuck_at.device, copy=True)


def make_wear(faults: Faults, stream: Stream, bounds: tuple[Tensor, Tensor]) -> Wear | None:
    """The wear of an array, arguments as for :class:`Wear`; None where devices live for ever."""
    return None if faults.endurance_pulses is None else Wear(faults, stream, bounds)
