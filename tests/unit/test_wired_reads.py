"""Reads through wires with resistance: whole crossbars against the exact network, and what else they change."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from mortalff.cards import Card, Periphery, Wires
from mortalff.cards.wires import PairLayout
from mortalff.errors import CardError
from mortalff.hardware.crossbar import Crossbar
from mortalff.physics.ir_drop import IRDrop
from tests.strategies.devices import crossbar, made_up, no_spread
from tests.strategies.reads import read_settings, uniform
from tests.strategies.wires import Array, exact, wires

N_OUT, N_IN = 12, 20
G_MIN, G_MAX, W_MAX = 1e-6, 25e-6, 0.6
W = 0.5 * uniform(0, N_OUT, N_IN)
OHMS = (70.0, 100.0, 100.0, 50.0)
LAYOUTS: tuple[PairLayout, ...] = ("separate", "adjacent_outputs", "opposed_inputs")
TILES = {"tiling.rows_max": 8, "tiling.columns_max": 5, "tiling.partial_sums": "analog"}
IN_PAIRS = {"cell": {"kind": "one_sided_pair", "refresh_every": 0}, "device.w_min": 0.0}
WRITTEN = {
    "programming.scatter": {
        "kind": "Normal",
        "magnitude": {"value": 0.0, "unit": "1", "source": "test"},
        "g_min_siemens": {"value": G_MIN, "unit": "S", "source": "test"},
    }
}


def card(made: Wires | None = None, **changes: object) -> Card:
    """Devices that are all alike, from 1 to 25 µS; ``__`` in a name stands for its dot."""
    changes = {name.replace("__", "."): value for name, value in changes.items()}
    given = {} if made is None else {"wires": made}
    plain = made_up(variability=no_spread())
    return plain.replace(**{"conductance.g_max_siemens": G_MAX, **WRITTEN, **given, **changes})


def holding(weights: Tensor, of: Card, chips: int = 1, read: Periphery | None = None) -> Crossbar:
    made = crossbar(of, weights.shape[0], weights.shape[1], chips, read=read)
    made.probe().program(weights)
    return made


def seen(made: Crossbar, chip: int = 0) -> Tensor:
    """The weights that reads show, one input at a time."""
    return made.forward(torch.eye(made.n_in))[chip].T


def exact_pair(plus: Array, minus: Array, made: Wires) -> Array:
    """Exact effective conductances of pairs, in the layout of their wires."""
    if made.pair_layout == "separate":
        return exact(plus, made) - exact(minus, made)
    axis = 1 if made.pair_layout == "adjacent_outputs" else 2
    both = np.stack([plus, minus], axis)
    shape = (2 * plus.shape[0], plus.shape[1]) if axis == 1 else (plus.shape[0], -1)
    whole: Array = exact(both.reshape(shape), made)
    return whole[0::2] - whole[1::2] if axis == 1 else whole[:, 0::2] - whole[:, 1::2]


def tiled(weights: Array, each: Callable[[Array], Array]) -> Array:
    """A function of single arrays, over those of TILES: 12 outputs as 4, 4, 4, and 20 inputs as 7, 7, 6."""
    whole = np.zeros_like(weights)
    for out in (slice(0, 4), slice(4, 8), slice(8, 12)):
        for into in (slice(0, 7), slice(7, 14), slice(14, 20)):
            whole[out, into] = each(weights[out, into])
    return whole


def split(weights: Array) -> tuple[Array, Array, float]:
    """Conductances of pairs, of which one holds the weight, and siemens per weight."""
    k = (G_MAX - G_MIN) / W_MAX
    return G_MIN + k * np.clip(weights, 0, None), G_MIN + k * np.clip(-weights, 0, None), k


def by_pairs(made: Wires) -> Callable[[Array], Array]:
    def each(weights: Array) -> Array:
        plus, minus, k = split(weights)
        return exact_pair(plus, minus, made) / k

    return each


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


def test_no_resistance_changes_no_bit_and_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = counted(monkeypatch)
    noisy = read_settings(output_noise_std=0.1, adc_bits=8, output_bound=2.0)
    ends = wires(driven_from="both", sensed_from="first", pair_layout="opposed_inputs")
    plain, other = (
        crossbar(card(made), N_OUT, N_IN, 2, read=noisy, w_init_std=0.2) for made in (None, ends)
    )
    x, d = uniform(1, 9, N_IN), uniform(2, 9, N_OUT)
    for _ in range(2):
        assert torch.equal(plain.forward(x), other.forward(x))
        transposed = [made.probe().forward_transposed(d) for made in (plain, other)]
        assert torch.equal(*transposed)
        for made in (plain, other):
            made.pulse(x, d, 0.1)
    assert not calls


def test_wires_change_reads_alone() -> None:
    """Not what pulses and programming do, and not what is held."""
    plain, wired = (
        crossbar(card(made), N_OUT, N_IN, 2, w_init_std=0.2) for made in (None, wires(*OHMS))
    )
    x, d = uniform(1, 9, N_IN), uniform(2, 9, N_OUT)
    for made in (plain, wired):
        made.pulse(x, d, 0.1)
    assert not torch.allclose(plain.forward(x), wired.forward(x), atol=0.01)
    for _ in range(2):
        assert torch.equal(*(made.probe().read_weights() for made in (plain, wired)))
        states = [made.state_dict() for made in (plain, wired)]
        assert all(torch.equal(states[0][k], states[1][k]) for k in states[0] if k != "identity")
        for made in (plain, wired):
            made.probe().program(W)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time that effective conductances of arrays are worked out."""
    calls: list[int] = []
    real = IRDrop.effective_conductance

    def spy(self: IRDrop, conductance: Tensor) -> Tensor:
        calls.append(1)
        return real(self, conductance)

    monkeypatch.setattr(IRDrop, "effective_conductance", spy)
    return calls


