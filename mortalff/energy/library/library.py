"""The library: constants by dotted name, priced with a band each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mortalff.cards import Card
from mortalff.energy.library.constant import Constant
from mortalff.energy.library.price import Bound, Price
from mortalff.errors import InputError, message, nearest

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "adc": "analog-to-digital converters and comparators",
        "dac": "converters of digital inputs to voltages or durations",
        "driver": "drivers of lines",
        "pulse": "voltages turned into pulses, durations into numbers",
        "hold": "sample-and-hold stages",
        "integrator": "integrators of line currents or voltages",
        "squarer": "squarers of activities, for the goodness",
        "gain": "gain control, for length normalisation",
        "line": "wires of an array",
        "device": "memory devices",
        "array": "whole arrays, as published",
        "digital": "arithmetic and other logic",
        "memory": "registers, SRAM, DRAM",
        "network": "buses, routers, links",
        "processor": "whole processors, at their peak",
        "card": "what a device card says",
        "own": "users' own",
    }
)
"""The first part of a constant's name, and what stands under it."""


@dataclass(frozen=True, eq=False)
class Library:
    """Constants by name, ``kind.part.quantity``: ``adc.isaac.energy``, ``line.cell.capacitance``."""

    table: Mapping[str, Constant]

    def __getitem__(self, name: str) -> Constant:
        """The constant of that name.

        Raises:
            InputError: there is none; the nearest names are given.
        """
        if name not in self.table:
            rule = "the library has no such constant"
            raise InputError(message("component", name, rule, nearest(name, self.table)))
        return self.table[name]

    def __iter__(self) -> Iterator[str]:
        """All names, by kind in the order of :data:`KINDS`, then as they were written."""
        order = list(KINDS)
        return iter(sorted(self.table, key=lambda name: order.index(name.split(".")[0])))

    def __len__(self) -> int:
        """How many constants there are."""
        return len(self.table)

    def __contains__(self, name: object) -> bool:
        """Whether there is a constant of that name."""
        return name in self.table

    def price(self, name: str) -> Price:
        """The value of a constant with its band, in its own unit.

        Raises:
            InputError: there is no such constant.
        """
        return self[name].price

    def at(self, name: str, bound: Bound) -> float:
        """One bound of a constant, or its value.

        Raises:
            InputError: there is no such constant.
        """
        return self[name].at(bound)

    def select(self, kind: str | None = None, node_nm: float | None = None) -> Library:
        """The constants of one kind, of one node, or both.

        Args:
            kind: one of :data:`KINDS`; all where None.
            node_nm: those measured or designed at this node; all where None.

        Raises:
            InputError: there is no such kind.
        """
        if kind is not None and kind not in KINDS:
            raise InputError(message("kind", kind, "there is no such kind", nearest(kind, KINDS)))
        return Library(
            MappingProxyType(
                {
                    name: constant
                    for name, constant in self.table.items()
                    if kind in (None, name.split(".")[0]) and node_nm in (None, constant.node_nm)
                }
            )
        )

    def replaced(self, constants: Mapping[str, Constant]) -> Library:
        """A library in which these constants stand in place of those of the same names, or beside the others."""
        return Library(MappingProxyType({**self.table, **constants}))

    def with_card(self, card: Card) -> Library:
        """The library with what a device card says, under ``card``.

        That is ``card.<action>.energy`` for each price on the card, and ``card.cell.conductance``,
        ``card.cell.read_voltage`` and ``card.cell.read_time`` where it has a ``[conductance]`` section. Whoever changes
        a price on a card thus changes what is reckoned from these names.
        """
        found = {
            f"card.{action}.energy": Constant(
                value=price.value,
                low=price.low,
                high=price.high,
                unit=price.unit,
                what=f"one {action} of the card {card.name!r}",
                conditions=price.conditions,
                source=price.source,
                tag=price.tag,
            )
            for action, price in card.energy.items()
        }
        if card.conductance is not None:
            section = card.conductance
            for key, quantity in (
                ("conductance", section.g_max_siemens),
                ("read_voltage", section.read_voltage_v),
                ("read_time", section.read_time_s),
            ):
                found[f"card.cell.{key}"] = Constant(
                    value=quantity.value,
                    low=quantity.value if quantity.low is None else quantity.low,
                    high=quantity.value if quantity.high is None else quantity.high,
                    unit=quantity.unit,
                    what=f"{key.replace('_', ' ')} at full scale, of the card {card.name!r}",
                    source=quantity.source,
                    tag="E",
                )
        return self.replaced(found)
