"""Countable, billable events: what hardware did, chip by chip.

Hardware and learners add to a :class:`Tally` as they act; :class:`ActionCounts` is a frozen copy of it. Energy is
counts times a price per action, worked out elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from mortalff.errors import InputError, message, nearest

Counts = npt.NDArray[np.float64]

ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "array_read": "one vector applied to one array, its outputs taken",
        "array_read_transposed": "one vector applied to the columns, taken at the rows (privileged)",
        "cell_read": "one cell driven during a read",
        "cell_conduction": "cells read, each by its conductance over the card's largest and its input squared",
        "cell_wire": "cells read, each by its input squared: what charges the wire over it",
        "line_end": "lines driven in reads, each by its input squared: what charges its end",
        "array_read_metered": "one array_read of whose lines and cells the loads were counted",
        "array_read_transposed_metered": "one array_read_transposed likewise",
        "cell_read_metered": "one cell_read likewise",
        "dac_conversion": "one digital value turned into a line voltage",
        "adc_conversion": "one analog value turned into a digital one",
        "sample_hold": "one analog value held for later use",
        "squarer": "one analog activity squared for the goodness",
        "gain_control": "one vector's gain set for length normalisation",
        "voltage_to_pulse": "one held voltage turned into a pulse train",
        "outer_product": "one pulsed rank-one update of one array",
        "line_pulse": "one pulse on one row or column line (expected number)",
        "device_pulse": "one coincidence that moves one device (expected number)",
        "program_cell": "one cell written to a given weight (privileged)",
        "device_reset": "one device of a one-sided pair reset",
        "weight_read": "one cell's weight read out by itself (privileged)",
        "digital_mac": "one digital multiply-accumulate",
        "digital_op": "one other digital operation: a sigmoid, a compare, an add",
        "memory_byte": "one byte written to or read from digital memory",
        "black_box_pass": "one vector sent through an unknown stage",
    }
)
"""Each action's name and what one of it is."""

READ_LOADS = ("cell_conduction", "cell_wire", "line_end")
"""What inputs and weights make of reads: counted where conductances are known, beside the reads themselves."""

READS = ("array_read", "array_read_transposed", "cell_read")
"""What these are loads of."""

METERED: Mapping[str, str] = MappingProxyType({read: f"{read}_metered" for read in READS})
"""Read → the reads whose loads were counted, which are among them."""

OF_VALUES = frozenset(
    {*READ_LOADS, *METERED.values(), "line_pulse", "device_pulse", "device_reset"}
)
"""Actions whose number depends on the values there were, or on what was known of them: no closed form has it."""

_PLACE = {action: place for place, action in enumerate(ACTIONS)}


@dataclass(frozen=True)
class ActionCounts(Mapping[str, Counts]):
    """How often each action happened on each chip.

    A mapping from every name in :data:`ACTIONS` to a read-only array of shape (chips,). Counts add and subtract.
    Pulses are expected numbers, and what cells and wires take is weighted by inputs, hence floats; all others are
    whole.
    """

    chips: int
    table: Mapping[str, Counts]

    def __post_init__(self) -> None:
        """Let nobody who is handed an array write into it."""
        shown = {action: _read_only(counts) for action, counts in self.table.items()}
        object.__setattr__(self, "table", shown)

    def __getitem__(self, action: str) -> Counts:
        """Counts of one action, shape (chips,)."""
        _check(action)
        if action in self.table:
            return self.table[action]
        return _read_only(np.zeros(self.chips))

    def __iter__(self) -> Iterator[str]:
        """All action names, in the order of :data:`ACTIONS`."""
        return iter(ACTIONS)

    def __len__(self) -> int:
        """How many kinds of action there are."""
        return len(ACTIONS)

    def __add__(self, other: ActionCounts) -> ActionCounts:
        """Counts of both, chip by chip."""
        return self._merge(other, 1.0)

    def __sub__(self, other: ActionCounts) -> ActionCounts:
        """What happened since ``other`` was taken."""
        return self._merge(other, -1.0)

    def __eq__(self, other: object) -> bool:
        """Equal when every action has the same count on every chip."""
        if not isinstance(other, ActionCounts):
            return NotImplemented
        return self.chips == other.chips and all(np.array_equal(self[a], other[a]) for a in self)

    def __hash__(self) -> int:
        """A hash consistent with equality."""
        return hash(tuple(self[a].tobytes() for a in self))

    def _merge(self, other: ActionCounts, sign: float) -> ActionCounts:
        if self.chips != other.chips:
            raise InputError(
                message(
                    "action counts",
                    other.chips,
                    f"counts of {self.chips} chips combine only with counts of as many",
                    "take both from the same chips",
                )
            )
        names = [a for a in ACTIONS if a in self.table or a in other.table]
        return ActionCounts(self.chips, {a: self[a] + sign * other[a] for a in names})

    def chip(self, index: int) -> dict[str, float]:
        """The counts of the chip at this position that are not zero."""
        return {a: float(v[index]) for a, v in self.table.items() if v[index] != 0.0}


class Tally:
    """A running count of actions; the one mutable thing about counting. Not safe across threads."""

    def __init__(self, chips: int) -> None:
        self.chips = chips
        self._alike: dict[str, float] = {}  # what was counted on all chips alike, which is most
        self._table = np.zeros((len(ACTIONS), chips))

    def add(self, action: str, times: float | Counts) -> None:
        """Count an action.

        Args:
            action: a name in :data:`ACTIONS`.
            times: how often on each chip: one number for all, or an array of shape (chips,).
        """
        if action not in _PLACE:
            _check(action)
        if isinstance(times, np.ndarray):
            self._table[_PLACE[action]] += times
        else:
            self._alike[action] = self._alike.get(action, 0.0) + float(times)

    def add_table(self, table: Counts) -> None:
        """Count many actions at once.

        Args:
            table: how often, in the order of :data:`ACTIONS`, shape (actions, 1 or chips); see :func:`table_of`.
        """
        self._table += table

    def snapshot(self) -> ActionCounts:
        """A frozen copy of the counts so far."""
        table = self._table + table_of(self._alike)
        return ActionCounts(self.chips, {a: table[i] for a, i in _PLACE.items() if table[i].any()})

    def restore(self, counts: ActionCounts) -> None:
        """Set the counts to a snapshot's."""
        self._alike = {}
        self._table = np.zeros((len(ACTIONS), counts.chips))
        for action, times in counts.table.items():
            self._table[_PLACE[action]] = times


def table_of(counts: Mapping[str, float]) -> Counts:
    """Numbers of actions in the order of :data:`ACTIONS`, shape (actions, 1), for :meth:`Tally.add_table`."""
    table = np.zeros((len(ACTIONS), 1))
    for action, times in counts.items():
        _check(action)
        table[_PLACE[action]] = times
    return table


def _read_only(counts: Counts) -> Counts:
    """The same numbers, seen through an array that cannot be written to."""
    view = counts.view()
    view.flags.writeable = False
    return view


def _check(action: str) -> None:
    if action not in ACTIONS:
        raise InputError(
            message("action", action, "there is no such action", nearest(action, ACTIONS))
        )
