"""Devices under pulses, one by one, against closed forms."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mortalff.cards import Card, Quantity, load_card
from mortalff.errors import CardError, InputError
from mortalff.hardware.fabricate import fabricate
from mortalff.hardware.pulse_response import (
    DEVICES_MAX,
    PULSES_MAX,
    PulseResponse,
    measure_pulse_response,
)
from tests.strategies.devices import devices_of, made_up, no_spread
from tests.strategies.statistics import SIGNIFICANCE, p_chi2, p_mean, p_same_mean

DW, BOUND = 0.01, 0.6
DEVICE = {"dw_min": DW, "w_max": BOUND, "w_min": -BOUND}


def alike(law: str, **cycle: float) -> Card:
    """Devices that are all the same, without cycle noise where none is asked for."""
    return made_up(law, device=DEVICE, variability=no_spread(**cycle))


def measured(card: Card, devices: int = 4, pulses: int | None = 30, seed: int = 0) -> PulseResponse:
    return measure_pulse_response(card, devices=devices, pulses=pulses, seed=seed)


def test_constant_steps_add_up() -> None:
    response = measured(alike("ConstantStep"))
    n = np.arange(31.0)[:, None]
    expected = -BOUND + DW * n * np.ones(4)
    np.testing.assert_allclose(response.weight[:31], expected, atol=1e-6)
    np.testing.assert_allclose(response.weight[30:], expected[::-1], atol=1e-6)


def test_soft_bounds_close_in_geometrically() -> None:
    response = measured(alike("SoftBounds"), pulses=40)
    n = np.arange(41.0)
    rest = (1.0 - DW / BOUND) ** n
    up = BOUND - 2.0 * BOUND * rest
    np.testing.assert_allclose(response.weight[:41, 0], up, atol=2e-6)
    down = -BOUND + (up[-1] + BOUND) * rest
    np.testing.assert_allclose(response.weight[40:, 0], down, atol=2e-6)


def test_bounds_are_hard() -> None:
    response = measured(alike("ConstantStep", dw_min_std=1.0), devices=50, pulses=200)
    assert response.weight.max() == pytest.approx(BOUND)
    assert response.weight.min() == pytest.approx(-BOUND)


def test_cycle_noise_scatters_as_the_card_says() -> None:
    card = alike("ConstantStep", dw_min_std=0.3)
    response = measured(card, devices=500, pulses=50)
    inside = response.weight[10:51]  # where no device feels its bound
    changes = np.diff(inside, axis=0).ravel() - DW
    assert p_chi2(changes, 0.3 * DW) > SIGNIFICANCE / 3
    assert p_mean(changes, 0.0, 0.3 * DW) > SIGNIFICANCE / 3
    down = -np.diff(response.weight[50:90], axis=0).ravel()
    assert p_same_mean(changes + DW, down) > SIGNIFICANCE / 3


def test_write_noise_is_of_reads_alone() -> None:
    quiet = made_up("SoftBounds")
    noisy = made_up("SoftBounds", variability={"write_noise_std": 20.0})
    plain, scattered = measured(quiet, devices=60), measured(noisy, devices=60)
    assert plain.read is None
    assert scattered.read is not None
    np.testing.assert_array_equal(plain.weight, scattered.weight)
    assert p_chi2(scattered.read - scattered.weight, 20.0 * 0.001) > SIGNIFICANCE


def test_devices_are_those_that_a_chip_has() -> None:
    card = load_card("reram_sb")
    response = measured(card, devices=7, seed=3)
    # A chip programmed far above its range stops where each device ends.
    calm = card.replace(**{"variability.write_noise_std": 0.0})
    chip = fabricate(calm, n_out=7, n_in=1, seed=3)
    probe = chip.probe()
    probe.program(probe.read_weights() * 0.0 + 10.0)
    np.testing.assert_allclose(response.bounds[1], probe.read_weights()[0, :, 0], rtol=1e-6)


def test_a_device_is_the_same_among_few_and_many() -> None:
    card = load_card("reram_es")
    few, many = measured(card, devices=3), measured(card, devices=9)
    np.testing.assert_array_equal(few.weight, many.weight[:, :3])
    assert not np.array_equal(few.weight, measured(card, devices=3, seed=1).weight)


def test_a_longer_train_goes_up_as_a_shorter_one() -> None:
    card = load_card("ecram")
    short, long = measured(card, pulses=20), measured(card, pulses=1500)
    np.testing.assert_array_equal(short.weight[:21], long.weight[:21])


def test_symmetry_points_of_soft_bounds() -> None:
    card = made_up(
        "SoftBounds", device={"up_down": 0.2, "w_max": 0.9}, variability={"up_down_dtod": 0.05}
    )
    response = measured(card, devices=200)
    law = devices_of(card, 200, 1)
    up, down = law.step_up[0, :, 0].numpy(), law.step_down[0, :, 0].numpy()
    expected = (up - down) / (up / response.bounds[1] - down / response.bounds[0])
    np.testing.assert_allclose(response.symmetry, expected, atol=2e-5)
    assert not response.equal_everywhere.any()


def test_symmetry_points_of_exponential_steps_have_equal_steps() -> None:
    card = load_card("reram_es")
    response = measured(card, devices=100)
    law = devices_of(card, 100, 1)
    w = law.w_min.new_tensor(response.symmetry).reshape(1, 100, 1)
    found = np.isfinite(response.symmetry)
    assert found.sum() > 90
    up, down = (law.up(w).mean.numpy().ravel(), law.down(w).mean.numpy().ravel())
    np.testing.assert_allclose(up[found], down[found], rtol=1e-4)


def test_unequal_constant_steps_have_no_symmetry_point_and_equal_ones_no_single_one() -> None:
    unequal = measured(made_up("ConstantStep"), devices=30)
    assert np.isnan(unequal.symmetry).all()
    assert not unequal.equal_everywhere.any()
    equal = measured(made_up("ConstantStep", variability={"up_down_dtod": 0.0}), devices=30)
    assert np.isnan(equal.symmetry).all()
    assert equal.equal_everywhere.all()


@pytest.mark.parametrize(
    ("law", "pulses"),
    [
        ("ConstantStep", 0.9 * 2.0 * BOUND / DW),
        ("SoftBounds", np.log(10.0) * 2.0 * BOUND / DW / 2.0),
    ],
)
def test_the_default_train_crosses_nine_tenths_of_the_range(law: str, pulses: float) -> None:
    response = measured(alike(law), pulses=None)
    assert pulses <= response.pulses * 1.001  # the closed form of soft bounds is of vanishing steps
    assert response.pulses <= 1.1 * pulses
    top = response.weight[response.pulses, 0]
    assert top == pytest.approx(0.8 * BOUND, abs=0.1 * BOUND)


def test_the_default_train_is_long_enough_for_the_slower_direction() -> None:
    for beta in (0.5, -0.5):
        card = made_up("ConstantStep", device={**DEVICE, "up_down": beta}, variability=no_spread())
        response = measured(card, pulses=None)
        assert response.pulses == pytest.approx(0.9 * 2.0 * BOUND / (DW / 2.0), abs=10)


def test_steps_and_their_spread_along_the_range() -> None:
    response = measured(alike("SoftBounds", dw_min_std=0.5))
    up, down = response.up, response.down
    np.testing.assert_allclose(up.state[[0, -1], 0], [-BOUND, BOUND], rtol=1e-6)
    mean = DW * (1.0 - up.state / BOUND)
    np.testing.assert_allclose(up.mean, mean, atol=1e-7)
    np.testing.assert_allclose(up.std, 0.5 * mean, atol=1e-7)
    np.testing.assert_allclose(down.mean, mean[::-1], atol=1e-7)
    np.testing.assert_allclose(response.at_zero, DW, rtol=1e-5)


def pair(**settings: float) -> Card:
    """One-sided pairs of equal soft-bounded devices from 0 to BOUND."""
    card = made_up("SoftBounds", device={**DEVICE, "w_min": 0.0}, variability=no_spread())
    quantities = {k: Quantity(value=v, unit="weight", source="test") for k, v in settings.items()}
    return card.replace(cell={"kind": "one_sided_pair", **quantities})


def test_a_pair_goes_up_by_one_device_and_down_by_the_other() -> None:
    response = measured(pair(reset=0.05), pulses=40)
    n = np.arange(41.0)
    raised = BOUND - (BOUND - 0.05) * (1.0 - DW / BOUND) ** n
    np.testing.assert_allclose(response.weight[:41, 0], raised - 0.05, atol=2e-6)
    np.testing.assert_allclose(response.weight[40:, 0], raised[-1] - raised, atol=2e-6)
    assert response.paired
    assert response.read is None
    assert np.isnan(response.symmetry).all()
    np.testing.assert_allclose(response.bounds, [[-BOUND] * 4, [BOUND] * 4])
    np.testing.assert_allclose(response.down.mean, response.up.mean)


def test_the_default_train_of_a_pair_crosses_nine_tenths_of_a_device() -> None:
    response = measured(pair(), pulses=None)
    assert response.weight[response.pulses, 0] == pytest.approx(0.9 * BOUND, abs=0.01 * BOUND)


def test_drift_follows_its_power_law() -> None:
    assert measured(made_up()).fading is None
    card = made_up(
        device={"w_max": 0.8, "w_min": -0.8},
        time={"drift_nu": 0.05, "drift_nu_dtod": 0.01, "drift_t0_s": 20.0},
    )
    response = measured(card, devices=30)
    fading = response.fading
    assert fading is not None
    assert fading.nu is not None
    assert len(set(fading.nu)) == 30
    start = np.minimum(0.4, response.bounds[1])
    left = np.maximum(fading.time_s[:, None] / 20.0, 1.0) ** -fading.nu
    np.testing.assert_allclose(fading.weight, start * left, rtol=1e-5)
    assert fading.time_s[0] < 20.0
    assert fading.time_s[-1] > 3e7


def test_a_pair_fades_as_its_devices_do() -> None:
    card = pair(reset=0.0).replace(**{"time.drift_nu": 0.1})
    fading = measured(card).fading
    assert fading is not None
    expected = 0.3 * np.maximum(fading.time_s, 1.0) ** -0.1
    np.testing.assert_allclose(fading.weight, expected[:, None] * np.ones(4), rtol=1e-5)


def test_retention_loss_is_seen_without_drift() -> None:
    tau = Quantity(value=1e5, unit="s", source="test")
    card = made_up(variability=no_spread()).replace(**{"time.retention_tau_s": tau})
    fading = measured(card).fading
    assert fading is not None
    assert fading.nu is None
    expected = 0.3 * np.exp(-fading.time_s / 1e5)
    np.testing.assert_allclose(fading.weight, expected[:, None] * np.ones(4), rtol=1e-4, atol=1e-6)


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(CardError, match=r"'ideal'; .*no device to pulse"):
        measure_pulse_response(load_card("ideal"))
    for name, most in (("devices", DEVICES_MAX), ("pulses", PULSES_MAX)):
        for value in (0, -1, most + 1):
            with pytest.raises(InputError, match=rf"--{name}: got {value}; it must be 1 to {most}"):
                measure_pulse_response(made_up(), **{name: value})


def test_more_readings_than_memory_holds_are_refused() -> None:
    told = "--devices: got 1000; .*with 100000 pulses give at most 100"
    with pytest.raises(InputError, match=told):
        measure_pulse_response(made_up(), devices=1000, pulses=100_000)


def test_the_same_seed_gives_the_same_numbers() -> None:
    one, two = (measured(load_card("reram_sb"), seed=5) for _ in range(2))
    for field in dataclasses.fields(one):
        value = getattr(one, field.name)
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, getattr(two, field.name))
