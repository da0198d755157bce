"""Faults, wear and levels in an array: what changes, and what does not."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mortalff.cards import Card, Faults, Time
from mortalff.hardware.crossbar import Crossbar, PulseMode
from tests.strategies.devices import crossbar, made_up, no_spread

N_OUT, N_IN, CHIPS = 12, 15, 2
MODES: tuple[PulseMode, PulseMode] = ("fast", "exact")
LAWS = ("ConstantStep", "SoftBounds", "PowStep", "ExpStep")
BROKEN = {"dead_rate": 0.1, "stuck_high_rate": 0.1, "stuck_random_rate": 0.1}


def card(law: str = "ConstantStep", **faults: float | str) -> Card:
    values = {
        name: value if isinstance(value, str) else {"value": value, "unit": "1", "source": "test"}
        for name, value in faults.items()
    }
    plain = made_up(law, variability={"write_noise_std": 2.0})
    return plain.replace(faults=Faults.model_validate(values))


def ageing(plain: Card) -> Card:
    values = {"drift_nu": ("1", 0.1), "diffusion_std": ("weight", 0.01)}
    values |= {"relaxation_std": ("weight", 0.01), "retention_tau_s": ("s", 1e4)}
    time = {k: {"value": v, "unit": unit, "source": "test"} for k, (unit, v) in values.items()}
    return plain.replace(time=Time.model_validate(time))


def pulses(chips: Crossbar, times: int = 3) -> None:
    generator = torch.Generator().manual_seed(5)
    for _ in range(times):
        x = torch.rand((4, N_IN), generator=generator)
        d = torch.rand((4, N_OUT), generator=generator) - 0.5
        chips.pulse(x, d, 0.02)


def seen(chips: Crossbar) -> Tensor:
    return chips.probe().read_weights()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("law", LAWS)
def test_broken_devices_stay_and_others_do_as_without_them(law: str, mode: PulseMode) -> None:
    """Bit for bit: through pulses and programming, write noise included."""
    sound = crossbar(card(law), N_OUT, N_IN, CHIPS, mode=mode, w_init_std=0.2)
    some = crossbar(card(law, **BROKEN), N_OUT, N_IN, CHIPS, mode=mode, w_init_std=0.2)
    first = seen(some)
    broken = first != seen(sound)
    assert 0.15 < float(broken.float().mean()) < 0.4
    for act in (
        pulses,
        lambda chips: chips.probe().program(torch.full((N_OUT, N_IN), 0.1)),
        pulses,
    ):
        act(sound)
        act(some)
        assert torch.equal(seen(some)[broken], first[broken])
        assert torch.equal(seen(some)[~broken], seen(sound)[~broken])


def test_broken_devices_do_not_age() -> None:
    plain = crossbar(card(**BROKEN), N_OUT, N_IN, CHIPS, w_init_std=0.2)
    broken = plain.probe().read_weights() != seen(
        crossbar(card(), N_OUT, N_IN, CHIPS, w_init_std=0.2)
    )
    chips = crossbar(ageing(card(**BROKEN)), N_OUT, N_IN, CHIPS, w_init_std=0.2)
    before = seen(chips)
    chips.advance(3600.0)
    pulses(chips)
    chips.advance(3600.0)
    assert torch.equal(seen(chips)[broken], before[broken])
    assert float((seen(chips) != before)[~broken].float().mean()) > 0.9


@pytest.mark.parametrize("mode", MODES)
def test_devices_wear_out_where_they_are(mode: PulseMode) -> None:
    """Until a device fails nothing differs; then it stays as it was."""
    immortal = crossbar(card(), N_OUT, N_IN, CHIPS, mode=mode)
    mortal = crossbar(card(endurance_pulses=1e9), N_OUT, N_IN, CHIPS, mode=mode)
    for chips in (immortal, mortal):
        pulses(chips)
    assert torch.equal(seen(mortal), seen(immortal))
    worn = crossbar(card(endurance_pulses=1.0), N_OUT, N_IN, CHIPS, mode=mode)
    pulses(worn, 20)
    state = worn.state_dict()["wear.pulses"]
    failed = state >= 1.0
    assert float(failed.double().mean()) > 0.9
    before = seen(worn)
    pulses(worn, 5)
    assert torch.equal(seen(worn)[failed], before[failed])


def test_wear_comes_back_with_the_state() -> None:
    worn, anew = (crossbar(card(endurance_pulses=10.0), N_OUT, N_IN, CHIPS) for _ in range(2))
    pulses(worn)
    anew.load_state_dict(worn.state_dict())
    for chips in (worn, anew):
        pulses(chips)
    assert torch.equal(seen(worn), seen(anew))


@pytest.mark.parametrize("mode", MODES)
def test_levels_round_what_is_seen_and_nothing_else(mode: PulseMode) -> None:
    plain = made_up("SoftBounds")
    fine = crossbar(plain, N_OUT, N_IN, CHIPS, mode=mode, w_init_std=0.2)
    coarse = crossbar(
        plain.replace(**{"device.levels": 16}), N_OUT, N_IN, CHIPS, mode=mode, w_init_std=0.2
    )
    for chips in (fine, coarse):
        pulses(chips)
    assert torch.equal(coarse.state_dict()["weights"], fine.state_dict()["weights"])
    off = (seen(coarse) - seen(fine)).abs()
    low, high = fine._cell.bounds()
    assert bool((off <= (high - low) / 30 * 1.001).all())
    assert float((off > 0).float().mean()) > 0.9
    assert (
        max(len(set(values.tolist())) for values in seen(coarse).flatten(1)) > 16
    )  # bounds differ


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("lr", [2e-4, 2e-3, 1e-2])
def test_devices_wear_by_the_pulses_they_get(mode: PulseMode, lr: float) -> None:
    """On average as many as are counted: 0.02, 0.2 and 1 a batch."""
    made = made_up(variability=no_spread()).replace(faults=card(endurance_pulses=1e9).faults)
    chips = crossbar(made, 60, 80, 4, mode=mode)
    for _ in range(5):
        chips.pulse(torch.full((10, 80), 0.3), torch.full((10, 60), 0.3), lr)
    worn = float(chips.state_dict()["wear.pulses"].mean())
    assert worn == pytest.approx(float(chips.counts["device_pulse"].mean()) / 4800, rel=0.1)


@pytest.mark.parametrize("failure", ["in_place", "dead", "low"])
def test_broken_devices_do_not_wear(failure: str) -> None:
    """They stay where they are, however many pulses come."""
    wear = {"endurance_pulses": 1.0, "endurance_window_loss": 0.5, "endurance_failure": failure}
    sound, some = (
        crossbar(card(**(BROKEN if broken else {}), **wear), N_OUT, N_IN, CHIPS, w_init_std=0.2)
        for broken in (False, True)
    )
    first = seen(some)
    broken = first != seen(sound)
    for chips in (sound, some):
        pulses(chips, 20)
    assert bool((some.state_dict()["wear.pulses"][broken] > 10.0).any())
    assert torch.equal(seen(some)[broken], first[broken])
    assert torch.equal(seen(some)[~broken], seen(sound)[~broken])


def test_a_worn_device_answers_pulses_back_at_once() -> None:
    """At the bound that wear has left it, not at the one it had."""
    lifetime = {"value": 400.0, "unit": "1", "source": "test"}
    card = made_up(device={"dw_min": 0.01}, variability=no_spread()).replace(
        **{"faults.endurance_pulses": lifetime, "faults.endurance_window_loss": 0.5}
    )
    chips = crossbar(card, 1, 1, mode="exact")
    one = torch.ones(1, 1)
    for _ in range(20):
        chips.pulse(one, one, 0.1)  # ten sure pulses each
    top = float(chips.probe().read_weights())
    assert 0.4 < top < 0.5  # of 0.6, a quarter of the range gone after half of its life
    chips.pulse(one, -one, 0.1)
    assert float(chips.probe().read_weights()) < top - 0.05
