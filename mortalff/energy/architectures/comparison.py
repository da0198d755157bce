"""Learners on architectures, side by side: energy, time, area, ratios, all with bands from the same draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from mortalff.energy.architectures.area import Area, area
from mortalff.energy.architectures.bill import EnergyBill, energy_bill
from mortalff.energy.architectures.draws import Array, Draws, band_about
from mortalff.energy.architectures.latency import Latency, latency
from mortalff.energy.architectures.plan import Plan
from mortalff.energy.architectures.work import PURPOSES, Purpose, Task, Work, work_for
from mortalff.energy.library import Constant, Library, Price, built_in_library
from mortalff.errors import InputError, message, nearest


@dataclass(frozen=True)
class Cost:
    """What one piece of work takes on one architecture.

    Attributes:
        plan: the learner on its architecture.
        purpose: an update, an epoch or an inference.
        work: counts.
        bill: energy by action.
        latency: time.
        draws: of the constants.
    """

    plan: Plan
    purpose: Purpose
    work: Work
    bill: EnergyBill
    latency: Latency
    draws: Draws

    @cached_property
    def samples(self) -> Array:
        """Draws of the energy, in J, shape (samples,)."""
        return self.draws.energy(self.bill.terms)

    @property
    def energy_j(self) -> Price:
        """Energy in J: the sum of values, and the band of the draws about it."""
        return band_about(self.bill.total.value, self.samples)

    @property
    def edp_js(self) -> float | None:
        """Energy times time, in J s; None where nothing is timed."""
        seconds = self.latency.seconds
        return None if seconds is None else self.bill.total.value * seconds.value

    @property
    def operations(self) -> float:
        """Operations done, two a multiply-accumulate: in reads of cells, in outer products, in digital work."""
        return 2.0 * (self._macs_of_arrays + self.work.counts.get("digital_mac", 0.0))

    @property
    def tops_per_w(self) -> float:
        """10^12 operations a joule, all that are done counted, useful or not."""
        return self.operations / self.bill.total.value * 1e-12

    @property
    def _macs_of_arrays(self) -> float:
        conductance = self.plan.card.conductance
        per_weight = 2 if conductance is None else conductance.cells_per_weight
        read = self.work.driven.get("cell_read", 0.0) / per_weight
        outer = self.work.steps.get("outer_product", 0.0) / len(self.plan.layers)
        return (
            read + outer * self.plan.weights if self.plan.architecture.weights != "digital" else 0.0
        )


@dataclass(frozen=True)
class Entrant:
    """One learner on one architecture.

    Attributes:
        plan: which.
        costs: for each purpose.
        area: silicon.
    """

    plan: Plan
    costs: dict[Purpose, Cost]
    area: Area

    @property
    def name(self) -> str:
        """As in ``bp on bp_analog``."""
        return f"{self.plan.learner} on {self.plan.architecture.name}"


@dataclass(frozen=True)
class Comparison:
    """Learners on architectures side by side.

    Attributes:
        entrants: as they were given.
        task: batch and epoch.
        library: constants.
        draws: of the constants, common to all.
    """

    entrants: tuple[Entrant, ...]
    task: Task
    library: Library
    draws: Draws

    def entrant(self, name: str) -> Entrant:
        """The entrant of a name such as ``ff on ff_analog``.

        Raises:
            InputError: there is none.
        """
        found = {entrant.name: entrant for entrant in self.entrants}
        if name not in found:
            rule = "it is not in the comparison"
            raise InputError(message("entrant", name, rule, nearest(name, found)))
        return found[name]

    @property
    def own_constants(self) -> list[tuple[str, Constant]]:
        """Constants that are not the built-in ones, with their names: the user's, and those that cards state."""
        built_in = built_in_library()
        found: dict[tuple[str, Constant], None] = {}
        for entrant in self.entrants:
            known = self.library.with_components_of(entrant.plan.device)
            for name in known:
                if name not in built_in or known[name] is not built_in[name]:
                    found[name, known[name]] = None
        return list(found)

    def ratio(self, one: str, other: str, purpose: Purpose = "update") -> Price:
        """Energy of one entrant over that of another; constants that both share cancel as far as they do.

        Returns:
            The ratio of values, and the band of the draws about it.

        Raises:
            InputError: an entrant is not in the comparison.
        """
        first, second = (self.entrant(name).costs[purpose] for name in (one, other))
        value = first.bill.total.value / second.bill.total.value
        return band_about(value, first.samples / second.samples)


def compare(
    plans: Iterable[Plan],
    task: Task | None = None,
    library: Library | None = None,
    *,
    seed: int = 0,
    samples: int = 2000,
) -> Comparison:
    """What learners take on their architectures.

    Args:
        plans: the learners on their architectures.
        task: batch and epoch; by default 100 of 60000.
        library: where constants are; by default the built-in one. For each plan, those in ``[components]`` of its card
            stand in place of the built-in ones, but not of those of the user's file that
            :func:`~mortalff.energy.library.load_library` read, or that ``library.replaced`` put there.
        seed: of the draws.
        samples: how many draws.

    Raises:
        InputError: no plans; two of a learner on architectures of one name; something in one cannot be counted or
            priced.
        CardError: the library has none of a name in ``[components]`` of a card.
    """
    done = Task() if task is None else task
    known = built_in_library() if library is None else library
    draws = Draws(seed, samples)
    entrants = tuple(_entrant(plan, done, known, draws) for plan in plans)
    names = [entrant.name for entrant in entrants]
    if not names:
        raise InputError(message("plans", names, "there is nothing to compare", "give one or more"))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        rule = "it is there twice"
        raise InputError(message("plans", twice[0], rule, "give the architecture another name"))
    return Comparison(entrants, done, known, draws)


def cost(plan: Plan, purpose: Purpose, task: Task, library: Library, draws: Draws) -> Cost:
    """What one piece of work takes.

    Raises:
        InputError: as :func:`compare`.
        CardError: as :func:`compare`.
    """
    work = work_for(purpose, plan, task)
    bill, time = energy_bill(plan, work.stored, library), latency(plan, work)
    if not bill.total.value:
        where = f"architecture {plan.architecture.name!r}, components"
        rule = f"nothing that {plan.learner!r} does in {purpose!r} has a price"
        right = f"name components for {', '.join(work.counts)}"
        raise InputError(message(where, dict(plan.architecture.components), rule, right))
    return Cost(plan, purpose, work, bill, time, draws)


def _entrant(plan: Plan, task: Task, library: Library, draws: Draws) -> Entrant:
    costs = {purpose: cost(plan, purpose, task, library, draws) for purpose in PURPOSES}
    return Entrant(plan, costs, area(plan, library))
