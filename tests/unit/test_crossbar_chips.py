"""Chips do not know what is simulated beside them, and each named source of randomness is its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
import torch
from torch import Tensor

from mortalff.cards import Card, load_card
from mortalff.hardware.crossbar import Crossbar, PulseMode
from mortalff.hardware.train_kernels import Totals, totals
from mortalff.physics.pulse_trains import pulse_trains
from mortalff.seeds import Seeds
from tests.strategies.devices import LAWS, crossbar, made_up, no_spread, periphery
from tests.strategies.reads import uniform

CARDS = ["ecram", "gokmen_vlasov", "reram_es", "reram_sb"]
NOISY = periphery(
    dac_bits=6,
    adc_bits=8,
    input_bound=1.0,
    output_bound=0.5,
    input_noise_std=0.02,
    output_noise_std=0.05,
    weight_noise_std=0.01,
    input_ranging="abs_max",
    output_ranging="iterative",
)
TIME = {"drift_nu": 0.1, "drift_nu_dtod": 0.03, "drift_t0_s": 20.0}


def everything(chips: Crossbar, x: Tensor, d: Tensor) -> list[Tensor]:
    """All that hardware can do, more than once, and what came out."""
    seen = [chips.forward(x)]
    for lr in (0.02, 1.0):
        chips.pulse(x, d, lr)
        seen.append(chips.forward(x))
        seen.append(chips.probe().forward_transposed(d))
        chips.advance(300.0)
        seen.append(chips.probe().read_weights())
    chips.probe().program(0.9 * seen[-1])
    chips.pulse(x, d, 0.02)
    seen.append(chips.forward(x))
    return seen


def one_of(tensor: Tensor, at: int) -> Tensor:
    """A chip's own share of an input, or the one that all have."""
    return tensor if tensor.ndim == 2 else tensor[at : at + 1].clone()


def check_alone_and_beside(
    make: Callable[[list[int]], Crossbar], ids: list[int], x: Tensor, d: Tensor
) -> None:
    many = make(ids)
    together = everything(many, x, d)
    for at in (0, 3, len(ids) - 1):
        one = make([ids[at]])
        alone = everything(one, one_of(x, at), one_of(d, at))
        for step, (mine, ours) in enumerate(zip(alone, together, strict=True)):
            assert torch.equal(mine[0], ours[at]), f"step {step} of chip {ids[at]}"
        assert {a: n[0] for a, n in one.counts.items()} == {
            a: n[at] for a, n in many.counts.items()
        }
    assert not torch.equal(together[0][0], together[0][1])


def inputs(chips: int, batch: int, n_out: int, n_in: int, shared: bool) -> tuple[Tensor, Tensor]:
    """Inputs above zero but for some chips' of their own; unlike errors on each chip."""
    x = uniform(0, *(() if shared else (chips,)), batch, n_in).abs()
    d = uniform(1, *(() if shared else (chips,)), batch, n_out)
    if not shared:
        x[2] = -x[2]
        x[4] *= 30.0
        d[5] = 0.0
        d[6] = d[6].abs()
    return x, d


@pytest.mark.parametrize("shared", [True, False], ids=["shared", "own"])
@pytest.mark.parametrize("mode", ["fast", "exact"])
@pytest.mark.parametrize("law", LAWS)
def test_small_arrays(law: str, mode: PulseMode, shared: bool) -> None:
    """Odd sizes, few enough multiplications for the loop of our own; write noise and drift on."""
    card = made_up(law, variability={"write_noise_std": 20.0}, time=TIME)
    x, d = inputs(8, 3, 5, 7, shared)
    check_alone_and_beside(
        lambda ids: crossbar(card, 5, 7, ids, mode=mode, read=NOISY, w_init_std=0.2),
        list(range(8)),
        x,
        d,
    )


@pytest.mark.parametrize("shared", [True, False], ids=["shared", "own"])
@pytest.mark.parametrize("size", [(33, 50), (10, 785), (1, 785), (51, 77)])
@pytest.mark.parametrize("batch", [1, 3, 100])
def test_large_arrays(batch: int, size: tuple[int, int], shared: bool) -> None:
    """A product a chip, by BLAS; chips that lie anywhere in memory."""
    card = made_up("SoftBounds", variability={"write_noise_std": 20.0}, time=TIME)
    x, d = inputs(8, batch, *size, shared)
    check_alone_and_beside(
        lambda ids: crossbar(card, *size, ids, read=NOISY, w_init_std=0.2),
        list(range(8)),
        x,
        d,
    )


@pytest.mark.parametrize("name", CARDS)
def test_cards_and_chip_numbers(name: str) -> None:
    """As they ship; a chip is known by its number, not by its place."""
    card = load_card(name)
    x, d = inputs(7, 20, 10, 65, shared=True)
    check_alone_and_beside(lambda ids: crossbar(card, 10, 65, ids), [4, 2, 11, 3, 0, 1, 9], x, d)


