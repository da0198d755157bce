"""Each layer's health, and the reason where one does not learn."""

from __future__ import annotations

import pytest
import torch

from mortalff import FF, FFSettings, Network, load, load_card
from mortalff.learners.diagnosis import LEAST_SEPARATION, Diagnosis, diagnose

DIGITS = load("digits")
TEST = DIGITS.test.take(200)


def _ff(card: str = "ideal", chips: int = 2, **settings: object) -> FF:
    net = Network.build(load_card(card), (64, 80, 80), chips=chips, seed=0)
    told = {"batch": 20, "readout_from_layer": 1, "loss": "symba", "temperature": 3.0, "lr": 0.1}
    return FF(net, FFSettings.model_validate(told | settings))


def test_an_untrained_net_is_told_and_a_trained_one_is_not() -> None:
    ff = _ff()
    before = diagnose(ff, TEST)
    assert [problem[:25] for problem in before.problems()] == [
        "layer 1 does not learn on",
        "layer 2 does not learn on",
    ]
    ff.fit(DIGITS.train, 4, progress=False)
    after = diagnose(ff, TEST)
    for values in after.layers:
        assert (values["separation"] > 2 * LEAST_SEPARATION).all()
        assert (values["error"] < 0.3).all()
        assert (values["effective_bits"] > 15.0).all()  # float32, no noise


def test_devices_that_were_never_pulsed_are_the_reason() -> None:
    for problem in diagnose(_ff("gokmen_vlasov"), TEST).problems():
        assert "only 0 pulses a weight: raise the rate" in problem


def test_looking_changes_nothing_that_the_learner_draws() -> None:
    looked, plain = _ff("gokmen_vlasov"), _ff("gokmen_vlasov")
    state = looked.own_state()
    diagnose(looked, TEST)
    for name, tensor in looked.own_state().items():
        assert torch.equal(tensor, state[name])
    assert looked._negatives.calls == plain._negatives.calls


@pytest.mark.parametrize(("level", "bits"), [(0.01, 6.0), (0.1, 2.7)])
def test_effective_bits_are_those_of_the_noise(level: float, bits: float) -> None:
    # Of a signal s with noise of the share `level`: log2(1/level) - 0.29, as IEEE 1241 has it.
    card = load_card("gokmen_vlasov").replace(
        **{
            "periphery.dac_bits": None,
            "periphery.adc_bits": None,
            "periphery.output_noise_std": 0.0,
        }
    )
    net = Network.build(card, (64, 80), chips=1, seed=0)
    ff = FF(net, FFSettings(readout_from_layer=1))
    exact = ff.activities

    def noisy(data: torch.Tensor) -> list[torch.Tensor]:
        return [y + level * y.std() * torch.randn_like(y) for y in exact(data)]

    torch.manual_seed(0)
    ff.activities = noisy  # type: ignore[method-assign]
    assert float(diagnose(ff, TEST).layers[0]["effective_bits"]) == pytest.approx(bits, abs=0.45)


def test_saturated_devices_are_counted_on_request() -> None:
    ff, card = _ff("gokmen_vlasov", chips=1), load_card("gokmen_vlasov")
    assert "saturated" not in diagnose(ff, TEST).layers[0]
    assert float(diagnose(ff, TEST, card=card).layers[0]["saturated"]) < 0.05
    probe = ff.network.layers[0].hardware.probe()
    weights = probe.read_weights()
    weights[..., ::2] = 10.0
    probe.program(weights)
    assert float(diagnose(ff, TEST, card=card).layers[0]["saturated"]) > 0.25


def _made_up(**values: float) -> Diagnosis:
    sound = {
        "separation": 0.0,
        "midpoint": 1.0,
        "dead": 0.0,
        "effective_bits": 8.0,
        "pulses": 5.0,
        "saturated": 0.0,
    }
    layer = {name: torch.tensor([value]) for name, value in (sound | values).items()}
    return Diagnosis((layer,), logistic=True)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"dead": 0.9}, "90% of its units are dead"),
        ({"saturated": 0.7}, "70% of its devices are at a bound"),
        ({"pulses": 0.01}, "only 0.01 pulses a weight"),
        ({"effective_bits": 1.0}, "1.0 effective bits"),
        ({"midpoint": 9.0}, "goodness is 9 times the threshold"),
        ({}, "nothing else is conspicuous"),
    ],
)
def test_each_reason_is_told(values: dict[str, float], said: str) -> None:
    (problem,) = _made_up(**values).problems()
    assert said in problem


def test_unsupervised_layers_have_no_error_but_all_else() -> None:
    ff = _ff(contrast="hybrid")
    values = diagnose(ff, TEST).layers[0]
    assert "error" not in values
    assert set(values) == {"separation", "midpoint", "dead", "effective_bits"}
