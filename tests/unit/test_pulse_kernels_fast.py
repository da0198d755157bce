"""The compiled fast update computes what the plain one does, law by law."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from mortalff.cards import Card, Pulses, load_card
from mortalff.hardware import pulses, train_kernels
from mortalff.hardware.pulse_references import fast_update_reference
from mortalff.hardware.pulses import NO_HITS, NO_STATES, Seen, fast_update
from mortalff.physics.affine_step import AffineStep
from mortalff.physics.law import Law
from mortalff.physics.pulse_trains import Trains, expected_coincidences, pulse_trains
from tests.strategies.devices import LAWS, devices_of, made_up, no_spread, stream
from tests.strategies.pulse_batches import CHIPS, N_OUT, tables_of, trains, weights
from tests.strategies.statistics import SIGNIFICANCE, p_mean, p_variance

EVERY = tuple(range(CHIPS))


def both_ways(law: Law, batch: Trains, only: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Weights before, by the compiled loop, and by plain torch."""
    before = weights(law)
    compiled, plain = before.clone(), before.clone()
    noise = stream("pulse_noise", CHIPS)
    fast_update(
        compiled,
        NO_HITS,
        tables_of(law),
        batch,
        EVERY,
        only,
        Seen(noise, 9, NO_STATES, 0.0),
        (noise, 0),
    )
    up, down = expected_coincidences(batch)
    if only:
        up, down = (up if only > 0 else down), None
    fast_update_reference(plain, law, up, down, noise, 0)
    return before, compiled, plain


@pytest.mark.parametrize("n_in", [1, 2, 3, 5, 8, 785])
@pytest.mark.parametrize("shared", [True, False], ids=["shared", "each chip's own"])
@pytest.mark.parametrize("directions", ["up", "down", "both"])
@pytest.mark.parametrize("law", LAWS)
def test_compiled_equals_plain(law: str, directions: str, shared: bool, n_in: int) -> None:
    devices = devices_of(made_up(law), N_OUT, n_in, CHIPS)
    before, compiled, plain = both_ways(devices, trains(directions, shared, n_in))
    # Steps are of 0.001, and weights of 1: float32 rounds these to 1e-7.
    torch.testing.assert_close(compiled, plain, rtol=1e-6, atol=1e-6)
    assert (plain - before).abs().max() > 1e-3
    assert bool((compiled >= devices.w_min).all() and (compiled <= devices.w_max).all())


