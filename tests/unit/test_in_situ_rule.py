"""FF set from a card, by one rule."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pydantic import JsonValue

from mortalff import FF, FFSettings, load_card
from mortalff.hardware.scheme import Plain
from mortalff.hardware.two_array import TwoArrays
from mortalff.hardware.two_array_rule import resting
from mortalff.learners.from_card import Task
from mortalff.learners.in_situ import forgets
from mortalff.networks.arrays import initial_gain

MNIST = Task((28, 28, 1), 10, (500, 500), 60_000, 15)
PLAIN = ("ideal", "gokmen_vlasov", "idealized", "ecram", "ecram_mo", "capacitor", "hfox_reset")
FORGETFUL = ("reram_sb", "reram_es", "reram_array_om", "reram_array_hfo2", "pcm")


@pytest.mark.parametrize("name", PLAIN + FORGETFUL)
def test_devices_that_forget_get_two_arrays(name: str) -> None:
    assert forgets(load_card(name)) == (name in FORGETFUL)
    chosen = FF.from_card(load_card(name), MNIST, {})
    assert isinstance(chosen.scheme, TwoArrays) == (name in FORGETFUL)
    settings = FFSettings.model_validate(dict(chosen.settings))
    assert (settings.smoothing, settings.weight_decay) == (0.0, 0.0)  # pulses alone
    assert (settings.loss, settings.pulses) == ("symba", "difference")
    lower = {"hfox_reset": 0.00065, "pcm": 0.0241, "reram_array_hfo2": 0.0228}
    assert settings.lr == pytest.approx(lower.get(name, 0.04), rel=0.02)


@pytest.mark.parametrize("name", FORGETFUL)
@pytest.mark.parametrize("task", [MNIST, Task((8, 8, 1), 10, (100, 100), 1_400, 15)])
def test_the_fast_arrays_noise_is_a_quarter_of_the_initial_weights_at_most(
    name: str, task: Task
) -> None:
    card = load_card(name)
    assert card.device is not None
    chosen = FF.from_card(card, task, {})
    assert isinstance(chosen.scheme, TwoArrays)
    # The dead zone is 2σ of the mean of a weight's devices; initial weights of the card's spread give outputs of 1.
    sigma = math.sqrt(chosen.scheme.devices) * chosen.scheme.dead_zone / 2.0
    n_in = math.prod(task.image_shape) + 1
    noise = chosen.scheme.gamma * sigma * initial_gain(card, n_in) * math.sqrt(n_in)
    assert noise <= 0.25 * (1.0 + 1e-6)
    full = 31.36 / (n_in - 1)
    assert chosen.settings["lr"] == pytest.approx(full) or noise == pytest.approx(0.25)
    given = FF.from_card(card, task, {"lr": full})
    assert isinstance(given.scheme, TwoArrays)
    assert given.settings["lr"] == full


def test_initial_weights_of_zero_do_not_let_the_fast_array_be_louder() -> None:
    """The gain then stands for weights of a third of the bound."""
    digits = Task((8, 8, 1), 10, (100, 100), 1_400, 15)
    card = load_card("reram_sb")
    zero = card.replace(**{"device.w_init_std": 0.0})
    assert FF.from_card(zero, digits, {}).settings["lr"] == pytest.approx(0.216, rel=0.02)
    assert FF.from_card(card, digits, {}).settings["lr"] == pytest.approx(0.216, rel=0.02)


def test_what_was_given_stays() -> None:
    chosen = FF.from_card(load_card("reram_sb"), MNIST, {"lr": 0.5, "loss": "logistic"}, Plain())
    assert chosen.settings["lr"] == 0.5
    assert chosen.settings["loss"] == "logistic"
    assert chosen.scheme is None
    FFSettings.model_validate(dict(chosen.settings))


def test_a_given_temperature_is_in_place_of_the_rules_share() -> None:
    chosen = FF.from_card(load_card("gokmen_vlasov"), MNIST, {"temperature": 2.0})
    settings = FFSettings.model_validate(dict(chosen.settings))
    assert (settings.temperature, settings.temperature_share) == (2.0, None)


@pytest.mark.parametrize("name", ["reram_sb", "reram_es", "reram_array_om"])
def test_the_temperature_is_thrice_what_wandering_does_to_a_pair(name: str) -> None:
    """Simulated: a layer's goodness for two labels, weights drawn anew about what they are."""
    card = load_card(name)
    assert card.device is not None
    assert card.variability is not None
    n_in, units, draws = 64, 100, 4000
    written = float(card.variability.write_noise_std) * float(card.device.dw_min)
    noise = math.hypot(resting(card).wander, written)
    rng = np.random.default_rng(5)
    y = np.maximum(rng.standard_normal(units), 0.0)
    y *= math.sqrt(units / np.square(y).sum())  # as a layer at its threshold has it
    labels = np.array([3.0, -3.0])  # what the halves differ by
    # To first order in the noise: dG = 2 y · dW x.
    weights = noise * initial_gain(card, n_in + 1) * rng.standard_normal((draws, units, 2))
    difference = 2.0 * np.einsum("u,dui,i->d", y, weights, labels)
    task = Task((8, 8, 1), 10, (units, units), 1_400, 15)
    told = FF.from_card(card, task, {"batch": 20}).settings["temperature_share"]
    # The standard deviation of 4,000 draws is known to 1.1 %.
    assert told == pytest.approx(3.0 * difference.std() / units, rel=0.05)