@pytest.mark.parametrize("mode", ["fast", "exact"])
def test_a_seed_makes_chips_and_all_they_do(mode: PulseMode) -> None:
    card = made_up("SoftBounds", variability={"write_noise_std": 20.0}, time=TIME)
    x, d = inputs(3, 3, 5, 7, shared=True)
    same, again, other = (
        everything(crossbar(card, 5, 7, 3, seed, mode=mode, read=NOISY), x, d) for seed in (4, 4, 5)
    )
    for one, two, three in zip(same, again, other, strict=True):
        assert torch.equal(one, two)
        assert not torch.equal(one, three)


def test_layers_with_names_of_their_own_are_different_chips() -> None:
    one, two = (crossbar(made_up(), 5, 7, 1, Seeds(0).child(n), w_init_std=0.1) for n in "ab")
    assert not torch.equal(one.probe().read_weights(), two.probe().read_weights())


def sources(held: Mapping[str, int], root: int) -> dict[str, Tensor]:
    """What each stream alone decides, on chips whose root seed varies while some streams are held."""
    seeds = Seeds(root, held)
    x, d = uniform(0, 2, 7).abs(), uniform(1, 2, 5)

    def made(card: Card, mode: PulseMode = "fast", **read: object) -> Crossbar:
        return crossbar(card, 5, 7, 2, seeds, mode=mode, read=periphery(**read), w_init_std=0.0)

    def pulsed(s: float, mode: PulseMode) -> Tensor:
        chips = made(made_up(variability=no_spread(dw_min_std=s)), mode)
        chips.pulse(x, d, 0.02)
        return chips.probe().read_weights()

    reads = made(made_up(variability=no_spread()), output_noise_std=0.1)
    written = made(made_up(variability=no_spread(write_noise_std=9.0)))
    programmed = made(made_up(variability=no_spread(write_noise_std=9.0)))
    programmed.probe().program(torch.zeros(5, 7))
    born = crossbar(made_up(variability=no_spread()), 5, 7, 2, seeds, w_init_std=0.1)
    sure = made_up(
        variability=no_spread(dw_min_std=0.5),
        pulses={"bit_length_max": 1, "update_management": False, "bit_length_management": False},
    )
    certain = made(sure, "exact")
    certain.pulse(torch.ones(1, 7), torch.ones(1, 5), 1e-3)
    return {
        "fabrication": made(made_up())._cell.bounds()[1],
        "initial": born.probe().read_weights(),
        "read_noise": reads.forward(x),
        "pulse_noise": pulsed(0.3, "fast"),
        "pulse_noise of sure pulses": certain.probe().read_weights(),
        "pulse_trains": pulsed(0.0, "exact"),
        "write_noise": written.probe().read_weights(),
        "programming": programmed.probe().read_weights(),
    }


@pytest.mark.parametrize(
    "stream",
    [
        "fabrication",
        "initial",
        "read_noise",
        "pulse_noise",
        "pulse_trains",
        "write_noise",
        "programming",
    ],
)
def test_one_source_is_held_while_the_others_vary(stream: str) -> None:
    one, two = sources({stream: 7}, root=1), sources({stream: 7}, root=2)
    for name in one:
        assert torch.equal(one[name], two[name]) == name.startswith(stream), name
        assert one[name].std() > 0


@pytest.mark.parametrize("shape", [(40, 60), (210, 200)], ids=["small", "large"])
@pytest.mark.parametrize("noise", [0.0, 30.0], ids=["plain", "write noise"])
@pytest.mark.parametrize("drift", [0.0, 0.1], ids=["still", "drifting"])
def test_chips_pulsed_in_different_ways_do_not_see_one_another(
    drift: float, noise: float, shape: tuple[int, int]
) -> None:
    """Where ``auto`` draws one chip's pulses and treats its neighbours' batch at once."""
    card = made_up(variability={"write_noise_std": noise}, time={"drift_nu": drift})
    n_out, n_in = shape
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(3, 6, n_in, generator=generator)
    d = torch.rand(3, 6, n_out, generator=generator) - 0.5
    d *= torch.tensor([1e-4, 1.0, 1e-3])[:, None, None]
    together = crossbar(card, *shape, [3, 1, 2], mode="auto")
    alone = [crossbar(card, *shape, [chip], mode="auto") for chip in (3, 1, 2)]
    ways = set()
    for _ in range(3):
        together.pulse(x, d, 0.3)
        for position, chip in enumerate(alone):
            chip.pulse(x[position : position + 1], d[position : position + 1], 0.3)
        for hardware in (together, *alone):
            hardware.advance(10.0)
        few = [int(w) for w in together._exact(*_last_batch(together, x, d))]
        ways.add(tuple(few))
    for position, chip in enumerate(alone):
        mine = together.probe().read_weights()[position]
        assert torch.equal(mine, chip.probe().read_weights()[0])
    assert ways == {(0, 2)}


def _last_batch(hardware: Crossbar, x: Tensor, d: Tensor) -> tuple[Totals, int]:
    trains = pulse_trains(x, d, 0.3 / 6, hardware._granularity, hardware.card.pulses)
    return totals(trains), 6
