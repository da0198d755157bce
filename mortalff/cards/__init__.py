"""Device cards: sourced parameters of devices and arrays, and the prices of what they do."""

from mortalff.cards.cell import OneSidedPair, SingleCell
from mortalff.cards.digest import card_hash
from mortalff.cards.laws import (
    ConstantStepLaw,
    DigitalLaw,
    ExpStepLaw,
    LinearStepLaw,
    Nodes,
    PiecewiseStepLaw,
    PowStepLaw,
    ProgramOnlyLaw,
    SoftBoundsLaw,
    SoftBoundsReferenceLaw,
)
from mortalff.cards.load import load_card
from mortalff.cards.prices import ActionEnergy
from mortalff.cards.quantity import Quantity
from mortalff.cards.schema import (
    Card,
    Conductance,
    Device,
    Faults,
    Law,
    Periphery,
    Programming,
    Provenance,
    Pulses,
    Tiling,
    Time,
    Validity,
    Variability,
    Wires,
)
from mortalff.cards.search import FoundCard, find_cards

__all__ = [
    "ActionEnergy",
    "Card",
    "Conductance",
    "ConstantStepLaw",
    "Device",
    "DigitalLaw",
    "ExpStepLaw",
    "Faults",
    "FoundCard",
    "Law",
    "LinearStepLaw",
    "Nodes",
    "OneSidedPair",
    "Periphery",
    "PiecewiseStepLaw",
    "PowStepLaw",
    "ProgramOnlyLaw",
    "Programming",
    "Provenance",
    "Pulses",
    "Quantity",
    "SingleCell",
    "SoftBoundsLaw",
    "SoftBoundsReferenceLaw",
    "Tiling",
    "Time",
    "Validity",
    "Variability",
    "Wires",
    "card_hash",
    "find_cards",
    "load_card",
]
