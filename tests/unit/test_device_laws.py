"""Mean and spread of one pulse, law by law, against the formulas written out once more."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torch import Tensor

from mortalff.cards import Card, load_card
from mortalff.errors import CardError
from mortalff.hardware import device_laws
from mortalff.hardware.device_laws import device_law, granularity
from mortalff.physics.device_spread import Spread
from mortalff.physics.soft_bounds import symmetry_point
from tests.strategies.closed_forms import Devices, bounds, fabricated, one_pulse
from tests.strategies.closed_forms import symmetry_point as expected_symmetry_point
from tests.strategies.devices import LAWS, crossbar, devices_of, made_up, no_spread, stream
from tests.strategies.statistics import Array

SHAPE = (20, 30)
CARDS = ["ecram", "gokmen_vlasov", "reram_es", "reram_sb"]
TABLE_SIZE = 7  # effects that vary from device to device, each with a place of its own


def new(card: Card, seed: int = 0) -> tuple[Devices, list[Array]]:
    """Devices from the stream, by the formulas."""
    fabrication = stream("fabrication", seed=seed)
    xi = [
        fabrication.normal(*SHAPE, call=place)[0].numpy().astype(np.float64)
        for place in range(TABLE_SIZE)
    ]
    return fabricated(card, xi), xi


def cards() -> list[Card]:
    made = [made_up(law) for law in LAWS]
    lopsided = [
        made_up(law, device={"up_down": beta, "w_max": 0.9, "w_min": -0.4})
        for law in ("SoftBounds", "LinearStep")
        for beta in (0.3, -0.2)
    ]
    logs = made_up("SoftBounds", variability={"dw_min_dtod_log_normal": True, "dw_min_dtod": 0.7})
    one_sided = [made_up(law, device={"w_min": 0.0}) for law in LAWS if law.startswith("Linear")]
    return [*made, *lopsided, logs, *one_sided, *(load_card(name) for name in CARDS)]


@pytest.mark.parametrize("card", cards(), ids=lambda card: f"{card.name} {card.law.kind}")
def test_one_pulse(card: Card) -> None:
    devices, _ = new(card)
    law = devices_of(card, *SHAPE)
    low, high = bounds(card, devices)
    np.testing.assert_allclose(law.w_min[0], low, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(law.w_max[0], high, rtol=1e-4, atol=1e-6)
    for w in (0.0 * low, 0.3 + 0.0 * low, -0.3 + 0.0 * low, 0.99 * low, 0.99 * high):
        for sign, respond in ((1, law.up), (-1, law.down)):
            step = respond(torch.from_numpy(w.astype(np.float32))[None])
            mean, std = one_pulse(card, devices, w, sign)
            np.testing.assert_allclose(step.mean[0], mean, rtol=1e-4, atol=1e-8)
            np.testing.assert_allclose(step.std[0], std, rtol=1e-4, atol=1e-8)


def test_every_effect_keeps_its_numbers_when_another_is_switched_off() -> None:
    full, xi = new(made_up("SoftBounds"))
    law = devices_of(made_up("SoftBounds", variability={"dw_min_dtod": 0.0}), *SHAPE)
    np.testing.assert_allclose(law.w_max[0], full.top, rtol=1e-5)
    np.testing.assert_allclose(law.step_up[0], 0.001 * (1 + 0.01 * xi[3]), rtol=1e-5)


def test_drift_exponents() -> None:
    card = made_up(time={"drift_nu": 0.05, "drift_nu_dtod": 0.02})
    nu = crossbar(card, *SHAPE)._cell.arrays[""]._ageing.drift_exponents
    assert nu is not None
    np.testing.assert_allclose(nu[0], 0.05 + 0.02 * new(card)[1][6], rtol=1e-5)
    assert crossbar(made_up(), *SHAPE)._cell.arrays[""]._ageing.drift_exponents is None


@pytest.mark.parametrize("law", ["SoftBounds", "SoftBounds additive"])
def test_soft_bounds_stop_at_each_devices_own_bound(law: str) -> None:
    devices = devices_of(made_up(law), *SHAPE)
    assert devices.up(devices.w_max).mean.abs().max() < 1e-9
    assert devices.down(devices.w_min).mean.abs().max() < 1e-9
    assert bool((devices.up(0.5 * devices.w_max).mean > 0).all())


def test_symmetry_point() -> None:
    """Up and down steps are equal there; subtracted, it lies at zero."""
    card = made_up("SoftBounds", variability={"up_down_dtod": 0.2})
    devices, law = new(card)[0], devices_of(card, *SHAPE)
    point = expected_symmetry_point(devices)
    at = torch.from_numpy(point.astype(np.float32))[None]
    torch.testing.assert_close(law.up(at).mean, law.down(at).mean, rtol=1e-4, atol=1e-9)
    spread = float(np.std(point))
    assert spread > 0.03
    card = made_up("SoftBoundsReference multiplicative", variability={"up_down_dtod": 0.2})
    card = card.replace(**{"law.reference_std": 0.0})
    shifted = devices_of(card, *SHAPE)
    zero = torch.zeros(1, *SHAPE)
    torch.testing.assert_close(shifted.up(zero).mean, shifted.down(zero).mean, rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(law.w_max[0].numpy() - point, shifted.w_max[0], rtol=1e-4, atol=1e-6)


def test_symmetry_point_of_given_devices() -> None:
    """By hand: Δ⁺ 3, Δ⁻ 1, bounds ±1 gives (3 - 1)/(3 + 1)."""
    one = torch.ones(1, 1, 1)
    assert float(symmetry_point(Spread(3 * one, one, one, -one))) == pytest.approx(0.5)


def test_alternating_pulses_go_to_the_symmetry_point() -> None:
    """Up and down in turn, without cycle noise, each device ends at its own symmetry point."""
    variability = {"dw_min_dtod": 0.1, "dw_min_std": 0.0, "up_down_dtod": 0.1}
    pulses = {"bit_length_max": 1, "update_management": False, "bit_length_management": False}
    card = made_up("SoftBounds", device={"dw_min": 0.01}, variability=variability, pulses=pulses)
    chip = crossbar(card, *SHAPE, mode="exact")
    x = torch.ones(1000, SHAPE[1])
    d = torch.ones(1000, SHAPE[0])
    d[1::2] = -1.0
    chip.pulse(x, d, 0.01 * 1000)
    ends = chip.probe().read_weights()[0].numpy()
    # Between the last up and the last down pulse lies one step.
    assert np.abs(ends - expected_symmetry_point(new(card)[0])).max() < 0.011


def test_granularity_is_the_mean_step_at_zero() -> None:
    assert granularity(made_up("LinearStep")) == 0.001
    # ExpStep at w = 0, z = b: 1 - A_up e^{γ_up b} up, 1 - A_dn e^{-γ_dn b} down.
    up = 1 - 0.00081 * np.exp(12.44625 * 0.2425)
    down = 1 - 0.36833 * np.exp(-12.78785 * 0.2425)
    assert granularity(made_up("ExpStep")) == pytest.approx(0.001 * (up + down) / 2, rel=1e-6)
    law = devices_of(made_up("ExpStep", variability=no_spread()), 1, 1)
    zero = torch.zeros(1, 1, 1)
    mean = (law.up(zero).mean + law.down(zero).mean) / 2
    assert granularity(made_up("ExpStep")) == pytest.approx(float(mean), rel=1e-5)


def test_devices_that_no_pulse_moves_are_refused() -> None:
    stuck = made_up("ExpStep").replace(**{"law.amplitude_up": 9.0, "law.amplitude_down": 99.0})
    with pytest.raises(CardError, match="no pulse would move"):
        granularity(stuck)
    half = made_up("ExpStep").replace(**{"law.amplitude_up": 9.0})
    assert 0.0 < granularity(half) < 0.001


def test_a_card_without_devices_is_refused() -> None:
    with pytest.raises(CardError, match="pulsed devices"):
        device_law(load_card("ideal"), stream("fabrication"), 1, 1)


@pytest.mark.parametrize("law", LAWS)
def test_chips_made_some_at_a_time_are_the_same(law: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def numbers(found: object) -> list[Tensor]:
        if isinstance(found, Tensor):
            return [found]
        own = vars(found).values() if dataclasses.is_dataclass(found) else ()
        return [tensor for value in own for tensor in numbers(value)]

    card = made_up(law)
    together = numbers(device_law(card, stream("fabrication", 7), *SHAPE))
    monkeypatch.setattr(device_laws, "_AT_ONCE", 3 * SHAPE[0] * SHAPE[1])
    apart = numbers(device_law(card, stream("fabrication", 7), *SHAPE))
    assert len(together) == len(apart) >= 4
    assert all(torch.equal(a, b) for a, b in zip(together, apart, strict=True))
