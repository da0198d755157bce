"""What two arrays a layer take beside the learner's own reads and pulses: one is read, and teaches the other.

A transfer reads the fast array line by line and pulses the slow one with what was read. Its counts are among those of
an update. Three things are not: that all lines but one of each such read are at rest, so that no more than that line
and its cells cost a read; how many steps follow one another; and how many numbers its pulses are made from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mortalff.energy.architectures.laid_layer import teachers_of
from mortalff.energy.architectures.plan import Plan
from mortalff.energy.array_forms import add
from mortalff.energy.forms import Counts
from mortalff.energy.forms.counts import times, total
from mortalff.energy.forms.in_turn import one_of
from mortalff.energy.forms.joined_arrays import TwoArraysForm


@dataclass(frozen=True)
class Transfers:
    """Transfers of a number of updates, each update with its share.

    Attributes:
        counts: what they count, besides what their pulses bring about.
        at_rest: reads of arrays and cells among these that lines at rest take no part in.
        steps: reads and outer products that follow one another, in the layer that has most.
        numbers: numbers read from all fast arrays, whose sizes make the slow ones' pulses.
    """

    counts: Mapping[str, float]
    at_rest: Mapping[str, float]
    steps: Mapping[str, float]
    numbers: float


NONE = Transfers(MappingProxyType({}), MappingProxyType({}), MappingProxyType({}), 0.0)
"""Where every layer has one array."""


def transfers(plan: Plan, updates: float) -> Transfers:
    """What transfers take in so many updates.

    Args:
        plan: the learner on its architecture.
        updates: how many.
    """
    if not updates or not any(layer.teachers for layer in plan.layers):
        return NONE
    counts: Counts = {}
    at_rest: Counts = {}
    numbers = 0.0
    for layer, pulsings in zip(plan.layers, plan.form.pulsings(), strict=True):
        for teacher in layer.teachers:
            often = updates * pulsings / teacher.every
            add(counts, times(teacher.transfer(), often))
            add(at_rest, times(_at_rest(teacher), often))
            numbers += often * teacher.lines * teacher.shape.n_out * layer.pulsed
    return Transfers(
        MappingProxyType(counts),
        MappingProxyType(at_rest),
        MappingProxyType(_steps(plan, updates)),
        numbers,
    )


def _at_rest(teacher: TwoArraysForm) -> Counts:
    """Of reads with one line driven each, the share of the other lines."""
    reads = times(teacher.one.read(teacher.lines), teacher.reads)
    share = 1.0 - 1.0 / teacher.shape.n_in
    return {action: share * reads[action] for action in ("array_read", "cell_read")}


def _steps(plan: Plan, updates: float) -> Counts:
    """Layers, and arrays side by side, transfer at once: those of the layer, and array, with most lines."""
    most: Counts = {}
    layers = zip(plan.untiled.network.layers, plan.form.pulsings(), strict=True)
    for layer, pulsings in layers:
        for teacher in teachers_of(layer.array):
            often, one = updates * pulsings / teacher.every, one_of(teacher)
            parts = [times(one.read(teacher.lines), often * teacher.reads)]
            parts.append(one.upkeep(often, whole=False))  # the slow array's, by its pulses
            steps = {"array_read": total(parts)["array_read"]}
            steps["outer_product"] = often * teacher.lines
            most = max(most, steps, key=lambda counts: sum(counts.values()))
    return most
