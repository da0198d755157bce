"""Our own crossbar: pulsed devices of any law, many chips at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from mortalff.cards import Card, Periphery, card_hash
from mortalff.errors import CardError, InputError, message, nearest
from mortalff.hardware.base import Hardware
from mortalff.hardware.device_laws import device_law, granularity
from mortalff.hardware.periphery import ReadOut, ReadPath
from mortalff.hardware.pulses import exact_update, fast_update
from mortalff.hardware.saved_state import check_state, counts_from_tensor, counts_to_tensor
from mortalff.physics.drift import drift_factor
from mortalff.physics.pulse_trains import (
    Coincidences,
    Trains,
    expected_coincidences,
    pulse_trains,
)
from mortalff.seeds import Seeds
from mortalff.streams import Stream

PulseMode = Literal["fast", "exact"]


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
        pulse_mode: ``fast`` treats a batch at once, ``exact`` draws each pulse (:mod:`mortalff.hardware.pulses`).
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
        pulse_mode: PulseMode = "fast",
    ) -> None:
        super().__init__(n_out, n_in, chip_ids, device)
        if card.device is None or card.variability is None:
            raise CardError(
                message("card", card.name, "a crossbar needs pulsed devices", "use a DigitalArray")
            )
        modes = get_args(PulseMode)
        if pulse_mode not in modes:
            rule = "no such way of pulsing"
            raise InputError(message("pulse_mode", pulse_mode, rule, nearest(pulse_mode, modes)))
        self.card = card
        self.periphery = card.periphery if periphery is None else periphery
        self._seeds = seeds
        self._mode = pulse_mode
        self._law, self._drift_nu = device_law(card, self._stream("fabrication"), n_out, n_in)
        std = float(card.device.w_init_std) if w_init_std is None else w_init_std
        initial = std * self._stream("initial").normal(n_out, n_in)
        self._weights = torch.clamp(initial, self._law.w_min, self._law.w_max)
        self._granularity = granularity(card)
        self._pulse_noise = self._stream("pulse_noise")
        self._trains = self._stream("pulse_trains")
        self._read_noise = self._stream("read_noise")
        self._write_noise = self._stream("write_noise")
        self._programming = self._stream("programming")
        self._write_std = float(card.variability.write_noise_std) * float(card.device.dw_min)
        self._read_path = self._path(n_out, n_in)
        self._back_path: ReadPath | None = None
        drifts = self._drift_nu is not None
        self._visible = self._weights
        self._age_s = torch.zeros_like(self._weights) if drifts else None
        if self._write_std > 0.0:
            xi = self._write_noise.normal(n_out, n_in)
            self._visible = self._weights + self._write_std * xi

    @property
    def capabilities(self) -> frozenset[str]:
        """All but digital updates."""
        return frozenset(
            {"forward", "pulse", "advance", "forward_transposed", "read_weights", "program"}
        )

    def describe(self) -> str:
        """Card, shape and number of chips."""
        return f"{self.card.name} crossbar {self.n_out}x{self.n_in}, {self.chips} chips"

    def state_dict(self) -> dict[str, Tensor]:
        """Weights, ages, counts and the place in each random stream; a copy."""
        state = {
            "weights": self._weights.clone(),
            "visible": self._visible.clone(),
            "calls": torch.tensor([stream.calls for stream in self._streams()]),
            "counts": counts_to_tensor(self.counts),
            "identity": self._identity(),
        }
        if self._age_s is not None:
            state["age_s"] = self._age_s.clone()
        return state

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state.

        Raises:
            InputError: the state is of other hardware.
        """
        check_state(self.describe(), state, self.state_dict())
        if not torch.equal(state["identity"], self._identity()):
            raise InputError(
                f"state of {self.describe()}: it was saved from chips with another seed or card; "
                "fabricate the same chips (card, seed, chip numbers) before loading it"
            )
        shared = self._visible is self._weights
        self._weights = state["weights"].to(self.device, copy=True)
        self._visible = self._weights if shared else state["visible"].to(self.device, copy=True)
        if self._age_s is not None:
            self._age_s = state["age_s"].to(self.device, copy=True)
        for stream, calls in zip(self._streams(), state["calls"].tolist(), strict=True):
            stream.calls = int(calls)
        self._tally.restore(counts_from_tensor(state["counts"]))

    def _forward(self, x: Tensor) -> Tensor:
        return self._counted(self._read_path.read(x, self._drifted()))

    def _forward_transposed(self, d: Tensor) -> Tensor:
        if self._back_path is None:
            self._back_path = self._path(self.n_in, self.n_out, transposed=True)
        return self._counted(self._back_path.read(d, self._drifted().transpose(1, 2)))

    def _pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        batch = x.shape[1]
        trains = pulse_trains(x, d, lr / batch, self._granularity, self.card.pulses)
        self._tally.add("outer_product", batch)
        self._tally.add("voltage_to_pulse", batch * (self.n_in + self.n_out))
        self._tally.add("line_pulse", trains.line_pulses().cpu().numpy())
        self._tally.add("device_pulse", trains.coincidences().cpu().numpy())
        touched = self._fast(trains) if self._mode == "fast" else self._exact(trains)
        if touched is not None and self._age_s is not None:
            self._age_s = torch.where(touched, 0.0, self._age_s)
        if touched is not None and self._write_std > 0.0:
            xi = self._write_noise.normal(self.n_out, self.n_in)
            self._visible = torch.where(
                touched, self._weights + self._write_std * xi, self._visible
            )
        else:
            self._visible = self._weights

    def _fast(self, trains: Trains) -> Tensor | None:
        """A batch at once; which devices it touched, None where nobody asks."""
        up, down = expected_coincidences(trains)
        touched = self._touched(up, down)
        if touched is not None and self._age_s is not None:
            self._weights = torch.where(touched, self._settled(), self._weights)
        fast_update(self._weights, self._law, up, down, self._pulse_noise)
        return touched

    def _exact(self, trains: Trains) -> Tensor:
        """Pulse by pulse; which devices moved."""
        still = self._weights
        if self._age_s is not None:
            self._weights = self._settled()
        touched = exact_update(self._weights, self._law, trains, self._trains, self._pulse_noise)
        if self._age_s is not None:
            self._weights = torch.where(touched, self._weights, still)
        return touched

    def _advance(self, seconds: float) -> None:
        if self._age_s is not None:
            self._age_s += seconds

    def _read_weights(self) -> Tensor:
        return self._drifted().clone()

    def _program(self, weights: Tensor) -> None:
        wanted = weights.expand_as(self._weights)
        self._weights = torch.clamp(wanted, self._law.w_min, self._law.w_max)
        self._visible = self._weights
        if self._write_std > 0.0:
            xi = self._programming.normal(self.n_out, self.n_in)
            self._visible = self._weights + self._write_std * xi
        if self._age_s is not None:
            self._age_s.zero_()

    def _drifted(self) -> Tensor:
        """The weights that a read sees."""
        if self._age_s is None or self._drift_nu is None:
            return self._visible
        factor = drift_factor(self._age_s, self._drift_nu, float(self.card.time.drift_t0_s))
        return self._visible * factor

    def _settled(self) -> Tensor:
        """The weights where drift has brought them, whence a pulse moves them on."""
        assert self._age_s is not None
        assert self._drift_nu is not None
        t0_s = float(self.card.time.drift_t0_s)
        return self._weights * drift_factor(self._age_s, self._drift_nu, t0_s)

    def _touched(self, up: Coincidences | None, down: Coincidences | None) -> Tensor | None:
        """Which devices a batch moved at all, drawn by chance; None where nobody asks."""
        if self._write_std == 0.0 and self._age_s is None:
            return None
        unmoved = torch.ones((), device=self.device)
        for coincidences in (up, down):
            if coincidences is not None:
                unmoved = unmoved * coincidences.none()
        return self._write_noise.uniform(self.n_out, self.n_in) >= unmoved

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
        )

    def _counted(self, out: ReadOut) -> Tensor:
        for action, times in out.counts.items():
            self._tally.add(action, times)
        return out.y

    def _stream(self, name: str) -> Stream:
        return Stream(self._seeds, name, self.chip_ids, self.device)

    def _streams(self) -> tuple[Stream, ...]:
        return (
            self._pulse_noise,
            self._trains,
            self._read_noise,
            self._write_noise,
            self._programming,
        )

    def _identity(self) -> Tensor:
        """What a state must share: the card, and each chip's fabrication."""
        words = [int(card_hash(self.card)[:16], 16)]
        words += [self._seeds.key("fabrication", chip) for chip in self.chip_ids]
        return torch.from_numpy(np.array(words, dtype=np.uint64).view(np.int64))
