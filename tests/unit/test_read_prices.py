"""Reads priced by their loads where these were counted, and flat where they were not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import mortalff
from mortalff.actions import READ_LOADS, ActionCounts
from mortalff.cards import Card, load_card
from mortalff.energy import estimate
from mortalff.energy.architectures import bill_of_counts, compare
from mortalff.energy.architectures.read_loads import measured_loads, read_loads
from mortalff.energy.library import built_in_library, read_load_prices
from mortalff.errors import CardError
from mortalff.report.energy_to_accuracy.courses import loads_of_all
from tests.strategies.architectures import plan

CARD = load_card("gokmen_vlasov")


def read_once(full_scale: bool, card: Card = CARD) -> ActionCounts:
    """What two chips count that read five vectors."""
    chips = mortalff.fabricate(card, n_out=40, n_in=30, chips=2, seed=0)
    x = torch.rand(5, 30, generator=torch.Generator().manual_seed(0))
    chips.forward(x.round() * 2 - 1 if full_scale else x)
    return chips.counts


def flat(counts: ActionCounts) -> ActionCounts:
    """The same, as hardware counts that does not know what its cells conduct."""
    loads = {a for a in counts if a in READ_LOADS or a.endswith("_metered")}
    return ActionCounts(counts.chips, {a: n for a, n in counts.items() if a not in loads})


def reads_j(counts: ActionCounts, card: Card = CARD) -> np.ndarray:
    return estimate(counts, card).by_component["reads"].value


def test_an_estimate_prices_loads_in_place_of_reads() -> None:
    counts = read_once(False)
    prices = read_load_prices(CARD)
    due = sum(counts[load] * prices[load].value for load in READ_LOADS)
    np.testing.assert_allclose(reads_j(counts), due, rtol=1e-12)
    spent = estimate(counts, CARD)
    assert set(spent.table) >= {*READ_LOADS}
    assert "cell_read" not in spent.table
    assert not spent.unpriced


def test_a_card_s_flat_price_is_that_of_full_scale() -> None:
    """Every line at full voltage; the ends of lines left out, which the card has of 512.

    The card's price is for 1 / 24 MΩ, half of its largest conductance for nine eighths of that.
    """
    counts = read_once(True)
    due = counts["cell_read"] * CARD.energy["cell_read"].value
    ends = counts["line_end"] * read_load_prices(CARD)["line_end"].value
    np.testing.assert_allclose(reads_j(counts) - ends, due, rtol=0.1)
    assert (reads_j(read_once(False)) < 0.5 * reads_j(counts)).all()


def test_estimates_of_both_kinds_add_up() -> None:
    """Of an array that was metered, and one that was not."""
    metered = read_once(False)
    unmetered = flat(metered)
    both = reads_j(metered + unmetered)
    np.testing.assert_allclose(both, reads_j(metered) + reads_j(unmetered), rtol=1e-12)
    assert (reads_j(unmetered) > 2 * reads_j(metered)).all()


@pytest.mark.parametrize("read", ["cell_read", "array_read"])
def test_a_price_that_the_user_sets_stands(read: str) -> None:
    card = CARD.replace(**{f"energy.{read}": 1e-13})
    counts = read_once(False)
    spent = estimate(counts, card)
    np.testing.assert_array_equal(spent.table[read].count, counts[read])
    left = {"cell_read": {"line_end"}, "array_read": {"cell_conduction", "cell_wire"}}[read]
    assert left == {*READ_LOADS} & spent.table.keys()


def test_a_card_s_own_price_of_a_load_is_taken() -> None:
    card = CARD.replace(**{"energy.cell_wire": 1e-15})
    counts = read_once(False)
    wire = estimate(counts, card).table["cell_wire"]
    np.testing.assert_allclose(wire.energy_j.value, counts["cell_wire"] * 1e-15)
    assert wire.source == "set by user"


def test_cards_without_conductances_are_priced_flat() -> None:
    counts = read_once(False)
    card = CARD.model_copy(update={"conductance": None})
    np.testing.assert_array_equal(reads_j(counts, card), reads_j(flat(counts)))


def test_an_architecture_bills_a_run_by_its_loads() -> None:
    counts = read_once(False).chip(0)
    of = plan("bp", "bp_digital")
    bill = bill_of_counts(of, counts, built_in_library())
    prices = read_load_prices(of.card)
    told = {term.action: term.price.value for term in bill.terms}
    for load in READ_LOADS:
        assert told[load] == pytest.approx(counts[load] * prices[load].value)
    assert "cell_read" not in told
    assert not {"cell_read", "array_read_metered"} & bill.unpriced.keys()


def test_an_architecture_that_names_a_component_for_cells_has_that() -> None:
    named = built_in_library()
    name = next(key for key in named if named[key].unit == "J" and key.startswith("device."))
    of = plan("bp", "bp_digital", changes={"components.cell_read": name})
    counts = read_once(False).chip(0)
    told = {term.action: term.count for term in bill_of_counts(of, counts, named).terms}
    assert told["cell_read"] == counts["cell_read"]
    assert not {"cell_conduction", "cell_wire"} & told.keys()
    assert "line_end" in told


def test_a_price_of_arrays_matters_where_the_architecture_goes_by_the_card() -> None:
    """Built-in ones work out ends of lines themselves."""
    counts = read_once(False).chip(0)
    card = CARD.replace(**{"energy.array_read": 1e-9})
    of = plan("bp", "bp_digital")
    by_card = plan("bp", "bp_digital", changes={"components.array_read": "card"})
    told = []
    for each in (of, replace(of, device=card), replace(by_card, device=card)):
        bill = bill_of_counts(each, counts, built_in_library())
        told.append({term.action: term.price.value for term in bill.terms})
    assert told[0] == told[1]
    assert told[2]["array_read"] == pytest.approx(1e-9 * counts["array_read"])
    assert "line_end" not in told[2]


def test_reads_of_one_direction_at_another_price_leave_both_flat() -> None:
    """They have ends of lines in common, which are then in neither's loads."""
    of = plan("bp", "bp_digital", changes={"components.array_read_transposed": "card"})
    bill = compare([of]).entrants[0].costs["update"].bill
    told = {term.action for term in bill.terms}
    assert told >= {"array_read", "array_read_transposed", "cell_conduction", "cell_wire"}
    assert "line_end" not in told
    counts = read_once(False).chip(0)
    assert "line_end" not in {
        t.action for t in bill_of_counts(of, counts, built_in_library()).terms
    }


