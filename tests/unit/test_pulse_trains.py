"""Pulse trains: lengths and probabilities by hand, and moments of coincidences by brute force."""

from __future__ import annotations

from math import ceil, prod, sqrt

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mortalff.cards import Pulses
from mortalff.hardware.train_kernels import totals
from mortalff.physics.pulse_trains import (
    Coincidences,
    Trains,
    expected_coincidences,
    pulse_trains,
)

PLAIN = Pulses(update_management=False, bit_length_management=False)


def trains(
    x: list[float], d: list[float], lr: float, settings: Pulses | None = None, g: float = 0.01
) -> Trains:
    """Trains of one sample."""
    settings = Pulses() if settings is None else settings
    return pulse_trains(torch.tensor([[x]]), torch.tensor([[d]]), lr, g, settings)


def test_by_hand() -> None:
    # k = 0.1 · 2 · 1 / 0.01 = 20 slots, A = B = sqrt(0.1 / (0.01 · 20)) = 0.7071; managed, P(x) =
    # 0.7071 sqrt(1/2) |x| = |x|/2 and P(d) = 0.7071 sqrt(2/1) |d| = |d|.
    made = trains([2.0, -1.0], [1.0, 0.5, -0.25, 0.0], lr=0.1)
    assert made.slots.tolist() == [[20.0]]
    torch.testing.assert_close(made.rows[0, 0], torch.tensor([1.0, -0.5]))
    torch.testing.assert_close(made.columns[0, 0], torch.tensor([1.0, 0.5, -0.25, 0.0]))
    assert float(made.line_pulses()) == pytest.approx(20 * (1.5 + 1.75))
    assert float(made.coincidences()) == pytest.approx(20 * 1.5 * 1.75)


def test_a_train_is_rounded_up() -> None:
    # k = 0.1 · 0.9 · 0.3 / 0.01 = 2.7: 3 slots, in which the largest fire with p = 2.7/3.
    made = trains([0.9], [0.3], lr=0.1)
    assert made.slots.tolist() == [[3.0]]
    assert float(made.rows * made.columns) == pytest.approx(0.9)
    assert float(made.rows) == pytest.approx(sqrt(0.9))
    assert float(made.columns) == pytest.approx(sqrt(0.9))


def test_too_much_is_cut_on_the_column_side() -> None:
    # k = 1 · 1 · 4 / 0.01 = 400 > 31: d_m counts as 4 · 31/400 = 0.31. A = sqrt(1/0.31) sqrt(1/0.31)
    # = 1/0.31, so that P(d = 0.1) = 10/31 and P(d = 4) is cut at 1; B = 1.
    made = trains([1.0, 0.5], [4.0, 0.1], lr=1.0)
    assert made.slots.tolist() == [[31.0]]
    torch.testing.assert_close(made.rows[0, 0], torch.tensor([1.0, 0.5]))
    torch.testing.assert_close(made.columns[0, 0], torch.tensor([1.0, 10 / 31]))


def test_just_31_slots_cut_nothing() -> None:
    made = trains([1.0], [0.31], lr=1.0)
    assert 30.9 < float(made.slots) <= 31.0
    assert float(made.slots * made.rows * made.columns) == pytest.approx(31.0, rel=1e-6)


def test_another_longest_train() -> None:
    made = trains([1.0], [1.0], lr=1.0, settings=Pulses(bit_length_max=7))
    assert made.slots.tolist() == [[7.0]]
    assert float(made.rows * made.columns) == 1.0


def test_unmanaged() -> None:
    # All 31 slots; A = B = sqrt(0.1 / (0.01 · 31)) = 0.568 for x and d alike, cut at 1.
    made = trains([2.0, -0.5], [0.3, -0.1], lr=0.1, settings=PLAIN)
    scale = sqrt(0.1 / 0.31)
    assert made.slots.tolist() == [[31.0]]
    torch.testing.assert_close(made.rows[0, 0], torch.tensor([1.0, -0.5 * scale]))
    torch.testing.assert_close(made.columns[0, 0], torch.tensor([0.3, -0.1]) * scale)


def test_managed_rows_of_full_length() -> None:
    # Update management alone: A = B = sqrt(0.1 / 0.31), then balanced by sqrt(x_m/d_m).
    settings = Pulses(update_management=True, bit_length_management=False)
    made = trains([2.0], [0.5], lr=0.1, settings=settings)
    assert made.slots.tolist() == [[31.0]]
    assert float(made.rows) == pytest.approx(sqrt(0.1 / 0.31) * sqrt(0.5 / 2.0) * 2.0)
    assert float(made.columns) == pytest.approx(sqrt(0.1 / 0.31) * sqrt(2.0 / 0.5) * 0.5)


