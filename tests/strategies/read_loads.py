"""Chips whose reads are held against Σ V² G t and C V², and what a read of theirs counts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import Tensor

import mortalff
from mortalff.actions import METERED, READ_LOADS
from mortalff.cards import load_card
from mortalff.energy.library import read_load_prices
from mortalff.hardware.crossbar import Crossbar
from tests.strategies.reads import uniform

N_OUT, N_IN, BATCH, CHIPS = 9, 14, 5, 3
IDEAL_PATH = {
    "periphery.dac_bits": None,
    "periphery.adc_bits": None,
    "periphery.input_ranging": "none",
    "periphery.output_ranging": "none",
}
X = uniform(5, BATCH, N_IN)


def made(changes: Mapping[str, object] | None = None, card: str = "gokmen_vlasov") -> Crossbar:
    """Chips whose inputs are line voltages, but for changes to the card by dotted key."""
    own = load_card(card).replace(**{**IDEAL_PATH, **(changes or {})})
    chips = mortalff.fabricate(own, n_out=N_OUT, n_in=N_IN, chips=CHIPS, seed=3)
    assert isinstance(chips, Crossbar)
    return chips


def loads(chips: Crossbar, x: Tensor = X) -> dict[str, np.ndarray]:
    """What one read adds to the counts."""
    before = chips.counts
    chips.forward(x)
    since = chips.counts - before
    return {action: since[action] for action in (*READ_LOADS, *METERED.values(), "cell_read")}


def joules(chips: Crossbar, found: dict[str, np.ndarray], *names: str) -> np.ndarray:
    prices = read_load_prices(chips.card)
    return sum((found[name] * prices[name].value for name in names), np.zeros(CHIPS))