def test_bounds_of_the_operating_point_are_in_the_band() -> None:
    card = CARD.replace(
        **{"conductance.read_voltage_v.low": 0.5, "conductance.read_time_s.high": 1.6e-7}
    )
    own, other = read_load_prices(CARD), read_load_prices(card)
    for load in READ_LOADS:
        assert other[load].value == own[load].value
        assert other[load].low == pytest.approx(own[load].low / 4)
    assert other["cell_conduction"].high == pytest.approx(2 * own["cell_conduction"].high)
    unbounded = read_load_prices(load_card("sonos"))["cell_conduction"]
    assert unbounded.high == pytest.approx(2 * unbounded.value) == pytest.approx(4 * unbounded.low)


def test_what_is_metered_has_no_price_of_its_own() -> None:
    with pytest.raises(CardError, match="it has no price of its own"):
        CARD.replace(**{"energy.cell_read_metered": 1e-15})


def test_loads_go_with_the_cells_that_an_architecture_reads() -> None:
    """Random arrays of direct feedback were numbers in the run: they are read at the loads of the others."""
    run = {"cell_read": 100.0, "cell_read_metered": 100.0, "cell_conduction": 3.0, "cell_wire": 6.0}
    told = loads_of_all({"cell_read": 111.0, "array_read": 5.0}, run)
    assert told["cell_conduction"] == pytest.approx(3.33)
    assert told["cell_wire"] == pytest.approx(6.66)
    assert told["cell_read_metered"] == 111.0
    assert told["array_read_metered"] == 5.0
    assert loads_of_all({"cell_read": 111.0}, {"cell_read": 100.0}) == {}


@pytest.mark.parametrize("inputs", ["amplitude", "duration"])
def test_measured_loads_are_shares(inputs: str) -> None:
    for cards in measured_loads(inputs).values():
        for name, loads in cards.items():
            low, mean, high = loads.conduction
            squares = loads.square
            assert 0.0 < low <= mean <= high < squares[0] <= squares[1] <= squares[2] < 1.0
            assert load_card(name).conductance is not None


def test_loads_are_carried_over_with_the_range_of_those_measured() -> None:
    own = read_loads("bp", load_card("ecram"))
    other = read_loads("bp", load_card("reram_sb"))
    unknown = read_loads("pepita", load_card("ecram"))
    assert own is not None
    assert other is not None
    assert unknown is not None
    assert own.source.startswith("benchmarks/")
    assert other.source.startswith("carried over from bp on ")
    assert other.square.low <= own.square.low <= own.square.high <= other.square.high
    assert unknown.square.low <= other.square.low <= other.square.high <= unknown.square.high
    assert unknown.key == "pepita"
    half = own.conductance
    assert 0.35 < half.low <= half.value <= half.high < 0.6  # about the middle of the range
    assert read_loads("bp", load_card("ecram").model_copy(update={"conductance": None})) is None


def test_durations_load_reads_more() -> None:
    """|x| is more than x²; a wire is charged in full by any input but 0; conductances are no matter of inputs."""
    for learner in ("ff", "bp", "dfa"):
        volts = read_loads(learner, CARD)
        times = read_loads(learner, CARD.replace(**{"conductance.inputs": "duration"}))
        assert volts is not None
        assert times is not None
        assert times.conduction.low > 1.4 * volts.conduction.high
        assert times.square.low > 3.0 * volts.square.high
        assert times.conductance == volts.conductance
