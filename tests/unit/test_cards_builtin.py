"""The cards that come with mortalff hold what their sources say."""

from __future__ import annotations

from pathlib import Path

import pytest

from mortalff.actions import ACTIONS
from mortalff.cards import ActionEnergy, Card, Quantity, find_cards, load_card
from mortalff.cards.keys import leaves
from mortalff.cards.search import built_in

NAMES = ("ecram", "gokmen_vlasov", "ideal", "reram_es", "reram_sb")
CROSSBARS = tuple(name for name in NAMES if name != "ideal")


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
def test_a_crossbar_card_prices_every_action_but_the_unknown_stage(name: str) -> None:
    assert set(ACTIONS) - set(load_card(name).energy) == {"black_box_pass"}


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
    [("gokmen_vlasov", 1 / 24e6), ("ecram", 1e-6), ("reram_sb", 20e-6), ("reram_es", 20e-6)],
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


def _device_numbers(card: Card) -> dict[str, float]:
    return {
        path[1]: float(value)
        for path, _, value in leaves(card)
        if path[0] in ("law", "device", "variability") and isinstance(value, Quantity)
    }


@pytest.mark.parametrize(
    ("name", "preset", "renamed"),
    [
        ("gokmen_vlasov", "GokmenVlasovPresetDevice", {}),
        ("ecram", "EcRamPresetDevice", {}),
        ("reram_sb", "ReRamSBPresetDevice", {}),
        (
            "reram_es",
            "ReRamESPresetDevice",
            {
                "amplitude_up": "A_up",
                "amplitude_down": "A_down",
                "noise_add": "dw_min_std_add",
                "noise_slope": "dw_min_std_slope",
            },
        ),
    ],
)
def test_device_numbers_equal_the_preset_they_cite(
    name: str, preset: str, renamed: dict[str, str]
) -> None:
    pytest.importorskip("aihwkit", reason="compares with aihwkit's presets", exc_type=ImportError)
    from aihwkit.simulator.presets import devices

    device = getattr(devices, preset)()
    card = load_card(name)
    ours = _device_numbers(card)
    del ours["w_init_std"]  # our choice; aihwkit has none
    if name == "gokmen_vlasov":
        del ours["write_noise_std"]  # a constant-step device of aihwkit has none
    theirs = {key: getattr(device, renamed.get(key, key)) for key in ours}
    assert ours == pytest.approx(theirs, rel=1e-12, abs=0)
    if hasattr(device, "mult_noise") and hasattr(card.law, "cycle_noise"):
        assert card.law.cycle_noise == ("multiplicative" if device.mult_noise else "additive")
