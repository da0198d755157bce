"""Reads through wires with resistance: when they are worked out anew, what wires leave alone, what is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from mortalff.cards import Wires
from mortalff.errors import CardError
from mortalff.hardware.crossbar import Crossbar
from mortalff.physics.ir_drop import IRDrop
from tests.strategies.devices import crossbar
from tests.strategies.reads import read_settings, uniform
from tests.strategies.wired_chips import (
    IN_PAIRS,
    N_IN,
    N_OUT,
    OHMS,
    TILES,
    W,
    by_pairs,
    card,
    holding,
    seen,
)
from tests.strategies.wires import wires


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
