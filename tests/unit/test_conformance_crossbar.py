"""Crossbars of the cards that ship, and digital arrays, pass the suite that all hardware passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mortalff.cards import load_card
from mortalff.hardware.base import Hardware
from mortalff.hardware.fabricate import fabricate
from mortalff.testing import HardwareConformance

N_OUT, N_IN = 4, 5


class _CardCase(HardwareConformance):
    """Chips of one card."""

    card: str

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        return fabricate(load_card(self.card), n_out=N_OUT, n_in=N_IN, chips=chips, seed=seed)


class TestDigitalArray(_CardCase):
    """Ideal weights."""

    card = "ideal"

    def read_counts(self, hardware: Hardware, vectors: int) -> Mapping[str, float]:
        # The suite reads twice, and weights are fetched once a call.
        return {"digital_mac": vectors * 20, "memory_byte": 4 * (2 * 20 + vectors * 9)}


class TestGokmenVlasov(_CardCase):
    """Constant steps."""

    card = "gokmen_vlasov"

    def pulse_counts(self, hardware: Hardware, samples: int) -> Mapping[str, float]:
        return {"outer_product": samples, "voltage_to_pulse": samples * 9}


class TestExactPulses(TestGokmenVlasov):
    """Pulse by pulse."""

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        card = load_card(self.card)
        return fabricate(card, n_out=N_OUT, n_in=N_IN, chips=chips, seed=seed, pulse_mode="exact")


class TestEcram(_CardCase):
    """Linear steps."""

    card = "ecram"


class TestDrift(_CardCase):
    """Linear steps, and drift whose exponent differs from device to device."""

    card = "ecram"

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        card = load_card(self.card).replace(**{"time.drift_nu": 0.05, "time.drift_nu_dtod": 0.02})
        return fabricate(card, n_out=N_OUT, n_in=N_IN, chips=chips, seed=seed)


class TestReramES(_CardCase):
    """Exponential steps with strong write noise."""

    card = "reram_es"
    pulses = 40
    reads = 40


class TestReramSB(_CardCase):
    """Soft bounds about a reference, with strong write noise."""

    card = "reram_sb"
    pulses = 40
    reads = 40
