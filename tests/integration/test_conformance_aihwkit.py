"""aihwkit tiles of several kinds pass the suite that all hardware passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from mortalff.errors import MissingDependencyError
from mortalff.hardware.aihwkit_library import aihwkit_version
from mortalff.hardware.aihwkit_tile import AihwkitTile
from mortalff.hardware.base import Hardware
from mortalff.testing import HardwareConformance

try:
    aihwkit_version()
except MissingDependencyError as error:
    pytest.skip(str(error), allow_module_level=True)

from aihwkit.simulator.configs import (
    ConstantStepDevice,
    DriftParameter,
    IdealDevice,
    IOParameters,
    SingleRPUConfig,
)
from aihwkit.simulator.presets.devices import ReRamArrayHfO2PresetDevice, ReRamArrayOMPresetDevice
from aihwkit.simulator.presets.utils import PresetIOParameters

N_OUT, N_IN = 4, 5
PRESETS = (
    "CapacitorPreset",
    "EcRamMOPreset",
    "EcRamPreset",
    "IdealizedPreset",
    "PCMPreset",
    "ReRamESPreset",
    "ReRamSBPreset",
)
ARRAYS = {"ReRamArrayOM": ReRamArrayOMPresetDevice, "ReRamArrayHfO2": ReRamArrayHfO2PresetDevice}


class TestGokmenVlasov(HardwareConformance):
    """A preset, by name: constant steps, 7-bit DAC, 9-bit ADC, noisy reads."""

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        return AihwkitTile("GokmenVlasovPreset", N_OUT, N_IN, chips, seed)

    def read_counts(self, hardware: Hardware, vectors: int) -> Mapping[str, float]:
        return {
            "array_read": vectors,
            "cell_read": vectors * 2 * N_OUT * N_IN,
            "dac_conversion": vectors * N_IN,
            "adc_conversion": vectors * N_OUT,
            # The largest input found, inputs scaled, outputs scaled back.
            "digital_op": vectors * N_IN,
            "digital_mac": vectors * (N_IN + N_OUT),
        }

    def pulse_counts(self, hardware: Hardware, samples: int) -> Mapping[str, float]:
        return {"outer_product": samples, "voltage_to_pulse": samples * (N_OUT + N_IN)}


class TestEveryPreset(HardwareConformance):
    """The devices of the cards: presets by name, and the measured arrays with the presets' read path."""

    pulses = 40
    reads = 40

    @pytest.fixture(autouse=True, params=[*PRESETS, *ARRAYS])
    def _made_of(self, request: pytest.FixtureRequest) -> None:
        self.preset = request.param
        self.n_in = (
            64 if request.param in ARRAYS else N_IN
        )  # lines, over which wide scatter averages out
        if request.param in ("EcRamMOPreset", "IdealizedPreset"):
            self.pulses = 200  # of tiny steps

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        config: str | SingleRPUConfig = self.preset
        if self.preset in ARRAYS:
            read = PresetIOParameters()
            config = SingleRPUConfig(device=ARRAYS[self.preset](), forward=read, backward=read)
        return AihwkitTile(config, N_OUT, self.n_in, chips, seed)


class TestUnitCell(HardwareConformance):
    """Two devices a weight, pulsed together."""

    pulses = 40
    reads = 40

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        return AihwkitTile("EcRam2Preset", N_OUT, N_IN, chips, seed)


class TestDrift(HardwareConformance):
    """Power-law drift in seconds, perfect reads."""

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        device = ConstantStepDevice(drift=DriftParameter(nu=0.1, nu_dtod=0.2, t_0=1.0))
        config = SingleRPUConfig(
            device=device,
            forward=IOParameters(is_perfect=True),
            backward=IOParameters(is_perfect=True),
        )
        return AihwkitTile(config, N_OUT, N_IN, chips, seed, drift_unit_s=1.0, cells_per_weight=1)

    def read_counts(self, hardware: Hardware, vectors: int) -> Mapping[str, float]:
        return {"array_read": vectors, "cell_read": vectors * N_OUT * N_IN}


class TestIdealDevice(HardwareConformance):
    """Updates in floating point beneath a noisy read."""

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        return AihwkitTile(SingleRPUConfig(device=IdealDevice()), N_OUT, N_IN, chips, seed)
