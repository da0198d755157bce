"""Words and numbers in which comparisons are told, on a terminal and on a page alike."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mortalff.energy.architectures import Purpose
from mortalff.energy.text import format_joules

OF: Mapping[Purpose, str] = MappingProxyType(
    {"update": "an update", "epoch": "an epoch", "inference": "an inference"}
)
"""What costs are of, in words."""


def seconds(duration: float) -> str:
    """A duration with three digits and an SI prefix: ``22.1 µs``."""
    return format_joules(duration).removesuffix("J") + "s"


def whole_or_short(number: float) -> str:
    """A number of three digits, or more before the point."""
    return f"{number:.0f}" if number >= 100.0 else f"{number:.3g}"