AGEING = {"time.drift_nu": 0.1, "time.drift_t0_s": 1.0}
PAIR_REFRESHED = {
    **IN_PAIRS,
    "cell": {"kind": "one_sided_pair"},
    "cell.refresh_upper": 0.02,
    "cell.refresh_lower": 0.01,
}


def by_pulses(made: Crossbar) -> None:
    made.pulse(uniform(1, 9, N_IN), uniform(2, 9, N_OUT), 0.5)


def by_programming(made: Crossbar) -> None:
    made.probe().program(-0.5 * W)


def by_ageing(made: Crossbar) -> None:
    made.advance(1e4)


def by_loading(made: Crossbar) -> None:
    state = made.state_dict()
    names = ["weights", "visible"]
    prefix = "plus." if "plus.weights" in state else ""
    made.load_state_dict(state | {prefix + n: 0.3 * state[prefix + n] for n in names})


@pytest.mark.parametrize("change", [by_pulses, by_programming, by_ageing, by_loading])
@pytest.mark.parametrize("cell", ["one", "pair"])
@pytest.mark.parametrize("spread", [0.0, 5.0])
def test_reads_follow_what_changes_the_weights(
    change: Callable[[Crossbar], None], cell: str, spread: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Effective weights are those of new chips in the same state, and are worked out once a change."""
    noise = {} if cell == "pair" else {"variability.write_noise_std": spread}
    settings = {**AGEING, **(PAIR_REFRESHED if cell == "pair" else {}), **noise}
    of = card(wires(*OHMS), **settings)
    made = holding(W, of, chips=2)
    before = seen(made)
    change(made)
    calls = counted(monkeypatch)
    after = seen(made)
    worked_out = len(calls)
    assert worked_out > 0
    assert torch.equal(seen(made), after)
    made.probe().forward_transposed(torch.eye(N_OUT))
    assert len(calls) == worked_out
    assert float((after - before).abs().max()) > 0.005
    new = crossbar(of, N_OUT, N_IN, 2)
    new.load_state_dict(made.state_dict())
    assert torch.equal(seen(new), after)


def test_pulses_after_a_read_are_seen_each_time() -> None:
    """States are moved in place, so that no tensor's identity tells of it."""
    made = crossbar(card(wires(*OHMS)), N_OUT, N_IN)
    shown = [seen(made)]
    for _ in range(3):
        by_pulses(made)
        shown.append(seen(made))
        right = by_pairs(made.card.wires)(made.probe().read_weights()[0].double().numpy())
        np.testing.assert_allclose(shown[-1].numpy(), right, atol=2e-3)
        assert not torch.allclose(shown[-1], shown[-2], atol=1e-3)


def test_time_that_ages_nothing_asks_for_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    made = holding(W, card(wires(*OHMS), time__clock="actions"))
    seen(made)
    calls = counted(monkeypatch)
    seen(made)
    made.advance(1e3)
    seen(made)
    assert not calls


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


@pytest.mark.parametrize("cell", ["one", "pair"])
def test_chips_do_not_know_of_each_other(cell: str) -> None:
    of = card(wires(*OHMS), **TILES, **(IN_PAIRS if cell == "pair" else {}))

    def shown(chips: Sequence[int]) -> Tensor:
        made = crossbar(of, N_OUT, N_IN, chips, w_init_std=0.2)
        by_pulses(made)
        return made.forward(uniform(3, 9, N_IN))

    together = shown([0, 1, 2])
    assert not torch.allclose(together[0], together[1], atol=0.01)
    assert torch.equal(shown([1])[0], together[1])


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


def test_wires_need_conductances() -> None:
    without = card(wires(*OHMS), conductance=None, programming__scatter={"kind": "Exact"})
    told = r"conductance: got None; .*depends on conductances.*add \[conductance\], or leave"
    with pytest.raises(CardError, match=told):
        crossbar(without, N_OUT, N_IN)
    assert crossbar(without.replace(wires=Wires()), N_OUT, N_IN).chips == 1


def test_arrays_out_of_range_are_refused_where_they_are_met() -> None:
    """As chips leave the fab, or at the first read of weights that are too large."""
    of = card(wires(*(5.0 * r for r in OHMS)))
    told = r"\[wires\] coupling_max: got .*12x20 cells.*at most 0.08.*arrays of at most about"
    with pytest.raises(CardError, match=told):
        crossbar(of, N_OUT, N_IN, w_init_std=0.6)
    made = crossbar(of, N_OUT, N_IN)
    made.probe().program(torch.ones(N_OUT, N_IN))
    before = made.counts["array_read"].copy()
    with pytest.raises(CardError, match=told):
        made.forward(torch.ones(1, N_IN))
    assert np.array_equal(made.counts["array_read"], before)
    made.probe().program(torch.zeros(N_OUT, N_IN))
    assert made.forward(torch.ones(1, N_IN)).shape == (1, 1, N_OUT)
    assert crossbar(of.replace(**TILES), N_OUT, N_IN, w_init_std=0.6).chips == 1
