"""Kinds of components: the first part of a constant's name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "adc": "analog-to-digital converters and comparators",
        "dac": "converters of digital inputs to voltages or durations",
        "driver": "drivers of lines",
        "pulse": "voltages turned into pulses, durations into numbers",
        "hold": "sample-and-hold stages",
        "integrator": "integrators of line currents or voltages",
        "squarer": "squarers of activities, for the goodness",
        "gain": "gain control, for length normalisation",
        "line": "wires of an array",
        "device": "memory devices",
        "array": "whole arrays, as published",
        "digital": "arithmetic and other logic",
        "memory": "registers, SRAM, DRAM",
        "network": "buses, routers, links",
        "processor": "whole processors, at their peak",
        "card": "what a device card says",
        "own": "users' own",
    }
)
"""The first part of a constant's name, and what stands under it."""
