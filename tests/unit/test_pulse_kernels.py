"""The compiled batch update computes what the plain one does, law by law."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from mortalff.cards import Card, Pulses, load_card
from mortalff.hardware import pulse_kernels
from mortalff.hardware.pulse_kernels import fast_update_compiled
from mortalff.hardware.pulses import fast_update, fast_update_reference
from mortalff.physics.affine_step import AffineStep
from mortalff.physics.exp_step import ExpStep
from mortalff.physics.pulse_trains import Coincidences, expected_coincidences, pulse_trains
from tests.strategies.devices import LAWS, devices_of, made_up, stream

CHIPS, N_OUT = 3, 4
Law = AffineStep | ExpStep
Moments = tuple[Coincidences | None, Coincidences | None]


def moments(directions: str, shared: bool, n_in: int) -> Moments:
    """Coincidences of a batch of eight; some devices get none."""
    generator = torch.Generator().manual_seed(n_in)
    chips = 1 if shared else CHIPS
    x = torch.rand(chips, 8, n_in, generator=generator)
    d = torch.randn(chips, 8, N_OUT, generator=generator)
    x[:, :, 1::7] = 0.0
    d = {"up": d.abs(), "down": -d.abs()}.get(directions, d)
    return expected_coincidences(pulse_trains(x, d, 0.003, 0.001, Pulses()))


def weights(law: Law) -> Tensor:
    """Weights all over the range, some at the bounds."""
    share = torch.rand(law.w_min.shape, generator=torch.Generator().manual_seed(1))
    share[:, 0, 0], share[:, -1, -1] = 0.0, 1.0
    return torch.lerp(law.w_min, law.w_max, share)


def both_ways(law: Law, up_down: Moments) -> tuple[Tensor, Tensor, Tensor]:
    """Weights before, by the compiled loop, and by plain torch."""
    before = weights(law)
    compiled, plain = before.clone(), before.clone()
    fast_update_compiled(compiled, law, *up_down, stream("pulse_noise", CHIPS))
    fast_update_reference(plain, law, *up_down, stream("pulse_noise", CHIPS))
    return before, compiled, plain


@pytest.mark.parametrize("n_in", [1, 2, 3, 5, 8, 785])
@pytest.mark.parametrize("shared", [True, False], ids=["shared", "each chip's own"])
@pytest.mark.parametrize("directions", ["up", "down", "both"])
@pytest.mark.parametrize("law", LAWS)
def test_compiled_equals_plain(law: str, directions: str, shared: bool, n_in: int) -> None:
    devices = devices_of(made_up(law), N_OUT, n_in, CHIPS)
    before, compiled, plain = both_ways(devices, moments(directions, shared, n_in))
    # Steps are of 0.001, and weights of 1: float32 rounds these to 1e-7.
    torch.testing.assert_close(compiled, plain, rtol=1e-6, atol=1e-6)
    assert (plain - before).abs().max() > 1e-3
    assert bool((compiled >= devices.w_min).all() and (compiled <= devices.w_max).all())


@pytest.mark.parametrize("law", [law for law in LAWS if law.startswith("Linear")])
def test_one_sided_devices(law: str) -> None:
    """A lower bound of zero leaves the down step without a slope, whatever its noise."""
    devices = devices_of(made_up(law, device={"w_min": 0.0}), N_OUT, 50, CHIPS)
    assert isinstance(devices, AffineStep)
    assert devices.slope_down is None
    _, compiled, plain = both_ways(devices, moments("both", True, 50))
    torch.testing.assert_close(compiled, plain, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["ecram", "gokmen_vlasov", "reram_es", "reram_sb"])
def test_cards_that_ship(name: str) -> None:
    devices = devices_of(load_card(name), N_OUT, 65, CHIPS)
    before, compiled, plain = both_ways(devices, moments("both", False, 65))
    torch.testing.assert_close(compiled, plain, rtol=2e-6, atol=2e-6)
    assert (plain - before).abs().max() > 1e-3


def test_strong_steps_and_spread() -> None:
    """Where moments are large, so is what a wrong one would change."""
    variability = {"dw_min_std": 3.0}
    for law in LAWS:
        card: Card = made_up(law, device={"dw_min": 0.02}, variability=variability)
        devices = devices_of(card, N_OUT, 33, CHIPS)
        before, compiled, plain = both_ways(devices, moments("both", False, 33))
        torch.testing.assert_close(compiled, plain, rtol=1e-5, atol=1e-5)
        assert (plain - before).abs().mean() > 0.03, law


def test_nothing_asked_takes_a_place_in_the_stream_and_moves_nothing() -> None:
    devices = devices_of(made_up(), N_OUT, 5, CHIPS)
    for update in (fast_update_compiled, fast_update_reference):
        w, noise = weights(devices), stream("pulse_noise", CHIPS)
        update(w, devices, None, None, noise)
        assert torch.equal(w, weights(devices))
        assert noise.calls == 1


def test_a_cpu_takes_the_compiled_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[object] = []
    monkeypatch.setattr(pulse_kernels, "_update", lambda *args: taken.append(args))
    devices = devices_of(made_up(), N_OUT, 5, CHIPS)
    fast_update(weights(devices), devices, *moments("both", True, 5), stream("pulse_noise", CHIPS))
    assert len(taken) == 1


@pytest.mark.parametrize("low", [-86.0, -1e-3])
def test_exponential(low: float) -> None:
    """The kernel's own e^x, to three units in the last place."""
    x = np.concatenate([np.linspace(low, -low, 20_001), [0.0]]).astype(np.float32)
    own = np.array([pulse_kernels._exp(v) for v in x], np.float64)
    exact = np.exp(x.astype(np.float64))
    assert np.abs(own / exact - 1.0).max() < 3 * 2.0**-24 * 2
