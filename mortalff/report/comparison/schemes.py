"""How layers hold their weights in a comparison, where not in one array each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import BaseModel

from mortalff.energy.architectures import Comparison, Plan


class Held(NamedTuple):
    """The scheme of an entrant.

    Attributes:
        entrant: its name.
        scheme: the scheme's name.
        settings: what it is told, as in ``fast_rate 4, every 5``.
    """

    entrant: str
    scheme: str
    settings: str


def held(comparison: Comparison) -> list[Held]:
    """The scheme of each entrant that has one."""
    found = []
    for entrant in comparison.entrants:
        scheme = scheme_of(entrant.plan)
        if scheme is not None:
            told = ", ".join(_told(scheme["settings"]))
            found.append(Held(entrant.name, str(scheme["name"]), told))
    return found


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
