"""Cards that cite one of aihwkit's presets hold all its numbers, and nothing that it has not."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from mortalff.cards import Card, OneSidedPair, load_card
from mortalff.cards.programming import PCMLikeReadNoise

pytest.importorskip("aihwkit", reason="compares with aihwkit's presets", exc_type=ImportError)

from aihwkit.simulator.configs import DriftParameter
from aihwkit.simulator.presets import compounds, configs, devices

PRESETS = {
    "capacitor": ("CapacitorPresetDevice", "CapacitorPreset"),
    "ecram": ("EcRamPresetDevice", "EcRamPreset"),
    "ecram_mo": ("EcRamMOPresetDevice", "EcRamMOPreset"),
    "gokmen_vlasov": ("GokmenVlasovPresetDevice", "GokmenVlasovPreset"),
    "idealized": ("IdealizedPresetDevice", "IdealizedPreset"),
    "pcm": ("PCMPresetDevice", "PCMPreset"),
    "reram_array_hfo2": ("ReRamArrayHfO2PresetDevice", None),
    "reram_array_om": ("ReRamArrayOMPresetDevice", None),
    "reram_es": ("ReRamESPresetDevice", "ReRamESPreset"),
    "reram_sb": ("ReRamSBPresetDevice", "ReRamSBPreset"),
}
RENAMED = {
    "amplitude_up": "A_up",
    "amplitude_down": "A_down",
    "noise_add": "dw_min_std_add",
    "noise_slope": "dw_min_std_slope",
}
NOT_OF_THE_DEVICE = ("construction_seed", "perfect_bias", "count_pulses", "drift")


def _ours(card: Card) -> dict[str, float | bool]:
    """What a card says of its devices, by the names that aihwkit has for it."""
    assert card.device is not None
    assert card.variability is not None
    said: dict[str, float | bool] = {}
    for section in (card.device, card.variability, card.law):
        for key in type(section).model_fields:
            value = getattr(section, key)
            if key in ("kind", "cycle_noise", "levels", "w_init_std"):
                continue  # w_init_std is our choice; aihwkit has none
            said[RENAMED.get(key, key)] = value if isinstance(value, bool) else float(value)
    if hasattr(card.law, "cycle_noise"):
        said["mult_noise"] = card.law.cycle_noise == "multiplicative"
    time = card.time
    tau_s, update_s = time.retention_tau_s, float(time.update_s)
    said["lifetime"] = 0.0 if tau_s is None else float(tau_s) / update_s
    said["lifetime_dtod"] = float(time.retention_tau_dtod)
    said["diffusion"], said["diffusion_dtod"] = (
        float(time.diffusion_std),
        float(time.diffusion_dtod),
    )
    said["corrupt_devices_prob"] = float(card.faults.stuck_random_rate)
    if card.faults.stuck_random_range is not None:
        said["corrupt_devices_range"] = float(card.faults.stuck_random_range)
    if isinstance(card.cell, OneSidedPair):
        said |= {
            key: float(getattr(card.cell, key)) for key in ("reset", "reset_dtod", "reset_std")
        }
    return said


@pytest.mark.parametrize("name", PRESETS)
def test_every_number_of_the_preset_is_on_the_card(name: str) -> None:
    preset = getattr(devices, PRESETS[name][0])()
    ours, theirs = _ours(load_card(name)), asdict(preset)
    assert preset.drift == DriftParameter()  # none
    if not theirs.pop("apply_write_noise_on_set", True):
        pytest.fail("our devices scatter when they are set")
    unused = {"corrupt_devices_range"} if theirs["corrupt_devices_prob"] == 0.0 else set()
    if name != "pcm":
        unused |= {"reset", "reset_dtod", "reset_std"}
    if "write_noise_std" not in theirs:  # a constant-step device has none
        theirs["write_noise_std"] = 0.0
    theirs = {k: v for k, v in theirs.items() if k not in NOT_OF_THE_DEVICE}
    theirs = {k: v for k, v in theirs.items() if k in ours or k not in unused}
    assert ours == pytest.approx(theirs, rel=1e-12, abs=0.0)


@pytest.mark.parametrize("name", [name for name, (_, config) in PRESETS.items() if config])
def test_read_path_and_pulses_are_those_of_the_preset(name: str) -> None:
    card, config = load_card(name), getattr(configs, str(PRESETS[name][1]))()
    path, read = card.periphery, config.forward
    assert path.dac_bits is not None
    assert path.adc_bits is not None
    assert read == config.backward
    assert 1.0 / (2**path.dac_bits - 2) == pytest.approx(read.inp_res, rel=1e-12)
    assert 1.0 / (2**path.adc_bits - 2) == pytest.approx(read.out_res, rel=1e-12)
    bounds = [float(b) for b in (path.input_bound, path.output_bound) if b is not None]
    assert bounds == [read.inp_bound, read.out_bound]
    assert float(path.output_noise_std) == read.out_noise
    assert (read.inp_noise, read.w_noise, read.ir_drop, read.out_nonlinearity) == (0.0,) * 4
    assert (read.noise_management.value, read.bound_management.value) == ("AbsMax", "Iterative")
    assert card.pulses.bit_length_max == config.update.desired_bl
    assert card.pulses.update_management == config.update.update_management
    assert card.pulses.bit_length_management == config.update.update_bl_management


def test_the_pair_is_that_of_the_preset() -> None:
    cell, preset = load_card("pcm").cell, compounds.PCMPresetUnitCell()
    assert isinstance(cell, OneSidedPair)
    assert preset.units_in_mbatch  # refresh_every counts batches, as ours does
    assert not preset.copy_inverted
    assert cell.refresh_every == preset.refresh_every
    assert float(cell.refresh_upper) == preset.refresh_upper_thres
    assert float(cell.refresh_lower) == preset.refresh_lower_thres
    assert cell.refresh_bit_length_max == preset.refresh_update.desired_bl
    assert preset.refresh_update.update_bl_management
    assert preset.refresh_forward == configs.PCMPreset().forward


def test_the_noise_model_of_the_pcm_card_is_aihwkits() -> None:
    from aihwkit.inference.noise.pcm import PCMLikeNoiseModel

    card, model = load_card("pcm"), PCMLikeNoiseModel()
    scatter, drift = card.programming.scatter, card.programming.drift
    noise = card.programming.read_noise
    assert (scatter.kind, drift.kind) == ("PCMLike", "PCMLike")
    assert isinstance(noise, PCMLikeReadNoise)
    assert card.conductance is not None
    assert float(card.conductance.g_max_siemens) == pytest.approx(model.g_converter.g_max * 1e-6)
    coefficients = [
        float(getattr(scatter, c)) * 1e6 for c in ("c2_siemens", "c1_siemens", "c0_siemens")
    ]
    assert coefficients == pytest.approx(model.prog_coeff[::-1], rel=1e-12)
    assert float(card.time.drift_t0_s) == model.t_0
    assert float(noise.read_time_s) == model.t_read


def test_the_lifetime_is_in_updates() -> None:
    time = load_card("capacitor").time
    assert time.clock == "actions"
    assert (float(time.read_s or 0.0), float(time.slot_s), float(time.program_s)) == (0.0, 0.0, 0.0)
    assert time.read_s is not None  # else conductance.read_time_s