@pytest.mark.parametrize(
    ("law", "as_here"), [*((law, True) for law in LAWS), ("SoftBounds", False)]
)
def test_large_arrays_by_products_of_eight_bits(
    law: str, as_here: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of rows, factors in bfloat16: what rounding adds is a small share of the pulses' own scatter.

    Products are bfloat16 too where the CPU has instructions for it; one law is tried the other way as well.
    """
    if not as_here:
        here = train_kernels.MULTIPLIES_BFLOAT16
        monkeypatch.setattr(train_kernels, "MULTIPLIES_BFLOAT16", not here)
    monkeypatch.setattr(pulses, "_SMALL", 0)
    monkeypatch.setattr(pulses, "_BLOCK", 3 * 65)
    devices = devices_of(made_up(law), N_OUT, 65, CHIPS)
    batch = trains("both", False, 65, lr=0.03)
    before, compiled, plain = both_ways(devices, batch)
    other = before.clone()
    up, down = expected_coincidences(batch)
    fast_update_reference(other, devices, up, down, stream("pulse_noise", CHIPS), 1)
    scatter = float((plain - other).square().mean().sqrt())
    assert float((compiled - plain).square().mean().sqrt()) < 0.03 * scatter
    assert float((compiled - plain).abs().max()) < 0.3 * scatter
    assert scatter > 1e-3


@pytest.mark.parametrize("bends", [False, True])
@pytest.mark.parametrize("shared", [True, False], ids=["shared", "each chip's own"])
def test_small_chips_by_ones_and_together_are_the_same(
    shared: bool, bends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit for bit, with what is seen and whom pulses reached, also where one chip asks for one direction alone."""
    devices = devices_of(made_up("SoftBounds"), N_OUT, 33, CHIPS)
    batch, noise = trains("both", shared, 33, lr=0.03), stream("pulse_noise", CHIPS)
    batch.columns[-1].clamp_(min=0.0)
    found = []
    for together in (pulses._TOGETHER, 1):
        monkeypatch.setattr(pulses, "_TOGETHER", together)
        w = weights(devices)
        seen, hits = np.zeros(w.shape, np.float32), np.zeros(w.shape, np.uint16)
        scatter = Seen(stream("write_noise", CHIPS), 4, seen, 0.05)
        fast_update(w, hits, tables_of(devices), batch, EVERY, 0, scatter, (noise, 0), bends)
        found.append((w.numpy(), seen, hits))
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)
    assert 0.1 < float((found[0][2] > 0).mean()) < 0.99


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("only", [1, -1])
def test_one_direction_alone_raises(
    only: int, small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not small:
        monkeypatch.setattr(pulses, "_SMALL", 0)
    devices = devices_of(made_up(variability={"dw_min_std": 0.0}), N_OUT, 65, CHIPS)
    before, compiled, plain = both_ways(devices, trains("both", True, 65, lr=0.03), only)
    torch.testing.assert_close(compiled, plain, rtol=0, atol=1e-6 if small else 3e-3)
    assert float((compiled - before).mean()) > 0.01
    inside = before < devices.w_max - 0.1
    assert float((compiled - before)[inside].min()) > -0.03  # noise of what pulses occur


@pytest.mark.parametrize("law", [law for law in LAWS if law.startswith("Linear")])
def test_one_sided_devices(law: str) -> None:
    """A lower bound of zero leaves the down step without a slope, whatever its noise."""
    devices = devices_of(made_up(law, device={"w_min": 0.0}), N_OUT, 50, CHIPS)
    assert isinstance(devices, AffineStep)
    assert devices.slope_down is None
    _, compiled, plain = both_ways(devices, trains("both", True, 50))
    torch.testing.assert_close(compiled, plain, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["ecram", "gokmen_vlasov", "reram_es", "reram_sb"])
def test_cards_that_ship(name: str) -> None:
    devices = devices_of(load_card(name), N_OUT, 65, CHIPS)
    before, compiled, plain = both_ways(devices, trains("both", False, 65))
    torch.testing.assert_close(compiled, plain, rtol=2e-6, atol=2e-6)
    assert (plain - before).abs().max() > 1e-3


def test_strong_steps_and_spread() -> None:
    """Where moments are large, so is what a wrong one would change."""
    variability = {"dw_min_std": 3.0}
    for law in LAWS:
        card: Card = made_up(law, device={"dw_min": 0.02}, variability=variability)
        devices = devices_of(card, N_OUT, 33, CHIPS)
        before, compiled, plain = both_ways(devices, trains("both", False, 33))
        torch.testing.assert_close(compiled, plain, rtol=1e-5, atol=1e-5)
        assert (plain - before).abs().mean() > 0.03, law


@pytest.mark.parametrize("small", [True, False])
def test_devices_are_reached_as_often_as_pulses_say(
    small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one sample of one slot a device is reached with the probability of its coincidence."""
    if not small:
        monkeypatch.setattr(pulses, "_SMALL", 0)
    chips, n_in = 2_000, 6
    devices = devices_of(made_up(), N_OUT, n_in, chips)
    batch = Trains(
        torch.ones(1, 1),
        torch.linspace(-1.0, 1.0, n_in)[None, None],
        torch.tensor([[[0.5, -0.25, 1.0, 0.0]]]),
    )
    hits = np.zeros((chips, N_OUT, n_in), np.uint16)
    noise = stream("pulse_noise", chips)
    w = torch.zeros_like(devices.w_min)
    fast_update(
        w,
        hits,
        tables_of(devices),
        batch,
        range(chips),
        0,
        Seen(noise, 1, NO_STATES, 0.0),
        (noise, 0),
    )
    p = (batch.columns[0, 0][:, None] * batch.rows[0, 0][None]).abs().numpy()
    for place in np.ndindex(p.shape):
        if p[place] in (0.0, 1.0):
            assert (hits[:, *place] == p[place]).all()
        else:
            assert p_mean(hits[:, *place], p[place]) > SIGNIFICANCE / p.size


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("law", LAWS)
def test_only_devices_that_were_reached_move(
    law: str, small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the moments that this leaves them: the plain update agrees, given who was reached."""
    if not small:
        monkeypatch.setattr(pulses, "_SMALL", 0)
    devices = devices_of(made_up(law), N_OUT, 33, CHIPS)
    batch, noise = trains("both", False, 33), stream("pulse_noise", CHIPS)
    before = weights(devices)
    compiled, plain = before.clone(), before.clone()
    hits = np.zeros(before.shape, np.uint16)
    unseen = Seen(noise, 9, NO_STATES, 0.0)
    fast_update(compiled, hits, tables_of(devices), batch, EVERY, 0, unseen, (noise, 0))
    reached = torch.from_numpy(hits > 0)
    up, down = expected_coincidences(batch)
    fast_update_reference(plain, devices, up, down, noise, 0, reached)
    torch.testing.assert_close(compiled, plain, rtol=1e-5, atol=3e-6 if small else 2e-4)
    assert torch.equal(compiled[~reached], before[~reached])
    assert 0.1 < float(reached.float().mean()) < 0.95


@pytest.mark.parametrize("dw_min_std", [0.0, 1.0])
def test_the_mean_and_variance_of_all_are_kept(dw_min_std: float) -> None:
    """Whether or not it is drawn first who was reached; chips are the repeats."""
    chips, variability = 4_000, no_spread(dw_min_std=dw_min_std)
    devices = devices_of(made_up(device={"dw_min": 0.01}, variability=variability), 3, 5, chips)
    generator = torch.Generator().manual_seed(3)
    x, d = torch.rand(1, 4, 5, generator=generator), torch.randn(1, 4, 3, generator=generator)
    batch, noise = pulse_trains(x, d, 0.003, 0.01, Pulses()), stream("pulse_noise", chips)
    w, hits = torch.zeros(chips, 3, 5), np.zeros((chips, 3, 5), np.uint16)
    unseen = Seen(noise, 1, NO_STATES, 0.0)
    fast_update(w, hits, tables_of(devices), batch, range(chips), 0, unseen, (noise, 0))
    up, down = expected_coincidences(batch)
    assert up is not None
    assert down is not None
    number = up.mean + down.mean
    mean = 0.01 * (up.mean - down.mean)[0]
    variance = 1e-4 * (number * (1 + dw_min_std**2) - up.excess - down.excess)[0]
    assert 0.05 < float(number.min()) < float(number.max()) < 4.0
    for place in np.ndindex(3, 5):
        own = w[:, *place]
        assert p_mean(own, float(mean[place])) > SIGNIFICANCE / 45
        assert p_variance(own, float(variance[place])) > SIGNIFICANCE / 45
        assert p_mean(hits[:, *place], float(number[0][place])) > SIGNIFICANCE / 45
