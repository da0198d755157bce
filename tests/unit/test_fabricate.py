"""From a card and a seed to chips: which kind, which numbers, and what is refused."""

from __future__ import annotations

import pytest
import torch

from mortalff.cards import load_card
from mortalff.errors import InputError
from mortalff.hardware.crossbar import Crossbar
from mortalff.hardware.digital import DigitalArray
from mortalff.hardware.fabricate import fabricate
from mortalff.seeds import Seeds
from tests.strategies.devices import made_up, periphery
from tests.strategies.reads import uniform


def test_cards_decide_what_is_made() -> None:
    assert isinstance(fabricate(load_card("ideal"), n_out=3, n_in=4), DigitalArray)
    for name in ("ecram", "gokmen_vlasov", "reram_es", "reram_sb"):
        chips = fabricate(load_card(name), n_out=3, n_in=4, chips=2)
        assert isinstance(chips, Crossbar)
        assert (chips.n_out, chips.n_in, chips.chip_ids) == (3, 4, (0, 1))
        assert name in chips.describe()


@pytest.mark.parametrize("name", ["ideal", "gokmen_vlasov"])
def test_numbers_and_seeds_make_chips(name: str) -> None:
    def weights(chips: int | list[int], seed: int | Seeds = 0) -> torch.Tensor:
        made = fabricate(load_card(name), n_out=3, n_in=4, chips=chips, seed=seed)
        return made.probe().read_weights()

    eight = weights(8)
    assert torch.equal(weights([3])[0], eight[3])
    assert torch.equal(weights([5, 3]), eight[[5, 3]])
    assert torch.equal(weights(8, Seeds(0)), eight)
    assert not torch.equal(weights(8, 1), eight)
    assert len(eight.flatten().unique()) > 90


def test_settings_reach_the_crossbar() -> None:
    x = uniform(0, 2, 4)
    card = made_up(device={"w_init_std": 0.1})
    plain = fabricate(card, n_out=3, n_in=4)
    clipped = fabricate(card, n_out=3, n_in=4, periphery=periphery(output_bound=0.01))
    assert torch.equal(clipped.forward(x), plain.forward(x).clamp(-0.01, 0.01))
    assert not fabricate(card, n_out=3, n_in=4, w_init_std=0.0).probe().read_weights().any()
    fast, exact = (fabricate(card, n_out=3, n_in=4, pulse_mode=mode) for mode in ("fast", "exact"))
    for chips in (fast, exact):
        chips.pulse(x, uniform(1, 2, 3), 0.01)
    assert not torch.equal(fast.probe().read_weights(), exact.probe().read_weights())


@pytest.mark.parametrize("chips", [0, -1, [], [1, 1], [-2]])
def test_wrong_chips_are_refused(chips: object) -> None:
    with pytest.raises(InputError, match="chip"):
        fabricate(made_up(), n_out=3, n_in=4, chips=chips)  # type: ignore[arg-type]


@pytest.mark.parametrize("spread", [-0.1, float("inf"), float("nan")])
def test_wrong_spreads_are_refused(spread: float) -> None:
    with pytest.raises(InputError, match="w_init_std"):
        fabricate(made_up(), n_out=3, n_in=4, w_init_std=spread)


@pytest.mark.parametrize(("n_out", "n_in"), [(0, 4), (3, 0), (-1, 4)])
@pytest.mark.parametrize("name", ["ideal", "gokmen_vlasov"])
def test_wrong_sizes_are_refused(name: str, n_out: int, n_in: int) -> None:
    with pytest.raises(InputError, match="n_out" if n_out < 1 else "n_in"):
        fabricate(load_card(name), n_out=n_out, n_in=n_in)


def test_a_cards_name_is_no_card() -> None:
    name: object = "ecram"
    with pytest.raises(InputError, match=r"card: got 'ecram'; .*load_card\('ecram'\)"):
        fabricate(name, n_out=2, n_in=3)  # type: ignore[arg-type]  # what a user may give
