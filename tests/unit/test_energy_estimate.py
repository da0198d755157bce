"""Energy is exactly counts times prices, whatever is added, scaled or grouped."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mortalff.actions import ACTIONS, METERED, ActionCounts, Tally
from mortalff.cards import Card
from mortalff.energy import COMPONENT_OF, COMPONENTS, Estimate, estimate, format_joules
from mortalff.energy.components import USUAL_PRICES
from mortalff.errors import CardError, InputError

Prices = Mapping[str, tuple[float, float, float]]


def card_with(prices: Prices) -> Card:
    return Card.model_validate(
        {
            "schema_version": 1,
            "name": "priced",
            "summary": "a card that has prices and little else",
            "law": {"kind": "Digital"},
            "validity": {"statement": "for tests of bookkeeping alone"},
            "provenance": {"paper": "none: numbers made up", "fit": "none: numbers made up"},
            "energy": {
                action: {
                    "low": low,
                    "value": value,
                    "high": high,
                    "unit": "J",
                    "source": f"source of {action}",
                    "tag": "M",
                }
                for action, (low, value, high) in prices.items()
            },
        }
    )


def counts_of(chips: int, **times: float | list[float]) -> ActionCounts:
    tally = Tally(chips)
    for action, often in times.items():
        tally.add(action, np.array(often, dtype=np.float64))
    return tally.snapshot()


PRICED = sorted({*ACTIONS} - {*METERED.values()})
"""What has a price of its own; metered reads are taken off their reads: see test_read_prices.py."""
PRICES = {"adc_conversion": (1e-12, 2e-12, 4e-12), "cell_read": (1e-15, 1e-15, 3e-15)}
CARD = card_with(PRICES)

_price = st.floats(1e-18, 1e-7)
_prices = st.dictionaries(
    st.sampled_from(PRICED),
    st.lists(_price, min_size=3, max_size=3).map(lambda three: tuple(sorted(three))),
    min_size=len(PRICED),
)
_often = st.one_of(st.integers(0, 10**12).map(float), st.floats(1e-6, 1e12))


@st.composite
def _counts(draw: st.DrawFn, chips: int = 3) -> ActionCounts:
    happened = draw(st.sets(st.sampled_from(PRICED)))
    lists = st.lists(_often, min_size=chips, max_size=chips)
    return counts_of(chips, **{action: draw(lists) for action in sorted(happened)})


@settings(deadline=None)
@given(prices=_prices, counts=_counts())
def test_the_total_is_the_sum_of_counts_times_prices(prices: Prices, counts: ActionCounts) -> None:
    spent = estimate(counts, card_with(prices))
    for bound, total in enumerate(spent.total):
        for chip in range(counts.chips):
            products = [float(counts[a][chip]) * prices[a][bound] for a in PRICED]
            assert total[chip] == math.fsum(products)
            exact = sum(
                Fraction(float(counts[a][chip])) * Fraction(prices[a][bound]) for a in PRICED
            )
            assert abs(Fraction(float(total[chip])) - exact) <= exact * Fraction(1, 2**51)
    assert (spent.total.low <= spent.total.value).all()
    assert (spent.total.value <= spent.total.high).all()


@settings(deadline=None)
@given(prices=_prices, counts=_counts())
def test_rows_and_components_add_up_to_the_total(prices: Prices, counts: ActionCounts) -> None:
    spent = estimate(counts, card_with(prices))
    rows = spent.rows()
    for chip in range(counts.chips):
        own = [row for row in rows if row["chip"] == chip]
        assert math.fsum(row["energy_j"] for row in own) == spent.total.value[chip]
        assert math.fsum(row["energy_j_low"] for row in own) == spent.total.low[chip]
        assert math.fsum(row["energy_j_high"] for row in own) == spent.total.high[chip]
        for row in own:
            assert row["count"] == counts[row["action"]][chip]
    for component, band in spent.by_component.items():
        for chip in range(counts.chips):
            own = [row for row in rows if (row["chip"], row["component"]) == (chip, component)]
            assert math.fsum(row["energy_j"] for row in own) == band.value[chip]


@settings(deadline=None)
@given(prices=_prices, first=_counts(), second=_counts())
def test_estimates_add_as_counts_do(
    prices: Prices, first: ActionCounts, second: ActionCounts
) -> None:
    card = card_with(prices)
    apart = estimate(first, card) + estimate(second, card)
    together = estimate(first + second, card)
    np.testing.assert_allclose(apart.total.value, together.total.value, rtol=1e-14, atol=0)
    assert list(apart.table) == list(together.table)
    for action, entry in apart.table.items():
        np.testing.assert_array_equal(entry.count, (first + second)[action])


def test_by_hand() -> None:
    counts = counts_of(2, adc_conversion=[3, 0], cell_read=[10, 20])
    spent = estimate(counts, CARD)
    np.testing.assert_allclose(spent.total.low, [3.01e-12, 2e-14], rtol=1e-14)
    np.testing.assert_allclose(spent.total.value, [6.01e-12, 2e-14], rtol=1e-14)
    np.testing.assert_allclose(spent.total.high, [12.03e-12, 6e-14], rtol=1e-14)
    parts = spent.by_component
    assert tuple(parts) == COMPONENTS
    np.testing.assert_allclose(parts["output conversion"].value, [6e-12, 0], rtol=1e-14)
    np.testing.assert_allclose(parts["reads"].high, [3e-14, 6e-14], rtol=1e-14)
    assert not parts["memory"].value.any()
    assert spent.rows()[0] == {
        "chip": 0,
        "action": "cell_read",
        "component": "reads",
        "count": 10.0,
        "energy_j_low": 10 * 1e-15,
        "energy_j": 10 * 1e-15,
        "energy_j_high": 10 * 3e-15,
        "source": "source of cell_read",
    }


def test_scaled_gives_joules_per_update() -> None:
    spent = estimate(counts_of(2, adc_conversion=[30, 60]), CARD)
    each = spent.scaled(1 / 10)
    np.testing.assert_allclose(each.total.value, [6e-12, 12e-12])
    np.testing.assert_allclose(each.table["adc_conversion"].count, [3, 6])
    by_chip = spent.scaled(np.array([1 / 10, 1 / 20]))
    np.testing.assert_allclose(by_chip.total.high, [12e-12, 12e-12])
    for factor in (-1.0, math.inf, math.nan):
        with pytest.raises(InputError, match=r"factor: got .*1 / updates"):
            spent.scaled(factor)
    with pytest.raises(InputError, match=r"shape of factor: got \(3,\); .*\(2,\)"):
        spent.scaled(np.ones(3))


def test_a_missing_price_is_an_error_that_says_what_to_add() -> None:
    counts = counts_of(1, adc_conversion=1, dac_conversion=784, squarer=500)
    with pytest.raises(CardError) as caught:
        estimate(counts, CARD)
    first, second = str(caught.value).splitlines()
    assert "card 'priced', energy.dac_conversion" in first
    assert "happened up to 784 times" in first
    assert "[energy.dac_conversion]" in first
    assert "3.75e-14 to 3.91e-13 J" in first
    assert "TIMELY" in first
    assert "[energy.squarer]" in second


def test_without_strictness_it_is_listed() -> None:
    counts = counts_of(1, adc_conversion=1, squarer=500)
    spent = estimate(counts, CARD, strict=False)
    assert spent.unpriced == ("squarer",)
    assert spent.total.value[0] == 2e-12
    assert "for want of a price: squarer" in str(spent)
    again = spent.scaled(2.0) + estimate(counts_of(1, digital_op=1), CARD, strict=False)
    assert again.unpriced == ("squarer", "digital_op")


def test_what_did_not_happen_needs_no_price() -> None:
    spent = estimate(counts_of(1, squarer=0, cell_read=1), CARD)
    assert list(spent.table) == ["cell_read"]
    assert spent.unpriced == ()


def test_counts_that_cannot_be_are_refused() -> None:
    few, many = counts_of(2, cell_read=[5, 1]), counts_of(2, cell_read=[5, 3])
    with pytest.raises(InputError, match=r"counts of 'cell_read' on chip 1: got -2.0"):
        estimate(few - many, CARD)
    with pytest.raises(InputError, match="chips of the other estimate: got 1"):
        estimate(few, CARD) + estimate(counts_of(1, cell_read=1), CARD)


def test_an_estimate_cannot_be_changed() -> None:
    counts = counts_of(1, cell_read=1)
    spent = estimate(counts, CARD)
    for array in (spent.total.value, spent.table["cell_read"].energy_j.low):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
    with pytest.raises(TypeError):
        spent.table["cell_read"] = spent.table["cell_read"]  # type: ignore[index]  # on purpose


def test_sums_of_cards_name_both_sources() -> None:
    other = card_with({"cell_read": (2e-15, 2e-15, 2e-15)})
    relabelled = other.model_copy(
        update={
            "energy": {
                "cell_read": other.energy["cell_read"].model_copy(update={"source": "a thesis"})
            }
        }
    )
    counts = counts_of(1, cell_read=1)
    both = estimate(counts, CARD) + estimate(counts, relabelled) + estimate(counts, CARD)
    entry = both.table["cell_read"]
    assert entry.source == "source of cell_read | a thesis"
    assert entry.energy_j.value[0] == pytest.approx(4e-15)


def test_every_action_has_a_component_and_a_usual_price() -> None:
    assert set(COMPONENT_OF) == set(ACTIONS)
    assert set(COMPONENT_OF.values()) == set(COMPONENTS)
    assert set(USUAL_PRICES) == set(PRICED)
    for usual in USUAL_PRICES.values():
        assert 0 <= usual.low_j < usual.high_j <= 1e-6


def test_text_shows_the_mean_over_chips() -> None:
    spent = estimate(counts_of(2, adc_conversion=[1, 3], cell_read=[100, 100]), CARD)
    assert str(spent).splitlines() == [
        "4.1 pJ (2.1 pJ to 8.3 pJ), mean of 2 chips",
        "                                 count         low      energy        high   share",
        "  reads                                     100 fJ      100 fJ      300 fJ    2.4%",
        "    cell_read                      100      100 fJ      100 fJ      300 fJ",
        "  output conversion                           2 pJ        4 pJ        8 pJ   97.6%",
        "    adc_conversion                   2        2 pJ        4 pJ        8 pJ",
    ]
    nothing = Estimate(1, {})
    assert str(nothing).startswith("0 J (0 J to 0 J), one chip")


@pytest.mark.parametrize(
    ("energy_j", "shown"),
    [
        (0.0, "0 J"),
        (1.8486e-12, "1.85 pJ"),
        (9.999e-10, "1 nJ"),
        (1e-9, "1 nJ"),
        (3.3e-16, "330 aJ"),
        (2.5e-20, "0.025 aJ"),
        (1.5, "1.5 J"),
        (4200.0, "4.2 kJ"),
        (math.inf, "inf J"),
    ],
)
def test_joules_are_shown_with_a_prefix(energy_j: float, shown: str) -> None:
    assert format_joules(energy_j) == shown
