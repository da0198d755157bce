"""One device at every cross-point: its state, and how pulses, time and programming change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from mortalff.cards import Card
from mortalff.hardware.ageing import Ageing
from mortalff.hardware.device_laws import device_law, granularity
from mortalff.hardware.faults import draw_faults, with_faults
from mortalff.hardware.mover import Mover, PulseBatch
from mortalff.hardware.program_and_verify import Reset
from mortalff.hardware.programmer import Programmer, ProgrammingCost
from mortalff.hardware.wear import make_wear
from mortalff.physics.law import Law
from mortalff.physics.levels import nearest_level
from mortalff.seeds import Seeds
from mortalff.streams import Stream


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
        self._pulse_noise = stream("pulse_noise")
        self._write_noise = stream("write_noise")
        self._write_std = 0.0
        if card.variability is not None:
            self._write_std = float(card.variability.write_noise_std) * float(card.device.dw_min)
        self._levels = card.device.levels
        self._mover = Mover(
            self.law,
            self._pulse_noise,
            self._write_noise,
            self._write_std,
            granularity(card) / (float(card.device.w_max) - float(card.device.w_min)),
            self._stuck,
        )
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
        self._read_noise: tuple[int, Tensor | None] | None = None  # and the view that it is of

    @property
    def drift_exponents(self) -> Tensor | None:
        """Each device's drift exponent as it is now, (chips, n_out, n_in); None without drift."""
        return self._ageing.drift_exponents

    def seen(self) -> Tensor:
        """The states that a read sees, (chips, n_out, n_in); not to be written to, and valid until they next move."""
        if self._seen is None:
            self._seen = self._as_read(self._ageing.aged(self._visible))
            self._views += 1
        return self._seen

    @property
    def version(self) -> int:
        """Goes up whenever what is seen of the devices may have changed, for these are moved in place."""
        self.seen()
        return self._views

    def read_noise_std(self) -> Tensor | None:
        """How far each device's reads scatter now, (chips, n_out, n_in); None where no model of that is given."""
        if self._read_noise is None or self._read_noise[0] != self.version:
            std = self.programmer.read_noise_std(self.seen(), self._w, self._ageing.ages_s())
            self._read_noise = (self._views, std)
        return self._read_noise[1]

    def pulse(self, batch: PulseBatch, only: int = 0) -> None:
        """Apply a batch of pulse trains.

        Args:
            batch: the trains.
            only: 0; or 1 or -1 to take up or down coincidences alone, as up pulses.
        """
        ages, wears = self._ageing.active, self._wear is not None
        marks = self._write_std > 0.0 or ages or wears
        before, self._seen = self._w, None
        settled = self._ageing.settle(before)
        if settled is not before:
            # Whom no pulse reaches ages on from where it was.
            self._w = settled.clone()
            if self._visible is before:
                self._visible = self._w
        visible = self._visible if self._write_std > 0.0 else None
        hits = self._mover.move(self._w, visible, batch, only, marks=marks, asked=ages or wears)
        if self._write_std == 0.0:
            self._visible = self._w
        if hits is None:
            return
        reached = hits > 0 if isinstance(hits, Tensor) else torch.from_numpy(hits > 0)
        if settled is not before:
            self._w = torch.where(reached, self._w, before)
            if self._write_std == 0.0:
                self._visible = self._w
        if ages:
            self._ageing.moved(reached, self._w)
        if self._wear is not None:
            pulses = hits if isinstance(hits, Tensor) else torch.from_numpy(hits.astype(np.float32))
            self._wear.add(pulses, self._w)
            # A worn device's state keeps to what is left of its range, whence pulses back move it at once.
            self._w = self._wear.pin(self._w)
            if self._write_std == 0.0:
                self._visible = self._w

    def pulse_counted(self, counts: Tensor) -> None:
        """Give each device a number of pulses of its own.

        Args:
            counts: (chips, n_out, n_in), whole; below zero for down pulses.
        """
        reached, call = counts != 0, self._pulse_noise.next_call()
        if not bool(reached.any()):
            self._left_alone()
            return
        settled = self._ageing.settle(self._w)
        if settled is not self._w:
            self._w = torch.where(reached, settled, self._w)
        self._mover.move_counted(self._w, counts, call)
        self._rewritten(reached, counts.abs())

    def program(
        self, target: Tensor, where: Tensor | None = None, reset: Reset | None = None
    ) -> ProgrammingCost | None:
        """Write states, as the card's [programming] says; what is seen of the devices scatters anew.

        Args:
            target: states meant, (chips, n_out, n_in) or what broadcasts to it.
            where: which devices, bool; all by default.
            reset: for devices that pulses only raise, their states were they reset in a round of verifying.

        Returns:
            What verifying took; None for one shot.
        """
        mask = torch.ones_like(self._w, dtype=torch.bool) if where is None else where
        if self.programmer.verifies:
            return self._verify(target.expand_as(self._w), mask, reset)
        written = torch.where(
            mask, self.programmer.write(target.expand_as(self._w), self.law), self._w
        )
        self._w = written.contiguous()  # as kernels take it, however the target lay in memory
        if self._write_std == 0.0:
            self._visible = self._w
        self._rewritten(mask)
        return None

    def _verify(self, target: Tensor, mask: Tensor, reset: Reset | None) -> ProgrammingCost:
        """Pulse devices until what is seen of them agrees; those that need no pulse are left as they are."""
        stream, shown = self.programmer.stream, self._ageing.aged(self._visible)
        place = stream.next_call()

        def read(w: Tensor, touched: Tensor, number: int) -> Tensor:
            nonlocal shown
            now = w
            if self._write_std > 0.0:
                xi = stream.normal(*self._shape, call=place, sub=number)
                now = w + self._write_std * xi
                now = now if self._stuck is None else torch.where(self._stuck, w, now)
            shown = torch.where(touched, now, shown)
            return self._as_read(shown)

        written, cost = self.programmer.verify(
            torch.where(mask, target, self._as_read(shown)),
            self._ageing.settle(self._w),
            self.law,
            read,
            reset,
        )
        moved = mask & ((cost.pulses > 0) | (cost.resets > 0))
        self._w = torch.where(moved, written, self._w).contiguous()
        before = self._visible
        self._visible = self._w
        if self._write_std > 0.0:
            self._visible = torch.where(moved, shown, before).contiguous()
        self._seen = None
        self._ageing.moved(moved, self._w)
        if self._wear is not None:
            self._wear.add(cost.pulses, self._w)
        return cost

    def _as_read(self, shown: Tensor) -> Tensor:
        """What wear and levels leave of what is seen."""
        if self._wear is not None:
            shown = self._wear.pin(shown)
        if self._levels is not None:
            shown = nearest_level(shown, self.law.w_min, self.law.w_max, self._levels)
        return shown

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

    def left_alone(self) -> None:
        """Take the places in streams that :meth:`set_states` and :meth:`pulse_counted` take, and do neither."""
        self._left_alone()
        self._pulse_noise.next_call()
        self._left_alone()

    def _left_alone(self) -> None:
        """Nothing was rewritten: places in streams pass all the same, whatever befalls other chips."""
        if self._write_std > 0.0:
            self.programmer.stream.next_call()
        self._ageing.nothing_moved()

    def _scattered(self, xi: Tensor) -> Tensor:
        """What is seen of states, but for devices that are stuck."""
        visible = self._w + self._write_std * xi
        return visible if self._stuck is None else torch.where(self._stuck, self._w, visible)
