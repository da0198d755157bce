"""How long a piece of work takes: reads, conversions in turn, pulses, layers one after another or all at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from mortalff.cards import Card
from mortalff.cards.toml_text import parse_toml
from mortalff.energy.architectures.plan import Plan
from mortalff.energy.architectures.work import Work
from mortalff.energy.library import Constant, Price, total
from mortalff.energy.library.memory import ACCESS_BITS
from mortalff.errors import InputError, message

_SLOTS = 2.0  # of a train, between the 1 and 2 that docs/in_situ.md estimates


@dataclass(frozen=True)
class Latency:
    """How long it takes.

    Attributes:
        seconds: all that is timed; None where nothing is.
        not_timed: what is left out, each with why.
    """

    seconds: Price | None
    not_timed: Mapping[str, str]


def latency(plan: Plan, work: Work) -> Latency:
    """The time of a piece of work.

    One step of a layer is a read and its conversions, ``columns_per_adc`` in turn (of analog activities a scalar, or
    the logits of a pass), or an outer product of so many slots. Arrays of a layer work at once. Where layers overlap,
    each is at work on another vector, all for as long, so that V passes of L layers take (V + L - 1)/(V L) of the time
    one by one. That errors on their way back wait for vectors on their way up is left out, and so is a wait for losses.

    Arrays that act as one are read at once. Between two of them a transfer reads line after line, converts and pulses,
    in all layers at once; meanwhile no vector passes.
    """
    if plan.architecture.weights == "digital":
        return _digital(plan, work)
    not_timed = {"digital work": "taken to be done meanwhile"}
    passes = _steps(plan, work.steps)
    teaching = _steps(plan, work.transfers.steps) if work.transfers.steps else []
    if work.steps.get("outer_product") and slot_width(plan.card) is None:
        not_timed["pulses"] = f"card {plan.card.name!r} states no width of a pulse"
    if plan.architecture.gradient.smoothed:
        not_timed["smoothed gradient"] = "digital work; writing it line by line is not timed"
    overlapped = total(passes) * _overlap(plan, work, len(plan.layers))
    return Latency(total([overlapped, *teaching]), MappingProxyType(not_timed))


def _steps(plan: Plan, steps: Mapping[str, float]) -> list[Price]:
    """Reads, conversions and pulses one after another."""
    parts = [_reads(plan, steps), _conversions(plan, steps)]
    slot, outer = slot_width(plan.card), steps.get("outer_product", 0.0)
    if outer and slot is not None:
        slots = Price(1.0, _SLOTS, max(_SLOTS, float(plan.card.pulses.bit_length_max)))
        one = Price(slot.low * slots.low, slot.value * slots.value, slot.high * slots.high)
        parts.append(one * outer)
    return parts


@cache
def _slots() -> Mapping[str, Constant]:
    """The width of a pulse slot of each card that says one."""
    file = files("mortalff.energy.architectures") / "measured" / "pulse_slots.toml"
    document, _ = parse_toml(file.read_bytes(), str(file))
    return MappingProxyType(
        {card: Constant.model_validate(table, context="time") for card, table in document.items()}
    )


def slot_width(card: Card) -> Price | None:
    """How long one slot of a pulse train is, in s; None where no source says."""
    found = _slots().get(card.name)
    return None if found is None else found.price


def _reads(plan: Plan, steps: Mapping[str, float]) -> Price:
    times = steps.get("array_read", 0.0) + steps.get("array_read_transposed", 0.0)
    conductance = plan.card.conductance
    if conductance is None:
        right = "add [conductance] to the card"
        raise InputError(message("card", plan.card.name, "it says no time of reads", right))
    read = conductance.read_time_s
    low = read.value if read.low is None else read.low
    high = read.value if read.high is None else read.high
    return Price(low, read.value, high) * times


def _conversions(plan: Plan, steps: Mapping[str, float]) -> Price:
    converters = plan.architecture.converters
    if plan.architecture.activities == "digital":
        reads = steps.get("array_read", 0.0) + steps.get("array_read_transposed", 0.0)
        turns = reads * converters.columns_per_adc
    elif plan.architecture.errors == "none":
        turns = steps.get("array_read", 0.0)  # a scalar each
    else:
        classes = plan.net.n_classes
        turns = steps["adc_conversion"] / classes * min(converters.columns_per_adc, classes)
    seconds = turns / converters.adc_rate_hz
    return Price(seconds, seconds, seconds)


def _overlap(plan: Plan, work: Work, layers: int) -> float:
    """The share of the time one after another that is left where layers overlap; an image's label passes do too."""
    if not plan.architecture.pipeline.layers_overlap:
        return 1.0
    passes = work.steps["array_read"] / layers / max(work.updates, 1.0)
    return (passes + layers - 1) / (passes * layers)


def _digital(plan: Plan, work: Work) -> Latency:
    """By operations where their rate is stated, else by accesses to memory: arithmetic keeps pace with it."""
    digital = plan.architecture.digital
    if digital.operations_per_s is not None:
        operations = 2.0 * work.counts.get("digital_mac", 0.0) + work.counts.get("digital_op", 0.0)
        seconds = operations / (float(digital.operations_per_s) * digital.utilisation)
        return Latency(Price(seconds, seconds, seconds), MappingProxyType({}))
    rate = digital.accesses_per_s
    if rate is None:
        why = "architecture states neither operations_per_s nor accesses_per_s"
        return Latency(None, MappingProxyType({"all": why}))
    memories = math.ceil(plan.weights * digital.word_bytes / (1024.0 * digital.sram_kb))
    accesses = work.stored.counts.get("memory_byte", 0.0) * 8 / (ACCESS_BITS * memories)
    fast = rate.value if rate.high is None else rate.high
    slow = rate.value if rate.low is None else rate.low
    not_timed = {"arithmetic": "taken to keep pace with memory"}
    taken = Price(accesses / fast, accesses / rate.value, accesses / slow)
    return Latency(taken, MappingProxyType(not_timed))
