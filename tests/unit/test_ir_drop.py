"""IR drop against the exact network, in its range and refused outside it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mortalff.cards.quantity import Quantity
from mortalff.cards.wires import End, PairLayout, Wires
from mortalff.errors import CardError, InputError
from mortalff.physics.ir_drop import IRDrop
from tests.strategies.wires import (
    Array,
    as_tensor,
    exact,
    fast,
    patterns,
    scaled_to,
    simple_error,
    wires,
    worst_error,
)

ENDS: tuple[End, End, End] = ("first", "last", "both")
LIMIT = float(Wires().coupling_max)
PROMISED = 0.02
TYPICAL_MICROSIEMENS = 25.0


def random_array(n_out: int, n_in: int, seed: int = 0, chips: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    cells = torch.rand(chips, n_out, n_in, dtype=torch.float64, generator=generator)
    return cells * TYPICAL_MICROSIEMENS * 1e-6


def test_no_resistance_changes_no_bit() -> None:
    cells = random_array(5, 7)
    assert not Wires().resist
    assert torch.equal(IRDrop(Wires()).effective_conductance(cells), cells)
    pair = IRDrop(Wires()).effective_pair(cells, cells.flip(2))
    assert torch.equal(pair, cells - cells.flip(2))


@pytest.mark.parametrize(("driven", "sensed"), list(itertools.product(ENDS, ENDS)))
@pytest.mark.parametrize("side", ["input", "output"])
def test_exact_where_one_kind_of_line_resists(driven: End, sensed: End, side: str) -> None:
    """At any size of drop: sneak currents need both."""
    cells = random_array(9, 14)[0].numpy()
    ohms = (5e3, 0.0, 800.0, 0.0) if side == "input" else (0.0, 5e3, 0.0, 800.0)
    made = wires(*ohms, driven_from=driven, sensed_from=sensed)
    right = exact(cells, made)
    assert right.sum() < 0.7 * cells.sum()
    np.testing.assert_allclose(fast(cells, made), right, rtol=1e-9)


def test_exact_for_one_cell() -> None:
    """In series with two wires, driver and sense resistance."""
    made = wires(10.0, 20.0, 30.0, 40.0)
    got = fast(np.array([[2e-3]]), made)
    assert got[0, 0] == pytest.approx(1.0 / (1.0 / 2e-3 + 100.0), rel=1e-7)


SHAPES = [(2, 2), (6, 9), (24, 24), (40, 10), (10, 40)]
OHMS = [(1, 1, 0, 0), (1, 30, 0, 0), (30, 1, 0, 0), (1, 1, 10, 10), (0, 1, 10, 0)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("ends", [("first", "last"), ("last", "last"), ("both", "both")])
def test_patterns_at_the_limit(shape: tuple[int, int], ends: tuple[End, End]) -> None:
    """Within 2 % for every pattern and any inputs, where ideal currents would be far off."""
    n_out, n_in = shape
    rng = np.random.default_rng(list(shape))
    ideal = []
    for ohms in OHMS:
        per_line = np.array(ohms) * 10.0 / np.array([n_out, n_in, 1, 1])
        made = wires(*(float(x) for x in per_line), driven_from=ends[0], sensed_from=ends[1])
        for name, pattern in patterns(n_out, n_in, rng):
            if not pattern.any():
                continue
            cells = scaled_to(LIMIT * 0.999, pattern, made)
            right, got = exact(cells, made), fast(cells, made)
            assert simple_error(got, right) < PROMISED, (name, ohms)
            ideal.append(simple_error(cells, right))
    assert np.median(ideal) > 0.2


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    driven=st.sampled_from(ENDS),
    sensed=st.sampled_from(ENDS),
)
def test_random_arrays_at_the_limit(
    seed: int, shape: tuple[int, int], driven: End, sensed: End
) -> None:
    """Within 2 % for the worst inputs that linear programming finds."""
    rng = np.random.default_rng(seed)
    pattern = rng.random(shape) ** rng.choice([0.3, 1.0, 4.0])
    pattern *= rng.random(shape) < rng.choice([0.2, 0.5, 1.0])
    pattern[rng.integers(shape[0]), rng.integers(shape[1])] = 1.0
    ohms = np.exp(rng.normal(0.0, 1.5, 4)) * 5.0 * np.array([1, 1, *(rng.random(2) < 0.4)])
    made = wires(*(float(x) for x in ohms), driven_from=driven, sensed_from=sensed)
    cells = scaled_to(LIMIT * 0.999, pattern, made)
    assert worst_error(fast(cells, made), exact(cells, made)) < PROMISED


def test_the_worst_array_that_was_found() -> None:
    """A few cells on one output line: the limit is no lower than it must be, by much."""
    pattern = np.zeros((2, 6))
    pattern[1, [0, 4, 5]] = 0.5, 0.06, 0.04
    made = wires(0.54, 2.12, 0.06, driven_from="last", sensed_from="first")
    cells = scaled_to(LIMIT * 0.999, pattern, made)
    assert 0.015 < worst_error(fast(cells, made), exact(cells, made)) < PROMISED


@pytest.mark.parametrize("name", ["all on", "uniform", "half on", "one in ten on", "half normal"])
def test_spread_arrays_stay_within_two_per_cent_up_to_one(name: str) -> None:
    made = wires(1.0, 1.0, coupling_max=1.0)
    pattern = dict(patterns(48, 48, np.random.default_rng(4)))[name]
    cells = scaled_to(0.999, pattern, made)
    right = exact(cells, made)
    assert right.sum() < 0.7 * cells.sum()
    assert simple_error(fast(cells, made), right) < PROMISED


def test_size_of_a_real_array() -> None:
    """128 by 128 cells at 25 uS and 1 ohm a cell, in float32."""
    cells = random_array(128, 128)
    made = wires(1.0, 1.0)
    right = exact(cells[0].numpy(), made)
    got = IRDrop(made).effective_conductance(cells.float())[0].double().numpy()
    assert simple_error(got, right) < 1e-3
    assert simple_error(cells[0].numpy(), right) > 0.1


def interleaved(plus: Array, minus: Array, axis: int) -> Array:
    whole = np.zeros([size * (2 if dim == axis else 1) for dim, size in enumerate(plus.shape)])
    at = np.swapaxes(whole, 0, axis)
    at[0::2], at[1::2] = np.swapaxes(plus, 0, axis), np.swapaxes(minus, 0, axis)
    return whole


def test_pairs_are_laid_out_as_said() -> None:
    plus, minus = random_array(12, 10, 1), random_array(12, 10, 2)
    p, m = plus[0].numpy(), minus[0].numpy()
    ohms = (90.0, 60.0, 20.0, 20.0)
    adjacent = exact(interleaved(p, m, 0), wires(*ohms))
    opposed = exact(interleaved(p, m, 1), wires(*ohms))
    right: dict[PairLayout, Array] = {
        "separate": exact(p, wires(*ohms)) - exact(m, wires(*ohms)),
        "adjacent_outputs": adjacent[0::2] - adjacent[1::2],
        "opposed_inputs": opposed[:, 0::2] - opposed[:, 1::2],
    }
    scale = p.sum(1).max()
    for layout, expected in right.items():
        ir_drop = IRDrop(wires(*ohms, pair_layout=layout))
        got = ir_drop.effective_pair(plus, minus)[0].numpy()
        assert np.abs(got - expected).sum(1).max() < 4e-3 * scale, layout
        for other, unlike in [*right.items(), ("ideal", p - m)]:
            if other != layout:
                assert np.abs(got - unlike).sum(1).max() > 2e-2 * scale, (layout, other)


@pytest.mark.parametrize(("n_out", "n_in"), [(3, 5), (40, 17), (64, 100)])
def test_a_chip_is_the_same_whatever_is_beside_it(n_out: int, n_in: int) -> None:
    cells = random_array(n_out, n_in, chips=5).float()
    ir_drop = IRDrop(wires(2.0, 3.0, 50.0, 10.0, driven_from="both"))
    together = ir_drop.effective_conductance(cells)
    for chip in range(5):
        alone = ir_drop.effective_conductance(cells[chip : chip + 1].clone())
        assert torch.equal(together[chip], alone[0])


def test_empty_lines_and_arrays() -> None:
    cells = random_array(6, 6)
    cells[:, 2], cells[:, :, 4] = 0.0, 0.0
    got = IRDrop(wires(50.0, 50.0)).effective_conductance(cells)
    assert bool(torch.isfinite(got).all())
    assert float(got[:, 2].max()) == 0.0
    nothing = torch.zeros(2, 6, 6)
    assert torch.equal(IRDrop(wires(50.0, 50.0)).effective_conductance(nothing), nothing)


def test_refused_outside_the_range() -> None:
    made = wires(5.0, 5.0)
    with pytest.raises(CardError, match=r"\[wires\] coupling_max: got .* 256x200 .* at most 0.08"):
        IRDrop(made).effective_conductance(random_array(256, 200, chips=2))
    with pytest.raises(CardError, match=r"all at 2\.5e-05 S"):
        IRDrop(made).check_worst_case(256, 200, 25e-6)
    with pytest.raises(CardError, match=r"\[wires\]"):
        IRDrop(made).effective_conductance(torch.full((1, 3, 3), torch.nan))


def test_negative_conductance_is_refused() -> None:
    with pytest.raises(InputError, match=r"conductance: got -1e-06.* pair"):
        IRDrop(wires(1.0)).effective_conductance(torch.full((1, 2, 2), -1e-6, dtype=torch.float64))


def test_what_a_refusal_advises_is_right() -> None:
    ir_drop = IRDrop(wires(5.0, 5.0))
    with pytest.raises(CardError) as refused:
        ir_drop.check_worst_case(256, 256, 25e-6)
    words = str(refused.value).split()
    side = int(words[words.index("cells,") - 1].split("x")[0])
    ir_drop.check_worst_case(side, side, 25e-6)
    with pytest.raises(CardError):
        ir_drop.check_worst_case(side + 4, side + 4, 25e-6)
    share = float(words[words.index("about", words.index("devices")) + 1])
    ir_drop.check_worst_case(256, 256, 0.95 * share * 25e-6)
    IRDrop(wires(5.0 * 0.95 * share, 5.0 * 0.95 * share)).check_worst_case(256, 256, 25e-6)


def test_worst_case_bounds_every_array() -> None:
    """Coupling only grows with conductance, so one check at fabrication can do."""
    made, g_max = wires(2.0, 3.0, 20.0, 10.0, driven_from="both"), 30e-6
    ir_drop, rng = IRDrop(made), np.random.default_rng(3)
    worst = float(ir_drop.drop(torch.full((1, 30, 20), g_max, dtype=torch.float64)).coupling)
    below: list[float] = []
    for _, pattern in patterns(30, 20, rng):
        below.append(float(ir_drop.drop(as_tensor(pattern * g_max)).coupling))
    assert max(below) <= worst
    assert len({round(x / worst, 6) for x in below}) > 10
    closer: Array = np.full((30, 20), g_max)
    closer[3, 4] *= 1.01
    assert float(ir_drop.drop(as_tensor(closer)).coupling) > worst


def test_card_section_checks_units_and_ranges() -> None:
    with pytest.raises(ValidationError, match='write value = 2, unit = "Ohm"'):
        Wires(input_wire_ohm=Quantity(value=2e-3, unit="kOhm", source="made up"))
    with pytest.raises(ValidationError, match="must be at least 0"):
        wires(output_ohm=-1.0)
    with pytest.raises(ValidationError, match="driven_from"):
        Wires.model_validate({"driven_from": "middle"})
    with pytest.raises(ValidationError, match="at most 1"):
        Wires(coupling_max=Quantity(value=1.5, unit="1", source="made up"))
    assert wires(sense_ohm=1.0).resist
