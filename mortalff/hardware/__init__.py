"""Hardware behind the forward-only boundary: forward passes and pulses, and nothing else."""

from mortalff.hardware.base import CAPABILITIES, PRIVILEGED, Hardware
from mortalff.hardware.crossbar import Crossbar
from mortalff.hardware.digital import DigitalArray
from mortalff.hardware.fabricate import fabricate
from mortalff.hardware.probe import Probe

__all__ = [
    "CAPABILITIES",
    "PRIVILEGED",
    "Crossbar",
    "DigitalArray",
    "Hardware",
    "Probe",
    "fabricate",
]
