"""The cards that come with mortalff hold what their sources say."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mortalff.actions import ACTIONS, METERED, READ_LOADS
from mortalff.cards import ActionEnergy, Quantity, find_cards, load_card
from mortalff.cards.keys import leaves
from mortalff.cards.search import built_in
from mortalff.errors import CapabilityError
from mortalff.hardware.fabricate import fabricate

PULSED = (
    "capacitor",
    "ecram",
    "ecram_mo",
    "gokmen_vlasov",
    "hfox_reset",
    "idealized",
    "pcm",
    "reram_array_hfo2",
    "reram_array_om",
    "reram_es",
    "reram_sb",
)
PROGRAMMED = ("pcm_joshi", "rram_milo", "rram_wan", "sonos")
CROSSBARS = (*PULSED, *PROGRAMMED)
NAMES = ("ideal", *CROSSBARS)
OF_PULSES = {"voltage_to_pulse", "outer_product", "line_pulse", "device_pulse"}


@pytest.fixture(autouse=True)
def _no_other_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MORTALFF_CARDS", raising=False)


def test_these_cards_are_built_in() -> None:
    assert {card.name for card in find_cards() if card.origin == "built-in"} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_built_in_card_loads_and_says_where_it_is_from(name: str) -> None:
    card = load_card(name)
    assert card.name == name
    assert (Path(str(built_in())) / name / "provenance.md").is_file()


@pytest.mark.parametrize("name", NAMES)
def test_every_number_states_a_source_of_its_own(name: str) -> None:
    card = load_card(name)
    for path, _, value in leaves(card):
        if isinstance(value, Quantity | ActionEnergy):
            assert len(value.source) > 10, path


@pytest.mark.parametrize("name", CROSSBARS)
def test_a_crossbar_card_prices_all_that_its_devices_do(name: str) -> None:
    card, never = load_card(name), {"black_box_pass", *READ_LOADS, *METERED.values()}
    assert card.conductance is not None  # which prices the loads of reads
    if card.cell.kind != "one_sided_pair":
        never |= {"device_reset"}
    if card.law.kind == "ProgramOnly":
        never |= OF_PULSES
    assert set(ACTIONS) - set(card.energy) == never


def test_the_ideal_card_prices_digital_work_alone() -> None:
    card = load_card("ideal")
    assert set(card.energy) == {"digital_mac", "digital_op", "memory_byte"}
    assert card.device is None
    assert card.energy["digital_mac"].value == pytest.approx((3.7 + 0.9) * 1e-12)
    assert card.energy["memory_byte"].value == pytest.approx(20e-12 / 8)


@pytest.mark.parametrize("name", CROSSBARS)
def test_the_adc_price_is_that_of_the_reference_model(name: str) -> None:
    card = load_card(name)
    bits, node_nm = card.periphery.adc_bits, 32.0
    assert bits is not None
    picojoules = 5.23702e-3 * node_nm**1.88004 * bits**-2.82913 * 10 ** (0.280009 * bits)
    assert card.energy["adc_conversion"].value == pytest.approx(picojoules * 1e-12, rel=1e-3)


@pytest.mark.parametrize("name", CROSSBARS)
def test_reading_a_weight_costs_a_cell_a_dac_and_an_adc(name: str) -> None:
    energy = load_card(name).energy
    parts = [energy[a] for a in ("cell_read", "dac_conversion", "adc_conversion")]
    for bound in ("low", "value", "high"):
        whole = sum(getattr(part, bound) for part in parts)
        assert getattr(energy["weight_read"], bound) == pytest.approx(whole, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "mean_siemens"),
    [
        ("capacitor", 1e-6),
        ("ecram", 1e-6),
        ("ecram_mo", 1e-6),
        ("gokmen_vlasov", 1 / 24e6),
        ("hfox_reset", 20e-6),
        ("idealized", 1 / 24e6),
        ("pcm", 12e-6),
        ("pcm_joshi", 12e-6),
        ("reram_array_hfo2", 20e-6),
        ("reram_array_om", 20e-6),
        ("reram_es", 20e-6),
        ("reram_sb", 20e-6),
        ("rram_milo", 137.5e-6),
        ("rram_wan", 4e-6),
        ("sonos", 2e-6),
    ],
)
def test_reading_a_cell_costs_v2gt_and_the_wire_above_it(name: str, mean_siemens: float) -> None:
    card = load_card(name)
    assert card.conductance is not None
    volts, seconds = float(card.conductance.read_voltage_v), float(card.conductance.read_time_s)
    joules = volts**2 * (mean_siemens * seconds + 2.1e-15)
    assert card.energy["cell_read"].value == pytest.approx(joules, rel=1e-3)
    assert mean_siemens < float(card.conductance.g_max_siemens)


@pytest.mark.parametrize("name", CROSSBARS)
def test_the_read_path_is_that_of_the_presets(name: str) -> None:
    periphery = load_card(name).periphery
    assert (periphery.dac_bits, periphery.adc_bits) == (7, 9)
    assert (periphery.input_ranging, periphery.output_ranging) == ("abs_max", "iterative")
    assert periphery.input_bound is not None
    assert periphery.output_bound is not None
    assert (float(periphery.input_bound), float(periphery.output_bound)) == (1.0, 20.0)
    assert float(periphery.output_noise_std) == 0.1


@pytest.mark.parametrize("name", PROGRAMMED)
def test_a_card_without_a_pulse_response_says_so_and_is_not_pulsed(name: str) -> None:
    card = load_card(name)
    assert "programmed but not pulsed" in card.provenance.caveats[0]
    chips = fabricate(card, n_out=2, n_in=3)
    with pytest.raises(CapabilityError, match=f"{name} crossbar 2x3.* needs 'pulse'"):
        chips.pulse(torch.ones(1, 3), torch.ones(1, 2), 0.1)


@pytest.mark.parametrize(
    ("name", "rate"), [("reram_array_om", 0.1348), ("reram_array_hfo2", 0.0977)]
)
def test_the_caveats_tell_how_to_switch_stuck_devices_on(name: str, rate: float) -> None:
    card = load_card(name)
    (told,) = (caveat for caveat in card.provenance.caveats if "stuck" in caveat)
    assert f"'faults.stuck_random_rate': {rate}" in told
    stuck = card.replace(**{"faults.stuck_random_rate": rate})
    chips = fabricate(stuck, n_out=200, n_in=200, pulse_mode="exact")
    before = chips.probe().read_weights()
    for _ in range(8):  # of which one at least reaches every device
        chips.pulse(torch.ones(1, 200), torch.ones(1, 200), 1.0)
    still = (chips.probe().read_weights() == before).double()
    # Working devices scatter anew when they are pulsed. Four standard errors.
    assert float(still.mean()) == pytest.approx(rate, abs=4 * (rate * (1 - rate) / 40_000) ** 0.5)
    near = before[still.bool()].abs() <= float(card.faults.stuck_random_range or 0.0)
    assert float(near.double().mean()) > 0.99  # the others' own range does not reach there


@pytest.mark.parametrize("name", PULSED)
def test_fresh_chips_leave_room_for_pulses(name: str) -> None:
    chips = fabricate(load_card(name), n_out=100, n_in=100)
    before = chips.probe().read_weights()
    for _ in range(20):
        chips.pulse(torch.ones(1, 100), torch.ones(1, 100), 0.02)
    after = chips.probe().read_weights()
    for _ in range(40):
        chips.pulse(torch.ones(1, 100), -torch.ones(1, 100), 0.02)
    assert float(after.mean()) > float(before.mean()) > float(chips.probe().read_weights().mean())