@pytest.mark.parametrize("settings", [Pulses(), PLAIN])
@pytest.mark.parametrize(("x", "d"), [([0.0, 0.0], [1.0, 2.0]), ([1.0, 2.0], [0.0, 0.0])])
def test_nothing_asked_is_no_train(x: list[float], d: list[float], settings: Pulses) -> None:
    made = trains(x, d, lr=0.1, settings=settings)
    assert made.slots.tolist() == [[0.0]]
    assert bool(torch.isfinite(made.rows).all() and torch.isfinite(made.columns).all())
    assert float(made.line_pulses()) == float(made.coincidences()) == 0.0


def _batch(seed: int, *shape: int, scale: float = 1.0) -> Tensor:
    return scale * torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@given(
    seed=st.integers(0, 2**31),
    batch=st.integers(1, 4),
    widths=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    decades=st.floats(-5.0, 3.0),
)
def test_trains_ask_for_lr_x_d(
    seed: int, batch: int, widths: tuple[int, int], decades: float
) -> None:
    """BL p_x p_d g = lr x d, less where k is beyond the longest train; never more than 1 a slot."""
    lr, g = 10.0**decades, 0.01
    x, d = _batch(seed, 2, batch, widths[0]), _batch(seed + 1, 2, batch, widths[1])
    made = pulse_trains(x, d, lr, g, Pulses())
    k = (lr / g) * x.abs().amax(2) * d.abs().amax(2)
    assert bool((made.rows.abs() <= 1.0).all() and (made.columns.abs() <= 1.0).all())
    wanted = lr * d[..., :, None] * x[..., None, :]
    asked = g * made.slots[..., None, None] * made.columns[..., :, None] * made.rows[..., None, :]
    whole = (k <= 31)[..., None, None].expand_as(asked)
    torch.testing.assert_close(asked[whole], wanted[whole], rtol=1e-4, atol=1e-9)
    assert bool((asked.abs() <= wanted.abs() * (1 + 1e-4)).all())
    expected = torch.tensor([[min(ceil(v - 1e-4), 31) for v in row] for row in k.tolist()])
    assert bool(((made.slots == expected) | (made.slots == expected + 1)).all())


def _brute_force(made: Trains) -> dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """N, Q and the probability of no coincidence of each direction, device by device."""
    rows, columns = made.rows.double().numpy(), made.columns.double().numpy()
    slots = made.slots.double().numpy()
    chips = max(rows.shape[0], columns.shape[0])
    shape = (chips, columns.shape[2], rows.shape[2])
    found = {}
    for sign in (1, -1):
        n, q, none = np.zeros(shape), np.zeros(shape), np.ones(shape)
        for c, o, i in np.ndindex(*shape):
            r, k, s = (a[min(c, len(a) - 1)] for a in (rows, columns, slots))
            ps = [max(sign * float(r[b, i] * k[b, o]), 0.0) for b in range(len(s))]
            n[c, o, i] = sum(length * p for length, p in zip(s, ps, strict=True))
            q[c, o, i] = sum(length * p * p for length, p in zip(s, ps, strict=True))
            none[c, o, i] = prod((1 - p) ** length for length, p in zip(s, ps, strict=True))
        found[sign] = (n, q, none)
    return found


