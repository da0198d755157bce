"""Reads through wires with resistance: whole crossbars against the exact network, by layout, tiles, noise and size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from mortalff.cards import Wires
from mortalff.cards.wires import PairLayout
from tests.strategies.devices import crossbar
from tests.strategies.reads import read_settings, uniform
from tests.strategies.wired_chips import (
    G_MAX,
    G_MIN,
    IN_PAIRS,
    N_IN,
    N_OUT,
    OHMS,
    TILES,
    W_MAX,
    W,
    by_pairs,
    card,
    exact_pair,
    holding,
    seen,
)
from tests.strategies.wires import Array, exact, wires

LAYOUTS: tuple[PairLayout, ...] = ("separate", "adjacent_outputs", "opposed_inputs")


def tiled(weights: Array, each: Callable[[Array], Array]) -> Array:
    """A function of single arrays, over those of TILES: 12 outputs as 4, 4, 4, and 20 inputs as 7, 7, 6."""
    whole = np.zeros_like(weights)
    for out in (slice(0, 4), slice(4, 8), slice(8, 12)):
        for into in (slice(0, 7), slice(7, 14), slice(14, 20)):
            whole[out, into] = each(weights[out, into])
    return whole


def by_reference(made: Wires) -> Callable[[Array], Array]:
    """One device a weight, against one more output line of weights of zero."""

    def each(weights: Array) -> Array:
        k = (G_MAX - G_MIN) / (2.0 * W_MAX)
        cells = np.vstack([weights, np.zeros((1, weights.shape[1]))])
        effective = exact(G_MIN + k * (cells + W_MAX), made)
        return (effective[:-1] - effective[-1:]) / k

    return each


def assert_near(got: Tensor, right: Array, ideal: Tensor, share: float = 0.05) -> None:
    """As the exact network has it, up to a small share of what the wires change at all."""
    error = np.abs(got.double().numpy() - right).max()
    change = np.abs(ideal.double().numpy() - right).max()
    assert change > 0.02
    assert error < share * change


@pytest.mark.parametrize("tiles", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_pairs_are_read_as_the_exact_network_has_it(layout: PairLayout, tiles: bool) -> None:
    made = wires(*(3.0 * r if tiles else r for r in OHMS), pair_layout=layout)
    chips = holding(W, card(made, **(TILES if tiles else {})))
    each = by_pairs(made)
    held = W.double().numpy()
    assert_near(seen(chips), tiled(held, each) if tiles else each(held), W)


@pytest.mark.parametrize("tiles", [False, True])
@pytest.mark.parametrize("how", ["mapping", "one cell"])
def test_offset_weights_are_read_against_a_line_that_drops_too(how: str, tiles: bool) -> None:
    made = wires(*(0.4 * r * (3.0 if tiles else 1.0) for r in OHMS))
    changes: dict[str, object] = dict(TILES) if tiles else {}
    mapping = "offset" if how == "mapping" else "differential"
    changes["conductance.cells_per_weight"] = 2 if how == "mapping" else 1
    read = read_settings(weight_mapping=mapping, reference_weight=W_MAX)
    chips = holding(W, card(made, **changes), read=read)
    each = by_reference(made)
    held = W.double().numpy()
    assert_near(seen(chips), tiled(held, each) if tiles else each(held), W)


def test_one_sided_pairs_are_read_by_the_states_of_both_devices() -> None:
    made = wires(*(0.7 * r for r in OHMS), pair_layout="adjacent_outputs")
    chips = crossbar(card(made, **IN_PAIRS), N_OUT, N_IN)
    for seed in range(6):
        x, d = uniform(2 * seed, 30, N_IN), uniform(2 * seed + 1, 30, N_OUT)
        chips.pulse(x, d, 0.4)
    state = chips.state_dict()
    plus, minus = (state[f"{name}.visible"][0].double().numpy() for name in ("plus", "minus"))
    assert min(plus.mean(), minus.mean()) > 0.1
    k = (G_MAX - G_MIN) / W_MAX
    right = exact_pair(G_MIN + k * plus, G_MIN + k * minus, made) / k
    assert_near(seen(chips), right, torch.from_numpy(plus - minus))
    as_if_split = by_pairs(made)(plus - minus)
    assert np.abs(as_if_split - right).max() > 0.2 * np.abs(plus - minus - right).max()


def test_arrays_that_are_added_as_numbers_have_wires_of_their_own() -> None:
    made = wires(*(3.0 * r for r in OHMS))
    fine = read_settings(adc_bits=16, output_bound=2.0)
    tiles = TILES | {"tiling.partial_sums": "digital"}
    merged = seen(holding(W, card(made, **TILES)))
    added = seen(holding(W, card(made, **tiles), read=fine))
    torch.testing.assert_close(added, merged, rtol=0.0, atol=4.0 / 2**16)


def noise(share: float) -> dict[str, object]:
    quantity = {"value": share, "unit": "1", "source": "test"}
    return {"programming.read_noise": {"kind": "Normal", "magnitude": quantity}}


def test_noise_of_both_devices_of_a_pair_is_in_reads() -> None:
    """Also where it asks for conductances below zero."""
    of = card(wires(1e-3, 1e-3), **IN_PAIRS, **noise(0.2))
    one, other = (crossbar(of, N_OUT, N_IN) for _ in range(2))
    held = other.probe().read_weights()[0]
    assert float(held.abs().max()) > 0.3
    torch.testing.assert_close(seen(one), held, rtol=0.0, atol=2e-5)


def test_noise_of_devices_is_behind_the_wires_too() -> None:
    """Each read has noise of its own, in the conductances that the network is made of."""
    made = wires(*OHMS)
    of = card(made, **noise(0.05))
    one, other = (holding(W, of) for _ in range(2))
    shown = seen(one)
    with_noise = other.probe().read_weights()[0]
    assert float((with_noise - W).abs().max()) > 0.05
    assert_near(shown, by_pairs(made)(with_noise.double().numpy()), with_noise)
    assert not torch.allclose(seen(one), shown, atol=0.01)


@pytest.mark.parametrize("mapping", ["differential", "offset"])
@pytest.mark.parametrize("tiles", [False, True])
def test_transposed_reads_meet_the_transposed_matrix(mapping: str, tiles: bool) -> None:
    made = wires(*(0.6 * r for r in OHMS), driven_from="both", pair_layout="adjacent_outputs")
    read = read_settings(weight_mapping=mapping, reference_weight=W_MAX)
    chips = holding(W, card(made, **(TILES if tiles else {})), 2, read)
    back = chips.probe().forward_transposed(torch.eye(N_OUT))
    torch.testing.assert_close(back[1], seen(chips, 1), rtol=0.0, atol=1e-6)
    assert not torch.allclose(back[1], W, atol=0.003)


def test_larger_arrays_lose_more_and_smaller_ones_on_tiles_less() -> None:
    made = wires(20.0, 20.0)

    def lost(side: int, **changes: object) -> float:
        full = torch.full((side, side), 0.5)
        shown = holding(full, card(made, **changes)).forward(torch.ones(1, side))[0, 0]
        return float(1.0 - shown.mean() / (0.5 * side))

    losses = [lost(side) for side in (4, 8, 16, 24)]
    assert losses == sorted(losses)
    assert losses[-1] > 10.0 * losses[0] > 0.0
    eights = {"tiling__rows_max": 8, "tiling__columns_max": 8, "tiling__partial_sums": "analog"}
    assert lost(24, **eights) == pytest.approx(losses[1], rel=1e-4)


def test_little_resistance_changes_little() -> None:
    """Also where devices go beyond their nominal range, down to where no conductance is left."""
    spread = {"variability__w_min_dtod": 0.5, "variability__w_max_dtod": 0.5}
    for mapping in ("differential", "offset"):
        read = read_settings(weight_mapping=mapping, reference_weight=W_MAX)
        of = card(wires(1e-3, 1e-3), **spread)
        made = crossbar(of, N_OUT, N_IN, read=read, w_init_std=2.0)
        held = made.probe().read_weights()[0]
        assert float(held.min()) < -0.9
        torch.testing.assert_close(seen(made), held, rtol=0.0, atol=2e-5)
