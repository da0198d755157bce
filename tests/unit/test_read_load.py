"""What reads put on cells and wires: against Σ V² G t and C V² worked out from each chip's conductances and inputs."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import mortalff
from mortalff.actions import METERED, READ_LOADS
from mortalff.cards import load_card
from mortalff.energy.library import conductances, read, read_load_prices
from mortalff.hardware.crossbar import Crossbar
from mortalff.hardware.saved_state import counts_from_tensor
from tests.strategies.read_loads import (
    BATCH,
    CHIPS,
    IDEAL_PATH,
    N_IN,
    N_OUT,
    X,
    joules,
    loads,
    made,
)
from tests.strategies.reads import uniform


@pytest.mark.parametrize(
    "card", ["gokmen_vlasov", "ecram", "capacitor", "reram_es", "reram_array_om", "rram_wan"]
)
def test_loads_are_those_of_the_chips_own_conductances(card: str) -> None:
    chips = made(card=card)
    if card == "rram_wan":  # leaves the fab with nothing in its cells
        chips.probe().program(0.5 * uniform(1, N_OUT, N_IN))
    own = chips.card.conductance
    assert own is not None
    siemens = conductances(chips.probe().read_weights().numpy(), chips.card)
    volts, seconds = X.numpy() * float(own.read_voltage_v), float(own.read_time_s)
    due, found = read(siemens, volts, seconds), loads(chips)
    np.testing.assert_allclose(
        joules(chips, found, "cell_conduction"), due.cells_j.sum(1), rtol=1e-5
    )
    lines = joules(chips, found, "cell_wire", "line_end")
    np.testing.assert_allclose(lines, due.lines_j.sum(1), rtol=1e-5)
    assert np.ptp(found["cell_conduction"]) > 0.0  # chips differ


def test_both_devices_of_a_pair_conduct() -> None:
    """A difference of nothing is two devices that hold alike, which conduct all the same."""
    chips = made({"cell.refresh_every": 0}, "pcm")
    ones = torch.ones(2, N_IN), torch.ones(2, N_OUT)
    for sign in (1.0, -1.0):
        for _ in range(20):
            chips.pulse(ones[0], sign * ones[1], 0.02)
    assert chips.card.device is not None
    plus, minus = (chips.state_dict()[f"{name}.visible"].double() for name in ("plus", "minus"))
    assert float(plus.mean()) > 0.05
    held = (plus + minus).clamp_min(0.0).sum(1).numpy() / float(chips.card.device.w_max)
    squares = X.double().square().sum(0).numpy()
    found = loads(chips)
    np.testing.assert_allclose(found["cell_conduction"], held @ squares, rtol=0.02)


def test_offset_weights_have_one_reference_a_line() -> None:
    pair, offset = made(), made({"periphery.weight_mapping": "offset"})
    squares = float(X.double().square().sum())
    one, two = loads(offset), loads(pair)
    np.testing.assert_allclose(one["cell_wire"], squares * (N_OUT + 1), rtol=1e-5)
    np.testing.assert_allclose(two["cell_wire"], squares * 2 * N_OUT, rtol=1e-5)
    np.testing.assert_allclose(one["line_end"], squares, rtol=1e-5)
    # The cells of weights alike, and of the reference, at w = 0 half of the largest, one in place of one a weight.
    spared = 0.5 * squares * (N_OUT - 1)
    np.testing.assert_allclose(two["cell_conduction"] - one["cell_conduction"], spared, rtol=1e-4)


@pytest.mark.parametrize("sums", ["analog", "digital"])
def test_tiles_have_the_same_cells_and_ends_of_their_own(sums: str) -> None:
    card = load_card("gokmen_vlasov")
    fine = {"periphery.adc_bits": 16, "periphery.output_bound": 50.0}
    tiles = {"tiling.rows_max": 5, "tiling.columns_max": 4, "tiling.partial_sums": sums}
    whole, tiled = (
        Crossbar(
            card.replace(**{**IDEAL_PATH, **fine, **more}),
            N_OUT,
            N_IN,
            range(CHIPS),
            mortalff.Seeds.of(3),
            torch.device("cpu"),
        )
        for more in ({}, tiles)
    )
    one, many = loads(whole), loads(tiled)
    for load in ("cell_conduction", "cell_wire"):
        np.testing.assert_allclose(many[load], one[load], rtol=1e-5)
    np.testing.assert_allclose(many["line_end"], 3 * one["line_end"], rtol=1e-5)  # three across


def test_transposed_reads_drive_outputs() -> None:
    chips = made()
    d = uniform(7, BATCH, N_OUT)
    before = chips.counts
    chips.probe().forward_transposed(d)
    since = chips.counts - before
    own = chips.card.conductance
    assert own is not None
    siemens = conductances(chips.probe().read_weights().numpy(), chips.card)
    due = read(siemens.swapaxes(-1, -2), d.numpy(), float(own.read_time_s))
    price = read_load_prices(chips.card)["cell_conduction"].value
    np.testing.assert_allclose(since["cell_conduction"] * price, due.cells_j.sum(1), rtol=1e-5)
    assert since["array_read_transposed_metered"].tolist() == [BATCH] * CHIPS
    assert not since["array_read_metered"].any()


def test_a_refresh_is_charged_for_what_it_reads() -> None:
    """Both devices of each pair, a line at a time at full voltage, as they were before it."""
    chips = made({"cell.refresh_every": 1}, "pcm")
    plus, minus = (chips.state_dict()[f"{name}.visible"].double() for name in ("plus", "minus"))
    assert chips.card.device is not None
    held = (plus.clamp_min(0.0) + minus.clamp_min(0.0)).sum((1, 2)).numpy()
    full = held / float(chips.card.device.w_max)
    before = chips.counts
    chips.pulse(torch.zeros(1, N_IN), torch.zeros(1, N_OUT), 0.01)
    since = chips.counts - before
    np.testing.assert_allclose(since["cell_conduction"], full, rtol=0.02)
    assert since["cell_wire"].tolist() == [2.0 * N_OUT * N_IN] * CHIPS
    assert since["line_end"].tolist() == [2.0 * N_IN] * CHIPS
    assert since["cell_read_metered"].tolist() == since["cell_read"].tolist()


def test_what_is_reset_in_a_refresh_was_read_before() -> None:
    chips = made({"cell.refresh_every": 30}, "pcm")
    ones = torch.ones(2, N_IN), torch.ones(2, N_OUT)
    for number in range(29):
        chips.pulse(ones[0], (-1.0) ** number * ones[1], 0.05)
    held = [chips.state_dict()[f"{name}.visible"].double() for name in ("plus", "minus")]
    before = chips.counts
    chips.pulse(ones[0], -ones[1], 0.05)
    since = chips.counts - before
    assert (since["device_reset"] > 0).all()
    assert chips.card.device is not None
    full = sum(each.sum((1, 2)).numpy() for each in held) / float(chips.card.device.w_max)
    assert (since["cell_conduction"] > 0.9 * full).all()
    left = [chips.state_dict()[f"{name}.visible"].double() for name in ("plus", "minus")]
    after = sum(each.sum((1, 2)).numpy() for each in left) / float(chips.card.device.w_max)
    assert (since["cell_conduction"] > 1.2 * after).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), split=st.integers(1, BATCH - 1))
def test_chips_beside_and_batches_do_not_matter(seed: int, split: int) -> None:
    x = uniform(seed, BATCH, N_IN)
    chips = made()
    whole = loads(chips, x)
    parts = [loads(chips, part) for part in (x[:split], x[split:])]
    alone = mortalff.fabricate(chips.card, n_out=N_OUT, n_in=N_IN, chips=[2], seed=3)
    assert isinstance(alone, Crossbar)
    before = alone.counts
    alone.forward(x)
    since = alone.counts - before
    for load in READ_LOADS:
        assert since[load][0] == whole[load][2]
        both = parts[0][load] + parts[1][load]
        np.testing.assert_allclose(both, whole[load], rtol=1e-6)
        assert (whole[load] <= whole["cell_read"] * (1 + 1e-6)).all()


def test_pulses_change_what_is_conducted_at_once() -> None:
    chips = made()
    before = loads(chips)["cell_conduction"]
    for _ in range(5):
        chips.pulse(torch.ones(1, N_IN), torch.ones(1, N_OUT), 0.3)
    after = loads(chips)["cell_conduction"]
    assert (after > before * 1.05).all()
    state = chips.state_dict()
    again = loads(chips)
    chips.load_state_dict(state)
    assert {k: v.tolist() for k, v in loads(chips).items()} == {
        k: v.tolist() for k, v in again.items()
    }
    assert counts_from_tensor(state["counts"])["cell_conduction"].any()


def test_where_conductances_are_unknown_nothing_is_metered() -> None:
    card = load_card("gokmen_vlasov").model_copy(update={"conductance": None})
    chips = mortalff.fabricate(card, n_out=N_OUT, n_in=N_IN, chips=2, seed=0)
    chips.forward(X)
    for action in (*READ_LOADS, *METERED.values()):
        assert not chips.counts[action].any()
    assert chips.counts["cell_read"].all()


def test_a_copy_counts_what_its_own_devices_conduct() -> None:
    chips = made()
    loads(chips)
    copied = copy.deepcopy(chips)
    ones = torch.ones(2, N_IN), torch.ones(2, N_OUT)
    for each in (chips, copied):
        for _ in range(30):
            each.pulse(*ones, 0.02)
    one, other = loads(chips), loads(copied)
    for load in READ_LOADS:
        assert other[load].tolist() == one[load].tolist()


@pytest.mark.parametrize("changes", [{}, {"tiling.rows_max": 5, "tiling.partial_sums": "analog"}])
def test_reads_both_ways_see_every_change(changes: Mapping[str, object]) -> None:
    """Both keep what lines conduct, and have it anew after pulses."""
    chips, d = made(changes), uniform(7, BATCH, N_OUT)
    for number in range(3):
        kept = chips.probe().read_weights().numpy()
        before = chips.counts
        chips.forward(X)
        between = chips.counts
        chips.probe().forward_transposed(d)
        one, other = between - before, chips.counts - between
        siemens, own = conductances(kept, chips.card), chips.card.conductance
        assert own is not None
        seconds, price = float(own.read_time_s), read_load_prices(chips.card)["cell_conduction"]
        volts = float(own.read_voltage_v)
        due = (
            read(siemens, X.numpy() * volts, seconds),
            read(siemens.swapaxes(-1, -2), d.numpy() * volts, seconds),
        )
        for counts, cells in zip((one, other), due, strict=True):
            found = counts["cell_conduction"] * price.value
            np.testing.assert_allclose(found, cells.cells_j.sum(1), rtol=1e-5)
        chips.pulse(torch.ones(2, N_IN), (-1.0) ** number * torch.ones(2, N_OUT), 0.02)
