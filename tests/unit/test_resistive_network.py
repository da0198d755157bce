"""The exact network: by hand, in closed form, and by what holds for any network of resistors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mortalff.cards.wires import End
from mortalff.physics.resistive_network import ResistiveNetwork
from tests.strategies.wires import exact, wires

ENDS: tuple[End, End, End] = ("first", "last", "both")


@pytest.mark.parametrize(
    ("cells", "right"),
    [
        # Kirchhoff's equations of the eight nodes, solved in fractions.
        ([[1.0, 1.0], [1.0, 1.0]], [[7 / 44, 5 / 22], [3 / 22, 7 / 44]]),
        ([[1.0, 2.0], [0.0, 3.0]], [[2 / 13, 7 / 26], [1 / 26, 5 / 26]]),
        # One cell a line: in series, two wires and a cell, or four wires and a cell.
        ([[0.0, 1.0], [1.0, 0.0]], [[0.0, 1 / 3], [1 / 5, 0.0]]),
    ],
)
def test_two_by_two_by_hand(cells: list[list[float]], right: list[list[float]]) -> None:
    np.testing.assert_allclose(exact(np.array(cells), wires(1.0, 1.0)), right, rtol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 7, 64])
def test_even_ladder_in_closed_form(n: int) -> None:
    """Along a line of equal cells the voltage is a hyperbolic cosine from the open end."""
    g, r = 1e-4, 20.0
    theta = np.arccosh(1.0 + r * g / 2.0)
    k = np.arange(1, n + 1)
    share = np.cosh((n - k + 0.5) * theta) / np.cosh((n + 0.5) * theta)
    along_input = exact(np.full((n, 1), g), wires(input_ohm=r))
    np.testing.assert_allclose(along_input[:, 0], g * share, rtol=1e-11)
    along_output = exact(np.full((1, n), g), wires(output_ohm=r))
    np.testing.assert_allclose(along_output[0, ::-1], g * share, rtol=1e-11)


def test_ladder_with_two_terminals_is_symmetric() -> None:
    cells = np.full((5, 1), 2e-3)
    share = exact(cells, wires(input_ohm=30.0, driver_ohm=10.0, driven_from="both"))[:, 0]
    np.testing.assert_allclose(share, share[::-1], rtol=1e-12)
    one_sided = exact(cells, wires(input_ohm=30.0, driver_ohm=10.0))[:, 0]
    assert np.all(share > one_sided)


def test_terminals_alone() -> None:
    """A driver behind a resistance and lines without: a voltage divider."""
    made = exact(np.array([[1e-3], [3e-3]]), wires(driver_ohm=250.0))
    np.testing.assert_allclose(made[:, 0], np.array([1e-3, 3e-3]) / 2.0, rtol=1e-12)
    made = exact(np.array([[1e-3, 3e-3]]), wires(sense_ohm=500.0, sensed_from="both"))
    np.testing.assert_allclose(made[0], np.array([1e-3, 3e-3]) / 2.0, rtol=1e-12)


def test_no_resistance_is_the_conductances() -> None:
    cells = np.random.default_rng(1).random((4, 6))
    np.testing.assert_allclose(exact(cells, wires()), cells, rtol=1e-14)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    driven=st.sampled_from(ENDS),
    sensed=st.sampled_from(ENDS),
)
def test_what_holds_for_any_network(
    seed: int, shape: tuple[int, int], driven: End, sensed: End
) -> None:
    rng = np.random.default_rng(seed)
    cells = rng.random(shape) * (rng.random(shape) < 0.7)
    ohms = [float(x) for x in rng.exponential(1.0, 4) + 0.01]
    network = ResistiveNetwork(cells, wires(*ohms, driven_from=driven, sensed_from=sensed))
    effective = network.effective_conductance()
    v, w = rng.normal(size=(2, shape[1]))
    solution = network.solve(v)
    # Superposition, and the matrix is the solution.
    np.testing.assert_allclose(solution.currents, effective @ v, atol=1e-12)
    both = network.solve(v - 3.0 * w).currents
    right = solution.currents - 3.0 * network.solve(w).currents
    np.testing.assert_allclose(both, right, atol=1e-12)
    # No charge is made; no energy either: cells take no more than drivers give.
    assert solution.drawn.sum() == pytest.approx(solution.currents.sum(), abs=1e-12)
    taken = (cells * (solution.input_side - solution.output_side) ** 2).sum()
    assert -1e-12 <= taken <= (v * solution.drawn).sum() + 1e-12
    # Wires only take from what a cell's column gives.
    assert np.all(effective >= -1e-14)
    assert np.all(effective.sum(0) <= cells.sum(0) + 1e-12)
    # Reciprocity: the array turned over, with its ends' parts exchanged.
    turned = wires(*(ohms[k] for k in (1, 0, 3, 2)), driven_from=sensed, sensed_from=driven)
    np.testing.assert_allclose(exact(cells.T.copy(), turned).T, effective, atol=1e-12)
