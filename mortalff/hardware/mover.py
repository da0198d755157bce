"""How pulses are worked out: by which kernel, from which places in random streams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mortalff.hardware.event_kernel import pulse_counted, scatter_seen
from mortalff.hardware.fused_update import fused_update
from mortalff.hardware.law_tables import LawTables, law_tables
from mortalff.hardware.pulse_parts import parts
from mortalff.hardware.pulse_references import (
    exact_update_reference,
    fast_update_reference,
    hits_reference,
)
from mortalff.hardware.pulses import NO_HITS, NO_STATES, Seen, exact_update, fast_update
from mortalff.physics.affine_step import AffineStep
from mortalff.physics.law import Law
from mortalff.physics.pulse_trains import Trains, expected_coincidences
from mortalff.physics.soft_bounds_step import SoftBoundsStep
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


class Mover:
    """Moves the states of one array's devices.

    Args:
        law: how they respond, with their bounds.
        pulse_noise: stream of cycle-to-cycle variation.
        write_noise: stream of what is seen, and of whom pulses reached.
        write_std: how far what is seen scatters about the states, in weight units.
        reach: the mean device's step as a share of its range.
        stuck: devices that no pulse moves, bool, (chips, n_out, n_in); None where there are none.
    """

    def __init__(
        self,
        law: Law,
        pulse_noise: Stream,
        write_noise: Stream,
        write_std: float,
        reach: float,
        stuck: Tensor | None,
    ) -> None:
        self._law, self._reach, self._stuck = law, reach, stuck
        self._pulse_noise, self._write_noise = pulse_noise, write_noise
        self._write_std = write_std
        on_cpu = law.w_min.device.type == "cpu"
        self._tables: LawTables | None = law_tables(law) if on_cpu else None
        self._line = isinstance(law, SoftBoundsStep) or (
            isinstance(law, AffineStep) and (law.slope_up is not None or law.slope_down is not None)
        )
        self._fused = fused_update(law, pulse_noise, write_noise, write_std)

    def move(
        self,
        w: Tensor,
        visible: Tensor | None,
        batch: PulseBatch,
        only: int,
        *,
        marks: bool,
        asked: bool,
    ) -> npt.NDArray[np.uint16] | Tensor | None:
        """Move states, and what is seen of them, in place by a batch of pulse trains.

        Args:
            w: states (chips, n_out, n_in).
            visible: what is seen of them, likewise; None where it is the states themselves.
            batch: the trains.
            only: 0; or 1 or -1 to take up or down coincidences alone, as up pulses.
            marks: whether it matters whom pulses reached.
            asked: whether to tell.

        Returns:
            How many pulses reached each device, (chips, n_out, n_in); None unless asked.
        """
        noise = (self._pulse_noise, self._pulse_noise.next_call())
        # Places are taken whichever way a chip's pulses are worked out, so that chips do not see one another.
        reached, scatter = (self._write_noise.next_call() if marks else 0 for _ in range(2))
        if self._tables is None or (self._fused is not None and not batch.exact):
            return self._move_by_torch(
                w, visible, batch, only, marks, asked, (noise[1], reached, scatter)
            )
        fast = tuple(set(range(w.shape[0])) - set(batch.exact))
        states = NO_STATES if visible is None else visible.numpy()
        needed = asked or (visible is not None and bool(batch.exact))
        hits = np.zeros(w.shape, np.uint16) if needed else NO_HITS
        if batch.exact:
            exact_update(w, hits, self._tables, batch.trains, batch.exact, only, batch.bits, noise)
            if visible is not None:
                scatter_seen(
                    np.array(batch.exact, np.int64),
                    states,
                    w.numpy(),
                    self._tables.low,
                    self._tables.high,
                    hits,
                    np.float32(self._write_std),
                    self._write_noise.keys,
                    scatter,
                )
        for part in parts(batch.trains, fast, self._reach, follows=self._line) if fast else ():
            seen = Seen(self._write_noise, reached + part.place, states, self._write_std)
            own = np.zeros_like(hits) if part.place else hits
            place = noise[0], noise[1] + part.place
            where = own if asked else NO_HITS
            fast_update(
                w, where, self._tables, part.trains, part.chips, only, seen, place, part.bends
            )
            if part.place and asked:
                np.minimum(hits, np.uint16(65_535) - own, out=hits)  # full, rather than over
                hits += own
        return hits if asked else None

    def _move_by_torch(
        self,
        w: Tensor,
        visible: Tensor | None,
        batch: PulseBatch,
        only: int,
        marks: bool,
        asked: bool,
        calls: tuple[int, int, int],
    ) -> Tensor | None:
        """Likewise for other devices than a CPU, by a fused kernel where there is one."""
        if batch.exact:
            return self._move_reference(w, visible, batch, only, marks, calls)
        hits: Tensor | None = None
        chips = range(w.shape[0])
        for part in parts(batch.trains, chips, self._reach, together=True):
            own = tuple(call + part.place for call in calls)
            if self._fused is not None:
                more = self._fused.move(w, part.trains, only, own[0], visible, own[1], counts=asked)
            else:
                piece = PulseBatch(part.trains, (), batch.bits)
                places = own[0], own[1], own[2]
                more = self._move_reference(w, visible, piece, only, marks, places)
            hits = more if hits is None or more is None else hits + more
        return hits

    def _move_reference(
        self,
        w: Tensor,
        visible: Tensor | None,
        batch: PulseBatch,
        only: int,
        marks: bool,
        calls: tuple[int, int, int],
    ) -> Tensor | None:
        """Likewise in plain torch, for other devices than a CPU; all chips in the way of the first."""
        call, reached_call, scatter_call = calls
        if batch.exact:
            bits, place = batch.bits
            hits = exact_update_reference(
                w, self._law, batch.trains, bits, self._pulse_noise, only, place
            )
            scatter = (scatter_call, 0)
        else:
            up, down = expected_coincidences(batch.trains)
            if only != 0:
                up, down = (up if only > 0 else down), None
            reached: Tensor | None = None
            if marks:
                hits = hits_reference(
                    up, down, self._write_noise.uniform(*w.shape[1:], call=reached_call)
                )
                reached = hits > 0
            fast_update_reference(w, self._law, up, down, self._pulse_noise, call, reached)
            if not marks:
                return None
            scatter = (reached_call, 1)
        if visible is not None:
            xi = self._write_noise.normal(*w.shape[1:], call=scatter[0], sub=scatter[1])
            drawn = hits > 0 if self._stuck is None else (hits > 0) & ~self._stuck
            visible.copy_(torch.where(drawn, w + self._write_std * xi, visible))
        return hits if marks else None

    def move_counted(self, w: Tensor, counts: Tensor, call: int) -> None:
        """Move states in place by a number of pulses of each device's own.

        Args:
            w: states (chips, n_out, n_in).
            counts: pulses, whole, of that shape; below zero for down pulses.
            call: place in the stream of pulse noise.
        """
        if self._tables is not None:
            tables = self._tables
            pulse_counted(
                w.numpy(),
                tables.low,
                tables.high,
                tables.up,
                tables.down,
                tables.shared,
                counts.to(torch.int32).contiguous().numpy(),
                self._pulse_noise.keys,
                call,
            )
            return
        for number in range(int(counts.abs().max())):
            lit = counts.abs() > number
            xi = self._pulse_noise.normal(*w.shape[1:], call=call, sub=number)
            up, down = self._law.up(w), self._law.down(w)
            moved = torch.where(counts > 0, up.mean + up.std * xi, -(down.mean + down.std * xi))
            w.add_(moved.mul_(lit))
            torch.clamp(w, self._law.w_min, self._law.w_max, out=w)
