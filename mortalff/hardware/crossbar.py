"""Our own crossbar: pulsed devices of any law, many chips at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from mortalff.cards import Card, Periphery, card_hash
from mortalff.errors import CardError, InputError, message, nearest
from mortalff.hardware.base import Hardware
from mortalff.hardware.cell import make_cell
from mortalff.hardware.clock import duration_s
from mortalff.hardware.device_laws import granularity
from mortalff.hardware.line_conductances import make_line_conductances
from mortalff.hardware.mover import PulseBatch
from mortalff.hardware.pair_refresh import RefreshCost
from mortalff.hardware.periphery import ReadOut, ReadPath
from mortalff.hardware.pulses import pulses_are_few
from mortalff.hardware.saved_state import check_state, counts_from_tensor, counts_to_tensor
from mortalff.hardware.tiles import grid
from mortalff.hardware.train_kernels import Totals, totals
from mortalff.hardware.wired import make_wired
from mortalff.physics.pulse_trains import pulse_trains
from mortalff.seeds import STREAMS, Seeds
from mortalff.streams import Stream

PulseMode = Literal["auto", "fast", "exact"]


class Crossbar(Hardware):
    """Arrays of pulsed devices that differ as the card says.

    Args:
        card: device and periphery.
        n_out: outputs.
        n_in: inputs.
        chip_ids: one number a chip; with the seeds it fixes all that chip's randomness.
        seeds: where randomness comes from.
        device: torch device.
        w_init_std: spread of the weights chips leave the fab with; the card's by default.
        periphery: in place of the card's.
        pulse_mode: ``exact`` draws each pulse, ``fast`` treats a batch at once, ``auto`` takes for each chip and batch
            the cheaper of the two (:mod:`mortalff.hardware.pulses`).
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
        w_init_std: float | None = None,
        periphery: Periphery | None = None,
        pulse_mode: PulseMode = "auto",
    ) -> None:
        super().__init__(n_out, n_in, chip_ids, device)
        if card.device is None:
            rule = "a crossbar needs devices"
            raise CardError(message("card", card.name, rule, "use a DigitalArray"))
        modes = get_args(PulseMode)
        if pulse_mode not in modes:
            rule = "no such way of pulsing"
            raise InputError(message("pulse_mode", pulse_mode, rule, nearest(pulse_mode, modes)))
        self.card = card
        self.periphery = card.periphery if periphery is None else periphery
        self._seeds = seeds
        self._mode = pulse_mode
        self._grid = grid(card.tiling, n_out, n_in)
        self._granularity = granularity(card)
        std = float(card.device.w_init_std) if w_init_std is None else w_init_std
        initial = std * self._stream("initial").normal(n_out, n_in)
        self._cell = make_cell(
            card,
            n_out,
            n_in,
            chip_ids,
            seeds,
            device,
            initial,
            self.periphery,
            self._granularity,
        )
        self._wired = make_wired(card, self.periphery, self._cell)
        self._conductances = make_line_conductances(card, self.periphery, self._cell)
        self._trains = self._stream("pulse_trains")
        self._read_noise = self._stream("read_noise")
        self._device_noise = self._stream("device_noise")
        self._read_path = self._path(n_out, n_in)
        self._back_path: ReadPath | None = None
        if self._read_path.state_dict():
            self._back_path = self._path(n_in, n_out, transposed=True)

    @property
    def capabilities(self) -> frozenset[str]:
        """All but digital updates, and but for pulses where the card has no law of them."""
        offered = {"forward", "advance", "forward_transposed", "read_weights", "program"}
        return frozenset(offered if self.card.law.kind == "ProgramOnly" else offered | {"pulse"})

    def describe(self) -> str:
        """Card, shape and number of chips."""
        return f"{self.card.name} crossbar {self.n_out}x{self.n_in}, {self.chips} chips"

    def state_dict(self) -> dict[str, Tensor]:
        """Devices, counts and the place in each random stream; a copy."""
        return self._cell.state() | {
            "calls": torch.tensor([stream.calls for stream in self._streams()]),
            "counts": counts_to_tensor(self.counts),
            "identity": self._identity(),
            **self._ranges(),
        }

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state.

        Raises:
            InputError: the state is of other hardware.
        """
        check_state(self.describe(), state, self.state_dict())
        if not torch.equal(state["identity"], self._identity()):
            raise InputError(
                f"state of {self.describe()}: it was saved from chips with another seed or card, "
                "or another read path; fabricate the same chips (card, seeds, chip numbers) before loading it"
            )
        self._cell.load(state)
        for stream, calls in zip(self._streams(), state["calls"].tolist(), strict=True):
            stream.calls = int(calls)
        self._tally.restore(counts_from_tensor(state["counts"]))
        for name, path in self._paths():
            path.load_state_dict({key: state[f"{name}.{key}"] for key in path.state_dict()})

    def _forward(self, x: Tensor) -> Tensor:
        y = self._counted(self._read_path.read(x, self._met()))
        self._pass(duration_s(self.card, "read", x.shape[-2]))
        return y

    def _forward_transposed(self, d: Tensor) -> Tensor:
        if self._back_path is None:
            self._back_path = self._path(self.n_in, self.n_out, transposed=True)
        y = self._counted(self._back_path.read(d, self._met().transpose(1, 2)))
        self._pass(duration_s(self.card, "read", d.shape[-2]))
        return y

    def _held(self) -> Tensor:
        """The weights as the devices conduct now; their own slow noise is alike for a whole batch."""
        weights, noise = self._cell.weights(), self._slow_noise()
        return weights if noise is None else weights + noise

    def _met(self) -> Tensor:
        """The weights that a read meets: those held, behind the resistance of wires."""
        return self._held() if self._wired is None else self._wired.effective(self._slow_noise())

    def _slow_noise(self) -> Tensor | None:
        std = self._cell.read_noise_std()
        return None if std is None else std * self._device_noise.normal(self.n_out, self.n_in)

    def _pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        batch = x.shape[1]
        trains = pulse_trains(x, d, lr / batch, self._granularity, self.card.pulses)
        total = totals(trains, *self._grid)
        self._count_pulses(batch, total)
        bits = (self._trains, self._trains.next_call())
        refresh = self._cell.pulse(PulseBatch(trains, self._exact(total, batch), bits))
        if refresh is not None:
            self._count_refresh(refresh)
        if self.card.time.clock == "actions":
            slots = trains.slots.sum(1, dtype=torch.float64)
            self._pass(
                duration_s(self.card, "update", batch) + slots * duration_s(self.card, "slot")
            )

    def _count_pulses(self, batch: int, total: Totals) -> None:
        """Every array is pulsed by itself, on lines of its own."""
        down, across = self._grid
        lines = across * self.n_in + down * self.n_out
        self._tally.add("outer_product", batch * down * across)
        self._tally.add("voltage_to_pulse", batch * lines)
        self._tally.add("line_pulse", total.line_pulses)
        self._tally.add("device_pulse", total.coincidences)

    def _exact(self, total: Totals, batch: int) -> tuple[int, ...]:
        """The chips whose pulses are drawn one by one."""
        if self._mode != "auto":
            return tuple(range(self.chips)) if self._mode == "exact" else ()
        if self.device.type != "cpu":
            return ()
        few = pulses_are_few(total, batch, self.n_out, self.n_in)
        return tuple(chip for chip in range(self.chips) if few[min(chip, len(few) - 1)])

    def _advance(self, seconds: float) -> None:
        self._cell.advance(seconds)

    def _read_weights(self) -> Tensor:
        return self._held().clone()

    def _program(self, weights: Tensor) -> None:
        for cost in self._cell.program(weights):
            for action, times in (
                ("device_pulse", cost.pulses),
                ("weight_read", cost.reads),
                ("device_reset", cost.resets),
            ):
                self._tally.add(action, times.sum((1, 2), dtype=torch.float64).cpu().numpy())
        self._pass(duration_s(self.card, "program", self.n_in * self.n_out))

    def _pass(self, seconds: float | Tensor) -> None:
        """Let the time of an action pass, where the card's clock counts it."""
        if self.card.time.clock == "actions":
            self._cell.advance(seconds)

    def _count_refresh(self, refresh: RefreshCost) -> None:
        """Both devices of each pair read one column at a time, and compared; those due reset and pulsed anew.

        A line at full scale is switched by logic, as are pulses one by one: neither takes a converter.
        """
        cells = self.n_in * self.n_out
        self._tally.add("array_read", 2 * self.n_in * self._grid[1])
        self._tally.add("cell_read", 2 * cells)
        if self._conductances is not None:
            self._tally.add("cell_conduction", refresh.conducted.numpy())
            self._tally.add("cell_wire", 2 * cells)
            self._tally.add("line_end", 2 * self.n_in * self._grid[1])
            self._tally.add("array_read_metered", 2 * self.n_in * self._grid[1])
            self._tally.add("cell_read_metered", 2 * cells)
        if self.periphery.adc_bits is not None:
            self._tally.add("adc_conversion", 2 * cells)
            self._tally.add("digital_op", 2 * cells)
        self._tally.add("device_reset", 2 * refresh.pairs.numpy())
        self._tally.add("device_pulse", refresh.device_pulses.numpy())
        self._tally.add("line_pulse", refresh.line_pulses.numpy())

    def _path(self, n_out: int, n_in: int, *, transposed: bool = False) -> ReadPath:
        conductance = self.card.conductance
        return ReadPath(
            self.periphery,
            self.card.tiling,
            self._read_noise,
            self._stream("fabrication"),
            n_out,
            n_in,
            cells_per_weight=2 if conductance is None else conductance.cells_per_weight,
            transposed=transposed,
            conductances=self._conductances,
        )

    def _paths(self) -> tuple[tuple[str, ReadPath], ...]:
        paths = (("forward", self._read_path), ("transposed", self._back_path))
        return tuple((name, path) for name, path in paths if path is not None)

    def _ranges(self) -> dict[str, Tensor]:
        """Ranges of the converters that were found in use."""
        return {
            f"{name}.{key}": value
            for name, path in self._paths()
            for key, value in path.state_dict().items()
        }

    def _counted(self, out: ReadOut) -> Tensor:
        self._tally.add_table(out.table)
        return out.y

    def _stream(self, name: str) -> Stream:
        return Stream(self._seeds, name, self.chip_ids, self.device)

    def _streams(self) -> tuple[Stream, ...]:
        devices = (s for array in self._cell.arrays.values() for s in array.streams())
        return (self._trains, self._read_noise, self._device_noise, *devices)

    def _identity(self) -> Tensor:
        """What a state must share: card and read path, and the keys of each chip's streams."""
        made = card_hash(self.card) + self.periphery.model_dump_json()
        words = [_word(made)]
        words += [
            _word(*(str(self._seeds.key(name, chip)) for name in STREAMS)) for chip in self.chip_ids
        ]
        return torch.from_numpy(np.array(words, dtype=np.uint64).view(np.int64))


def _word(*parts: str) -> int:
    """The first 64 bits of a hash."""
    return int.from_bytes(hashlib.sha256("\x1f".join(parts).encode()).digest()[:8], "little")
