"""Reads priced from the conductances that chips really have, against the price of a cell on their card."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import mortalff
from mortalff.energy.library.arrays import conductances, line_charge, read


@pytest.mark.parametrize("name", ["gokmen_vlasov", "ecram"])
def test_a_card_s_price_of_a_cell_is_that_of_its_chips_at_full_scale(name: str) -> None:
    card = mortalff.load_card(name)
    assert card.conductance is not None
    chips = mortalff.fabricate(card, n_out=40, n_in=30, chips=4, seed=3)
    siemens = conductances(chips.probe().read_weights().numpy(), card)
    assert siemens.shape == (4, 2, 40, 30)
    volts = np.full((1, 30), float(card.conductance.read_voltage_v))
    volts[0, ::2] *= -1.0
    spent = read(siemens, volts, float(card.conductance.read_time_s))
    cells = 2 * 40 * 30
    ends = 2 * 30 * line_charge(0, float(volts[0, 1])).value
    from_card = cells * card.energy["cell_read"].value + ends
    np.testing.assert_allclose(spent.total_j, from_card, rtol=0.2)
    assert np.ptp(spent.cells_j) > 0.0


def test_what_a_chip_reads_costs_by_its_weights_and_inputs() -> None:
    card = mortalff.load_card("rram_wan")
    assert card.conductance is not None
    chips = mortalff.fabricate(card, n_out=20, n_in=10, chips=2, seed=3)
    seconds, full = float(card.conductance.read_time_s), float(card.conductance.read_voltage_v)
    inputs = np.random.default_rng(1).uniform(-1, 1, (50, 10)) * full
    before = read(conductances(chips.probe().read_weights().numpy(), card), inputs, seconds)
    chips.probe().program(torch.full((20, 10), 0.8))
    after = read(conductances(chips.probe().read_weights().numpy(), card), inputs, seconds)
    # 0.8 of 39.26 µS in one cell of each pair: a third of full-scale energy, by the square of uniform inputs.
    by_hand = full**2 / 3 * 0.8 * 3.926e-5 * seconds * 20 * 10
    np.testing.assert_allclose(after.cells_j.mean(axis=1), by_hand, rtol=0.1)
    assert (before.cells_j.mean() < 0.2 * after.cells_j.mean()).all()
    np.testing.assert_array_equal(before.lines_j, after.lines_j)