def test_a_temperature_is_no_less_than_without_noise_and_falls_with_the_layers_width() -> None:
    def share(name: str, width: int, **given: JsonValue) -> object:
        task = Task((28, 28, 1), 10, (width, width), 60_000, 15)
        return FF.from_card(load_card(name), task, given).settings["temperature_share"]

    assert share("gokmen_vlasov", 500) == share("capacitor", 20) == 0.03
    assert share("reram_sb", 500) == 0.03  # as it was found best for
    assert share("pcm", 500) == pytest.approx(0.0327, rel=0.05)
    assert share("pcm", 125) == pytest.approx(2.0 * float(str(share("pcm", 500))))
    assert share("pcm", 500, temperature_share=0.5) == 0.5
    for other in (
        {"contrast": "hybrid"},
        {"loss": "logistic"},
        {"goodness": "sum"},
        {"threshold": 2.0},
    ):
        assert share("pcm", 500, **other) == 0.03, other


@pytest.mark.parametrize(("batch", "rate"), [(1, 0.001), (10, 0.01), (40, 0.04), (200, 0.04)])
def test_small_batches_have_a_rate_an_example(batch: int, rate: float) -> None:
    chosen = FF.from_card(load_card("gokmen_vlasov"), MNIST, {"batch": batch})
    assert chosen.settings["lr"] == pytest.approx(rate)


@pytest.mark.parametrize(("batch", "hold"), [(1, 0.0784), (5, 0.392), (10, 0.6), (200, 0.6)])
def test_an_example_is_held_no_more_than_lightly(batch: int, hold: float) -> None:
    chosen = FF.from_card(load_card("gokmen_vlasov"), MNIST, {"batch": batch})
    assert chosen.settings["hold"] == pytest.approx(hold)


def test_fewer_inputs_take_a_higher_rate() -> None:
    digits = Task((8, 8, 1), 10, (100, 100), 1_400, 15)
    chosen = FF.from_card(load_card("gokmen_vlasov"), digits, {})
    assert chosen.settings["lr"] == pytest.approx(0.04 * 784 / 64)


def test_pairs_that_run_out_are_asked_for_no_more_in_longer_trainings() -> None:
    def rate(epochs: int) -> float:
        task = Task((8, 8, 1), 10, (40, 40), 1_400, epochs)
        return float(str(FF.from_card(load_card("hfox_reset"), task, {"batch": 20}).settings["lr"]))

    assert 30 * rate(30) == pytest.approx(15 * rate(15))
    apart = FF.from_card(load_card("hfox_reset"), MNIST, {"phases": "apart"})
    together = FF.from_card(load_card("hfox_reset"), MNIST, {})
    assert apart.settings["lr"] == together.settings["lr"]
    assert rate(15) == pytest.approx(0.02, rel=0.05)  # the rate of the results in the docs


def test_less_noise_needs_no_second_array() -> None:
    quiet = load_card("reram_sb").replace(
        **{"variability.write_noise_std": 0.0, "variability.dw_min_std": 0.0, "device.dw_min": 1e-5}
    )
    assert not forgets(quiet)


@pytest.mark.parametrize("name", ["pcm", "hfox_reset"])
def test_pairs_that_are_never_refreshed_get_one_array_however_noisy(name: str) -> None:
    noisy = {"variability.dw_min_std": 3.0, "device.dw_min": 0.02, "cell.refresh_every": 0}
    card = load_card(name).replace(**noisy)
    assert forgets(card.replace(**{"cell.refresh_every": 1}))
    assert not forgets(card)
    chosen = FF.from_card(card, MNIST, {})
    assert chosen.scheme is None
    assert chosen.settings["hold"] == 0.0  # it would use them up
    assert FF.from_card(card, MNIST, {"hold": 0.6}).settings["hold"] == 0.6


def test_phases_apart_have_no_pairs() -> None:
    chosen = FF.from_card(load_card("gokmen_vlasov"), MNIST, {"phases": "apart"})
    settings = FFSettings.model_validate(dict(chosen.settings))
    assert (settings.loss, settings.pulses, settings.hold) == ("logistic", "halves", 0.0)
