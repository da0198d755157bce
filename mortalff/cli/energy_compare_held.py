"""How layers hold their weights in a comparison, and who cannot be compared, as text and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from mortalff.cli.energy_compare_cells import hanging, name_width
from mortalff.energy.architectures import Comparison, Plan


def held(comparison: Comparison) -> list[str]:
    """The scheme of each entrant that has one; nothing where all have one array a layer."""
    width = name_width(comparison)
    lines = ["How layers hold weights, where not in one array"]
    for entrant in comparison.entrants:
        scheme = scheme_of(entrant.plan)
        if scheme is not None:
            told = ", ".join(_told(scheme["settings"]))
            lines += hanging(entrant.name, f"{scheme['name']}: {told}", width)
    return lines if len(lines) > 1 else []


def not_compared(left_out: Mapping[str, str]) -> list[str]:
    """Learners that cannot be on an architecture, each with why."""
    lines = ["Not compared"]
    for name, why in left_out.items():
        lines += hanging(name, why, max(map(len, left_out)) + 2)
    return lines if left_out else []


def scheme_of(plan: Plan) -> dict[str, object] | None:
    """Name and settings of a plan's scheme; None where each layer has one array."""
    if plan.scheme is None or plan.architecture.weights == "digital":
        return None
    settings = plan.scheme.model_dump() if isinstance(plan.scheme, BaseModel) else {}
    return {"name": getattr(plan.scheme, "name", type(plan.scheme).__name__), "settings": settings}


def _told(settings: object) -> Iterator[str]:
    assert isinstance(settings, dict)
    for key, value in settings.items():
        if value is not None:
            yield f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}"
