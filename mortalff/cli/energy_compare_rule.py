"""What learners are told on an architecture, and how their layers hold weights: by their rules for the card.

What is priced is what a study runs with ``from_card: true``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from pydantic import JsonValue, ValidationError

from mortalff.cards import Card
from mortalff.cards.problems import problems
from mortalff.energy.architectures import Architecture, Net
from mortalff.energy.architectures.plan import laid_out
from mortalff.errors import InputError
from mortalff.hardware.scheme import Plain, Scheme
from mortalff.learners import FF, Learner, Settings
from mortalff.learners.from_card import Task
from mortalff.networks.local import LocalFields
from mortalff.studies.registry import find_learner

Holding = Literal["rule", "one", "same"]
HOLDINGS: Final[tuple[Holding, ...]] = ("rule", "one", "same")
"""Layers hold weights as each learner's rule has it, in one array, or all as the rule of FF has it."""


class Training(NamedTuple):
    """The training that rules set a learner for."""

    batch: int = 100
    examples: int = 60000
    epochs: int = 15


class Chosen(NamedTuple):
    """What a learner is told, and how its layers hold weights: in one array each where scheme is None."""

    settings: Settings
    scheme: Scheme | None


def chosen(
    learner: str,
    architecture: Architecture,
    card: Card,
    net: Net,
    training: Training,
    holding: Holding,
) -> Chosen:
    """Settings and scheme of a learner on an architecture.

    Args:
        learner: its name.
        architecture: the hardware; what it asks of the learner goes before the learner's rule.
        card: the devices.
        net: the network.
        training: how long it is to be.
        holding: how layers hold weights. In digital memory there is one way.

    Raises:
        InputError: the architecture asks for settings that cannot be.
    """
    kind, laid = find_learner(learner).kind, laid_out(card, architecture)
    asked = {**architecture.settings.get(learner, {}), "batch": training.batch}
    where = f"architecture {architecture.name!r}, settings of learner {learner!r}"
    _checked(kind, asked, where)
    hidden = tuple(size for size in net.hidden if isinstance(size, int | LocalFields))
    task = Task(
        net.image_shape,
        net.n_classes,
        hidden,
        training.examples,
        training.epochs,
        architecture.activities,
    )
    plain = Plain() if holding == "one" else None
    scheme: Scheme | None = None
    if _has_rule(kind):
        given: dict[str, JsonValue] = {**asked}  # type: ignore[dict-item]  # as TOML has them
        told = kind.from_card(laid, task, given, plain)
        asked, scheme = {**told.settings}, told.scheme
    elif holding == "same":
        scheme = FF.from_card(laid, task, {"batch": training.batch}).scheme
    return Chosen(_checked(kind, asked, where), scheme)


def _has_rule(kind: type[Learner]) -> bool:
    """Whether a learner has a rule of its own that sets it from a card."""
    return kind.from_card.__func__ is not Learner.from_card.__func__  # type: ignore[attr-defined]


def _checked(kind: type[Learner], asked: Mapping[str, object], where: str) -> Settings:
    try:
        return kind.settings_type.model_validate(asked)
    except ValidationError as error:
        found = problems(
            error, kind.settings_type, asked, lambda keys: f"{where}, {'.'.join(keys)}"
        )
        raise InputError("\n".join(text for _, text in found)) from None
