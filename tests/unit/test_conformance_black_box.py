"""Black boxes of several kinds pass the suite that all hardware passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mortalff.hardware.base import Hardware
from mortalff.hardware.black_box import BlackBox, SavedState
from mortalff.hardware.chip_numbers import chip_numbers
from mortalff.testing import HardwareConformance

N_OUT, N_IN = 4, 5


class NoisyArray:
    """A user's simulator: one matrix a chip, noisy reads, leaking charge."""

    def __init__(self, chip_ids: Sequence[int], seed: int) -> None:
        self.streams = [torch.Generator().manual_seed(1000 * seed + chip) for chip in chip_ids]
        self.w = torch.stack([0.3 * torch.randn(N_OUT, N_IN, generator=g) for g in self.streams])

    def read(self, x: Tensor) -> Tensor:
        y = torch.stack([rows @ w.T for rows, w in zip(x, self.w, strict=True)])
        noise = [torch.randn(y.shape[1:], generator=g) for g in self.streams]
        return y + 0.01 * torch.stack(noise)

    def pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        for w, rows, columns in zip(self.w, x, d, strict=True):
            w += lr * columns.T @ rows / len(rows)

    def leak(self, seconds: float) -> None:
        self.w *= 2.0 ** (-seconds / 1e5)

    def save(self) -> dict[str, Tensor]:
        return {"w": self.w, "streams": torch.stack([g.get_state() for g in self.streams])}

    def load(self, state: Mapping[str, Tensor]) -> None:
        self.w = state["w"]
        for generator, words in zip(self.streams, state["streams"], strict=True):
            generator.set_state(words.clone())  # torch wants storage of its own


class TestSimulator(HardwareConformance):
    """A simulator with pulses, ageing and a state."""

    rounding = 1e-6

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        array = NoisyArray(chip_numbers(chips), seed)
        return BlackBox(
            array.read,
            n_out=N_OUT,
            n_in=N_IN,
            chips=chips,
            pulse=array.pulse,
            advance=array.leak,
            state=SavedState(array.save, array.load),
            cost={"array_read": 1, "adc_conversion": N_OUT},
            pulse_cost={"outer_product": 1, "device_pulse": 2.5},
            reproducible=True,
        )

    def read_counts(self, hardware: Hardware, vectors: int) -> Mapping[str, float]:
        return {"array_read": vectors, "adc_conversion": vectors * N_OUT}

    def pulse_counts(self, hardware: Hardware, samples: int) -> Mapping[str, float]:
        return {"outer_product": samples}


class TestInstrument(HardwareConformance):
    """An instrument on a bench: pulses, no state to save, and nothing repeats."""

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        array = NoisyArray(chip_numbers(chips), seed)
        return BlackBox(array.read, n_out=N_OUT, n_in=N_IN, chips=chips, pulse=array.pulse)

    def read_counts(self, hardware: Hardware, vectors: int) -> Mapping[str, float]:
        return {"black_box_pass": vectors}


class TestFunction(HardwareConformance):
    """A plain function of its inputs, the same for each chip."""

    seed_matters = False

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        return BlackBox(
            lambda x: torch.tanh(x[..., :N_OUT]),
            n_out=N_OUT,
            n_in=N_IN,
            chips=chips,
            reproducible=True,
        )
