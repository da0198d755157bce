"""The library: constants by dotted name, priced with a band each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mortalff.cards import Card
from mortalff.energy.library.constant import Constant
from mortalff.energy.library.kinds import KINDS
from mortalff.energy.library.on_card import prices_and_operating_point, stated_constants
from mortalff.energy.library.price import Bound, Price
from mortalff.errors import InputError, message, nearest


@dataclass(frozen=True, eq=False)
class Library:
    """Constants by name, ``kind.part.quantity``: ``adc.isaac.energy``, ``line.cell.capacitance``.

    Attributes:
        table: the constants.
        given: names of those that the user gave, in a file or by :meth:`replaced`. What a card states of these stands
            back.
    """

    table: Mapping[str, Constant]
    given: frozenset[str] = frozenset()

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
            ),
            self.given,
        )

    def replaced(self, constants: Mapping[str, Constant]) -> Library:
        """A library in which these constants stand in place of those of the same names, or beside the others.

        They are the user's, and no card displaces them.
        """
        return Library(MappingProxyType({**self.table, **constants}), self.given | {*constants})

    def with_components_of(self, card: Card) -> Library:
        """The library with the constants of a card's ``[components]`` in place, but for those that the user gave.

        Raises:
            CardError: the library has none of a name, or a constant breaks a rule.
        """
        if not card.components:
            return self
        return self._below_given(stated_constants(card, self.table))

    def with_card(self, card: Card) -> Library:
        """The library with all that a device card says.

        These are the constants in its ``[components]``, as :meth:`with_components_of` puts them in place; and under
        ``card``, ``card.<action>.energy`` for each price on the card, and ``card.cell.conductance``,
        ``card.cell.read_voltage`` and ``card.cell.read_time`` where it has a ``[conductance]`` section. Whoever changes
        a price on a card thus changes what is reckoned from these names.

        Raises:
            CardError: as :meth:`with_components_of`.
        """
        return self.with_components_of(card)._below_given(prices_and_operating_point(card))

    def _below_given(self, constants: Mapping[str, Constant]) -> Library:
        """The library with these constants, but for those that the user gave."""
        free = {name: one for name, one in constants.items() if name not in self.given}
        return Library(MappingProxyType({**self.table, **free}), self.given)
