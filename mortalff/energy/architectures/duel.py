"""One learner against its rivals on arrays: ratios, what they hang on, and where they turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mortalff.energy.architectures.break_even import Corner, break_even
from mortalff.energy.architectures.comparison import Comparison, Entrant
from mortalff.energy.architectures.tornado import Swing, ratio_tornado
from mortalff.energy.architectures.work import Purpose
from mortalff.energy.library import Price
from mortalff.errors import InputError, message


@dataclass(frozen=True)
class Duel:
    """Two entrants.

    Attributes:
        one: name of the first. other: name of the second.
        ratio: energy of the first over that of the second.
        swings: the ratio with each uncertain number at its bounds.
        corners: the ratio over ADC bits, sizes of arrays and nodes.
    """

    one: str
    other: str
    ratio: Price
    swings: tuple[Swing, ...]
    corners: tuple[Corner, ...]

    @property
    def won(self) -> int:
        """In how many designs the first takes less, at best values."""
        return sum(corner.ratio.value < 1.0 for corner in self.corners)


def duels(
    comparison: Comparison, purpose: Purpose = "update", against: Sequence[str] = ()
) -> list[Duel]:
    """The first learner, where it takes least on arrays, against rivals on arrays.

    Args:
        comparison: of all.
        purpose: what for.
        against: names of rivals; by default those of the next learner.

    Returns:
        One for each rival; none where either side has nothing on arrays.

    Raises:
        InputError: a rival is not in the comparison, is not on arrays, or is the first itself.
    """
    on_arrays = [e for e in comparison.entrants if e.plan.architecture.weights == "crossbar"]
    learners = list(dict.fromkeys(e.plan.learner for e in comparison.entrants))
    own = [e for e in on_arrays if e.plan.learner == learners[0]]
    if not own:
        return []
    one = min(own, key=lambda entrant: entrant.costs[purpose].bill.total.value)
    if against:
        rivals = [_rival(comparison, name, one) for name in against]
    else:
        rivals = [e for e in on_arrays if e.plan.learner in learners[1:2]]
    return [_duel(comparison, purpose, one, other) for other in rivals]


def _rival(comparison: Comparison, name: str, one: Entrant) -> Entrant:
    found = comparison.entrant(name)
    if found is one or found.plan.architecture.weights == "digital":
        rule = f"it cannot stand against {one.name!r}: "
        rule += "it is the same" if found is one else "it has no arrays or converters to vary"
        raise InputError(message("against", name, rule, "choose another on crossbars"))
    return found


def _duel(comparison: Comparison, purpose: Purpose, one: Entrant, other: Entrant) -> Duel:
    bills = [entrant.costs[purpose].bill for entrant in (one, other)]
    corners = break_even(
        one.plan,
        other.plan,
        comparison.task,
        comparison.library,
        comparison.draws,
        purpose=purpose,
    )
    ratio = comparison.ratio(one.name, other.name, purpose)
    swings = ratio_tornado(bills[0].terms, bills[1].terms)
    return Duel(one.name, other.name, ratio, tuple(swings), tuple(corners))
