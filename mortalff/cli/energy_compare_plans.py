"""From words of the command line to learners on architectures."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mortalff.cards import Card
from mortalff.cli.energy_compare_rule import Holding, Training, chosen
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


class Planned(NamedTuple):
    """Learners on architectures, and those that cannot be there, as in ``ff on ff_analog``, each with why."""

    plans: list[Plan]
    left_out: Mapping[str, str]


def plans_for(
    asked: Sequence[str] | None,
    names: Sequence[str],
    changes: Sequence[str],
    card: Card,
    net: Net,
    training: Training | None = None,
    holding: Holding = "rule",
) -> Planned:
    """Each learner on each architecture that is for it.

    Args:
        asked: names of learners; None for those of ff, bp and dfa that an architecture is for.
        names: of architectures, or paths; none for all built-in ones.
        changes: ``key=value`` for all of them; those of arrays and converters for crossbars alone.
        card: the devices.
        net: the network.
        training: what learners' rules set them for; by default 15 epochs of 60000 images in batches of 100.
        holding: how layers hold weights.

    Raises:
        InputError: no architecture is for a learner, or one of those given is for none of them, or cannot hold weights
            as asked; changes or settings that cannot be.
        SpecError: there is no such learner.
    """
    architectures = asked_architectures(names, changes)
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
    plans: list[Plan] = []
    left_out: dict[str, str] = {}
    for learner in learners:
        for one in (one for one in architectures if learner in one.learners):
            settings, scheme = chosen(learner, one, card, net, training or Training(), holding)
            if scheme is not None and one.activities == "analog":
                rule = f"on card {card.name!r} its layers have a scheme, {scheme.name!r}, which reads arrays as numbers"
                if names:
                    right = "leave it out, or price one array a layer by --arrays one"
                    raise InputError(message("--architecture", one.name, rule, right))
                left_out[f"{learner} on {one.name}"] = f"{rule}; --arrays one prices one a layer"
                continue
            plan = Plan(one, learner, settings, card, net, scheme)
            why = _why_not(plan) if holding == "same" else ""
            if why:
                left_out[f"{learner} on {one.name}"] = why
            else:
                plans.append(plan)
    if left_out and not plans:
        told = "; ".join(f"{name}: {why}" for name, why in left_out.items())
        raise InputError(message("--arrays", holding, told, "choose 'rule' or 'one'"))
    return Planned(plans, left_out)


def _why_not(plan: Plan) -> str:
    """Why a learner cannot have the scheme that another's rule makes; empty where it can."""
    try:
        plan.form.update_counts()
    except InputError as error:
        return str(error)
    return ""


def asked_architectures(names: Sequence[str], changes: Sequence[str]) -> list[Architecture]:
    """Architectures with changes.

    Args:
        names: of architectures, or paths; none for all built-in ones.
        changes: ``key=value`` for all of them; those of arrays and converters for crossbars alone.

    Raises:
        InputError: there is no such architecture, or a change cannot be.
    """
    found = [load_architecture(name) for name in names] or [*built_in_architectures().values()]
    values = _changed_values(changes)
    return [_changed(one, values) for one in found]


def _changed(architecture: Architecture, changes: dict[str, object]) -> Architecture:
    """The architecture with those changes that are about anything it has."""
    fitting = {key: value for key, value in changes.items() if _concerns(key, architecture)}
    return architecture.changed(**fitting) if fitting else architecture


def _concerns(key: str, architecture: Architecture) -> bool:
    table, _, below = key.partition(".")
    if table == "settings":
        return below.partition(".")[0] in architecture.learners
    return architecture.weights == "crossbar" or table not in _OF_CROSSBARS


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
