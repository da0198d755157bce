"""Digital weights: exact products and updates, Hinton's smoothing and decay, their traffic."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mortalff.cards import load_card
from mortalff.errors import InputError
from mortalff.hardware.digital import DigitalArray
from mortalff.hardware.fabricate import fabricate
from mortalff.seeds import Seeds
from tests.strategies.devices import CPU
from tests.strategies.reads import uniform
from tests.strategies.statistics import SIGNIFICANCE, p_standard_normal

N_OUT, N_IN, CHIPS, BATCH = 5, 7, 3, 4
X, D = uniform(0, BATCH, N_IN), uniform(1, BATCH, N_OUT)
CELLS = N_OUT * N_IN


def new(chips: list[int] | None = None, seed: int = 0) -> DigitalArray:
    ids = list(range(CHIPS)) if chips is None else chips
    return DigitalArray(N_OUT, N_IN, ids, Seeds(seed), CPU)


def test_products_are_exact() -> None:
    array = new()
    w = array.probe().read_weights()
    wanted = torch.einsum("coi,bi->cbo", w, X)
    torch.testing.assert_close(array.forward(X), wanted, rtol=1e-6, atol=1e-6)
    wanted = torch.einsum("coi,bo->cbi", w, D)
    back = array.probe().forward_transposed(D)
    torch.testing.assert_close(back, wanted, rtol=1e-6, atol=1e-6)


def test_initial_weights_spread_by_fan_in() -> None:
    wide = DigitalArray(100, 400, [0, 1], Seeds(0), CPU).probe().read_weights()
    assert p_standard_normal(wide * 20.0) > SIGNIFICANCE / 2
    set_one = fabricate(load_card("ideal"), n_out=100, n_in=400, w_init_std=0.3)
    assert p_standard_normal(set_one.probe().read_weights() / 0.3) > SIGNIFICANCE / 2


def test_an_update_is_what_was_asked_for() -> None:
    array = new()
    before = array.probe().read_weights()
    array.pulse(X, D, 0.3)
    wanted = before + 0.3 * (D.T @ X) / BATCH
    torch.testing.assert_close(array.probe().read_weights(), wanted, rtol=1e-6, atol=1e-6)


def test_each_chip_gets_its_own_update() -> None:
    array = new()
    before = array.probe().read_weights()
    own = torch.stack([D, 0.0 * D, -2.0 * D])
    array.pulse(X, own, 0.3)
    step = torch.tensor([1.0, 0.0, -2.0])[:, None, None] * 0.3 * (D.T @ X) / BATCH
    torch.testing.assert_close(array.probe().read_weights(), before + step, rtol=1e-6, atol=1e-6)


def by_hand(w: Tensor, steps: int, lr: float, smoothing: float, decay: float) -> Tensor:
    """w ← w + lr (v − decay w), v ← smoothing v + (1 − smoothing) g."""
    w, v = w.double(), torch.zeros_like(w, dtype=torch.float64)
    for step in range(steps):
        g = ((1.0 + step) * D.T @ X / BATCH).double()
        v = smoothing * v + (1.0 - smoothing) * g
        w = w + lr * ((v if smoothing else g) - decay * w)
    return w.float()


@pytest.mark.parametrize(("smoothing", "decay"), [(0.9, 0.0), (0.0, 0.2), (0.9, 0.2), (0.5, 0.01)])
def test_smoothing_and_decay(smoothing: float, decay: float) -> None:
    array = new()
    array.set_digital_update(smoothing, decay)
    wanted = by_hand(array.probe().read_weights(), 4, 0.3, smoothing, decay)
    for step in range(4):
        array.pulse(X, (1.0 + step) * D, 0.3)
    torch.testing.assert_close(array.probe().read_weights(), wanted, rtol=1e-5, atol=1e-6)


def test_an_update_and_its_traffic_are_counted() -> None:
    """A multiply-add for each sample and weight, one for the rate; weights read and written."""
    array = new()
    array.pulse(X, D, 0.3)
    plain = array.counts
    assert plain.chip(0) == {"digital_mac": (BATCH + 1) * CELLS, "memory_byte": 8 * CELLS}
    array.set_digital_update(0.9, 0.001)
    array.pulse(X, D, 0.3)
    since = (array.counts - plain).chip(2)
    assert since["digital_mac"] == (BATCH + 1 + 2 + 1) * CELLS
    assert since["memory_byte"] == 16 * CELLS


def test_programming_is_exact() -> None:
    array = new()
    array.probe().program(100.0 * uniform(3, CHIPS, N_OUT, N_IN))
    assert torch.equal(array.probe().read_weights(), 100.0 * uniform(3, CHIPS, N_OUT, N_IN))
    array.pulse(X, D, 0.1)  # chips do not share what was written to all
    array.probe().program(torch.ones(N_OUT, N_IN))
    array.pulse(X, torch.stack([D, 0.0 * D, D]), 0.1)
    w = array.probe().read_weights()
    assert torch.equal(w[0], w[2])
    assert bool((w[1] == 1.0).all())


def test_a_chip_alone_equals_the_chip_beside_others() -> None:
    for n_out, n_in, batch in ((5, 7, 4), (10, 785, 3), (33, 50, 100)):
        x, d = uniform(0, batch, n_in), uniform(1, CHIPS, batch, n_out)
        many = DigitalArray(n_out, n_in, [4, 2, 9], Seeds(0), CPU)
        one = DigitalArray(n_out, n_in, [2], Seeds(0), CPU)
        for array, errors in ((many, d), (one, d[1:2])):
            array.set_digital_update(0.9, 0.001)
            for _ in range(2):
                array.pulse(x, errors, 0.3)
        assert torch.equal(many.forward(x)[1], one.forward(x)[0])
        assert torch.equal(many.probe().read_weights()[1], one.probe().read_weights()[0])


@pytest.mark.parametrize("pulses", [0, 2])
def test_a_state_resumes_bit_for_bit(pulses: int) -> None:
    array, other = new(), new(seed=5)
    array.set_digital_update(0.9, 0.001)
    for _ in range(pulses):
        array.pulse(X, D, 0.3)
    state, counts = array.state_dict(), array.counts
    array.pulse(X, D, 0.3)
    other.load_state_dict(state)
    assert other.counts == counts
    other.pulse(X, D, 0.3)
    assert all(torch.equal(v, other.state_dict()[k]) for k, v in array.state_dict().items())


@pytest.mark.parametrize(("smoothing", "decay"), [(1.0, 0.0), (-0.1, 0.0), (0.0, 1.0), (0.0, -1.0)])
def test_wrong_smoothing_and_decay_are_refused(smoothing: float, decay: float) -> None:
    with pytest.raises(InputError, match="smoothing" if decay == 0.0 else "decay"):
        new().set_digital_update(smoothing, decay)
