"""Simulate analog hardware and train it in situ with the Forward-Forward algorithm.

The public names below are imported when they are first used, so that ``import mortalff`` itself is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from mortalff.actions import ActionCounts
    from mortalff.cards import Card, load_card
    from mortalff.data import Dataset, Split, load
    from mortalff.energy import Estimate, estimate
    from mortalff.errors import MortalffError
    from mortalff.hardware import Crossbar, DigitalArray, Hardware, Probe
    from mortalff.hardware.aihwkit_tile import AihwkitTile
    from mortalff.hardware.black_box import BlackBox
    from mortalff.hardware.drift_compensation import DriftCompensated
    from mortalff.hardware.fabricate import fabricate
    from mortalff.hardware.unknown_stage import UnknownStage
    from mortalff.learners import BP, FF, BPSettings, FFSettings, Learner, diagnose
    from mortalff.networks import Layer, Network
    from mortalff.seeds import Seeds

_HOMES = {
    "ActionCounts": "mortalff.actions",
    "Card": "mortalff.cards",
    "load_card": "mortalff.cards",
    "Dataset": "mortalff.data",
    "Split": "mortalff.data",
    "load": "mortalff.data",
    "Estimate": "mortalff.energy",
    "estimate": "mortalff.energy",
    "MortalffError": "mortalff.errors",
    "Crossbar": "mortalff.hardware",
    "DigitalArray": "mortalff.hardware",
    "Hardware": "mortalff.hardware",
    "Probe": "mortalff.hardware",
    "fabricate": "mortalff.hardware.fabricate",
    "AihwkitTile": "mortalff.hardware.aihwkit_tile",
    "BlackBox": "mortalff.hardware.black_box",
    "DriftCompensated": "mortalff.hardware.drift_compensation",
    "UnknownStage": "mortalff.hardware.unknown_stage",
    "BP": "mortalff.learners",
    "FF": "mortalff.learners",
    "BPSettings": "mortalff.learners",
    "FFSettings": "mortalff.learners",
    "Learner": "mortalff.learners",
    "diagnose": "mortalff.learners",
    "Layer": "mortalff.networks",
    "Network": "mortalff.networks",
    "Seeds": "mortalff.seeds",
}

__all__ = [
    "BP",
    "FF",
    "ActionCounts",
    "AihwkitTile",
    "BPSettings",
    "BlackBox",
    "Card",
    "Crossbar",
    "Dataset",
    "DigitalArray",
    "DriftCompensated",
    "Estimate",
    "FFSettings",
    "Hardware",
    "Layer",
    "Learner",
    "MortalffError",
    "Network",
    "Probe",
    "Seeds",
    "Split",
    "UnknownStage",
    "__version__",
    "diagnose",
    "estimate",
    "fabricate",
    "load",
    "load_card",
]


def __getattr__(name: str) -> object:
    """Import a public name from where it lives."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'mortalff' has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Public names, imported or not."""
    return sorted({*globals(), *__all__})
