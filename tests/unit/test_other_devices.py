"""Where no compiled loop serves, plain torch does all that a chip does, on its own device, with the same numbers.

The device is one that is not there (:mod:`tests.strategies.other_device`), and so stands for a GPU.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor

from mortalff import FF, FFSettings, Network, fabricate, load_card
from mortalff.actions import ACTIONS
from mortalff.cards import Card
from mortalff.hardware.base import Hardware
from mortalff.hardware.crossbar import PulseMode
from tests.strategies.devices import CPU, LAWS, made_up
from tests.strategies.other_device import OTHER, other_device

N_OUT, N_IN, BATCH, CHIPS = 5, 7, 6, (0, 3)
CARDS = ("ecram", "gokmen_vlasov", "ideal", "pcm", "pcm_joshi", "reram_es", "rram_wan", "sonos")
NOISY: Mapping[str, float | bool] = {"write_noise_std": 1.5}


def _value(number: float, unit: str = "1") -> dict[str, object]:
    return {"value": number, "unit": unit, "source": "test"}


EFFECTS: Mapping[str, Mapping[str, object]] = {
    "drift": {"time.drift_nu": 0.1, "time.drift_nu_dtod": 0.05},
    "diffusion": {"time.diffusion_std": _value(0.01, "weight")},
    "relaxation": {"time.relaxation_std": _value(0.02, "weight")},
    "retention": {"time.retention_tau_s": _value(100.0, "s")},
    "clock": {"time.clock": "actions", "time.drift_nu": 0.1, "time.slot_s": _value(1e-3, "s")},
    "stuck": {"faults.dead_rate": 0.2, "faults.stuck_random_rate": 0.2},
    "lines": {"faults.open_row_rate": 0.2, "faults.shorted_column_rate": 0.2},
    "clusters": {"faults.cluster_density": _value(0.02, "1")},
    "wear": {"faults.endurance_pulses": _value(20.0), "faults.endurance_window_loss": 0.5},
    "levels": {"device.levels": 16},
    "verify": {"programming.method": "verify"},
    "converters": {
        "periphery.dac_bits": 5,
        "periphery.adc_bits": 4,
        "periphery.input_bound": _value(1.0),
        "periphery.output_bound": _value(0.3),
        "periphery.input_noise_std": 0.01,
        "periphery.output_noise_std": 0.01,
        "periphery.weight_noise_std": _value(0.01, "weight"),
        "periphery.input_ranging": "abs_max",
        "periphery.output_ranging": "iterative",
        "periphery.adc_offset_std": 0.1,
        "periphery.dac_gain_std": 0.1,
    },
    "calibrated": {
        "periphery.dac_bits": 5,
        "periphery.adc_bits": 4,
        "periphery.input_bound": _value(1.0),
        "periphery.output_bound": _value(0.3),
        "periphery.input_ranging": "calibrated",
        "periphery.output_ranging": "calibrated",
        "periphery.calibration_vectors": 8,
    },
    "cubic": {"periphery.iv_cubic": 0.2, "periphery.iv_cubic_dtod": 0.1},
    "offset": {"periphery.weight_mapping": "offset", "periphery.reference_dtod": 0.05},
    "slices": {
        "periphery.dac_bits": 5,
        "periphery.adc_bits": 6,
        "periphery.input_bound": _value(1.0),
        "periphery.output_bound": _value(2.0),
        "periphery.input_slice_bits": 2,
    },
    "tiles": {
        "tiling.rows_max": 3,
        "tiling.columns_max": 2,
        "periphery.adc_bits": 6,
        "periphery.output_bound": _value(1.0),
    },
}


def _used(chips: Hardware, device: torch.device) -> dict[str, Tensor]:
    """What reads, updates, time and programming give."""
    generator = torch.Generator().manual_seed(0)
    seen = {}
    for step in range(3):
        x = torch.rand(BATCH, N_IN, generator=generator)
        d = 0.5 * torch.randn(BATCH, N_OUT, generator=generator)
        seen[f"read {step}"] = chips.forward(x.to(device))
        seen[f"read back {step}"] = chips.probe().forward_transposed(d.to(device))
        if chips.capabilities & {"pulse", "digital_update"}:
            chips.pulse(x.to(device), d.to(device), 0.05)
        if "advance" in chips.capabilities:
            chips.advance(10.0)
    seen["weights"] = chips.probe().read_weights()
    chips.probe().program(0.5 * seen["weights"])
    seen["programmed"] = chips.probe().read_weights()
    chips.load_state_dict(chips.state_dict())
    seen["loaded"] = chips.probe().read_weights()
    for name, tensor in seen.items():
        assert tensor.device.type == device.type, name
    counts = {name: torch.tensor(chips.counts[name].tolist()) for name in ACTIONS}
    return {name: tensor.cpu() for name, tensor in {**seen, **counts}.items()}


def _made(card: Card, device: torch.device, mode: PulseMode = "fast") -> Hardware:
    if card.law.kind == "Digital":
        return fabricate(card, n_out=N_OUT, n_in=N_IN, chips=CHIPS, device=device)
    return fabricate(card, n_out=N_OUT, n_in=N_IN, chips=CHIPS, device=device, pulse_mode=mode)


def _assert_alike(card: Card) -> None:
    here = _used(_made(card, CPU), CPU)
    with other_device() as device:
        there = _used(_made(card, device), device)
    for name, tensor in here.items():
        torch.testing.assert_close(there[name], tensor, rtol=1e-5, atol=1e-5, msg=name)


@pytest.mark.parametrize("name", CARDS)
def test_cards_that_ship(name: str) -> None:
    _assert_alike(load_card(name))


@pytest.mark.parametrize("law", LAWS)
def test_laws(law: str) -> None:
    _assert_alike(made_up(law, variability=NOISY))


@pytest.mark.parametrize("effect", EFFECTS)
def test_effects(effect: str) -> None:
    plain = made_up("SoftBounds", variability=NOISY)
    card = plain.replace(**EFFECTS[effect])
    _assert_alike(card)
    without, within = (_used(_made(each, CPU), CPU) for each in (plain, card))
    assert any(not torch.equal(without[name], within[name]) for name in without)


@pytest.mark.parametrize("name", ["gokmen_vlasov", "pcm"])
def test_pulse_by_pulse(name: str) -> None:
    """By other random numbers than a CPU's, so that what is asked for alone is the same."""
    card = load_card(name)
    with other_device() as device:
        there = _used(_made(card, device, "exact"), device)
    here = _used(_made(card, CPU, "fast"), CPU)
    torch.testing.assert_close(there["read 0"], here["read 0"], rtol=1e-5, atol=1e-5)
    assert bool((there["line_pulse"] > 0).all())
    assert not torch.equal(there["read 2"], there["read 0"])


def test_training() -> None:
    images = torch.rand(8, N_IN, generator=torch.Generator().manual_seed(0))
    labels = torch.nn.functional.one_hot(torch.arange(8) % 4, 4).to(torch.float32)[None]
    seen = []
    with other_device():
        for device in (CPU, OTHER):
            card = load_card("gokmen_vlasov")
            network = Network.build(card, (N_IN, 6, 5), n_classes=4, device=device)
            learner = FF(network, FFSettings(lr=0.05))
            for _ in range(3):
                learner.step(images.to(device), labels.to(device), 0.05)
            seen.append([layer.hardware.probe().read_weights().cpu() for layer in network.layers])
    for here, there in zip(*seen, strict=True):
        torch.testing.assert_close(there, here, rtol=1e-5, atol=1e-5)


def test_what_only_runs_on_a_cpu_fails_there() -> None:
    with other_device() as device:
        there = torch.ones(3, device=device)
        with pytest.raises(RuntimeError, match="numpy"):
            there.numpy()
        with pytest.raises(RuntimeError, match="on the CPU"):
            there + torch.ones(3)
        assert float((there + torch.tensor(2.0)).sum()) == 9.0
