"""Learners on built-in architectures, for tests."""

from __future__ import annotations

from collections.abc import Mapping

from mortalff.cards import load_card
from mortalff.energy.architectures import Net, Plan, load_architecture
from mortalff.learners import BPSettings, DFASettings, FFSettings, Settings

_SETTINGS: Mapping[str, type[Settings]] = {"ff": FFSettings, "bp": BPSettings, "dfa": DFASettings}
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
    """A learner on a built-in architecture with changes by dotted key, on a net of three classes."""
    found = load_architecture(architecture).changed(**(changes or {}))
    settings = _SETTINGS[learner].model_validate(dict(found.settings.get(learner, {})))
    return Plan(found, learner, settings, load_card(card), Net.of(net, 3))
