"""Crossbars of every card that ships, and digital arrays, pass the suite that all hardware passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pytest

from mortalff.cards import find_cards, load_card
from mortalff.hardware.base import Hardware
from mortalff.hardware.crossbar import PulseMode
from mortalff.hardware.fabricate import fabricate
from mortalff.testing import HardwareConformance

N_OUT, N_IN = 4, 5
CARDS = [found.name for found in find_cards() if found.origin == "built-in"]
FAULTS: Mapping[str, object] = {
    "faults.dead_rate": 0.05,
    "faults.stuck_low_rate": 0.05,
    "faults.stuck_high_rate": 0.05,
    "faults.stuck_random_rate": 0.05,
    "faults.endurance_pulses": 200.0,
    "faults.endurance_sigma": 0.5,
}


class _CardCase(HardwareConformance):
    """Chips of one card."""

    card: str = "ideal"
    changes: Mapping[str, object] = MappingProxyType({})
    pulse_mode: PulseMode = "auto"
    n_in = N_IN

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        card = load_card(self.card).replace(**self.changes)
        return fabricate(
            card, n_out=N_OUT, n_in=self.n_in, chips=chips, seed=seed, pulse_mode=self.pulse_mode
        )

    def _suits(self, name: str) -> None:
        """Longer trials where steps are tiny, or what is seen of a device scatters widely about its state."""
        self.card, card = name, load_card(name)
        if card.variability is not None and float(card.variability.write_noise_std) > 0.0:
            self.pulses = self.reads = 40
        if card.device is not None and float(card.device.dw_min) < 1e-3:
            self.pulses = 200
        if name.startswith("reram_array"):
            self.n_in = 64  # lines, over which scatter of a quarter of the range averages out


class TestEveryCard(_CardCase):
    """As they ship, digital weights among them."""

    @pytest.fixture(autouse=True, params=CARDS)
    def _made_of(self, request: pytest.FixtureRequest) -> None:
        self._suits(request.param)


class TestBrokenDevices(_CardCase):
    """Dead, stuck and wearing devices on a card of each law and cell, in number."""

    changes = FAULTS

    @pytest.fixture(
        autouse=True, params=["gokmen_vlasov", "capacitor", "pcm", "reram_array_om", "sonos"]
    )
    def _made_of(self, request: pytest.FixtureRequest) -> None:
        self._suits(request.param)
        self.pulses = self.reads = 40
        self.n_in = 64
        if request.param == "pcm":  # a refresh moves pairs of which one device is stuck
            self.changes = {**FAULTS, "cell.refresh_every": 0}


class TestWires(_CardCase):
    """Reads through wires with resistance, on a card of each law and cell."""

    changes = MappingProxyType({"wires.input_wire_ohm": 200.0, "wires.output_wire_ohm": 200.0})

    @pytest.fixture(autouse=True, params=["gokmen_vlasov", "capacitor", "pcm", "sonos"])
    def _made_of(self, request: pytest.FixtureRequest) -> None:
        self._suits(request.param)


class TestDigitalArray(_CardCase):
    """Ideal weights, to the last action."""

    card = "ideal"

    def read_counts(self, hardware: Hardware, vectors: int) -> Mapping[str, float]:
        # The suite reads twice, and weights are fetched once a call.
        return {"digital_mac": vectors * 20, "memory_byte": 4 * (2 * 20 + vectors * 9)}


class TestExactPulses(_CardCase):
    """Pulse by pulse, to the last action."""

    card = "gokmen_vlasov"
    pulse_mode = "exact"

    def pulse_counts(self, hardware: Hardware, samples: int) -> Mapping[str, float]:
        return {"outer_product": samples, "voltage_to_pulse": samples * 9}


class TestDrift(_CardCase):
    """Linear steps, and drift whose exponent differs from device to device."""

    card = "ecram"
    changes = MappingProxyType({"time.drift_nu": 0.05, "time.drift_nu_dtod": 0.02})


class TestRefreshes(_CardCase):
    """Pairs that are refreshed as soon as a few pulses have come to either device."""

    card = "pcm"
    changes = MappingProxyType({"cell.refresh_upper": 0.2, "cell.refresh_lower": 0.2})
    pulse_mode = "exact"
