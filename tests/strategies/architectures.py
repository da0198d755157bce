"""Learners on built-in architectures, for tests."""

from __future__ import annotations

from collections.abc import Mapping

from mortalff.cards import load_card
from mortalff.cli.energy_compare_rule import Training, chosen
from mortalff.energy.architectures import Net, Plan, load_architecture

PAIRS = (
    ("ff", "ff_analog"),
    ("ff", "ff_digital"),
    ("bp", "bp_analog"),
    ("bp", "bp_digital"),
    ("dfa", "bp_digital"),
    ("dfa", "dfa_array"),
    ("ff", "sram"),
    ("bp", "gpu"),
)
ON_CROSSBARS = PAIRS[:6]


def plan(
    learner: str,
    architecture: str,
    net: str = "12-8-6",
    card: str = "gokmen_vlasov",
    changes: Mapping[str, object] | None = None,
) -> Plan:
    """A learner by its rule on a built-in architecture with changes by dotted key, one array a layer, three classes."""
    found = load_architecture(architecture).changed(**(changes or {}))
    device, size = load_card(card), Net.of(net, 3)
    settings, _ = chosen(learner, found, device, size, Training(), "one")
    return Plan(found, learner, settings, device, size)
