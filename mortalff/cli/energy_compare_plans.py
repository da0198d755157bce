"""From words of the command line to learners on architectures."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence

from pydantic import ValidationError

from mortalff.cards import Card
from mortalff.cards.problems import problems
from mortalff.energy.architectures import (
    Architecture,
    Net,
    Plan,
    built_in_architectures,
    load_architecture,
)
from mortalff.errors import InputError, message, nearest
from mortalff.studies.registry import find_learner

_OF_CROSSBARS = ("arrays", "converters", "gradient", "pipeline")


_USUAL = ("ff", "bp", "dfa")


def plans_for(
    asked: Sequence[str] | None,
    names: Sequence[str],
    changes: Sequence[str],
    card: Card,
    net: Net,
) -> list[Plan]:
    """Each learner on each architecture that is for it.

    Args:
        asked: names of learners; None for those of ff, bp and dfa that an architecture is for.
        names: of architectures, or paths; none for all built-in ones.
        changes: ``key=value`` for all of them; those of arrays and converters for crossbars alone.
        card: the devices.
        net: the network.

    Raises:
        InputError: no architecture is for a learner, or one of those given is for none of them; changes or settings
            that cannot be.
        SpecError: there is no such learner.
    """
    architectures = _architectures(names, _changed_values(changes))
    meant = {learner for one in architectures for learner in one.learners}
    learners = [name for name in _USUAL if name in meant] if asked is None else asked
    for learner in asked or ():
        find_learner(learner)  # so that an unknown one is told as such
        fitting = [one for one in architectures if learner in one.learners]
        if not fitting:
            rule = "none of the architectures is for it"
            right = f"{nearest(learner, meant)} Or give a file whose learners name it"
            raise InputError(message("--learners", learner, rule, right))
    unused = [one for one in architectures if names and not {*learners} & {*one.learners}]
    if unused:
        rule = f"it is for {', '.join(unused[0].learners)}"
        right = "add one of them to --learners, or leave it out"
        raise InputError(message("--architecture", unused[0].name, rule, right))
    return [
        Plan(one, learner, _settings(learner, one), card, net)
        for learner in learners
        for one in architectures
        if learner in one.learners
    ]


def _architectures(names: Sequence[str], changes: dict[str, object]) -> list[Architecture]:
    found = [load_architecture(name) for name in names] or [*built_in_architectures().values()]
    return [_changed(one, changes) for one in found]


def _changed(architecture: Architecture, changes: dict[str, object]) -> Architecture:
    """The architecture with those changes that are about anything it has."""
    fitting = {key: value for key, value in changes.items() if _concerns(key, architecture)}
    return architecture.changed(**fitting) if fitting else architecture


def _concerns(key: str, architecture: Architecture) -> bool:
    table, _, below = key.partition(".")
    if table == "settings":
        return below.partition(".")[0] in architecture.learners
    return architecture.weights == "crossbar" or table not in _OF_CROSSBARS


def _settings(learner: str, architecture: Architecture) -> object:
    """The learner's settings, as the architecture asks for them."""
    kind = find_learner(learner).kind.settings_type
    asked = dict(architecture.settings.get(learner, {}))
    try:
        return kind.model_validate(asked)
    except ValidationError as error:
        where = f"architecture {architecture.name!r}, settings of learner {learner!r}"
        found = problems(error, kind, asked, lambda keys: f"{where}, {'.'.join(keys)}")
        raise InputError("\n".join(text for _, text in found)) from None


def _changed_values(words: Sequence[str]) -> dict[str, object]:
    """``key=value`` pairs, values as TOML writes them; words without quotes are text."""
    changes: dict[str, object] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not (key and equals and value):
            rule = "it is a key, '=' and a value"
            raise InputError(message("--set", word, rule, "such as converters.adc_bits=6"))
        try:
            changes[key] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            changes[key] = value
    return changes
