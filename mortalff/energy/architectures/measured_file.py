"""Numbers that were measured in trainings, from the package's own files: learner → card → what was measured."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import TypeVar

from mortalff.cards.quantity import Section

Measured = TypeVar("Measured", bound=Section)


def read_measured(name: str, kind: type[Measured]) -> Mapping[str, Mapping[str, Measured]]:
    """A file of ``measured/``.

    Args:
        name: of the file.
        kind: what each of its tables is.
    """
    file = files("mortalff.energy.architectures") / "measured" / name
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            learner: MappingProxyType(
                {card: kind.model_validate(table) for card, table in cards.items()}
            )
            for learner, cards in document.items()
        }
    )
