"""What an update, an epoch and an inference ask for: counts by closed forms, with what an architecture adds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, get_args

from mortalff.energy.architectures.plan import Plan
from mortalff.energy.architectures.transfers import NONE, Transfers, transfers
from mortalff.energy.array_forms import add, whole
from mortalff.energy.forms import Counts, Form
from mortalff.errors import InputError, message, nearest

Purpose = Literal["update", "epoch", "inference"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
"""What costs are asked for: one update of a batch, one epoch, one image classified."""

_STEPS = ("array_read", "array_read_transposed", "outer_product", "adc_conversion")


@dataclass(frozen=True)
class Task:
    """How much is done.

    Attributes:
        batch: examples of an update, and images classified together.
        examples: of an epoch.
    """

    batch: int = 100
    examples: int = 60000

    def __post_init__(self) -> None:
        """Check that there are any."""
        whole("batch", self.batch, 1)
        whole("examples", self.examples, 1)


@dataclass(frozen=True)
class Work:
    """What is to be done for one purpose.

    Attributes:
        counts: how often each action happens, pulses left out; as a run would count it.
        steps: reads, conversions and outer products counted as if each layer were one array: what has to follow one
            another; without transfers between arrays of a layer, and what a smoothed gradient converts.
        vectors: examples, or images, that it is for.
        updates: how many updates it holds.
        transfers: what there are of them, which are among the counts.
        spared_bytes: bytes of memory in the counts that the architecture, whose numbers are narrower than those of
            simulation, does not take; below 0 where they are wider.
    """

    counts: Mapping[str, float]
    steps: Mapping[str, float]
    vectors: float
    updates: float
    transfers: Transfers = NONE
    spared_bytes: float = 0.0

    @property
    def stored(self) -> Work:
        """The same with memory counted in the architecture's own numbers, as it is priced."""
        if not self.spared_bytes:
            return self
        counts = {**self.counts, "memory_byte": self.counts["memory_byte"] - self.spared_bytes}
        return replace(self, counts=MappingProxyType(counts), spared_bytes=0.0)

    @property
    def driven(self) -> Counts:
        """The counts, less what lines at rest do not take: a transfer drives one line of an array at a time."""
        at_rest = self.transfers.at_rest
        return {action: count - at_rest.get(action, 0.0) for action, count in self.counts.items()}


def work_for(purpose: Purpose, plan: Plan, task: Task) -> Work:
    """Counts for one purpose; those of an inference are the mean over a batch of images.

    An epoch is its updates. What a few learners do before or after one, such as roll-outs, is not in it.

    Raises:
        InputError: there is no such purpose; a network that the learner cannot train.
    """
    if purpose not in PURPOSES:
        rule = "costs are asked for an update, an epoch or an inference"
        raise InputError(message("per", purpose, rule, nearest(str(purpose), PURPOSES)))
    forms = (plan.form, plan.in_turn, plan.stored)
    counts, in_turn, stored = (_counts(purpose, form, task) for form in forms)
    spared = counts.get("memory_byte", 0.0) - stored.get("memory_byte", 0.0)
    steps = {action: in_turn[action] for action in _STEPS if action in in_turn}
    vectors = {"update": task.batch, "epoch": task.examples, "inference": 1}
    updates = {"update": 1, "epoch": math.ceil(task.examples / task.batch), "inference": 0}
    if plan.architecture.gradient.smoothed and updates[purpose]:
        add(counts, _smoothed(plan, steps, updates[purpose]))
    return Work(
        MappingProxyType(counts),
        MappingProxyType(steps),
        vectors[purpose],
        updates[purpose],
        transfers(plan, updates[purpose]),
        spared,
    )


def _counts(purpose: Purpose, form: Form, task: Task) -> Counts:
    if purpose == "update":
        return form.update_counts(task.batch)
    if purpose == "epoch":
        full, rest = divmod(task.examples, task.batch)
        counts = {action: full * count for action, count in form.update_counts(task.batch).items()}
        add(counts, form.update_counts(rest) if rest else {})
        return counts
    of_batch = form.inference_counts(task.batch)
    return {action: count / task.batch for action, count in of_batch.items()}


def _smoothed(plan: Plan, steps: Mapping[str, float], updates: float) -> Counts:
    """A smoothed gradient beside arrays: outer products as numbers, a number a weight read and written each update.

    Where activities are analog every input above the first layer, and every error, is converted for it. The pulses that
    then write it are taken to be those without smoothing.
    """
    vectors = steps["outer_product"] / len(plan.layers)
    converted = 0
    if plan.architecture.activities == "analog":
        converted = sum(shape.n_in for shape in plan.shapes[1:])
        converted += sum(shape.n_out for shape in plan.shapes)
    return {
        "adc_conversion": vectors * converted,
        "digital_mac": (vectors + 2 * updates) * plan.weights,
        "memory_byte": 2 * plan.widths.word_bytes * updates * plan.weights,
    }
