"""Unknown stages pass the suite that all hardware passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mortalff.hardware.base import Hardware
from mortalff.hardware.unknown_stage import UnknownStage
from mortalff.testing import HardwareConformance


class TestUnknownStage(HardwareConformance):
    """Units apart."""

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        return UnknownStage(5, chips, seed)

    def read_counts(self, hardware: Hardware, vectors: int) -> Mapping[str, float]:
        return {"black_box_pass": vectors}


class TestMixingStage(TestUnknownStage):
    """Units that leak into each other."""

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        return UnknownStage(5, chips, seed, strength=2.0, mixing=0.5)
