"""Learners and schemes by name, as installed distributions declare them.

A distribution offers a learner through the entry point group ``mortalff.learners``, and a scheme for holding a layer's
weights through ``mortalff.schemes``::

    [project.entry-points."mortalff.learners"]
    mine = "mylab.learners:MyLearner"

    [project.entry-points."mortalff.schemes"]
    my_pair = "mylab.schemes:MyPair"

mortalff's own are declared the same way, but for ``plain``, which is always there. Nothing is kept: each look-up reads
what is installed.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, NamedTuple, cast

from mortalff.errors import SpecError, message, nearest
from mortalff.hardware.scheme import Plain, Scheme

if TYPE_CHECKING:
    from mortalff.learners.base import Learner

_LEARNERS, _SCHEMES = "mortalff.learners", "mortalff.schemes"
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
    return _names(_LEARNERS)


def scheme_names() -> list[str]:
    """The names of all schemes there are, sorted."""
    return sorted({Plain.name, *_names(_SCHEMES)})


def find_learner(name: str) -> FoundLearner:
    """The learner of a name.

    Raises:
        SpecError: there is none, there are two, or it cannot be imported or is no learner.
    """
    from mortalff.learners.base import Learner

    point = _point(_LEARNERS, "learner", name, learner_names())
    kind = cast("type[Learner]", _loaded(point, f"learner {name!r}", Learner))
    own = point.dist is not None and point.dist.name == _OWN
    return FoundLearner(kind, "" if own else _provider(point))


def find_scheme(name: str) -> type[Scheme]:
    """The scheme of a name.

    Raises:
        SpecError: there is none, there are two, or it cannot be imported or is no scheme.
    """
    if name == Plain.name:
        return Plain
    point = _point(_SCHEMES, "scheme", name, scheme_names())
    return cast(type[Scheme], _loaded(point, f"scheme {name!r}", Scheme))


def _names(group: str) -> list[str]:
    return sorted({point.name for point in entry_points(group=group)})


def _point(group: str, what: str, name: str, names: list[str]) -> EntryPoint:
    """The entry point that offers something of this name."""
    points = {p.value: p for p in entry_points(group=group, name=name)}
    if not points:
        nothing = f"no {what} is installed: install mortalff itself, as with 'pip install -e .'"
        right = nearest(name, names) if names else nothing
        raise SpecError(message(what, name, f"there is no such {what}", right))
    if len(points) > 1:
        rule = f"two installed distributions offer a {what} of this name: "
        rule += ", ".join(f"{_provider(p)} ({value})" for value, p in sorted(points.items()))
        raise SpecError(message(what, name, rule, "uninstall one"))
    return next(iter(points.values()))


def _loaded(point: EntryPoint, where: str, base: type[object]) -> type[object]:
    """The class that an entry point names, checked to be one of these."""
    right = f"mend or uninstall {_provider(point)}"
    try:
        kind: object = point.load()
    except Exception as error:
        rule = f"it cannot be imported ({type(error).__name__}: {error})"
        raise SpecError(message(where, point.value, rule, right)) from error
    if not (isinstance(kind, type) and issubclass(kind, base)):
        rule = f"it is no subclass of {base.__module__}.{base.__name__}"
        raise SpecError(message(where, point.value, rule, right))
    return kind


def _provider(point: EntryPoint) -> str:
    return "" if point.dist is None else f"{point.dist.name} {point.dist.version}"
