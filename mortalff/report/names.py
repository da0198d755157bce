"""Names for hardware, learners and setups: as few words as tell them apart."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from pydantic import TypeAdapter

from mortalff.networks.sizes import LayerSize, as_text
from mortalff.report.trials import Setup

_LEARNERS = MappingProxyType(
    {
        "bp": "BP",
        "bp_in_silico": "BP in silico",
        "dfa": "DFA",
        "drtp": "DRTP",
        "fa": "FA",
        "ff": "FF",
        "ff_recurrent": "recurrent FF",
        "ifa": "IFA",
        "mono_forward": "Mono-Forward",
        "multiplexed": "multiplexed gradient descent",
        "node_perturbation": "node perturbation",
        "pat": "PAT",
        "pepita": "PEPITA",
        "rbm": "RBM",
        "weight_perturbation": "weight perturbation",
    }
)
_METHODS = MappingProxyType(
    {
        "copy": "weights copied",
        "distil": "distilled",
        "distil_hard": "distilled from the teacher's choice",
        "relearn": "from labels only",
    }
)
# What changes how a learner learns: every difference in it is named, for each bears on the result.
_ALWAYS = ("activities", "settings")
# Keys of a specification by when they may set a setup apart: the sooner, the more they tell.
_SOON = (*_ALWAYS, "sizes", "epochs", "data.name", "data.train", "data.test")
_NEVER = ("condition", "learner", "kind")


def learner_name(learner: str) -> str:
    """A learner as people write it: FF for ff; one that mortalff does not bring as it is."""
    return _LEARNERS.get(learner, learner)


def method_name(method: str) -> str:
    """A way of transfer in words; one that has none as it is."""
    return _METHODS.get(method, method or "transfer")


def hardware_name(setup: Setup) -> str:
    """The card's name with what the condition changed on it: ``ecram, dw_min_dtod = 0.5``."""
    name = setup.hardware.replace("aihwkit:", "aihwkit ")
    changes = _leaves(json.loads(setup.condition))
    return ", ".join([name, *(f"{key.split('.')[-1]} = {_plain(v)}" for key, v in changes)])


def is_floor(setup: Setup) -> bool:
    """Whether the learner was told to leave the arrays as fabricated: the floor of random features."""
    return bool(json.loads(setup.spec).get("settings", {}).get("layers") == "frozen")


def label_words(setup: Setup, setups: Sequence[Setup]) -> tuple[str, ...]:
    """What tells a setup from the others with its hardware, learner and method, in words.

    Every setting of the learner that differs among them is named; of all else only what is needed beyond. Untrained
    arrays are always named, and the others not told from them.

    Args:
        setup: the one to name.
        setups: all there are.
    """
    floor = is_floor(setup)
    same = hardware_name(setup), setup.learner, setup.method, floor
    peers = [s for s in setups if (hardware_name(s), s.learner, s.method, is_floor(s)) == same]
    specs = {s: dict(_leaves(json.loads(s.spec))) for s in peers}
    alike = peers
    own, words = specs[setup], ["untrained arrays"] if floor else []
    for key in sorted({key for spec in specs.values() for key in spec}, key=_place):
        if key.split(".")[0] in _NEVER:
            continue
        among = peers if key.split(".")[0] in _ALWAYS else alike
        if len({json.dumps(specs[s].get(key)) for s in among}) > 1:
            words.append(_words(key, own))
            alike = [s for s in alike if specs[s].get(key) == own.get(key)]
    return tuple(words)


def _place(key: str) -> tuple[int, str]:
    for place, start in enumerate(_SOON):
        if key == start or key.startswith(f"{start}."):
            return place, key
    return len(_SOON), key


def _words(key: str, spec: Mapping[str, object]) -> str:
    value = spec.get(key)
    if key == "activities":
        return f"{value} activities"
    if isinstance(value, bool):
        return f"{'with' if value else 'no'} {key.split('.')[-1]}"
    if key == "settings.negatives":
        return f"{value} negatives"
    if key == "sizes" and isinstance(value, list):
        return as_text(TypeAdapter(tuple[LayerSize, ...]).validate_python(value))
    if key == "epochs":
        return f"{value} epochs"
    if key == "evaluations_per_epoch":  # specifications leave one out
        return f"evaluated {'once' if value is None else f'{value} times'} an epoch"
    if key in ("data.train", "data.test"):
        return f"{value} {key[5:]} images"
    if key == "data.name":
        return str(value)
    if isinstance(value, str) and len(value) > 16:
        value = value[:8]  # a checksum
    return f"{key.split('.')[-1]} {_plain(value)}"


def _leaves(content: Mapping[str, object], above: str = "") -> Iterable[tuple[str, object]]:
    """Dotted keys and values, in order of key."""
    for key, value in sorted(content.items()):
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
