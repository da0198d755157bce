"""Learners by name, as installed distributions declare them.

A distribution offers a learner through the entry point group ``mortalff.learners``::

    [project.entry-points."mortalff.learners"]
    mine = "mylab.learners:MyLearner"

mortalff's own are declared the same way. Nothing is kept: each look-up reads what is installed.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, NamedTuple

from mortalff.errors import SpecError, message, nearest

if TYPE_CHECKING:
    from mortalff.learners.base import Learner

ENTRY_POINTS = "mortalff.learners"
_OWN = "mortalff"


class FoundLearner(NamedTuple):
    """A learner that a name stands for.

    Attributes:
        kind: its class.
        provider: distribution and version that it is from; empty for mortalff's own, whose numbers
            have a version of their own (:data:`mortalff.studies.run_spec.NUMERICS_VERSION`).
    """

    kind: type[Learner]
    provider: str


def learner_names() -> list[str]:
    """The names of all learners there are, sorted."""
    return sorted({point.name for point in entry_points(group=ENTRY_POINTS)})


def find_learner(name: str) -> FoundLearner:
    """The learner of a name.

    Raises:
        SpecError: there is none, there are two, or it cannot be imported or is no learner.
    """
    from mortalff.learners.base import Learner

    points = {p.value: p for p in entry_points(group=ENTRY_POINTS, name=name)}
    if not points:
        raise SpecError(message("learner", name, "there is no such learner", _hint(name)))
    if len(points) > 1:
        rule = "two installed distributions offer a learner of this name: "
        rule += ", ".join(f"{_provider(p)} ({value})" for value, p in sorted(points.items()))
        raise SpecError(message("learner", name, rule, "uninstall one"))
    point = next(iter(points.values()))
    try:
        kind: object = point.load()
    except Exception as error:
        rule = f"it cannot be imported ({type(error).__name__}: {error})"
        right = f"mend or uninstall {_provider(point)}"
        raise SpecError(message(f"learner {name!r}", point.value, rule, right)) from error
    if not (isinstance(kind, type) and issubclass(kind, Learner)):
        rule = "it is no subclass of mortalff.learners.base.Learner"
        right = f"mend or uninstall {_provider(point)}"
        raise SpecError(message(f"learner {name!r}", point.value, rule, right))
    own = point.dist is not None and point.dist.name == _OWN
    return FoundLearner(kind, "" if own else _provider(point))


def _provider(point: EntryPoint) -> str:
    return "" if point.dist is None else f"{point.dist.name} {point.dist.version}"


def _hint(name: str) -> str:
    names = learner_names()
    if not names:
        return "no learner is installed: install mortalff itself, as with 'pip install -e .'"
    return nearest(name, names)
