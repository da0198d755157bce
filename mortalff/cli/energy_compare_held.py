"""How layers hold their weights in a comparison, and who cannot be compared, as text."""

from __future__ import annotations

from collections.abc import Mapping

from mortalff.cli.energy_compare_cells import hanging, name_width
from mortalff.energy.architectures import Comparison
from mortalff.report.comparison import schemes


def held(comparison: Comparison) -> list[str]:
    """The scheme of each entrant that has one; nothing where all have one array a layer."""
    width = name_width(comparison)
    lines = ["How layers hold weights, where not in one array"]
    for name, scheme, settings in schemes.held(comparison):
        lines += hanging(name, f"{scheme}: {settings}", width)
    return lines if len(lines) > 1 else []


def not_compared(left_out: Mapping[str, str]) -> list[str]:
    """Learners that cannot be on an architecture, each with why."""
    lines = ["Not compared"]
    for name, why in left_out.items():
        lines += hanging(name, why, max(map(len, left_out)) + 2)
    return lines if left_out else []
