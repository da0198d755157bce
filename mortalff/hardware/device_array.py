"""One device at every cross-point: its state, and how pulses, time and programming change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mortalff.cards import Card
from mortalff.hardware.ageing import Ageing
from mortalff.hardware.device_laws import device_law
from mortalff.hardware.event_kernel import pulse_counted, scatter_visible
from mortalff.hardware.law_tables import LawTables, law_tables
from mortalff.hardware.pulses import (
    NO_HITS,
    exact_update,
    exact_update_reference,
    fast_update,
    fast_update_reference,
)
from mortalff.physics.law import Law
from mortalff.physics.pulse_trains import Trains, expected_coincidences
from mortalff.seeds import Seeds
from mortalff.streams import Stream


@dataclass(frozen=True)
class PulseBatch:
    """A batch of pulse trains, and how it is worked out.

    Attributes:
        trains: what is sent to rows and columns.
        exact: positions of the chips whose pulses are drawn one by one; the others' batch is treated at once.
        bits: the stream that decides which slots fire, and the place in it.
    """

    trains: Trains
    exact: tuple[int, ...]
    bits: tuple[Stream, int]


class DeviceArray:
    """The devices of a row of chips.

    A device has a hidden state, in units of weights, that pulses move; what is seen of it scatters about that (write
    noise) and ages.

    Args:
        card: mean device, spread and law.
        n_out: columns.
        n_in: rows.
        chip_ids: one number a chip.
        seeds: where randomness comes from.
        device: torch device.
        initial: states (chips, n_out, n_in) in which devices leave the fab, before their bounds; zero by default.

    Attributes:
        law: how the devices respond to pulses, with their bounds.
    """

    def __init__(
        self,
        card: Card,
        n_out: int,
        n_in: int,
        chip_ids: Sequence[int],
        seeds: Seeds,
        device: torch.device,
        *,
        initial: Tensor | None = None,
    ) -> None:
        assert card.device is not None
        assert card.variability is not None

        def stream(name: str) -> Stream:
            return Stream(seeds, name, chip_ids, device)

        self._shape = (n_out, n_in)
        fabrication = stream("fabrication")
        self.law: Law = device_law(card, fabrication, n_out, n_in)[0]
        self._tables: LawTables | None = law_tables(self.law) if device.type == "cpu" else None
        self._pulse_noise = stream("pulse_noise")
        self._write_noise = stream("write_noise")
        self._programming = stream("programming")
        self._write_std = float(card.variability.write_noise_std) * float(card.device.dw_min)
        start = torch.zeros_like(self.law.w_min) if initial is None else initial
        self._w = torch.clamp(start, self.law.w_min, self.law.w_max)
        self._visible = self._w
        if self._write_std > 0.0:
            self._visible = self._w + self._write_std * self._write_noise.normal(n_out, n_in)
        bounds = (self.law.w_min, self.law.w_max)
        self._ageing = Ageing(
            card.time, fabrication, stream("ageing"), n_out, n_in, device, bounds=bounds
        )

    def seen(self) -> Tensor:
        """The states that a read sees, (chips, n_out, n_in); not to be written to."""
        return self._ageing.aged(self._visible)

    def pulse(self, batch: PulseBatch, only: int = 0) -> None:
        """Apply a batch of pulse trains.

        Args:
            batch: the trains.
            only: 0; or 1 or -1 to take up or down coincidences alone, as up pulses.
        """
        ages, marks = self._ageing.active, self._write_std > 0.0 or self._ageing.active
        before = self._w
        if ages:
            # Whom no pulse reaches ages on from where it was.
            self._w = self._ageing.settle(before).clone()
            if self._visible is before:
                self._visible = self._w
        hits = self._move(batch, only, marks)
        if hits is None:
            return
        reached = hits > 0 if isinstance(hits, Tensor) else torch.from_numpy(hits > 0)
        if ages:
            self._w = torch.where(reached, self._w, before)
        if self._write_std > 0.0:
            call = self._write_noise.next_call()
            if isinstance(hits, Tensor):
                xi = self._write_noise.normal(*self._shape, call=call)
                self._visible = torch.where(reached, self._w + self._write_std * xi, self._visible)
            else:
                std, keys = np.float32(self._write_std), self._write_noise.keys
                scatter_visible(self._visible.numpy(), self._w.numpy(), hits, std, keys, call)
        else:
            self._visible = self._w
        if ages:
            self._ageing.moved(reached, self._w)

    def pulse_counted(self, counts: Tensor) -> None:
        """Give each device a number of pulses of its own.

        Args:
            counts: (chips, n_out, n_in), whole; below zero for down pulses.
        """
        reached = counts != 0
        if not bool(reached.any()):
            return
        if self._ageing.active:
            self._w = torch.where(reached, self._ageing.settle(self._w), self._w)
        call = self._pulse_noise.next_call()
        if self._tables is not None:
            tables = self._tables
            pulse_counted(
                self._w.numpy(),
                tables.low,
                tables.high,
                tables.up,
                tables.down,
                tables.shared,
                counts.to(torch.int32).contiguous().numpy(),
                self._pulse_noise.keys,
                call,
            )
        else:
            self._pulse_counted_reference(counts, call)
        self._rewritten(reached)

    def set_states(self, states: Tensor, where: Tensor | None = None) -> None:
        """Put devices into states, within their bounds; what is seen of them scatters anew.

        Args:
            states: (chips, n_out, n_in).
            where: which devices, bool; all by default.
        """
        wanted = torch.clamp(states.expand_as(self._w), self.law.w_min, self.law.w_max)
        everywhere = torch.ones_like(wanted, dtype=torch.bool) if where is None else where
        alike = self._visible is self._w
        self._w = wanted if where is None else torch.where(where, wanted, self._w)
        if alike:
            self._visible = self._w
        self._rewritten(everywhere)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._w = self._ageing.advance(self._w, seconds)

    def streams(self) -> tuple[Stream, ...]:
        """Streams whose number of calls belongs to the state."""
        own = (self._pulse_noise, self._write_noise, self._programming)
        return (*own, *self._ageing.streams())

    def state(self) -> dict[str, Tensor]:
        """All that changes, but for the streams; a copy."""
        state = {"weights": self._w.clone(), "visible": self._visible.clone()}
        return state | {f"ageing.{name}": t for name, t in self._ageing.state().items()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state, whose names and shapes were checked."""
        alike = self._visible is self._w
        self._w = state["weights"].to(self._w.device, copy=True)
        self._visible = self._w if alike else state["visible"].to(self._w.device, copy=True)
        prefix = "ageing."
        self._ageing.load(
            {n.removeprefix(prefix): t for n, t in state.items() if n.startswith(prefix)}
        )

    def _move(
        self, batch: PulseBatch, only: int, marks: bool
    ) -> npt.NDArray[np.uint16] | Tensor | None:
        """Move hidden states; how many pulses reached each device, None where nobody asks."""
        noise = (self._pulse_noise, self._pulse_noise.next_call())
        chips = self._w.shape[0]
        fast = tuple(chip for chip in range(chips) if chip not in set(batch.exact))
        if self._tables is None:
            return self._move_reference(batch, only, marks)
        hits = np.zeros(self._w.shape, np.uint16) if marks else NO_HITS
        if batch.exact:
            exact_update(
                self._w, hits, self._tables, batch.trains, batch.exact, only, batch.bits, noise
            )
        if fast:
            reached = (self._write_noise, self._write_noise.next_call() if marks else 0)
            fast_update(self._w, hits, self._tables, batch.trains, fast, only, reached, noise)
        return hits if marks else None

    def _move_reference(self, batch: PulseBatch, only: int, marks: bool) -> Tensor | None:
        """Likewise in plain torch, for other devices than a CPU; all chips in the way of the first."""
        if batch.exact:
            bits = batch.bits[0]
            hits = exact_update_reference(
                self._w, self.law, batch.trains, bits, self._pulse_noise, only
            )
            return hits if marks else None
        up, down = expected_coincidences(batch.trains)
        if only != 0:
            up, down = (up if only > 0 else down), None
        fast_update_reference(self._w, self.law, up, down, self._pulse_noise)
        if not marks:
            return None
        unmoved = torch.ones((), device=self._w.device)
        for coincidences in (up, down):
            if coincidences is not None:
                unmoved = unmoved * coincidences.none()
        return (self._write_noise.uniform(*self._shape) >= unmoved).to(torch.float32)

    def _pulse_counted_reference(self, counts: Tensor, call: int) -> None:
        for number in range(int(counts.abs().max())):
            lit = counts.abs() > number
            xi = self._pulse_noise.normal(*self._shape, call=call, sub=number)
            up, down = self.law.up(self._w), self.law.down(self._w)
            moved = torch.where(counts > 0, up.mean + up.std * xi, -(down.mean + down.std * xi))
            self._w.add_(moved.mul_(lit))
            torch.clamp(self._w, self.law.w_min, self.law.w_max, out=self._w)

    def _rewritten(self, where: Tensor) -> None:
        """What is seen of devices whose state was set."""
        if self._write_std > 0.0:
            xi = self._programming.normal(*self._shape)
            self._visible = torch.where(where, self._w + self._write_std * xi, self._visible)
        else:
            self._visible = self._w
        self._ageing.moved(where, self._w)
