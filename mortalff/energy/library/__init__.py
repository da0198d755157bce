"""The component library: constants of energy, power, area and time, and models of what depends on parameters."""

from mortalff.cards.components import QUANTITIES
from mortalff.energy.library.constant import ASSUMED_SPREAD, TAGS, Constant
from mortalff.energy.library.kinds import KINDS
from mortalff.energy.library.library import Library
from mortalff.energy.library.load import built_in_library, load_library
from mortalff.energy.library.price import Price, total

__all__ = [
    "ASSUMED_SPREAD",
    "KINDS",
    "QUANTITIES",
    "TAGS",
    "Constant",
    "Library",
    "Price",
    "built_in_library",
    "load_library",
    "total",
]
