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
from mortalff.hardware.device_laws import device_law, granularity
from mortalff.hardware.event_kernel import pulse_counted, scatter_seen
from mortalff.hardware.faults import draw_faults, with_faults
from mortalff.hardware.fused_update import fused_update
from mortalff.hardware.law_tables import LawTables, law_tables
from mortalff.hardware.programmer import Programmer, ProgrammingCost
from mortalff.hardware.pulse_parts import parts
from mortalff.hardware.pulses import (
    NO_HITS,
    NO_STATES,
    Seen,
    exact_update,
    exact_update_reference,
    fast_update,
    fast_update_reference,
    hits_reference,
)
from mortalff.hardware.wear import make_wear
from mortalff.physics.law import Law
from mortalff.physics.levels import nearest_level
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
        of_pair: whether each device is one of a one-sided pair, and stands for itself alone.

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
        of_pair: bool = False,
    ) -> None:
        assert card.device is not None

        def stream(name: str) -> Stream:
            return Stream(seeds, name, chip_ids, device)

        self._shape = (n_out, n_in)
        fabrication = stream("fabrication")
        law: Law = device_law(card, fabrication, n_out, n_in)
        faults = draw_faults(card.faults, stream("faults"), n_out, n_in, device)
        self._stuck = None if faults is None else faults.mask
        self.law: Law = law if faults is None else with_faults(law, faults)
        self._tables: LawTables | None = law_tables(self.law) if device.type == "cpu" else None
        self._pulse_noise = stream("pulse_noise")
        self._write_noise = stream("write_noise")
        self._write_std = 0.0
        if card.variability is not None:
            self._write_std = float(card.variability.write_noise_std) * float(card.device.dw_min)
        self._fused = fused_update(self.law, self._pulse_noise, self._write_noise, self._write_std)
        self._levels = card.device.levels
        self._reach = granularity(card) / (float(card.device.w_max) - float(card.device.w_min))
        bounds = (self.law.w_min, self.law.w_max)
        self._wear = make_wear(card.faults, stream("faults"), bounds)
        self.programmer = Programmer(card, stream("programming"), of_pair)
        self._ageing = Ageing(
            card.time,
            fabrication,
            stream("ageing"),
            n_out,
            n_in,
            device,
            bounds=bounds,
            exponents=self.programmer.drift_exponents,
        )
        if self._stuck is not None:
            self._ageing.freeze(self._stuck)
        start = torch.zeros_like(self.law.w_min) if initial is None else initial
        self._w = torch.clamp(start, *bounds)
        self._visible = self._w
        if self._write_std > 0.0:
            self._visible = self._scattered(self._write_noise.normal(n_out, n_in))
        self._seen: Tensor | None = None
        self._views = 0

    @property
    def drift_exponents(self) -> Tensor | None:
        """Each device's drift exponent as it is now, (chips, n_out, n_in); None without drift."""
        return self._ageing.drift_exponents

    def seen(self) -> Tensor:
        """The states that a read sees, (chips, n_out, n_in); not to be written to."""
        if self._seen is None:
            seen = self._ageing.aged(self._visible)
            if self._wear is not None:
                seen = self._wear.pin(seen)
            if self._levels is not None:
                seen = nearest_level(seen, self.law.w_min, self.law.w_max, self._levels)
            self._seen = seen
            self._views += 1
        return self._seen

    @property
    def version(self) -> int:
        """Goes up whenever what is seen of the devices may have changed, for these are moved in place."""
        self.seen()
        return self._views

    def read_noise_std(self) -> Tensor | None:
        """How far each device's reads scatter now, (chips, n_out, n_in); None where no model of that is given."""
        return self.programmer.read_noise_std(self.seen(), self._w, self._ageing.ages_s())

    def pulse(self, batch: PulseBatch, only: int = 0) -> None:
        """Apply a batch of pulse trains.

        Args:
            batch: the trains.
            only: 0; or 1 or -1 to take up or down coincidences alone, as up pulses.
        """
        ages, wears = self._ageing.active, self._wear is not None
        marks = self._write_std > 0.0 or ages or wears
        before, self._seen = self._w, None
        if ages:
            # Whom no pulse reaches ages on from where it was.
            self._w = self._ageing.settle(before).clone()
            if self._visible is before:
                self._visible = self._w
        hits = self._move(batch, only, marks, ages or wears)
        if self._write_std == 0.0:
            self._visible = self._w
        if hits is None:
            return
        reached = hits > 0 if isinstance(hits, Tensor) else torch.from_numpy(hits > 0)
        if ages:
            self._w = torch.where(reached, self._w, before)
            if self._write_std == 0.0:
                self._visible = self._w
        if ages:
            self._ageing.moved(reached, self._w)
        if self._wear is not None:
            pulses = hits if isinstance(hits, Tensor) else torch.from_numpy(hits.astype(np.float32))
            self._wear.add(pulses, self._w)

    def pulse_counted(self, counts: Tensor) -> None:
        """Give each device a number of pulses of its own.

        Args:
            counts: (chips, n_out, n_in), whole; below zero for down pulses.
        """
        reached, call = counts != 0, self._pulse_noise.next_call()
        if not bool(reached.any()):
            self._left_alone()
            return
        if self._ageing.active:
            self._w = torch.where(reached, self._ageing.settle(self._w), self._w)
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
        self._rewritten(reached, counts.abs())

    def program(self, target: Tensor, where: Tensor | None = None) -> ProgrammingCost | None:
        """Write states, as the card's [programming] says; what is seen of the devices scatters anew.

        Args:
            target: states meant, (chips, n_out, n_in) or what broadcasts to it.
            where: which devices, bool; all by default.

        Returns:
            What verifying took; None for one shot.
        """
        everywhere = torch.ones_like(self._w, dtype=torch.bool) if where is None else where
        present = self._ageing.settle(self._w) if self._ageing.active else self._w
        written, cost = self.programmer.write(target.expand_as(self._w), present, self.law)
        self._w = written if where is None else torch.where(where, written, self._w)
        if self._write_std == 0.0:
            self._visible = self._w
        pulses = None if cost is None else cost.pulses
        self._rewritten(everywhere, pulses)
        return cost

    def set_states(self, states: Tensor, where: Tensor | None = None) -> None:
        """Put some devices into states, within their bounds, without programming them: a reset.

        Args:
            states: (chips, n_out, n_in).
            where: which devices, bool; all by default.
        """
        mask = torch.ones_like(self._w, dtype=torch.bool) if where is None else where
        self._w = torch.where(mask, torch.clamp(states, self.law.w_min, self.law.w_max), self._w)
        self._rewritten(mask)

    def advance(self, seconds: float | Tensor) -> None:
        """Let time pass: one number for all chips, or (chips,)."""
        if self._ageing.active:
            self._seen = None
            self._w = self._ageing.advance(self._w, seconds)

    def streams(self) -> tuple[Stream, ...]:
        """Streams whose number of calls belongs to the state."""
        own = (self._pulse_noise, self._write_noise, self.programmer.stream)
        return (*own, *self._ageing.streams())

    def state(self) -> dict[str, Tensor]:
        """All that changes, but for the streams; a copy."""
        state = {"weights": self._w.clone(), "visible": self._visible.clone()}
        wear = {} if self._wear is None else self._wear.state()
        state |= {f"wear.{name}": tensor for name, tensor in wear.items()}
        return state | {f"ageing.{name}": t for name, t in self._ageing.state().items()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state, whose names and shapes were checked."""
        alike = self._visible is self._w
        self._w = state["weights"].to(self._w.device, copy=True)
        self._visible = self._w if alike else state["visible"].to(self._w.device, copy=True)
        self._seen = None
        for prefix, part in (("ageing.", self._ageing), ("wear.", self._wear)):
            if part is not None:
                own = {n.removeprefix(prefix): t for n, t in state.items() if n.startswith(prefix)}
                part.load(own)

    def _move(
        self, batch: PulseBatch, only: int, marks: bool, asked: bool
    ) -> npt.NDArray[np.uint16] | Tensor | None:
        """Move states and what is seen of them; how many pulses reached each device, None unless asked."""
        noise = (self._pulse_noise, self._pulse_noise.next_call())
        # Places are taken whichever way a chip's pulses are worked out, so that chips do not see one another.
        reached, scatter = (self._write_noise.next_call() if marks else 0 for _ in range(2))
        scatters = self._write_std > 0.0
        if self._tables is None or (self._fused is not None and not batch.exact):
            return self._move_by_torch(batch, only, marks, asked, (noise[1], reached, scatter))
        fast = tuple(set(range(self._w.shape[0])) - set(batch.exact))
        states = self._visible.numpy() if scatters else NO_STATES
        needed = asked or (scatters and bool(batch.exact))
        hits = np.zeros(self._w.shape, np.uint16) if needed else NO_HITS
        if batch.exact:
            exact_update(
                self._w, hits, self._tables, batch.trains, batch.exact, only, batch.bits, noise
            )
            if scatters:
                scatter_seen(
                    np.array(batch.exact, np.int64),
                    states,
                    self._w.numpy(),
                    self._tables.low,
                    self._tables.high,
                    hits,
                    np.float32(self._write_std),
                    self._write_noise.keys,
                    scatter,
                )
        for part in parts(batch.trains, fast, self._reach) if fast else ():
            seen = Seen(self._write_noise, reached + part.place, states, self._write_std)
            own = np.zeros_like(hits) if part.place else hits
            place = noise[0], noise[1] + part.place
            where = own if asked else NO_HITS
            fast_update(self._w, where, self._tables, part.trains, part.chips, only, seen, place)
            if part.place and asked:
                hits += own
        return hits if asked else None

    def _move_by_torch(
        self, batch: PulseBatch, only: int, marks: bool, asked: bool, calls: tuple[int, int, int]
    ) -> Tensor | None:
        """Likewise for other devices than a CPU, by a fused kernel where there is one."""
        if batch.exact:
            return self._move_reference(batch, only, marks, calls)
        hits: Tensor | None = None
        chips = range(self._w.shape[0])
        for part in parts(batch.trains, chips, self._reach, together=True):
            own = tuple(call + part.place for call in calls)
            if self._fused is not None:
                shown = self._visible if self._write_std > 0.0 else None
                more = self._fused.move(
                    self._w, part.trains, only, own[0], shown, own[1], counts=asked
                )
            else:
                piece = PulseBatch(part.trains, (), batch.bits)
                more = self._move_reference(piece, only, marks, (own[0], own[1], own[2]))
            hits = more if hits is None or more is None else hits + more
        return hits

    def _move_reference(
        self, batch: PulseBatch, only: int, marks: bool, calls: tuple[int, int, int]
    ) -> Tensor | None:
        """Likewise in plain torch, for other devices than a CPU; all chips in the way of the first."""
        call, reached_call, scatter_call = calls
        if batch.exact:
            bits = batch.bits[0]
            hits = exact_update_reference(
                self._w, self.law, batch.trains, bits, self._pulse_noise, only
            )
            scatter = (scatter_call, 0)
        else:
            up, down = expected_coincidences(batch.trains)
            if only != 0:
                up, down = (up if only > 0 else down), None
            reached: Tensor | None = None
            if marks:
                hits = hits_reference(
                    up, down, self._write_noise.uniform(*self._shape, call=reached_call)
                )
                reached = hits > 0
            fast_update_reference(self._w, self.law, up, down, self._pulse_noise, call, reached)
            if not marks:
                return None
            scatter = (reached_call, 1)
        if self._write_std > 0.0:
            xi = self._write_noise.normal(*self._shape, call=scatter[0], sub=scatter[1])
            self._visible = torch.where(hits > 0, self._scattered(xi), self._visible)
        return hits if marks else None

    def _pulse_counted_reference(self, counts: Tensor, call: int) -> None:
        for number in range(int(counts.abs().max())):
            lit = counts.abs() > number
            xi = self._pulse_noise.normal(*self._shape, call=call, sub=number)
            up, down = self.law.up(self._w), self.law.down(self._w)
            moved = torch.where(counts > 0, up.mean + up.std * xi, -(down.mean + down.std * xi))
            self._w.add_(moved.mul_(lit))
            torch.clamp(self._w, self.law.w_min, self.law.w_max, out=self._w)

    def _rewritten(self, where: Tensor, pulses: Tensor | None = None) -> None:
        """What is seen of devices whose state was set, and their wear."""
        self._seen = None
        if self._write_std > 0.0:
            xi = self.programmer.stream.normal(*self._shape)
            self._visible = torch.where(where, self._scattered(xi), self._visible)
        else:
            self._visible = self._w
        self._ageing.moved(where, self._w)
        if self._wear is not None and pulses is not None:
            self._wear.add(pulses, self._w)

    def _left_alone(self) -> None:
        """Nothing was rewritten: places in streams pass all the same, whatever befalls other chips."""
        if self._write_std > 0.0:
            self.programmer.stream.next_call()
        self._ageing.nothing_moved()

    def _scattered(self, xi: Tensor) -> Tensor:
        """What is seen of states, but for devices that are stuck."""
        visible = self._w + self._write_std * xi
        return visible if self._stuck is None else torch.where(self._stuck, self._w, visible)
