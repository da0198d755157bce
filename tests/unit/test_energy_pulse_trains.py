"""Expected pulses: closed forms, cut probabilities, and trains that are really drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mortalff.energy import expected_coincidences, pulse_trains
from mortalff.errors import InputError


def _batch(seed: int, size: int, n_in: int, n_out: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(size, n_in)), rng.normal(size=(size, n_out))


def test_by_hand() -> None:
    # k = 0.1 * 2 * 1 / 0.01 = 20 slots; A B = 0.1 / (0.01 * 20) = 0.5.
    trains = pulse_trains([[2.0, -1.0]], [[1.0, 0.5, 0.0]], lr=0.1, dw_min=0.01)
    assert trains.bit_length.tolist() == [20.0]
    np.testing.assert_allclose(trains.p_x, [[1.0, 0.5]], rtol=1e-12)
    np.testing.assert_allclose(trains.p_d, [[1.0, 0.5, 0.0]], rtol=1e-12)
    assert trains.line_pulses == pytest.approx(20 * (1.5 + 1.5))
    assert trains.device_pulses == pytest.approx(20 * 1.5 * 1.5)
    assert expected_coincidences([[2.0, -1.0]], [[1.0, 0.5, 0.0]], 0.1, 0.01) == pytest.approx(45)


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.integers(1, 5),
    n_in=st.integers(1, 8),
    n_out=st.integers(1, 8),
    decades=st.floats(-6, 6),
)
def test_trains_ask_for_the_expected_coincidences_unless_cut(
    seed: int, size: int, n_in: int, n_out: int, decades: float
) -> None:
    x, d = _batch(seed, size, n_in, n_out)
    lr = 0.01 * 10**decades
    trains = pulse_trains(x, d, lr, dw_min=0.001)
    asked = expected_coincidences(x, d, lr, dw_min=0.001)
    assert ((trains.p_x <= 1) & (trains.p_x >= 0)).all()
    assert ((trains.p_d <= 1) & (trains.p_d >= 0)).all()
    k = lr * np.abs(x).max(axis=1) * np.abs(d).max(axis=1) / 0.001
    if (k <= 31).all():
        assert trains.device_pulses == pytest.approx(asked, rel=1e-9)
    else:
        assert trains.device_pulses < asked
    np.testing.assert_array_equal(trains.bit_length, np.clip(np.ceil(k), 1, 31))


def test_too_much_is_cut_on_the_output_side() -> None:
    trains = pulse_trains([[1.0, 0.5]], [[4.0, 0.1]], lr=1.0, dw_min=0.01)
    assert trains.bit_length.tolist() == [31.0]
    np.testing.assert_allclose(trains.p_x, [[1.0, 0.5]], rtol=1e-12)
    # k = 400: A = 1 / (0.01 * 31), so that 0.1 asks for 10/31, and 4 for more than 1.
    np.testing.assert_allclose(trains.p_d, [[1.0, 10 / 31]], rtol=1e-12)


def test_without_management_both_sides_have_the_same_gain() -> None:
    options = {"update_management": False, "bit_length_management": False}
    trains = pulse_trains([[0.5]], [[0.1]], 0.01, 0.001, bit_length_max=10, **options)
    assert trains.bit_length.tolist() == [10.0]
    assert trains.p_x[0, 0] == pytest.approx(0.5)
    assert trains.p_d[0, 0] == pytest.approx(0.1)


def test_nothing_to_do_takes_no_pulses() -> None:
    trains = pulse_trains([[0.0, 0.0], [1.0, 1.0]], [[1.0], [0.0]], lr=0.1, dw_min=0.01)
    assert trains.bit_length.tolist() == [0.0, 0.0]
    assert trains.line_pulses == 0.0
    assert trains.device_pulses == 0.0
    assert pulse_trains([[1.0]], [[1.0]], lr=0.0, dw_min=0.01).line_pulses == 0.0
    assert pulse_trains(np.zeros((0, 3)), np.zeros((0, 2)), 0.1, 0.01).line_pulses == 0.0


def test_drawn_trains_have_the_expected_numbers() -> None:
    x, d = _batch(1, 3, 6, 4)
    trains = pulse_trains(x, d, lr=0.02, dw_min=0.001)
    rng = np.random.default_rng(2)
    draws = 4000
    lines, coincidences = np.zeros(draws), np.zeros(draws)
    for p_x, p_d, length in zip(trains.p_x, trains.p_d, trains.bit_length, strict=True):
        slots = int(length)
        rows = rng.random((draws, slots, p_x.size)) < p_x
        columns = rng.random((draws, slots, p_d.size)) < p_d
        lines += rows.sum(axis=(1, 2)) + columns.sum(axis=(1, 2))
        coincidences += (rows.sum(axis=2) * columns.sum(axis=2)).sum(axis=1)
    for drawn, expected in ((lines, trains.line_pulses), (coincidences, trains.device_pulses)):
        assert abs(drawn.mean() - expected) < 5 * drawn.std() / np.sqrt(draws)


@pytest.mark.parametrize(
    ("x", "d", "lr", "dw_min", "said"),
    [
        ([1.0], [[1.0]], 0.1, 0.01, r"shape of x: got \(1,\)"),
        ([[1.0]], [[1.0], [2.0]], 0.1, 0.01, r"shape of d: got \(2, 1\); .* x has 1"),
        ([[np.nan]], [[1.0]], 0.1, 0.01, "x: got 'NaN or infinity'"),
        ([[1.0]], [[1.0]], -0.1, 0.01, "lr: got -0.1"),
        ([[1.0]], [[1.0]], 0.1, 0.0, "dw_min: got 0.0"),
    ],
)
def test_bad_input_is_told(
    x: list[list[float]], d: list[list[float]], lr: float, dw_min: float, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        expected_coincidences(x, d, lr, dw_min)
    with pytest.raises(InputError, match=said):
        pulse_trains(x, d, lr, dw_min)


def test_a_train_has_a_slot() -> None:
    with pytest.raises(InputError, match="bit_length_max: got 0"):
        pulse_trains([[1.0]], [[1.0]], 0.1, 0.01, bit_length_max=0)