@pytest.mark.parametrize("x_chips", [1, 3])
@pytest.mark.parametrize("d_chips", [1, 3])
@pytest.mark.parametrize("signs", ["mixed", "x above zero", "x below zero", "d above zero"])
def test_coincidences_by_brute_force(x_chips: int, d_chips: int, signs: str) -> None:
    x, d = _batch(0, x_chips, 5, 4), _batch(1, d_chips, 5, 3)
    x = {"x above zero": x.abs(), "x below zero": -x.abs()}.get(signs, x)
    d = d.abs() if signs == "d above zero" else d
    x[:, 2] = 0.0
    made = pulse_trains(x, d, 0.02, 0.01, Pulses())
    for sign, got in zip((1, -1), expected_coincidences(made), strict=True):
        n, q, _ = _brute_force(made)[sign]
        assert got is not None
        assert got.mean.shape == n.shape
        np.testing.assert_allclose(got.mean, n, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(got.excess, q, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("x", "d", "up"), [(1, 1, True), (-1, -1, True), (1, -1, False), (-1, 1, False)]
)
def test_a_direction_that_cannot_occur_is_none(x: int, d: int, up: bool) -> None:
    made = pulse_trains(x * torch.ones(1, 2, 3), d * torch.ones(1, 2, 4), 0.02, 0.01, Pulses())
    found = expected_coincidences(made)
    assert [c is not None for c in found] == [up, not up]


def test_neither_direction_where_nothing_is_asked() -> None:
    made = pulse_trains(torch.zeros(1, 2, 3), torch.ones(1, 2, 4), 0.02, 0.01, Pulses())
    assert expected_coincidences(made) == (None, None)


@pytest.mark.parametrize("batch", [1, 2, 3, 8, 100])
def test_a_chip_gets_the_same_sums_whatever_signs_its_neighbours_have(batch: int) -> None:
    for n_out, n_in in ((1, 785), (2, 785), (5, 17), (8, 17), (33, 50)):
        x, d = _batch(0, 2, batch, n_in).abs(), _batch(1, 2, batch, n_out)
        alone = expected_coincidences(pulse_trains(x[:1], d[:1], 0.02, 0.01, Pulses()))
        x[1, 0, 0] = -1.0
        both = expected_coincidences(pulse_trains(x, d, 0.02, 0.01, Pulses()))
        for one, two in zip(alone, both, strict=True):
            if one is not None and two is not None:
                assert torch.equal(one.mean[0], two.mean[0])
                assert torch.equal(one.excess[0], two.excess[0])


def test_no_coincidence_is_right_where_samples_are_alike() -> None:
    """(1 - p)^BL for one sample, and for equal ones."""
    x = torch.tensor([[[1.0, 0.7, 0.1, 1e-4, 0.0]]])
    for lr in (1e-4, 0.004, 0.01, 0.2):
        for repeats in (1, 6):
            made = pulse_trains(
                x.repeat(1, repeats, 1), x.repeat(1, repeats, 1), lr, 0.01, Pulses()
            )
            up = expected_coincidences(made)[0]
            assert up is not None
            np.testing.assert_allclose(up.none(), _brute_force(made)[1][2], rtol=2e-3, atol=2e-6)


def test_no_coincidence_of_mixed_samples() -> None:
    """Near the exact product, and at its limits exact."""
    made = pulse_trains(_batch(0, 1, 6, 20), _batch(1, 1, 6, 20), 0.005, 0.01, Pulses())
    for sign, found in zip((1, -1), expected_coincidences(made), strict=True):
        assert found is not None
        error = found.none().numpy() - _brute_force(made)[sign][2]
        assert np.abs(error).max() < 0.05
        assert np.abs(error).mean() < 0.01
    zero, one = torch.zeros(1), torch.ones(1)
    assert float(Coincidences(zero, zero).none()) == 1.0
    assert float(Coincidences(one, one).none()) == 0.0
    assert float(Coincidences(one, zero).none()) == pytest.approx(np.exp(-1.0))


def test_counts_sum_over_the_batch() -> None:
    x, d = _batch(0, 2, 6, 5), _batch(1, 1, 6, 4)
    made = pulse_trains(x, d, 0.02, 0.01, Pulses())
    n = _brute_force(made)
    np.testing.assert_allclose(made.coincidences(), (n[1][0] + n[-1][0]).sum((1, 2)), rtol=1e-6)
    lines = made.rows.abs().sum(2) + made.columns.abs().sum(2)
    np.testing.assert_allclose(made.line_pulses(), (made.slots * lines).sum(1), rtol=1e-5)


@pytest.mark.parametrize(("down", "across"), [(1, 1), (3, 2)])
def test_compiled_totals_are_those_of_torch(down: int, across: int) -> None:
    """Each array of a tiled layer has columns, and rows, of its own."""
    made = pulse_trains(_batch(0, 2, 6, 5), _batch(1, 1, 6, 4), 0.02, 0.01, Pulses())
    found = totals(made, down, across)
    lines = across * made.rows.abs().sum(2) + down * made.columns.abs().sum(2)
    np.testing.assert_allclose(found.line_pulses, (made.slots * lines).sum(1), rtol=1e-5)
    np.testing.assert_allclose(found.line_pulses, made.line_pulses(down, across), rtol=1e-5)
    np.testing.assert_allclose(found.coincidences, made.coincidences(), rtol=1e-5)
