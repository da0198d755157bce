"""Draws of uncertain constants: their quantiles, sums against closed sums, seeds, and what is common to all."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mortalff.energy.architectures import (
    Comparison,
    Draws,
    Factor,
    Term,
    compare,
    ratio_tornado,
    tornado,
)
from mortalff.energy.architectures.draws import band, band_about, mean, quantile
from mortalff.energy.library import Price
from mortalff.errors import InputError
from tests.strategies.architectures import ON_CROSSBARS, plan


@st.composite
def prices(draw: st.DrawFn) -> Price:
    value = draw(st.floats(1e-16, 1e-9))
    low = draw(st.sampled_from([0.0, 0.01, 0.9, 1.0])) * value
    return Price(low, value, value * draw(st.sampled_from([1.0, 1.2, 10.0, 300.0])))


@given(prices(), st.floats(0.0, 1.0))
def test_value_is_the_median_and_bounds_are_the_ends(price: Price, share: float) -> None:
    ends = quantile(price, [0.0, 0.5, 1.0])
    assert ends == pytest.approx([price.low, price.value, price.high])
    assert price.low * (1 - 1e-9) <= quantile(price, share) <= price.high * (1 + 1e-9)


@given(prices())
def test_the_mean_is_that_of_the_quantiles(price: Price) -> None:
    middles = (np.arange(20000) + 0.5) / 20000
    assert quantile(price, middles).mean() == pytest.approx(mean(price), rel=1e-4)


def test_one_uncertain_number_has_its_own_quantiles() -> None:
    price = Price(1.0, 2.0, 8.0)
    drawn = band(
        Draws(seed=3, samples=40000).energy([Term("squarer", 10.0, (factor("a", price),))])
    )
    assert drawn.value == pytest.approx(20.0, rel=0.02)
    assert drawn.low == pytest.approx(10.0 * 2.0**0.1, rel=0.02)
    assert drawn.high == pytest.approx(10.0 * 2.0 * 4.0**0.9, rel=0.02)


def test_a_band_holds_its_value() -> None:
    """Wherever among the draws that lies, or beside them all."""
    draws = np.linspace(1.0, 2.0, 201)
    low, high = band(draws).low, band(draws).high
    assert band_about(1.4, draws) == Price(low, 1.4, high)
    assert band_about(0.5, draws) == Price(0.5, 0.5, high)
    assert band_about(3.0, draws) == Price(low, 3.0, 3.0)


def test_means_of_draws_are_sums_of_means() -> None:
    cost = comparison(samples=20000).entrants[0].costs["update"]
    due = math.fsum(
        term.count * math.prod(mean(factor.price) for factor in term.factors)
        for term in cost.bill.terms
    )
    standard_error = cost.samples.std() / math.sqrt(cost.samples.size)
    assert abs(cost.samples.mean() - due) < 4.5 * standard_error
    assert cost.samples.min() >= cost.bill.total.low
    assert cost.samples.max() <= cost.bill.total.high


def test_draws_are_fixed_by_seed_and_key_alone() -> None:
    first, second = Draws(seed=1, samples=50), Draws(seed=1, samples=50)
    second.uniform("another")
    assert (first.uniform("adc") == second.uniform("adc")).all()
    assert (first.uniform("adc") != Draws(seed=2, samples=50).uniform("adc")).all()
    assert (first.uniform("adc") != first.uniform("another")).all()
    one, again = (comparison().entrants[0].costs["update"].samples for _ in range(2))
    assert (one == again).all()


def test_what_is_common_cancels_in_ratios() -> None:
    both = compare([plan("bp", "bp_digital"), plan("bp", "bp_digital", changes={"name": "twin"})])
    assert both.ratio("bp on bp_digital", "bp on twin") == Price(1.0, 1.0, 1.0)
    found = comparison().ratio("ff on ff_analog", "bp on bp_analog")
    ff, bp = (entrant.costs["update"].energy_j for entrant in comparison().entrants[:2])
    assert found.high / found.low < (ff.high / ff.low) * (bp.high / bp.low)


def test_tornado_is_sorted_and_moves_one_number_at_a_time() -> None:
    terms = [
        Term("squarer", 2.0, (factor("a", Price(1.0, 2.0, 3.0)),)),
        Term("cell_read", 1.0, (factor("b", Price(0.0, 5.0, 50.0)), factor("c", Price(1, 2, 2)))),
        Term("digital_op", 1.0, (factor("d", Price(4.0, 4.0, 4.0)),)),
    ]
    assert [tuple(swing) for swing in tornado(terms)] == [
        ("b", 8.0, 108.0),
        ("c", 13.0, 18.0),
        ("a", 16.0, 20.0),
    ]
    (swing,) = ratio_tornado(terms[:1], [Term("squarer", 1.0, terms[0].factors), terms[2]])
    assert swing == ("a", 2 / 5, 6 / 7)


@pytest.mark.parametrize("samples", [1, 0, 2.5])
def test_too_few_draws_are_refused(samples: int) -> None:
    with pytest.raises(InputError, match=r"samples: got .*whole number"):
        Draws(0, samples)


def factor(key: str, price: Price) -> Factor:
    return Factor(key, price, "a test")


def comparison(samples: int = 500) -> Comparison:
    return compare([plan(*ON_CROSSBARS[0]), plan(*ON_CROSSBARS[2])], samples=samples)
