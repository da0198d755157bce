"""aihwkit tiles: what a config, a seed and a state make of a tile, and which are refused."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch

from mortalff.errors import CapabilityError, InputError
from mortalff.hardware.aihwkit_library import preset_names
from mortalff.hardware.aihwkit_tile import AihwkitTile
from tests.strategies.aihwkit_tiles import N_IN, N_OUT, near_ideal, uniform

from aihwkit.simulator.configs import (  # isort: skip
    ConstantStepDevice,
    DigitalRankUpdateRPUConfig,
    FloatingPointRPUConfig,
    InferenceRPUConfig,
    SingleRPUConfig,
)
from aihwkit.simulator.configs.compounds import MixedPrecisionCompound  # isort: skip


@pytest.mark.parametrize("name", ["GokmenVlasovPreset", "EcRam2Preset", "TikiTakaIdealizedPreset"])
def test_the_seed_fixes_devices_and_initial_weights(name: str) -> None:
    pair, alone = (AihwkitTile(name, N_OUT, N_IN, chips, 3).state_dict() for chips in ([2, 7], [7]))
    other = AihwkitTile(name, N_OUT, N_IN, [7], 4).state_dict()
    for key in ("hidden", "weights"):
        assert torch.equal(pair[key][1], alone[key][0])
        assert not torch.equal(pair[key][0], pair[key][1])
        assert not torch.equal(other[key], alone[key])


def test_the_weight_beneath_write_noise_repeats_and_the_noise_does_not() -> None:
    first, second = (AihwkitTile("ReRamESPreset", N_OUT, N_IN, 1, 3).state_dict() for _ in range(2))
    assert torch.equal(first["hidden"], second["hidden"])
    assert not torch.equal(first["weights"], second["weights"])


@pytest.mark.parametrize("name", ["ReRamESPreset", "ReRamSBPreset", "PCMPreset", "TTv2EcRamPreset"])
def test_a_state_restores_all_that_a_tile_remembers(name: str) -> None:
    tile = AihwkitTile(name, N_OUT, N_IN, 2)
    for _ in range(3):
        tile.pulse(uniform(6, N_IN), uniform(6, N_OUT), 0.1)
    state = tile.state_dict()
    again = AihwkitTile(name, N_OUT, N_IN, 2)
    again.load_state_dict(state)
    restored = again.state_dict()
    assert all(torch.equal(restored[key], state[key]) for key in state)


def test_unit_cells_with_write_noise_say_that_they_cannot_be_saved() -> None:
    with pytest.raises(CapabilityError, match="write noise"):
        AihwkitTile("ReRamES2Preset", N_OUT, N_IN).state_dict()


def test_states_of_other_chips_or_configs_are_refused() -> None:
    tile = AihwkitTile("GokmenVlasovPreset", N_OUT, N_IN)
    for other in (
        AihwkitTile("GokmenVlasovPreset", N_OUT, N_IN, seed=1),
        AihwkitTile("IdealizedPreset", N_OUT, N_IN),
    ):
        with pytest.raises(InputError, match="another seed or rpu_config"):
            tile.load_state_dict(other.state_dict())


def test_the_config_is_copied() -> None:
    config = near_ideal()
    kept = copy.deepcopy(config)
    tile = AihwkitTile(config, N_OUT, N_IN, 2)
    assert config == kept
    config.device.dw_min = 0.5
    tile.probe().program(torch.zeros(N_OUT, N_IN))
    tile.pulse(torch.ones(1, N_IN), torch.ones(1, N_OUT), 1e-4)
    assert float(tile.probe().read_weights().abs().max()) < 1e-3


def test_a_preset_is_found_by_name_or_nearly() -> None:
    assert "GokmenVlasovPreset" in preset_names()
    with pytest.raises(InputError, match=r"did you mean 'GokmenVlasovPreset'\?"):
        AihwkitTile("GokmenVlasov", N_OUT, N_IN)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (lambda: SingleRPUConfig, r"give SingleRPUConfig\(\)"),
        (lambda: 5, "must be an aihwkit rpu_config or a preset's name"),
        (InferenceRPUConfig, "InferenceTile is trained in software"),
        (FloatingPointRPUConfig, "FloatingPointTile is trained in software"),
        (
            lambda: DigitalRankUpdateRPUConfig(
                device=MixedPrecisionCompound(device=ConstantStepDevice())
            ),
            "digital memory",
        ),
        (
            lambda: SingleRPUConfig(device=ConstantStepDevice(w_min=0.5)),
            "aihwkit cannot build a tile",
        ),
    ],
)
def test_configs_that_are_no_hardware_are_refused(config: Callable[[], object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        AihwkitTile(config(), N_OUT, N_IN)


def test_scales_learned_by_backpropagation_are_refused() -> None:
    config = SingleRPUConfig()
    config.mapping.learn_out_scaling = True
    with pytest.raises(InputError, match="learn_out_scaling"):
        AihwkitTile(config, N_OUT, N_IN)
    config = SingleRPUConfig()
    config.pre_post.input_range.enable = True
    with pytest.raises(InputError, match="input_range"):
        AihwkitTile(config, N_OUT, N_IN)


@pytest.mark.parametrize(
    ("name", "value"),
    [("w_init_std", -1.0), ("cells_per_weight", 0), ("drift_unit_s", 0.0), ("chips", [1, 1])],
)
def test_wrong_settings_are_refused(name: str, value: object) -> None:
    with pytest.raises(InputError, match=name):
        AihwkitTile("GokmenVlasovPreset", N_OUT, N_IN, **{name: value})
